"""Cancel, look again, make once more or differently: what a person may ask of a job.

Who may, and in which state, is decided in domain/job/permissions.py. Asking twice changes nothing
the second time and is answered kindly. A variation is a new job of whoever asks for it, told of in
the thread of the first one's card.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain import texts
from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.errors import JobUnknown
from bot.domain.job import decisions
from bot.domain.job.job import Job, JobState, other_orientation_of, retry_of, variation_of
from bot.domain.job.permissions import Action, Who, check
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from bot.domain.request.draft import Draft
from bot.domain.request.video_request import SlackThread, VideoRequest
from bot.domain.words import Text
from bot.workflow.intake import Intake
from bot.workflow.places import Place, thread_of
from bot.workflow.status_updates import StatusUpdates

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """The job after what was asked (the new one, if one was). `note`: what no card shows."""

    job: Job
    note: Text | None = None


class Controls:
    """Every method raises NotYours, Outsider, NotPossible, JobUnknown and StoreUnavailable.

    Those that make a new job raise RequestRefused, too.
    """

    def __init__(self, store: Store, updates: StatusUpdates, intake: Intake) -> None:
        self._store = store
        self._updates = updates
        self._intake = intake

    async def act(self, action: Action, job_id: str, who: Who) -> Done:
        """The method for this action, one that needs nothing but the job."""
        methods = {
            Action.OTHER_ORIENTATION: self.other_orientation,
            Action.CANCEL: self.cancel,
            Action.RETRY: self.retry,
            Action.LOOK_AGAIN: self.look_again,
            Action.SEND_AGAIN: self.send_again,
        }
        return await methods[action](job_id, who)

    async def cancel(self, job_id: str, who: Who) -> Done:
        """No video will come. What runs at HeyGen is stopped as soon as HeyGen can be told."""
        return await self._change(Action.CANCEL, job_id, who, decisions.cancel)

    async def look_again(self, job_id: str, who: Who) -> Done:
        """Ask HeyGen once more what became of a job that timed out or is on hold."""
        outcome = await self._change(Action.LOOK_AGAIN, job_id, who, decisions.look_again)
        if outcome.note is None and outcome.job.state is JobState.PARKED:
            return Done(outcome.job, texts.LOOKING_AGAIN)
        return outcome

    async def send_again(self, job_id: str, who: Who) -> Done:
        """Send a job that is on hold once more; the person knows that it may cost twice."""
        return await self._change(Action.SEND_AGAIN, job_id, who, decisions.send_again)

    async def retry(self, job_id: str, who: Who) -> Done:
        """A new job with the same request; files that HeyGen has are not uploaded again.

        One for each end of a job: the request_key follows from it.
        """
        parent = await self._parent(Action.RETRY, job_id, who)
        return await self._start(retry_of(parent), who, texts.TRIED_ALREADY)

    async def vary(self, job_id: str, who: Who, change: str, *, request_key: str) -> Done:
        """A new job of `who` with one thing different, said in their words; one for each key."""
        parent = await self._parent(Action.VARY, job_id, who)
        varied = variation_of(parent, change, key=request_key)
        return await self._start(await self._moved(varied, parent, who), who, texts.MADE_ALREADY)

    async def other_orientation(self, job_id: str, who: Who) -> Done:
        """A new job of `who`, portrait for landscape and the other way round; one for each job."""
        parent = await self._parent(Action.OTHER_ORIENTATION, job_id, who)
        new = await self._moved(other_orientation_of(parent), parent, who)
        return await self._start(new, who, texts.MADE_ALREADY)

    async def draft(self, action: Action, job_id: str, who: Who) -> Draft:
        """The job's answers for the form (Action.EDIT or VARY), its files with them; not kept."""
        parent = await self._parent(action, job_id, who)
        place = await self._thread_of(parent)
        return Draft(
            key="",
            requester_id=who.name,
            team_id=parent.request.thread.team_id,
            channel_id=place.channel_id,
            thread_ts=place.thread_ts,
            prompt=parent.request.prompt,
            orientation=parent.request.orientation,
            brief=parent.request.brief,
            attachments=tuple(await self._store.jobs.attachments_of(parent.id)),
            parent_id=parent.id,
            is_variation=action is Action.VARY,
        )

    async def _parent(self, action: Action, job_id: str, who: Who) -> Job:
        job = await self._store.jobs.get(job_id)
        if job is None:
            raise JobUnknown
        check(action, job, who)
        return job

    async def _moved(self, request: VideoRequest, parent: Job, who: Who) -> VideoRequest:
        """In `who`'s name and language, and where the parent is told of."""
        place = await self._thread_of(parent)
        thread = SlackThread(request.thread.team_id, place.channel_id, place.thread_ts)
        return replace(request, requester_id=who.name, locale=who.locale, thread=thread)

    async def _thread_of(self, job: Job) -> Place:
        told = await self._store.deliveries.of(job.id)
        return thread_of(job, next((d for d in told if d.kind is DeliveryKind.CARD), None))

    async def _start(self, request: VideoRequest, who: Who, taken_already: Text) -> Done:
        job, is_new = await self._intake.accept_again(request, who.name)
        return Done(job, None if is_new else taken_already.format(job_id=job.id))

    async def _change(
        self, action: Action, job_id: str, who: Who, decision: Callable[[Job, datetime], Change]
    ) -> Done:
        note: Text | None = None

        def decide(job: Job, now: datetime) -> Change | None:
            nonlocal note
            note = check(action, job, who)
            return decision(job, now) if note is None else None

        job = await self._updates.apply(job_id, decide, who=who.name)
        if job is None:
            raise JobUnknown
        if note is None:
            log.info("a person decided", job_id=job_id, action=action.value, who=who.name)
        return Done(job, note)
