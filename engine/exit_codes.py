"""How an engine ends (design §3)."""

STOPPED = 0
INTERNAL = 70
DISK = 74
LOCKED = 75
CONFIGURATION = 78
