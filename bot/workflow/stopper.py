"""Cancelled jobs that may still run at HeyGen: find their session, and tell HeyGen to stop it.

What is owed stands in the database (a cancelled job with `due_at`), so a crash forgets nothing;
stopping a session twice is harmless. A session whose create was never answered is looked for in
doubling pauses. After an hour of trying (at the default POLL_INTERVAL_S) the job is let go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.domain import decisions, timing
from bot.domain.errors import VideoAgentError, VideoAgentRefused
from bot.domain.job import Job, JobState
from bot.domain.ports import Clock, JobStore, VideoAgent
from bot.workflow.recovery import GIVE_UP_STEPS, Reconciler
from bot.workflow.status_updates import StatusUpdates

log = structlog.get_logger(__name__)

AT_ONCE = 20
LOOK_FIRST_STEPS, LOOK_CAP_STEPS = 4, 80  # of POLL_INTERVAL_S: a minute, then up to 20 minutes
STOP_CAP_STEPS = 4  # a session that is known to run costs money: every minute at most


class Stopper:
    """`step` is run by a Loop."""

    def __init__(
        self,
        *,
        store: JobStore,
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
        """Try each one that is due; returns when to look again."""
        now = self._clock.now()
        due = await self._store.due_jobs(JobState.CANCELLED, now, AT_ONCE)
        for job in due:
            await (self._find(job) if job.session_id is None else self._stop(job, job.session_id))
        return await self._store.next_due_at(JobState.CANCELLED)

    async def _stop(self, job: Job, session_id: str) -> None:
        try:
            await self._agent.stop_session(session_id)
        except VideoAgentRefused as error:  # it has ended, or is not there any more
            log.info("nothing to stop", job_id=job.id, session_id=session_id, code=error.code)
            await self._settle(job, f"HeyGen has nothing to stop: {error.code}")
        except VideoAgentError as error:
            log.warning("not stopped yet", job_id=job.id, session_id=session_id, code=error.code)
            await self._later(
                job, f"the session could not be stopped: {error.code}", 1, STOP_CAP_STEPS
            )
        else:
            log.info("session stopped", job_id=job.id, session_id=session_id)
            await self._settle(job, "its session at HeyGen is stopped")

    async def _find(self, job: Job) -> None:
        """One look for the session of an attempt that we have no answer to."""
        why = "no session found at HeyGen"
        try:
            session = await self._reconciler.find(job)
        except VideoAgentError as error:
            log.warning("cannot look for the session", job_id=job.id, code=error.code)
            session, why = None, f"HeyGen could not be asked for its session: {error.code}"
        if session is None:
            await self._later(job, why, LOOK_FIRST_STEPS, LOOK_CAP_STEPS)
            return
        found = session
        await self._updates.apply(job.id, lambda j, now: decisions.owe_stop(j, found, now))

    async def _later(self, job: Job, why: str, first_steps: int, cap_steps: int) -> None:
        """Try again after a pause, or let the job go once the patience is at its end."""
        now = self._clock.now()
        patience = timedelta(seconds=GIVE_UP_STEPS * self._interval_s)
        if now - (job.state_since or job.updated_at) > patience:
            log.warning("given up", job_id=job.id, session_id=job.session_id, why=why)
            await self._settle(job, why)
            return
        at = timing.next_retry_at(
            now,
            job.look_count + 1,
            first_s=first_steps * self._interval_s,
            cap_s=cap_steps * self._interval_s,
        )
        await self._updates.apply(job.id, lambda j, now: decisions.stop_later(j, at, now))

    async def _settle(self, job: Job, why: str) -> None:
        await self._updates.apply(job.id, lambda j, now: decisions.settle_stop(j, why, now))
