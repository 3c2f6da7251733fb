"""HeyGen: sessions and videos, their files, the catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.news import ListedSession, NewSession, SessionNews, VideoNews, VideoStatus
from bot.domain.ports.files import FileContent


class VideoAgent(Protocol):
    """HeyGen. Every method raises VideoAgentError (bot/domain/errors.py) and nothing else."""

    async def upload_asset(self, content: FileContent, key: str) -> str:
        """Upload one file; returns its asset_id. The same key may be sent again safely."""
        ...

    async def create_session(self, new: NewSession) -> SessionNews:
        """Start one video. Paid: never repeated by the client itself."""
        ...

    async def get_session(self, session_id: str) -> SessionNews: ...

    async def list_sessions(self, within: timedelta) -> list[ListedSession]:
        """Sessions created no longer ago than that, by HeyGen's clock or ours; newest first."""
        ...

    async def get_video(self, video_id: str) -> VideoNews: ...

    async def video_statuses(self, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        """The status of up to 100 videos; an id that HeyGen left out is not in the answer."""
        ...

    async def stop_session(self, session_id: str) -> None: ...

    async def ping(self) -> None:
        """The cheapest read there is, once: whether HeyGen answers at all."""
        ...


class VideoDownloads(Protocol):
    """Files of finished videos behind HeyGen's links; the API key never goes there.

    Raises VideoAgentNotFound for a link that is refused or has expired, VideoAgentRefused for one
    that must not be followed or a file of more than `most_bytes` (code "too_large"),
    VideoAgentBusy, VideoAgentUnavailable.
    """

    def download(
        self, url: str, name: str, most_bytes: int
    ) -> AbstractAsyncContextManager[FileContent]:
        """The file's bytes on disk, streamed there, never none; removed when the context ends."""
        ...


class CatalogueSource(Protocol):
    """Where the catalogue is read. Raises VideoAgentError."""

    def catalogue_pages(self, kind: CatalogueKind) -> AsyncIterator[list[CatalogueEntry]]:
        """All entries of one kind in HeyGen's order, the account's own first, page by page."""
        ...
