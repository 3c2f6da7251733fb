"""Bytes on their way: on disk, in pieces, what type they are, and links that people give."""
