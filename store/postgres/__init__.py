"""PostgreSQL: a server of its own, asked over the network."""
