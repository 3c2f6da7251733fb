"""What strangers may do to an open port, against the real bot: `python -m tests.strangers`."""
