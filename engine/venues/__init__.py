"""One adapter per venue."""
