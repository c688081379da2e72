"""Kills, full disks and damaged files: what is left must be true."""
