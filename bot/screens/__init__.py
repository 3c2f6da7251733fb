"""What people see: every view and message in Block Kit; values in, blocks out."""
