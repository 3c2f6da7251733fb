"""Jobs that were sent more than once: find a second session of theirs, and tell HeyGen to stop it.

HeyGen's list may lag behind, so that a send looked in vain and was taken all the same. Once the
job knows its session, a few more looks find what else carries its reference. What is owed stands
in the database (`sweep_at`), so a crash forgets nothing; stopping a session twice is harmless.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.domain.errors import VideoAgentRefused, VideoAgentUnavailable
from bot.domain.job import decisions, timing
from bot.domain.job.job import Job
from bot.domain.job.progress import Change
from bot.domain.news import SessionNews
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.workflow.loop import all_of
from bot.workflow.session_search import SessionSearch
from bot.workflow.status_updates import StatusUpdates

log = structlog.get_logger(__name__)

DUE_AT_ONCE = 20


class Sweeper:
    """`step` is run by a Loop."""

    def __init__(
        self,
        *,
        store: Store,
        agent: VideoAgent,
        updates: StatusUpdates,
        search: SessionSearch,
        clock: Clock,
        interval_s: float,
    ) -> None:
        self._store = store
        self._agent = agent
        self._updates = updates
        self._search = search
        self._clock = clock
        self._interval_s = interval_s

    async def step(self) -> datetime | None:
        """Look for each job that is due, a few side by side; returns when to look again."""
        now = self._clock.now()
        horizon = timing.horizon(now, self._interval_s)
        due = await self._store.jobs.due_sweeps(now, DUE_AT_ONCE, horizon=horizon)
        try:
            await all_of(self._sweep, due)
        except VideoAgentUnavailable:  # nobody is asked now: who could not ask stays due, unwritten
            return self._search.ask_again_at()
        return await self._store.jobs.next_sweep_at(after=now)

    async def _sweep(self, job: Job) -> None:
        """Raises VideoAgentUnavailable (code OUTAGE) when HeyGen may not be asked now."""

        async def stop(session: SessionNews) -> None:
            if await self._is_as_it_was(job):
                await self._stop(job, session)

        found, again_at = await self._search.look(job, reaches_far=True, on_found=stop)

        def swept(current: Job, now: datetime) -> Change:
            if again_at is None:
                return decisions.swept(current, now, self._interval_s)
            is_same = _tries(current) == _tries(job)  # else these were not of its attempt
            unread = found.unread if is_same and found.unread else current.attempt.unread_sessions
            return decisions.sweep_later(current, again_at, unread)

        await self._updates.apply(job.id, swept)

    async def _is_as_it_was(self, job: Job) -> bool:
        """Whether what was found is no session that the job got, or asked for, meanwhile."""
        now = await self._store.jobs.get(job.id)
        return now is not None and _tries(now) == _tries(job)

    async def _stop(self, job: Job, session: SessionNews) -> None:
        try:
            await self._agent.stop_session(session.session_id)
            outcome = "stopped"
        except VideoAgentRefused as error:  # it has ended, or is not there any more
            outcome = f"nothing to stop ({error.code})"
        log.error(
            "a video was begun twice",
            job_id=job.id,
            session_id=job.render.session_id,
            second_session_id=session.session_id,
            outcome=outcome,
        )
        await self._note(job, session, outcome)

    async def _note(self, job: Job, session: SessionNews, outcome: str) -> None:
        await self._updates.apply(
            job.id, lambda j, now: decisions.note_second_session(j, session, outcome, now)
        )


def _tries(job: Job) -> tuple[str | None, int, int]:
    return job.render.session_id, job.attempt.send_count, job.attempt.number
