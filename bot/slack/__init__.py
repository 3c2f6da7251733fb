"""Slack's Web API: what threads show and what people attach."""
