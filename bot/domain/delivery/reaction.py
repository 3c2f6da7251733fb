"""What a refusal of Slack's means for whatever is owed: the only thing the workflow decides by.

bot/slack/errors.py has the one table from Slack's words to these.
"""

from __future__ import annotations

from enum import StrEnum


class Reaction(StrEnum):
    UNINSTALLED = "uninstalled"  # nothing is taken before the app is installed again
    NO_RIGHT = "no_right"  # it is installed with fewer rights than this needs
    NO_MEMBER = "no_member"  # the bot may join
    NO_THREAD = "no_thread"  # the place takes a message of its own
    NO_ENTRY = "no_entry"  # the bot may not even join, and why says more than that
    CLOSED = "closed"  # the place takes nothing of ours, which waiting does not change
    GONE = "gone"  # the message is
    FIXED = "fixed"  # the message cannot be edited (any more)
    FILE_GONE = "file_gone"
    FILE_REFUSED = "file_refused"  # the workspace does not take it: the links have to do
    ALT_TEXT_TOO_LARGE = "alt_text_too_large"  # the picture goes without the text for it
    OTHER = "other"  # no rule of ours
