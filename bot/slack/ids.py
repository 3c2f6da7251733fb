"""Every command, callback_id, block_id and event type that Slack and we name to each other, once.

An input's action_id is the same word as its block_id.
"""

from __future__ import annotations

COMMAND = "/video"

VIDEO_COMPOSER = "video_composer"  # the modal

PROMPT = "prompt"
ORIENTATION = "orientation"
ATTACHMENTS = "attachments"
CHANNEL = "channel"

# Buttons of a card; the value is the job's id.
CANCEL_JOB = "cancel_job"
RETRY_JOB = "retry_job"
LOOK_AGAIN = "look_again"
SEND_AGAIN = "send_again"

# Metadata of every message that a delivery owes; the payload holds ids only, everybody may read it.
DELIVERY_EVENT = "video_bot_delivery"

_MARK = "delivery:"


def delivery_mark(delivery_id: str, edit: int = 0) -> str:
    """The block_id that carries a delivery's id; each edit of a card needs one of its own."""
    return f"{_MARK}{delivery_id}:{edit}" if edit else f"{_MARK}{delivery_id}"


def is_delivery_mark(block_id: str, delivery_id: str) -> bool:
    """Whether this block_id marks this delivery, in its first or any later edition."""
    mark = delivery_mark(delivery_id)
    return block_id == mark or block_id.startswith(mark + ":")
