"""All that is known of one job: what became of it, and what its thread is owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.delivery.delivery import Delivery
from bot.domain.job.job import Job, JobState
from bot.domain.request.video_request import Attachment


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: datetime
    from_state: JobState | None
    to_state: JobState
    why: str
    who: str
    replica: str = ""  # of several: the one that wrote it


@dataclass(frozen=True, slots=True)
class JobStory:
    """All that is known of one job."""

    job: Job
    attachments: Sequence[Attachment]
    history: Sequence[HistoryLine]
    deliveries: Sequence[Delivery]
