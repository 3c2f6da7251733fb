"""The few shapes of Block Kit that our messages are made of; limits are kept by who fills them."""

from __future__ import annotations

from typing import Any

Block = dict[str, Any]


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn_text(text)}


def context(*texts: str | None) -> Block:
    """Small print, at most 10 parts; may come out empty."""
    return {"type": "context", "elements": [mrkdwn_text(text) for text in texts if text]}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn_text(text: str) -> Block:
    # verbatim: Slack makes no links or mentions of its own out of the words.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
