"""Finished videos from HeyGen's links onto this machine's disk (port VideoDownloads).

A link is a secret of its own and leads to another host: no API key, no cookie and no login goes
there (FACTS of HeyGen, section 8).
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bot.domain.errors import (
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.ports import FileContent
from bot.heygen.client import USER_AGENT
from bot.heygen.retry import retry_after_s

CHUNK_BYTES = 256 * 1024
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # for one step; the whole has WHOLE_S
WHOLE_S = 1_800.0  # 1 GB at 5 Mbit/s; a host that trickles must not hold a place for ever
REDIRECTS_MAX = 3
MEDIA_TYPE = "video/mp4"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EXPIRED = frozenset({401, 403, 404, 410})  # a fresh link may help


class VideoLinks:
    """VideoDownloads over HTTP. https only, or plain http on loopback when HeyGen is there too."""

    def __init__(
        self,
        api_url: str,
        *,
        folder: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`api_url` is HeyGen's; `transport` replaces the network."""
        self._is_sandbox = urlsplit(api_url).hostname in _LOOPBACK
        self._folder = folder
        self._http = httpx.AsyncClient(
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            follow_redirects=False,
            timeout=TIMEOUT,
            transport=transport,
            trust_env=not self._is_sandbox,
        )

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def download(self, url: str, name: str, most_bytes: int) -> AsyncIterator[FileContent]:
        """The video's bytes on disk, removed when the context ends."""
        path = await asyncio.to_thread(self._new_path)
        try:
            size_bytes = await self._fetched(url, path, most_bytes)
            yield FileContent(path, name, MEDIA_TYPE, size_bytes)
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
            raise VideoAgentUnavailable(
                "The video could not be fetched from HeyGen.", code="download_failed"
            ) from error

    async def _followed(self, url: httpx.URL, path: Path, most_bytes: int) -> int:
        for _ in range(REDIRECTS_MAX + 1):
            self._http.cookies.clear()
            async with self._http.stream("GET", url) as answer:
                if not answer.is_redirect:
                    _check(answer, most_bytes)
                    return await _keep(answer, path, most_bytes)
                url = self._address(str(url.join(answer.headers.get("Location", ""))))
        raise VideoAgentRefused("HeyGen's link leads in circles.", code="too_many_redirects")

    def _address(self, text: str) -> httpx.URL:
        """A link that may be followed; anything else raises VideoAgentRefused."""
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL:
            url = httpx.URL("")
        is_local = self._is_sandbox and url.scheme == "http" and url.host in _LOOPBACK
        if not url.host or not (url.scheme == "https" or is_local):
            raise VideoAgentRefused("HeyGen's link to the video is not safe.", code="unsafe_link")
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
        raise VideoAgentNotFound(
            "HeyGen's link to the video is not good (any more).", code="link_expired", status=status
        )
    if status != 200:
        raise VideoAgentUnavailable(code=f"http_{status}", status=status)
    length = answer.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length) > most_bytes:
        raise _too_large()


async def _keep(answer: httpx.Response, path: Path, most_bytes: int) -> int:
    """Write what comes to `path`; returns how many bytes came, at least one."""
    kept = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for chunk in answer.aiter_bytes(CHUNK_BYTES):
            kept += len(chunk)
            if kept > most_bytes:
                raise _too_large()
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    if not kept:
        raise VideoAgentUnavailable("HeyGen sent an empty video.", code="empty_video")
    return kept


def _too_large() -> VideoAgentRefused:
    return VideoAgentRefused("The video is larger than Slack takes.", code="too_large")
