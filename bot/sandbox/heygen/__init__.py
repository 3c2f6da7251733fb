"""The stand-in for HeyGen's API."""
