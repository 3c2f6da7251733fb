"""One message owed to one thread, and its states.

due ──► posting ──► posted      posting is written before the call, so that a crash in between
         │    ▲                 is noticed and the thread is searched for our mark before
         ▼    │                 anything is posted again.
        due ──┘                 dropped: nobody can be told, the log says why.

The card is a delivery too; once posted it is edited whenever `wanted` is ahead of `shown`.
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
    channel_id: str | None = None  # where it went, once posted; a DM if the channel refused
    message_ts: str | None = None
    wanted: int = 0
    shown: int = 0
    edited_at: datetime | None = None
    detour: str | None = None  # Slack's reason why it goes to a DM and not to the channel

    @property
    def is_edit(self) -> bool:
        return self.state is DeliveryState.POSTED


def delivery_id(job_id: str, kind: DeliveryKind) -> str:
    """A job owes one message of each kind, so its id follows from both; it is the mark in Slack."""
    return f"{job_id}.{kind}"
