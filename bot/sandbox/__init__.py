"""Stand-ins for a Slack workspace and for HeyGen: real HTTP on loopback, strict, with state."""
