"""Cancel, try again, look again, send again: what a person may ask of a job.

Who may, and in which state, is decided in domain/permissions.py. Asking twice changes nothing the
second time and is answered kindly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.domain import decisions
from bot.domain.errors import JobUnknown
from bot.domain.job import Job, retry_of
from bot.domain.permissions import Action, Who, check
from bot.domain.ports import Clock, JobStore
from bot.domain.progress import Change
from bot.workflow.intake import new_job_id
from bot.workflow.status_updates import Bells, StatusUpdates

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The job after what was asked (the new one of a retry). `note`: it had been done before."""

    job: Job
    note: str | None = None


class Controls:
    """Every method raises NotYours, NotPossible, JobUnknown and StoreUnavailable."""

    def __init__(self, store: JobStore, updates: StatusUpdates, clock: Clock, bells: Bells) -> None:
        self._store = store
        self._updates = updates
        self._clock = clock
        self._bells = bells

    async def act(self, action: Action, job_id: str, who: Who) -> Outcome:
        """The method for this action."""
        methods = {
            Action.CANCEL: self.cancel,
            Action.RETRY: self.retry,
            Action.LOOK_AGAIN: self.look_again,
            Action.SEND_AGAIN: self.send_again,
        }
        return await methods[action](job_id, who)

    async def cancel(self, job_id: str, who: Who) -> Outcome:
        """No video will come. What runs at HeyGen is stopped as soon as HeyGen can be told."""
        return await self._change(Action.CANCEL, job_id, who, decisions.cancel)

    async def look_again(self, job_id: str, who: Who) -> Outcome:
        """Ask HeyGen once more what became of a job that timed out or is on hold."""
        return await self._change(Action.LOOK_AGAIN, job_id, who, decisions.look_again)

    async def send_again(self, job_id: str, who: Who) -> Outcome:
        """Send a job that is on hold once more; the person knows that it may cost twice."""
        return await self._change(Action.SEND_AGAIN, job_id, who, decisions.send_again)

    async def retry(self, job_id: str, who: Who) -> Outcome:
        """A new job with the same request; files that HeyGen has are not uploaded again.

        One for each end of a job: the request_key follows from it.
        """
        parent = await self._store.get_job(job_id)
        if parent is None:
            raise JobUnknown
        check(Action.RETRY, parent, who)
        new = retry_of(parent, new_job_id(), self._clock.now())
        attachments = await self._store.attachments_of(parent.id)
        job, is_new = await self._store.add_job(new, attachments, who=who.name)
        self._bells.submit()
        self._bells.deliver()
        log.info("tried again", job_id=parent.id, new_job_id=job.id, who=who.name, is_new=is_new)
        if is_new:
            return Outcome(job)
        return Outcome(job, f"The bot has tried this one again already, as job {job.id}.")

    async def _change(
        self, action: Action, job_id: str, who: Who, decision: Callable[[Job, datetime], Change]
    ) -> Outcome:
        note: str | None = None

        def decide(job: Job, now: datetime) -> Change | None:
            nonlocal note
            note = check(action, job, who)
            return decision(job, now) if note is None else None

        job = await self._updates.apply(job_id, decide, who=who.name)
        if job is None:
            raise JobUnknown
        if note is None:
            log.info("a person decided", job_id=job_id, action=action.value, who=who.name)
        return Outcome(job, note)
