"""The one way a job changes: read, decide, write if nobody else did, wake who has work now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import Change
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store

Decide = Callable[[Job, datetime], Change | None]


def _nobody() -> None:
    return None


@dataclass
class Signals:
    """How the workers wake one another; `Parts.employ` hangs them up."""

    submit: Callable[[], None] = _nobody
    poll: Callable[[], None] = _nobody
    deliver: Callable[[], None] = _nobody
    stop: Callable[[], None] = _nobody
    look: Callable[[], None] = _nobody
    files: Callable[[], None] = _nobody
    home: Callable[[], None] = _nobody

    def ring_for(self, change: Change) -> None:
        if change.owed or change.card is not None:
            self.deliver()
            self.home()
        if change.job.state is JobState.RENDERING:
            self.poll()
        else:
            self.submit()  # a job for the queue, or a slot that became free
        if change.job.state is JobState.CANCELLED and change.job.due_at is not None:
            self.stop()
            self.look()


class StatusUpdates:
    """Applies decisions. A decision that comes twice changes nothing the second time."""

    def __init__(self, store: Store, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals

    async def apply(self, job_id: str, decide: Decide, *, who: str = "bot") -> Job | None:
        """The job after `decide`, which is asked again whenever somebody else was faster.

        None for an unknown job. The job as it is when `decide` has nothing to change.
        """
        while True:
            job = await self._store.jobs.get(job_id)
            if job is None:
                return None
            change = decide(job, self._clock.now())
            if change is None:
                return job
            if await self._store.jobs.save(change, who=who):
                self._signals.ring_for(change)
                return replace(change.job, version=change.job.version + 1)
