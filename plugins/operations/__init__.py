"""Keeping a home: backup and restore, `check`, the audit log and the keys from the command line. Platform plugin: always on, without public names."""
