"""Every command, callback_id, block_id and event type that Slack and we name to each other, once.

An input's action_id is the same word as its block_id.
"""

from __future__ import annotations

COMMAND = "/video"

VIDEO_COMPOSER = "video_composer"  # the modal
VIDEO_FROM_MESSAGE = "video_from_message"  # a message's shortcut
NEW_VIDEO = "new_video"  # the global shortcut, and the button of the Home tab

PROMPT = "prompt"
ORIENTATION = "orientation"
ATTACHMENTS = "attachments"
CHANNEL = "channel"
CHANGE = "change"  # of a variation: what should be different
LAST_CHOICES = "last_choices"  # whether those of the person's last video hold again
LINKS = "links"
NOTES = "notes"
PURPOSE = "purpose"
LENGTH = "length"
LANGUAGE = "language"
AUDIENCE = "audience"
TONE = "tone"
# These four are the words of CatalogueKind.
AVATAR = "avatar"
VOICE = "voice"
STYLE = "style"
BRAND_KIT = "brand_kit"
LOOK = "look"
ON_SCREEN_TEXT = "on_screen_text"
CALL_TO_ACTION = "call_to_action"
EXACT_WORDING = "exact_wording"
DETAIL = "detail"
DEFAULT_CHOICE = "default"  # the value of each menu's first option
_KEPT = "kept_"

# Buttons of the modal.
MORE_OPTIONS = "more_options"
PREVIEW_PROMPT = "preview_prompt"

PROMPT_PREVIEW = "prompt_preview"  # the modal on top of it, and its one field
WRITTEN_PROMPT = "written_prompt"

# Buttons of a card; the value is the job's id.
CANCEL_JOB = "cancel_job"
RETRY_JOB = "retry_job"
LOOK_AGAIN = "look_again"
SEND_AGAIN = "send_again"
VARY_JOB = "vary_job"
EDIT_JOB = "edit_job"
OTHER_ORIENTATION = "other_orientation"
# Behind the dots of a card: an option's value is one of these, a colon and the job's id.
JOB_MENU = "job_menu"
FRESH_LINK = "fresh_link"
OPEN_IN_HEYGEN = "open_in_heygen"
JOB_DETAILS = "job_details"

# Buttons under a mention; the value is a draft's key.
OPEN_DRAFT = "open_draft"
MAKE_CHANGE = "make_change"
# Buttons of the Home tab; the value is a page's number.
HOME_NEWER = "home_newer"
HOME_OLDER = "home_older"
CONNECT_HEYGEN = "connect_heygen"
REMOVE_HEYGEN_KEY = "remove_heygen_key"

HEYGEN_KEY_FORM = "heygen_key_form"  # the modal that the first of these opens, and its one field
HEYGEN_KEY = "heygen_key"

# Metadata of every message that a delivery owes; the payload holds ids only, everybody may read it.
DELIVERY_EVENT = "video_bot_delivery"

_MARK = "delivery:"


def kept_attachments(group: int) -> str:
    """The field in which attachments that came along are ticked, ten in each; 0 is the first."""
    return f"{_KEPT}{group}"


def menu_value(name: str, job_id: str) -> str:
    """The value of an option of a card's menu."""
    return f"{name}:{job_id}"


def delivery_mark(delivery_id: str, edit: int = 0) -> str:
    """The block_id that carries a delivery's id; each edit of a card needs one of its own."""
    return f"{_MARK}{delivery_id}:{edit}" if edit else f"{_MARK}{delivery_id}"


def is_delivery_mark(block_id: str, delivery_id: str) -> bool:
    """Whether this block_id marks this delivery, in its first or any later edition."""
    mark = delivery_mark(delivery_id)
    return block_id == mark or block_id.startswith(mark + ":")
