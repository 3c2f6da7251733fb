"""The stand-in for Slack: its API, its workspace, and a person who types and clicks."""
