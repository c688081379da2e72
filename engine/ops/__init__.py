"""What the process needs from its host: logs, lock, notices."""
