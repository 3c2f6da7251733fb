"""The composer: the form, its further options, the preview of the prompt."""
