"""The one door to the queue: every job is checked and begun here, whoever asks for it.

It is on disk with the card it owes before Slack hears anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import structlog

from bot.domain import texts
from bot.domain.addresses import NO_HOSTS
from bot.domain.errors import Outsider, RequestRefused
from bot.domain.job.job import Job, new_job
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.prompt.compose import compose, prompt_overrun, surely_fits
from bot.domain.request.video_request import (
    PROMPT_MAX_CHARS,
    Attachment,
    Submission,
    VideoRequest,
    faults_of,
)
from bot.workflow.status_updates import Signals

log = structlog.get_logger(__name__)

NOTHING: Mapping[str, str] = MappingProxyType({})
JOB_ID_BYTES = 6  # 48 random bits: short enough to read out, unique in practice and by the table


def new_job_id() -> str:
    return secrets.token_hex(JOB_ID_BYTES)


class NoKey(RequestRefused):
    """The workspace has no HeyGen key, so nothing can be made before an admin connects one."""

    code = "no_key"

    def __init__(self) -> None:
        super().__init__({"prompt": texts.NO_KEY})


class Intake:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        signals: Signals,
        *,
        link_hosts: Collection[str] = NO_HOSTS,
        length_padding: float = 1.0,
        new_id: Callable[[], str] = new_job_id,
        has_key: Callable[[], bool] = lambda: True,
    ) -> None:
        """`link_hosts` are hosts of this machine that links may lead to: the sandbox's.

        `length_padding` is the submitter's: what is measured here is what is sent there.
        `has_key`: whether there is a HeyGen key to make videos with.
        """
        self._store = store
        self._clock = clock
        self._signals = signals
        self._link_hosts = link_hosts
        self._length_padding = length_padding
        self._new_id = new_id
        self._has_key = has_key

    def check_key(self) -> None:
        """Raises NoKey: asked before a form is opened, which would lead to nothing."""
        if not self._has_key():
            raise NoKey

    def check(self, submission: Submission, also: Mapping[str, str] = NOTHING) -> None:
        """Raises RequestRefused: a sentence for each field, for an outsider nothing but that.

        NoKey goes before what is wrong with the fields. `also` are faults that
        whoever read the form has found.
        """
        if submission.is_outsider:
            raise RequestRefused({"prompt": Outsider().sentence})
        self.check_key()
        faults = faults_of(submission, self._link_hosts)
        if not faults and (excess := self._excess_of(submission)):
            faults["prompt"] = texts.PROMPT_TOO_LONG_COMPOSED.format(
                most=PROMPT_MAX_CHARS, excess=excess
            )
        if also or faults:
            raise RequestRefused({**also, **faults})

    async def accept(self, submission: Submission, also: Mapping[str, str] = NOTHING) -> Job:
        """The job for what somebody submitted; the same key finds the first job again.

        Raises RequestRefused, as `check` does, and StoreUnavailable.
        """
        self.check(submission, also)
        job, is_new = await self._take_in(submission.request, submission.attachments)
        log.info("request taken" if is_new else "request was taken before", job_id=job.id)
        return job

    async def accept_again(self, request: VideoRequest, who: str) -> tuple[Job, bool]:
        """A job for the request of an earlier one (`parent_id`), with its files, for `who`.

        (The job, True), or the first one of the same key and False. HeyGen keeps uploaded files:
        the parent's are used once more. Raises as `accept` does.
        """
        attachments = await self._store.jobs.attachments_of(request.parent_id or "")
        self.check(Submission(request, tuple(attachments)))
        job, is_new = await self._take_in(request, attachments, who)
        log.info("once more", job_id=request.parent_id, new_job_id=job.id, who=who, is_new=is_new)
        return job, is_new

    async def _take_in(
        self, request: VideoRequest, attachments: Sequence[Attachment], who: str | None = None
    ) -> tuple[Job, bool]:
        """The one place where a job begins: on disk with the card it owes, then all are woken."""
        new = new_job(self._new_id(), request, self._clock.now())
        job, is_new = await self._store.jobs.add(new, attachments, who=who)
        self._signals.submit()
        self._signals.deliver()
        self._signals.home()
        return job, is_new

    def _excess_of(self, submission: Submission) -> int:
        """Characters too many in what would be sent; attached texts are read and counted later."""
        request = submission.request
        if surely_fits(request.prompt, request.brief, submission.attachments):
            return 0
        composed = compose(
            new_job_id(),
            request.prompt,
            request.orientation,
            request.brief,
            submission.attachments,
            padding=self._length_padding,
        )
        return prompt_overrun(composed)
