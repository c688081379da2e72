"""Adapters of live venues against exchanges on loopback."""
