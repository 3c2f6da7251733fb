"""One person's one video on its way: its states, what decides about them, and when."""
