"""Jobs that were sent more than once: find a second session of theirs, and tell HeyGen to stop it.

HeyGen's list may lag behind, so that a send looked in vain and was taken all the same. Once the
job knows its session, a few more looks find what else carries its reference. What is owed stands
in the database (`sweep_at`), so a crash forgets nothing; stopping a session twice is harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.domain.errors import VideoAgentError, VideoAgentRefused, VideoAgentUnavailable
from bot.domain.job import decisions, timing
from bot.domain.job.job import Job
from bot.domain.news import SessionNews
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.workflow.guarded_agent import OUTAGE
from bot.workflow.recovery import Reconciler
from bot.workflow.status_updates import StatusUpdates

log = structlog.get_logger(__name__)

AT_ONCE = 20


class Sweeper:
    """`step` is run by a Loop."""

    def __init__(
        self,
        *,
        store: Store,
        agent: VideoAgent,
        updates: StatusUpdates,
        reconciler: Reconciler,
        clock: Clock,
        interval_s: float,
    ) -> None:
        self._store = store
        self._agent = agent
        self._updates = updates
        self._reconciler = reconciler
        self._clock = clock
        self._interval_s = interval_s

    async def step(self) -> datetime | None:
        """Look for each job that is due; returns when to look again."""
        now = self._clock.now()
        horizon = timing.horizon(now, self._interval_s)
        for job in await self._store.jobs.due_sweeps(now, AT_ONCE, horizon=horizon):
            try:
                await self._sweep(job)
            except VideoAgentUnavailable as error:  # nobody is asked now: all stay due, unwritten
                return self._reconciler.ask_again_at(error)
        return await self._store.jobs.next_sweep_at(after=now)

    async def _sweep(self, job: Job) -> None:
        """Raises VideoAgentUnavailable (code OUTAGE) when HeyGen may not be asked now."""
        try:
            others = await self._reconciler.find(job, reaches_far=True)
            if others and await self._is_as_it_was(job):
                await self._stop(job, others)
        except VideoAgentError as error:
            if not self._reconciler.was_a_look(job, error):
                await self._put_off(job, error)
                return
        await self._updates.apply(job.id, lambda j, now: decisions.swept(j, now, self._interval_s))

    async def _is_as_it_was(self, job: Job) -> bool:
        """Whether what was found is no session that the job got, or asked for, meanwhile."""
        now = await self._store.jobs.get(job.id)
        return now is not None and (now.session_id, now.attempt_count, now.retry_count) == (
            job.session_id,
            job.attempt_count,
            job.retry_count,
        )

    async def _stop(self, job: Job, sessions: Sequence[SessionNews]) -> None:
        for session in sessions:
            try:
                await self._agent.stop_session(session.session_id)
                outcome = "stopped"
            except VideoAgentRefused as error:  # it has ended, or is not there any more
                outcome = f"nothing to stop ({error.code})"
            log.error(
                "a video was begun twice",
                job_id=job.id,
                session_id=job.session_id,
                second_session_id=session.session_id,
                outcome=outcome,
            )
            await self._note(job, session, outcome)

    async def _note(self, job: Job, session: SessionNews, outcome: str) -> None:
        await self._updates.apply(
            job.id, lambda j, now: decisions.note_second_session(j, session, outcome, now)
        )

    async def _put_off(self, job: Job, error: VideoAgentError) -> None:
        if error.code == OUTAGE:
            raise error
        log.warning("cannot look for a second session", job_id=job.id, code=error.code)
        at = self._reconciler.ask_again_at(error)
        await self._updates.apply(job.id, lambda j, _: decisions.sweep_later(j, at))
