"""Read side: what the bot is doing, for health checks, metrics, the command line and Home tabs."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.errors import JobUnknown
from bot.domain.job.job import WAITING_STATES, Job, JobState
from bot.domain.job.pages import JobPage, ListedJob
from bot.domain.job.story import JobStory
from bot.domain.ports.store import Store

PAGE_SIZE = 10  # jobs; a Home tab holds 100 blocks


class Overview:
    def __init__(self, store: Store, waiting_for: Callable[[], str | None] = lambda: None) -> None:
        """`waiting_for`: why nothing is sent to HeyGen, None while all is well (workflow/gate)."""
        self._store = store
        self._waiting_for = waiting_for

    async def count_by_state(self) -> dict[JobState, int]:
        """How many jobs are in each state; states without jobs are 0."""
        counts = await self._store.jobs.count_by_state()
        return {state: counts.get(state, 0) for state in JobState}

    async def recent_jobs(self, limit: int, state: JobState | None = None) -> list[Job]:
        """The newest jobs, all or those in one state."""
        return await self._store.jobs.recent(limit, state)

    async def page_of(self, requester_id: str, number: int) -> JobPage:
        """This person's jobs, newest first; a page beyond the oldest job is empty."""
        jobs = await self._store.jobs.of(requester_id, PAGE_SIZE + 1, offset=number * PAGE_SIZE)
        listed = [await self._listed(job) for job in jobs[:PAGE_SIZE]]
        return JobPage(number, tuple(listed), has_older=len(jobs) > PAGE_SIZE)

    async def listed(self, job_id: str) -> ListedJob:
        """Raises JobUnknown."""
        job = await self._store.jobs.get(job_id)
        if job is None:
            raise JobUnknown
        return await self._listed(job)

    async def _listed(self, job: Job) -> ListedJob:
        deliveries = await self._store.deliveries.of(job.id)
        card = next((d for d in deliveries if d.kind is DeliveryKind.CARD), None)
        waiting_for = self._waiting_for() if job.state in WAITING_STATES else None
        return ListedJob(job, card, await self._store.jobs.place_in_queue(job), waiting_for)

    async def story_of(self, job_id: str) -> JobStory:
        """Raises JobUnknown."""
        job = await self._store.jobs.get(job_id)
        if job is None:
            raise JobUnknown
        return JobStory(
            job,
            await self._store.jobs.attachments_of(job_id),
            await self._store.jobs.history_of(job_id),
            await self._store.deliveries.of(job_id),
        )
