"""Files that people attached in Slack: what they are, and their bytes on disk (port SlackFiles)."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import (
    AttachmentUnusable,
    BotError,
    SlackBusy,
    SlackRefused,
    SlackUnavailable,
)
from bot.domain.ports import FileContent
from bot.domain.video_request import (
    ALLOWED_FILETYPES,
    SLACK_FILE_MAX_BYTES,
    TEXT_FILE_MAX_BYTES,
    Attachment,
    attachment_fault,
)
from bot.slack.client import is_direct
from bot.slack.errors import retry_after_s, slack_call
from bot.slack.file_types import is_html, media_type_of

log = structlog.get_logger(__name__)

Pause = Callable[[float], Awaitable[None]]

CHUNK_BYTES = 256 * 1024
TIMEOUT = httpx.Timeout(10.0, read=30.0)  # per step, not for the whole file
# Slack scans a new upload before it can be read (FACTS section 3). In steps of one second at the
# default POLL_INTERVAL_S: half a minute in all.
SCAN_PAUSE_STEPS = (1, 2, 4, 8, 15)
START_AGAIN = "Then start a new video with /video."
_SLACK_WORDS = {"text": "txt", "markdown": "md", "plain_text": "txt"}  # Slack's own type words
_NO_ACCESS = frozenset({"token_expired"})  # passes by itself once the token is refreshed


class _NotReadable(Exception):
    """The bytes cannot be had at this moment; `error` is what to say when that does not change."""

    def __init__(self, error: BotError) -> None:
        self.error = error
        super().__init__(error.code)


def attachment_of(file: dict[str, Any]) -> Attachment:
    """Slack's file object, full or cut down to an id, as an Attachment."""
    name = str(file.get("name") or file.get("title") or "")
    size = file.get("size")
    return Attachment(
        file_id=str(file["id"]),
        name=name,
        filetype=_filetype(str(file.get("filetype") or ""), name),
        size_bytes=size if isinstance(size, int) else None,
        mode="external" if file.get("is_external") else str(file.get("mode") or "hosted"),
    )


def _filetype(word: str, name: str) -> str:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return ending if ending in ALLOWED_FILETYPES else _SLACK_WORDS.get(word.lower(), word.lower())


class SlackWebFiles:
    """SlackFiles over files.info and Slack's download addresses."""

    def __init__(
        self,
        client: AsyncWebClient,
        token: str,
        *,
        folder: Path | None = None,
        step_s: float = 1.0,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._client = client
        self._token = token
        self._api = httpx.URL(client.base_url)
        self._folder = folder
        self._pauses_s = [steps * step_s for steps in SCAN_PAUSE_STEPS]
        self._pause = pause
        self._http = httpx.AsyncClient(
            follow_redirects=False, timeout=TIMEOUT, trust_env=not is_direct(client.base_url)
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def describe(self, file_id: str) -> Attachment:
        """What Slack knows of a file; AttachmentUnusable when it is gone or out of sight."""
        return attachment_of(await self._info(file_id, "A file"))

    @asynccontextmanager
    async def download(self, attachment: Attachment) -> AsyncIterator[FileContent]:
        """The file's bytes on disk, checked for size and type, removed when the context ends."""
        path = await asyncio.to_thread(self._new_path)
        try:
            yield await self._fetched(attachment, path)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _new_path(self) -> Path:
        with tempfile.NamedTemporaryFile(prefix="attachment-", dir=self._folder, delete=False) as f:
            return Path(f.name)

    async def _fetched(self, attachment: Attachment, path: Path) -> FileContent:
        """Asked anew each time: a file being scanned may change its address and its state."""
        for pause_s in (*self._pauses_s, None):
            try:
                return await self._fetch_once(attachment, path)
            except _NotReadable as problem:
                if pause_s is None:
                    raise problem.error from problem
                log.info(
                    "slack_file_not_readable_yet",
                    file_id=attachment.file_id,
                    code=problem.error.code,
                )
                await self._pause(pause_s)
        raise AssertionError("unreachable")

    async def _fetch_once(self, asked: Attachment, path: Path) -> FileContent:
        info = await self._info(asked.file_id, f"“{asked.name or asked.file_id}”")
        attachment = attachment_of(info)
        if fault := attachment_fault(attachment):
            raise AttachmentUnusable(fault, hint=START_AGAIN)
        size_bytes = await self._stream(self._address(info, attachment), attachment, path)
        media_type = await asyncio.to_thread(media_type_of, path, attachment)
        return FileContent(path, attachment.name or asked.file_id, media_type, size_bytes)

    async def _info(self, file_id: str, name: str) -> dict[str, Any]:
        try:
            async with slack_call(may_repeat=True):
                file: dict[str, Any] = dict((await self._client.files_info(file=file_id))["file"])
                return {"id": file_id, **file}
        except SlackRefused as refusal:
            if refusal.code in _NO_ACCESS:
                raise SlackUnavailable(code=refusal.code) from refusal
            raise AttachmentUnusable(
                f"{name} cannot be used. {refusal.message}",
                code=refusal.code,
                hint=f"{refusal.hint} {START_AGAIN}",
            ) from refusal

    def _address(self, info: dict[str, Any], attachment: Attachment) -> httpx.URL:
        """Where the bytes are; only an address that may see the token is ever asked."""
        text = str(info.get("url_private_download") or info.get("url_private") or "")
        if not text:
            raise _NotReadable(_unreadable(attachment))
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if not self.may_see_token(url):
            name = attachment.name or attachment.file_id
            raise AttachmentUnusable(f"“{name}” is kept outside Slack.", code="file_outside_slack")
        return url

    def may_see_token(self, url: httpx.URL) -> bool:
        """The host of SLACK_API_URL, and https addresses of slack.com; nobody else."""
        if (url.scheme, url.host, url.port) == (self._api.scheme, self._api.host, self._api.port):
            return bool(url.host)
        is_slack = url.host == "slack.com" or url.host.endswith(".slack.com")
        return url.scheme == "https" and is_slack

    async def _stream(self, url: httpx.URL, attachment: Attachment, path: Path) -> int:
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"}
        try:
            async with self._http.stream("GET", url, headers=headers) as response:
                _check_answer(response, attachment)
                return await _keep(response, attachment, path)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise _NotReadable(SlackUnavailable(code="download_failed")) from error


def _check_answer(response: httpx.Response, attachment: Attachment) -> None:
    if response.status_code == 429:
        raise SlackBusy(retry_after_s(response.headers))
    if response.status_code >= 500:
        raise _NotReadable(SlackUnavailable(code=f"http_{response.status_code}"))
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if response.status_code != 200 or is_page:
        raise _NotReadable(_unreadable(attachment))


async def _keep(response: httpx.Response, attachment: Attachment, path: Path) -> int:
    """Write what comes to `path`; returns how many bytes came, at least one."""
    most = TEXT_FILE_MAX_BYTES if attachment.is_text else SLACK_FILE_MAX_BYTES
    kept = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for chunk in response.aiter_bytes(CHUNK_BYTES):
            if kept == 0 and is_html(chunk):
                raise _NotReadable(_unreadable(attachment))
            kept += len(chunk)
            if kept > most:
                break
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    if fault := attachment_fault(replace(attachment, size_bytes=kept)):
        raise AttachmentUnusable(fault, hint=START_AGAIN)
    return kept


def _unreadable(attachment: Attachment) -> AttachmentUnusable:
    name = attachment.name or attachment.file_id
    return AttachmentUnusable(
        f"Slack does not let the bot read “{name}”, or is still checking it.",
        code="file_not_readable",
    )
