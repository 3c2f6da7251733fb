"""Listeners of the composer: the form, what was filled in, and the preview of the prompt."""
