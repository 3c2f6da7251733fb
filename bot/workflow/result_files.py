"""The files of a finished video, from HeyGen's links to this machine's disk, each by its kind."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import structlog

from bot.domain import texts
from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.errors import VideoAgentNotFound, VideoAgentRefused
from bot.domain.job.job import Job, VideoResult
from bot.domain.news import VideoNews
from bot.domain.ports.files import FileContent
from bot.domain.ports.video import VideoAgent, VideoDownloads

log = structlog.get_logger(__name__)

NAME_WORDS, NAME_CHARS = 8, 60
CAPTIONS_MAX_BYTES = 5_000_000
PICTURE_MAX_BYTES = 20_000_000
NOT_MADE = "not_made"  # HeyGen names no such file, or not yet
_LINKS = {
    DeliveryKind.FILE: "video_url",
    DeliveryKind.CAPTIONS: "subtitle_url",
    DeliveryKind.THUMBNAIL: "thumbnail_url",
}
_PICTURES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


class ResultFiles:
    """Everything comes out as a VideoAgentError; what HeyGen has not made has code NOT_MADE."""

    def __init__(
        self, agent: VideoAgent, downloads: VideoDownloads, *, video_max_bytes: int
    ) -> None:
        self._agent = agent
        self._downloads = downloads
        self._max_bytes = {
            DeliveryKind.FILE: video_max_bytes,
            DeliveryKind.CAPTIONS: CAPTIONS_MAX_BYTES,
            DeliveryKind.THUMBNAIL: PICTURE_MAX_BYTES,
        }

    @asynccontextmanager
    async def fetched(
        self, kind: DeliveryKind, job: Job, *, may_ask: bool = True
    ) -> AsyncIterator[FileContent]:
        """The file under the name it is to have; an expired link is asked for anew, once.

        Without `may_ask` HeyGen is not asked for a link that the job does not have.
        """
        async with AsyncExitStack() as stack:
            content = await self._by_known_link(stack, kind, job)
            if content is None:
                if not (may_ask or link_of(kind, job.outcome.result)):
                    raise _not_made()
                content = await self._by_fresh_link(stack, kind, job)
            yield replace(content, name=file_name(kind, job, content.media_type))

    async def _by_known_link(
        self, stack: AsyncExitStack, kind: DeliveryKind, job: Job
    ) -> FileContent | None:
        url = link_of(kind, job.outcome.result)
        if url is None:
            return None
        try:
            return await self._fetch(stack, kind, url)
        except VideoAgentNotFound as error:
            log.info("link expired", job_id=job.id, kind=kind.value, code=error.code)
            return None

    async def _by_fresh_link(
        self, stack: AsyncExitStack, kind: DeliveryKind, job: Job
    ) -> FileContent:
        url = link_of(kind, await self._agent.get_video(job.render.video_id or ""))
        if url is None:
            raise _not_made()
        return await self._fetch(stack, kind, url)

    async def _fetch(self, stack: AsyncExitStack, kind: DeliveryKind, url: str) -> FileContent:
        download = self._downloads.download(url, kind.value, self._max_bytes[kind])
        return await stack.enter_async_context(download)


def link_of(kind: DeliveryKind, where: VideoResult | VideoNews | None) -> str | None:
    """The link to this kind of file, as far as HeyGen has told one."""
    url: str | None = getattr(where, _LINKS[kind], None)
    return url


def file_name(kind: DeliveryKind, job: Job, media_type: str) -> str:
    """The first words of the prompt as a name that every system takes, with the right ending."""
    words = re.findall(r"\w+", job.request.prompt)[:NAME_WORDS]
    stem = "-".join(words)[:NAME_CHARS].strip("-_") or "video"
    return stem + _ending(kind, media_type)


def _ending(kind: DeliveryKind, media_type: str) -> str:
    if kind is DeliveryKind.FILE:
        return ".mp4"
    if kind is DeliveryKind.CAPTIONS:
        return ".srt"
    if media_type not in _PICTURES:
        raise VideoAgentRefused(texts.PREVIEW_NO_PICTURE, code="no_picture")
    return _PICTURES[media_type]


def _not_made() -> VideoAgentNotFound:
    return VideoAgentNotFound(texts.HEYGEN_NAMES_NO_FILE, code=NOT_MADE)
