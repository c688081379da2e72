"""The Telegram chat over the engine's API."""
