"""One message owed to one thread, and its states.

due ──► posting ──► posted      posting is written before the call, so that a crash in between
         │    ▲                 is noticed and the thread is searched for our mark before
         ▼    │                 anything is posted again.
        due ──┘                 dropped: nobody can be told, the log says why.

The card is a delivery too; once posted it is edited whenever `wanted` is ahead of `shown`.

A file is a delivery in three steps: its bytes go to Slack unseen, their `file_id` is kept here, and
only then is that file shared. So `file_id` in posting means: ask Slack whether it was shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryKind(StrEnum):
    CARD = "card"  # the message that shows where the video stands
    RESULT = "result"
    FAILURE = "failure"
    SLOW = "slow"  # "taking longer than usual", once
    PARKED = "parked"
    FILE = "file"  # the video itself, beside the result; sent by workflow/file_sender
    CAPTIONS = "captions"  # its SRT, another file, when HeyGen has one
    THUMBNAIL = "thumbnail"  # its picture as a file, where the video itself is not posted


# Slack's words for why something is told elsewhere, as a delivery keeps them (`detour`).
NOT_A_MEMBER = "not_in_channel"
NOWHERE = "restricted_action"  # takes neither replies nor messages of their own
NO_THREAD = frozenset(
    {
        "cannot_reply_to_message",
        "thread_not_found",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    }
)


class DeliveryState(StrEnum):
    DUE = "due"
    POSTING = "posting"
    POSTED = "posted"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of deliveries. For a posted card, `due_at` is when the next edit may go out."""

    id: str
    job_id: str
    kind: DeliveryKind
    state: DeliveryState
    due_at: datetime
    attempts: int = 0
    looks: int = 0  # of posting: how often it was looked for in vain since it was last sent
    channel_id: str | None = None  # where it went, once posted; a DM if the channel refused
    message_ts: str | None = None  # never known of a file: Slack shares it some time later
    thread_ts: str | None = None  # a card that cannot be edited goes on in this thread
    file_id: str | None = None  # Slack's name for an upload that is complete and may be shared
    wanted: int = 0
    shown: int = 0
    edited_at: datetime | None = None
    detour: str | None = None  # Slack's reason why it goes elsewhere, see is_direct
    why_dropped: str | None = None  # a code of ours, of Slack's or of HeyGen's

    @property
    def is_edit(self) -> bool:
        return self.state is DeliveryState.POSTED

    @property
    def is_unthreaded(self) -> bool:
        """There is no thread (any more): it goes into the channel as a message of its own."""
        return self.detour in NO_THREAD

    @property
    def is_direct(self) -> bool:
        """The channel does not take it: it goes to the requester's direct messages."""
        return self.detour is not None and not self.is_unthreaded


def delivery_id(job_id: str, kind: DeliveryKind) -> str:
    """A job owes one message of each kind, so its id follows from both; it is the mark in Slack."""
    return f"{job_id}.{kind}"
