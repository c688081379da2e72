"""What systemd is told, and what comes of it: the units, the installation, starts and ends."""
