"""HeyGen's Video Agent over HTTP."""
