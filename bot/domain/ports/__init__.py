"""What the workflow needs of the outside world: Protocols by counterpart."""
