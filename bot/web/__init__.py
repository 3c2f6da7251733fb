"""The HTTP server: Slack, HeyGen's callbacks, health, metrics."""
