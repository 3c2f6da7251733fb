"""What a thread is owed."""
