"""The video bot: /video in Slack, a HeyGen Video Agent video in the thread."""
