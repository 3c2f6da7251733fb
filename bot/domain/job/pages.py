"""Jobs in lists, page by page, and the Home tabs that show them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.delivery.delivery import Delivery
from bot.domain.job.job import Job


@dataclass(frozen=True, slots=True)
class Home:
    """The Home tab of one person and the page it shows; 0 is the newest."""

    user_id: str
    page: int


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One job among others; `card` is where it is told of, `place` its turn in the queue."""

    job: Job
    card: Delivery | None
    place: int | None
    waiting_for: str | None = None  # why nothing is sent to HeyGen at the moment


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of one person's jobs, newest first; page 0 is the newest."""

    number: int
    jobs: tuple[ListedJob, ...]
    has_older: bool
