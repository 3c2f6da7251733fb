"""Many people, bad platforms and a bot that is killed again and again: `make soak`."""
