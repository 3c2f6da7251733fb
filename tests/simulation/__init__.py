"""Thousands of job lives in virtual time, each world told by its seed (see __main__.py)."""
