"""Takes a request in: checked, and on disk with the card it owes, before Slack hears anything."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection

import structlog

from bot.domain import texts
from bot.domain.addresses import NO_HOSTS
from bot.domain.errors import Outsider, RequestRefused
from bot.domain.job.job import Job
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.prompt.compose import compose, prompt_overrun, surely_fits
from bot.domain.request.video_request import PROMPT_MAX_CHARS, VideoRequest, faults_of
from bot.workflow.status_updates import Bells

log = structlog.get_logger(__name__)

JOB_ID_BYTES = 6  # 48 random bits: short enough to read out, unique in practice and by the table


def new_job_id() -> str:
    return secrets.token_hex(JOB_ID_BYTES)


class Intake:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        bells: Bells,
        *,
        link_hosts: Collection[str] = NO_HOSTS,
        length_padding: float = 1.0,
        new_id: Callable[[], str] = new_job_id,
    ) -> None:
        """`link_hosts` are hosts of this machine that links may lead to: the sandbox's.

        `length_padding` is the submitter's: what is measured here is what is sent there.
        """
        self._store = store
        self._clock = clock
        self._bells = bells
        self._link_hosts = link_hosts
        self._length_padding = length_padding
        self._new_id = new_id

    def faults_of(self, request: VideoRequest) -> dict[str, str]:
        """What `accept` would refuse: a sentence for each field. Nothing else for an outsider."""
        if request.is_outsider:
            return {"prompt": Outsider().sentence}
        faults = faults_of(request, self._link_hosts)
        if not faults and (excess := self._excess_of(request)):
            faults["prompt"] = texts.PROMPT_TOO_LONG_COMPOSED.format(
                most=PROMPT_MAX_CHARS, excess=excess
            )
        return faults

    async def accept(self, request: VideoRequest) -> Job:
        """The job for this request; the same request_key finds the first job again.

        Raises RequestRefused (a sentence for each field) and StoreUnavailable.
        """
        if faults := self.faults_of(request):
            raise RequestRefused(faults)
        now = self._clock.now()
        job = Job(
            id=self._new_id(),
            request_key=request.request_key,
            team_id=request.thread.team_id,
            channel_id=request.thread.channel_id,
            thread_ts=request.thread.thread_ts,
            requester_id=request.requester_id,
            prompt=request.prompt,
            orientation=request.orientation,
            created_at=now,
            updated_at=now,
            state_since=now,
            due_at=now,
            brief=request.brief,
            locale=request.locale,
            parent_id=request.parent_id,
        )
        job, is_new = await self._store.jobs.add(job, request.attachments)
        log.info("request taken" if is_new else "request was taken before", job_id=job.id)
        self._bells.submit()
        self._bells.deliver()
        self._bells.home()
        return job

    def _excess_of(self, request: VideoRequest) -> int:
        """Characters too many in what would be sent; attached texts are read and counted later."""
        if surely_fits(request.prompt, request.brief, request.attachments):
            return 0
        composed = compose(
            new_job_id(),
            request.prompt,
            request.orientation,
            request.brief,
            request.attachments,
            padding=self._length_padding,
        )
        return prompt_overrun(composed)
