"""Finished videos, captions and previews from HeyGen's links onto this disk (VideoDownloads).

A link is a secret of its own and leads to another host: no API key, no cookie and no login goes
there (FACTS of HeyGen, section 8).
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot.domain import texts
from bot.domain.errors import (
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.ports.files import FileContent
from bot.files.client import file_client, told_bytes
from bot.files.pieces import in_pieces
from bot.heygen.connection import USER_AGENT, is_loopback, safe_address
from bot.heygen.retry import retry_after_s

TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # for one step; the whole has WHOLE_S
WHOLE_S = 1_800.0  # 1 GB at 5 Mbit/s; a host that trickles must not hold a place for ever
REDIRECTS_MAX = 3
UNKNOWN = "application/octet-stream"  # captions, for one, have no mark of their own
# The first bytes of a file say what it is; what HeyGen's storage calls it does not count.
_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyp", "video/mp4"),
)
_EXPIRED = frozenset({401, 403, 404, 410})  # a fresh link may help


class VideoLinks:
    """VideoDownloads over HTTP. https only, or plain http on loopback when HeyGen is there too."""

    def __init__(
        self,
        api_url: str,
        *,
        folder: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`api_url` is HeyGen's; `transport` replaces the network, `tls` is to be shared."""
        self._is_sandbox = is_loopback(api_url)
        self._folder = folder
        self._http = file_client(
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=TIMEOUT,
            trusts_env=not self._is_sandbox,
            tls=tls,
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def download(self, url: str, name: str, most_bytes: int) -> AsyncIterator[FileContent]:
        """The file's bytes on disk, removed when the context ends; its type is of the bytes."""
        path = await asyncio.to_thread(self._new_path)
        try:
            size_bytes = await self._fetched(url, path, most_bytes)
            media_type = await asyncio.to_thread(_media_type, path)
            yield FileContent(path, name, media_type, size_bytes)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _new_path(self) -> Path:
        with tempfile.NamedTemporaryFile(prefix="video-", dir=self._folder, delete=False) as file:
            return Path(file.name)

    async def _fetched(self, url: str, path: Path, most_bytes: int) -> int:
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._followed(self._address(url), path, most_bytes)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:  # OSError: time, or the disk
            raise VideoAgentUnavailable(texts.VIDEO_NOT_FETCHED, code="download_failed") from error

    async def _followed(self, url: httpx.URL, path: Path, most_bytes: int) -> int:
        for _ in range(REDIRECTS_MAX + 1):
            self._http.cookies.clear()
            async with self._http.stream("GET", url) as answer:
                if not answer.is_redirect:
                    _check(answer, most_bytes)
                    return await _keep(answer, path, most_bytes)
                url = self._address(answer.headers.get("Location", ""), url)
        raise VideoAgentRefused(texts.LINK_IN_CIRCLES, code="too_many_redirects")

    def _address(self, text: str, base: httpx.URL | None = None) -> httpx.URL:
        """A link that may be followed; anything else raises VideoAgentRefused."""
        url = safe_address(text, base, allows_loopback=self._is_sandbox)
        if url is None:
            raise VideoAgentRefused(texts.LINK_UNSAFE, code="unsafe_link")
        return url


def _check(answer: httpx.Response, most_bytes: int) -> None:
    status = answer.status_code
    if status == 429:
        raise VideoAgentBusy(
            status=status,
            retry_after_s=retry_after_s(answer.headers.get("Retry-After"), datetime.now(UTC)),
        )
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    if status in _EXPIRED or (status == 200 and is_page):
        raise VideoAgentNotFound(texts.LINK_EXPIRED, code="link_expired", status=status)
    if status != 200:
        raise VideoAgentUnavailable(code=f"http_{status}", status=status)
    if (told_bytes(answer) or 0) > most_bytes:
        raise _too_large()


async def _keep(answer: httpx.Response, path: Path, most_bytes: int) -> int:
    """Write what comes to `path`; returns how many bytes came, at least one."""
    kept = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for piece in in_pieces(answer.aiter_bytes()):
            kept += sum(map(len, piece))
            if kept > most_bytes:
                raise _too_large()
            await asyncio.to_thread(file.writelines, piece)
    finally:
        await asyncio.to_thread(file.close)
    if not kept:
        raise VideoAgentUnavailable(texts.VIDEO_EMPTY, code="empty_video")
    return kept


def _media_type(path: Path) -> str:
    """By its first bytes."""
    with path.open("rb") as file:
        head = file.read(16)
    known = (kind for at, magic, kind in _MAGIC if head[at : at + len(magic)] == magic)
    return next(known, UNKNOWN)


def _too_large() -> VideoAgentRefused:
    return VideoAgentRefused(texts.VIDEO_TOO_LARGE, code="too_large")
