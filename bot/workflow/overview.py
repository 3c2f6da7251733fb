"""Read side: what the bot is doing, for health checks, metrics and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.delivery import Delivery
from bot.domain.errors import JobUnknown
from bot.domain.job import Job, JobState
from bot.domain.ports import HistoryLine, JobStore
from bot.domain.video_request import Attachment


@dataclass(frozen=True, slots=True)
class JobStory:
    """All that is known of one job."""

    job: Job
    attachments: Sequence[Attachment]
    history: Sequence[HistoryLine]
    deliveries: Sequence[Delivery]


class Overview:
    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def count_by_state(self) -> dict[JobState, int]:
        """How many jobs are in each state; states without jobs are 0."""
        counts = await self._store.count_by_state()
        return {state: counts.get(state, 0) for state in JobState}

    async def recent_jobs(self, limit: int, state: JobState | None = None) -> list[Job]:
        """The newest jobs, all or those in one state."""
        return await self._store.recent_jobs(limit, state)

    async def story_of(self, job_id: str) -> JobStory:
        """Raises JobUnknown."""
        job = await self._store.get_job(job_id)
        if job is None:
            raise JobUnknown
        return JobStory(
            job,
            await self._store.attachments_of(job_id),
            await self._store.history_of(job_id),
            await self._store.deliveries_of(job_id),
        )
