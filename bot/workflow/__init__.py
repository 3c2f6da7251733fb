"""What happens to a job, step by step."""
