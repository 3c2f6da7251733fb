"""HeyGen says that something happened: find whose job it is, and ask HeyGen about it."""

from __future__ import annotations

import hmac

import structlog

from bot.domain.job.job import Job
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.workflow.status_updates import Signals
from bot.workflow.submitter import token_hash

log = structlog.get_logger(__name__)


class Callbacks:
    """Nothing of a callback is believed but that it is worth one look."""

    def __init__(self, store: Store, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals

    async def by_token(self, token: str) -> bool:
        """A job's own callback address was called; False when no job has this token."""
        wanted = token_hash(token)
        job = await self._store.jobs.by_callback_token_hash(wanted)
        if job is None or not hmac.compare_digest(job.attempt.callback_token_hash or "", wanted):
            return False
        await self._look(job)
        return True

    async def by_id(self, *, session_id: str, video_id: str) -> None:
        """The registered webhook named a session or a video; ids we do not know change nothing."""
        jobs = await self._store.jobs.by_heygen_id(session_id=session_id, video_id=video_id)
        for job in jobs:
            await self._look(job)

    async def _look(self, job: Job) -> None:
        log.info("callback", job_id=job.id)
        await self._store.jobs.make_due(job.id, self._clock.now())
        self._signals.poll()
        self._signals.submit()  # it looks for jobs on hold
