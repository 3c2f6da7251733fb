"""A job's attachments, got ready for HeyGen: files uploaded, texts read, links looked at.

At most UPLOADS_AT_ONCE files are on their way at any time, of one job and of all jobs together.
What is ready is kept one by one, so a crash or a failure in between loses only what was on its
way; an upload that is begun again has the same key, so HeyGen keeps one of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.domain.errors import (
    AttachmentUnusable,
    BotError,
    SlackError,
    VideoAgentError,
    VideoAgentRefused,
)
from bot.domain.job.job import Job, JobState
from bot.domain.ports.clock import Clock
from bot.domain.ports.files import Links
from bot.domain.ports.slack import SlackFiles
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.domain.request.video_request import Attachment, attachment_fault, filetype_of
from bot.workflow.status_updates import Signals

log = structlog.get_logger(__name__)

UPLOADS_AT_ONCE = 3  # each is a file on disk and two lines in use

Todo = deque[tuple[int, Attachment]]


class Attachments:
    """`ready` is called for one job at a time each; `stop_unwanted` now and then."""

    def __init__(
        self,
        *,
        store: Store,
        agent: VideoAgent,
        files: SlackFiles,
        links: Links,
        clock: Clock,
        signals: Signals,
    ) -> None:
        self._store = store
        self._agent = agent
        self._files = files
        self._links = links
        self._clock = clock
        self._signals = signals
        self._slots = asyncio.Semaphore(UPLOADS_AT_ONCE)
        self._under_way: dict[str, list[asyncio.Task[None]]] = {}

    async def ready(self, job: Job) -> list[Attachment] | None:
        """All attachments of a job in submitting, in their order; None when nobody wants them.

        Raises AttachmentUnusable and VideoAgentRefused when one can never be used: the rest is
        stopped. Of another SlackError or VideoAgentError what is on its way is let finish first.
        """
        attachments = await self._store.jobs.attachments_of(job.id)
        numbered = list(enumerate(attachments))
        # A link that is no good is found out before much has been uploaded. After a create whose
        # answer was lost it is not looked at again: HeyGen may have taken it.
        links = [(n, a) for n, a in numbered if a.url is not None and job.attempt.began_at is None]
        files = [(n, a) for n, a in numbered if not a.is_ready]
        is_wanted = await self._all_of(job.id, deque(links), attachments)
        is_wanted = is_wanted and await self._all_of(job.id, deque(files), attachments)
        return attachments if is_wanted else None

    async def _all_of(self, job_id: str, todo: Todo, attachments: list[Attachment]) -> bool:
        """Work on all of `todo`, a few at once; False when it was stopped because unwanted."""
        tasks = [
            asyncio.create_task(self._work(job_id, todo, attachments))
            for _ in range(min(UPLOADS_AT_ONCE, len(todo)))
        ]
        self._under_way[job_id] = tasks
        try:
            await _until_done_or_hopeless(tasks, todo)
        finally:
            del self._under_way[job_id]
            await _end(tasks)
        if error := _worst_error(tasks):
            raise error
        return not any(task.cancelled() for task in tasks)

    async def stop_unwanted(self) -> None:
        """End the uploads of jobs that were cancelled meanwhile."""
        for job_id, tasks in list(self._under_way.items()):
            job = await self._store.jobs.get(job_id)
            if job is None or job.state is not JobState.SUBMITTING:
                log.info("uploads stopped", job_id=job_id)
                for task in tasks:
                    task.cancel()

    async def _work(self, job_id: str, todo: Todo, attachments: list[Attachment]) -> None:
        """Take one after the other, until none is left."""
        while todo:
            position, attachment = todo.popleft()
            if attachment.url is not None:
                await self._links.check(attachment.url)
                continue
            async with self._slots:
                ready = await self._prepare(attachment, f"{job_id}.{position}")
            await self._store.jobs.save_attachment(job_id, position, ready, self._clock.now())
            attachments[position] = ready
            self._signals.deliver()  # the card tells how many are ready

    async def _prepare(self, attachment: Attachment, key: str) -> Attachment:
        if attachment.mode == "file_access":
            described = await self._files.describe(attachment.file_id)
            attachment = replace(described, note=attachment.note)
        if sentence := attachment_fault(attachment):
            raise AttachmentUnusable(sentence)
        async with self._files.download(attachment) as content:
            if attachment.is_text:
                return replace(attachment, text=content.path.read_text("utf-8-sig"))
            asset_id = await self._agent.upload_asset(content, key)
            filetype = filetype_of(content.media_type, attachment.filetype)
        return replace(
            attachment, asset_id=asset_id, filetype=filetype, size_bytes=content.size_bytes
        )


async def _until_done_or_hopeless(tasks: Sequence[asyncio.Task[None]], todo: Todo) -> None:
    """After a failure nothing more is begun; what is on its way goes on unless it is in vain."""
    pending = set(tasks)
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            todo.clear()
        if any(_is_hopeless(_error_of(task)) for task in done):
            return


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _worst_error(tasks: Sequence[asyncio.Task[None]]) -> BaseException | None:
    """What decides about the job: a refusal or a fault of ours before trouble that passes."""
    errors = [error for task in tasks if (error := _error_of(task)) is not None]
    return next(filter(_is_hopeless, errors), errors[0] if errors else None)


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def _is_hopeless(error: BaseException | None) -> bool:
    """Whether the job cannot go on with these attachments, now or later."""
    if isinstance(error, AttachmentUnusable | VideoAgentRefused):
        return True
    passes: tuple[type[BotError], ...] = (SlackError, VideoAgentError)
    return error is not None and not isinstance(error, passes)
