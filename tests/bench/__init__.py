"""Figures of the running bot: `make bench`. Where it can be, beside a baseline of the same run."""
