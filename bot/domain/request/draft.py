"""What a modal was opened with and is to keep: too long or too private for Slack to hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.request.brief import NO_BRIEF, Brief, Choice
from bot.domain.request.choices import Entries
from bot.domain.request.video_request import Attachment, Orientation

DRAFT_LIFE = timedelta(days=7)  # a button under a mention may be pressed days later


@dataclass(frozen=True, slots=True)
class Draft:
    """A request half made. `key` is what Slack holds of it (private_metadata, a button's value).

    With `channel_id` the destination is fixed; without, the modal asks. `attachments` came with a
    message or an earlier job and are used beside those that are added in the modal.
    `is_variation`: the modal asks what should be different from the job `parent_id` (brief.change).
    `is_from_dm`: it was opened in a direct message, where the bot cannot post.
    """

    key: str
    requester_id: str
    team_id: str
    channel_id: str = ""
    thread_ts: str | None = None
    prompt: str = ""
    orientation: Orientation = Orientation.LANDSCAPE
    brief: Brief = NO_BRIEF
    attachments: tuple[Attachment, ...] = ()
    parent_id: str | None = None
    is_variation: bool = False
    is_from_dm: bool = False


@dataclass(frozen=True, slots=True)
class BegunDraft:
    """A draft as a modal shows it: with what the catalogue has of its choices."""

    draft: Draft
    entries: Entries = field(default_factory=dict)
    gone: tuple[Choice, ...] = ()  # choices that the catalogue has not; they are out of the draft
