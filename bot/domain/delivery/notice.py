"""What a delivery says: read from the store, and as values for a thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.delivery.delivery import Delivery, DeliveryKind
from bot.domain.job.job import Job


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery with all that it takes to say it, read at one moment."""

    delivery: Delivery
    job: Job
    card: Delivery | None  # the job's card, None only for a job that owes none
    result: Delivery | None  # the job's result, None before it is owed
    file: Delivery | None  # the video itself, None before it is owed or where it never is
    attachment_count: int
    file_count: int  # of the attachments, those that are uploaded or read
    ready_count: int  # of the files, those that are done
    place: int | None  # in the queue, 1 is next; None when the job does not wait there


@dataclass(frozen=True, slots=True)
class Notice:
    """One message for a thread, as values; bot/screens/messages.py gives it its looks."""

    kind: DeliveryKind
    delivery_id: str
    job: Job
    now: datetime
    place: int | None = None  # in the queue, 1 is next
    attachment_count: int = 0
    file_count: int = 0  # of the attachments, those that are uploaded or read
    ready_count: int = 0  # of the files, those that are done
    waiting_for: str | None = None  # why nothing is sent to HeyGen at the moment
    detour: str | None = None  # Slack's reason why this goes elsewhere, see Delivery
    no_file: str | None = None  # why the video file is not in the thread, see Delivery


@dataclass(frozen=True, slots=True)
class PostedMessage:
    channel_id: str
    ts: str
