"""The engine and the bot as their owner starts them: real processes, a real socket, a real pipe."""
