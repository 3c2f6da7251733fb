"""Cancelled jobs that may still run at HeyGen: find their session, and tell HeyGen to stop it.

What is owed stands in the database (a cancelled job with `due_at`), so a crash forgets nothing;
stopping a session twice is harmless. A session whose create was never answered is looked for in
doubling pauses, until LOOKS_MOST looks have shown that there is none. An outage is no such look:
HeyGen is told once it is back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.domain.errors import VideoAgentError, VideoAgentRefused, VideoAgentUnavailable
from bot.domain.job import decisions, timing
from bot.domain.job.job import Job, JobState
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.workflow.guarded_agent import OUTAGE
from bot.workflow.loop import all_of
from bot.workflow.session_search import SessionSearch
from bot.workflow.status_updates import StatusUpdates

log = structlog.get_logger(__name__)

DUE_AT_ONCE = 200
LOOKS_MOST = 6  # in vain: a minute, then doubled, half an hour in all at the default
LOOK_FIRST_STEPS, LOOK_CAP_STEPS = 4, 80  # of POLL_INTERVAL_S: a minute, then up to 20 minutes


class Stopper:
    """`step` and `look_step` are each run by a Loop."""

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
        """Stop each session that is known and due; returns when to try again.

        No look for another one keeps it waiting, for it costs money meanwhile.
        """
        return await self._each_due(self._stop, lambda job: job.render.session_id is not None)

    async def look_step(self) -> datetime | None:
        """Look for each session that is due and not known; returns when to look again."""
        return await self._each_due(self._find, lambda job: job.render.session_id is None)

    async def _each_due(
        self, work: Callable[[Job], Awaitable[None]], is_for: Callable[[Job], bool]
    ) -> datetime | None:
        now = self._clock.now()
        horizon = timing.horizon(now, self._interval_s)
        due = await self._store.jobs.due(JobState.CANCELLED, now, DUE_AT_ONCE, horizon=horizon)
        try:
            await all_of(work, filter(is_for, due))
        except VideoAgentUnavailable:  # nobody is asked now: who could not ask stays due, unwritten
            return self._search.ask_again_at()
        return await self._store.jobs.next_due_at(JobState.CANCELLED, after=now)

    async def _stop(self, job: Job) -> None:
        """Raises VideoAgentUnavailable (code OUTAGE) when HeyGen may not be asked now."""
        session_id = job.render.session_id
        assert session_id is not None
        try:
            await self._agent.stop_session(session_id)
        except VideoAgentRefused as error:  # it has ended, or is not there any more
            log.info("nothing to stop", job_id=job.id, session_id=session_id, code=error.code)
            await self._settle(job, f"HeyGen has nothing to stop: {error.code}")
        except VideoAgentError as error:
            if error.code == OUTAGE:
                raise
            log.warning("not stopped yet", job_id=job.id, session_id=session_id, code=error.code)
            await self._stop_later(job, self._search.ask_again_at(error.retry_after_s))
        else:
            log.info("session stopped", job_id=job.id, session_id=session_id)
            await self._settle(job, "its session at HeyGen is stopped")

    async def _find(self, job: Job) -> None:
        """One look for the session of an attempt that we have no answer to; raises like _stop."""
        # The last one reaches far: our clock may have been wrong as we sent.
        is_last = job.attempt.look_count + 1 >= LOOKS_MOST
        found, again_at = await self._search.look(job, reaches_far=is_last)
        if found.sessions:
            await self._updates.apply(
                job.id, lambda j, now: decisions.owe_stop(j, found.sessions[0], now)
            )
        elif again_at is not None:
            await self._stop_later(job, again_at)
        elif found.unread:
            await self._not_found(job, "a session that may be its own cannot be read")
        else:
            await self._not_found(job, "no session found at HeyGen")

    async def _not_found(self, job: Job, why: str) -> None:
        """Look again after a growing pause, or let the job go after enough looks in vain."""
        if job.attempt.look_count + 1 >= LOOKS_MOST:
            log.info("no more looks", job_id=job.id, why=why)
            await self._settle(job, why)
            return
        at = timing.next_retry_at(
            self._clock.now(),
            job.attempt.look_count + 1,
            first_s=LOOK_FIRST_STEPS * self._interval_s,
            cap_s=LOOK_CAP_STEPS * self._interval_s,
        )
        await self._updates.apply(
            job.id, lambda j, now: decisions.stop_later(j, at, now, is_look=True)
        )

    async def _stop_later(self, job: Job, at: datetime) -> None:
        """HeyGen could not be told or asked: that was no look."""
        await self._updates.apply(job.id, lambda j, now: decisions.stop_later(j, at, now))

    async def _settle(self, job: Job, why: str) -> None:
        await self._updates.apply(job.id, lambda j, now: decisions.settle_stop(j, why, now))
