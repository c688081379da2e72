"""The bot against an engine, a Telegram and a terminal that are real sockets and processes."""
