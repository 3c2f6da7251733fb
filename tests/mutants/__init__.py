"""Planted bugs: each is put into a copy of the product, and the suite must notice it."""
