"""What the process needs of its host: logs, lock, notices, reports."""
