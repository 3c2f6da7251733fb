"""SQLite: the embedded default, one file of one process."""
