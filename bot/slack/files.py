"""Files that people attached in Slack: what they are, and their bytes on disk (port SlackFiles)."""

from __future__ import annotations

import asyncio
import errno
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import (
    AttachmentUnusable,
    BotError,
    SlackBusy,
    SlackRefused,
    SlackUnavailable,
)
from bot.domain.ports.files import FileContent
from bot.domain.request.video_request import (
    ALLOWED_FILETYPES,
    PROMPT_MAX_CHARS,
    SLACK_FILE_MAX_BYTES,
    TEXT_FILE_MAX_BYTES,
    Attachment,
    attachment_fault,
)
from bot.domain.words import joined
from bot.files.client import file_client, told_bytes
from bot.files.file_types import media_type_of
from bot.files.pieces import in_pieces
from bot.files.spool import spool_to
from bot.files.web_page import is_html
from bot.slack.client import is_direct
from bot.slack.errors import retry_after_s, slack_call
from bot.slack.tokens import BotToken

log = structlog.get_logger(__name__)

Pause = Callable[[float], Awaitable[None]]

TIMEOUT = httpx.Timeout(10.0, read=30.0)  # per step; the whole file has `budget_s`
FIRST_BYTE_S, SLOWEST_BYTES_PER_S = 60.0, 400_000  # 3 Mbit/s: 1 GB may take 43 minutes
# Slack scans a new upload before it can be read (FACTS section 3). In steps of one second at the
# default POLL_INTERVAL_S: half a minute in all.
SCAN_PAUSE_STEPS = (1, 2, 4, 8, 15)
_SLACK_WORDS = {"text": "txt", "markdown": "md", "plain_text": "txt"}  # Slack's own type words
_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)
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
        token: BotToken,
        *,
        folder: Path | None = None,
        most_bytes: int = SLACK_FILE_MAX_BYTES,
        step_s: float = 1.0,
        pause: Pause = asyncio.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` is the context to share with the bot's other HTTP clients."""
        self._client = client
        self._token = token
        self._api = httpx.URL(client.base_url)
        self._folder = folder
        self._most_bytes = most_bytes
        self._pauses_s = [steps * step_s for steps in SCAN_PAUSE_STEPS]
        self._pause = pause
        trusts_env = not is_direct(client.base_url)
        self._http = file_client(timeout=TIMEOUT, trusts_env=trusts_env, tls=tls)

    async def close(self) -> None:
        await self._http.aclose()

    async def describe(self, file_id: str) -> Attachment:
        """What Slack knows of a file; AttachmentUnusable when it is gone or out of sight."""
        return attachment_of(await self._info(file_id, texts.A_FILE))

    @asynccontextmanager
    async def download(self, attachment: Attachment) -> AsyncIterator[FileContent]:
        """The file's bytes on disk, checked for size and type, removed when the context ends."""
        with _disk():
            path = await asyncio.to_thread(self._new_path)
        try:
            with _disk():
                content = await self._fetched(attachment, path)
            yield content
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
        info = await self._info(asked.file_id, asked.name or asked.file_id)
        attachment = attachment_of(info)
        if fault := attachment_fault(attachment):
            raise AttachmentUnusable(fault, hint=texts.START_AGAIN)
        size_bytes, sha256 = await self._stream(self._address(info, attachment), attachment, path)
        media_type = await asyncio.to_thread(media_type_of, path, attachment)
        name = attachment.name or asked.file_id
        return FileContent(path, name, media_type, size_bytes, sha256)

    async def _info(self, file_id: str, name: str) -> dict[str, Any]:
        try:
            async with slack_call(may_repeat=True):
                file: dict[str, Any] = dict((await self._client.files_info(file=file_id))["file"])
                return {"id": file_id, **file}
        except SlackRefused as refusal:
            if refusal.code in _NO_ACCESS:
                raise SlackUnavailable(code=refusal.code) from refusal
            raise AttachmentUnusable(
                texts.FILE_NOT_SHOWN.format(name=name, reason=refusal.message),
                code=refusal.code,
                hint=joined(refusal.hint, texts.START_AGAIN),
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
            sentence = texts.FILE_WITHOUT_BYTES["external"].format(name=name)
            raise AttachmentUnusable(sentence, code="file_outside_slack", hint=texts.START_AGAIN)
        return url

    def may_see_token(self, url: httpx.URL) -> bool:
        """The host of SLACK_API_URL, and https addresses of slack.com; nobody else."""
        if (url.scheme, url.host, url.port) == (self._api.scheme, self._api.host, self._api.port):
            return bool(url.host)
        is_slack = url.host == "slack.com" or url.host.endswith(".slack.com")
        return url.scheme == "https" and is_slack

    async def _stream(self, url: httpx.URL, attachment: Attachment, path: Path) -> tuple[int, str]:
        bearer = f"Bearer {await self._token.current()}"
        headers = {"Authorization": bearer, "Accept-Encoding": "identity"}
        most = TEXT_FILE_MAX_BYTES if attachment.is_text else self._most_bytes
        try:
            async with (
                asyncio.timeout(budget_s(attachment.size_bytes or most)),
                self._http.stream("GET", url, headers=headers) as response,
            ):
                _check_answer(response, attachment, most)
                return await _keep(response, attachment, path, most)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise _NotReadable(SlackUnavailable(code="download_failed")) from error


@contextmanager
def _disk() -> Iterator[None]:
    """A full disk passes, once somebody has made room."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_IS_FULL:
            raise
        full = SlackUnavailable(texts.DISK_FULL, code="disk_full", hint=texts.DISK_FULL_HINT)
        raise full from error


def budget_s(size_bytes: int) -> float:
    """How long a whole download may take, in seconds; a host that trickles holds up the others."""
    return FIRST_BYTE_S + size_bytes / SLOWEST_BYTES_PER_S


def _check_answer(response: httpx.Response, attachment: Attachment, most: int) -> None:
    if response.status_code == 429:
        raise SlackBusy(retry_after_s(response.headers))
    if response.status_code >= 500:
        raise _NotReadable(SlackUnavailable(code=f"http_{response.status_code}"))
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if response.status_code != 200 or is_page:
        raise _NotReadable(_unreadable(attachment))
    if (length := told_bytes(response) or 0) > most:
        raise _too_large(attachment, length, most)


async def _keep(
    response: httpx.Response, attachment: Attachment, path: Path, most: int
) -> tuple[int, str]:
    """Write what comes to `path`; (how many bytes came, at least one; their SHA-256)."""
    kept = 0
    async with spool_to(path) as spool:
        async for piece in in_pieces(response.aiter_bytes()):
            if kept == 0 and is_html(piece[0]):
                raise _NotReadable(_unreadable(attachment))
            kept += sum(map(len, piece))
            if kept > most:
                raise _too_large(attachment, kept, most)
            await spool.put(piece)
        sha256 = await spool.sha256()
    if not kept:
        raise AttachmentUnusable(
            texts.FILE_EMPTY.format(name=attachment.name or attachment.file_id),
            hint=texts.START_AGAIN,
        )
    return kept, sha256


def _too_large(attachment: Attachment, size_bytes: int, most: int) -> AttachmentUnusable:
    name = attachment.name or attachment.file_id
    if attachment.is_text:
        sentence = texts.FILE_TEXT_TOO_LONG.format(name=name, most=PROMPT_MAX_CHARS)
    else:
        size, most = size_bytes / 1_000_000, most // 1_000_000
        sentence = texts.FILE_TOO_LARGE.format(name=name, size=size, most=most)
    return AttachmentUnusable(sentence, hint=texts.START_AGAIN)


def _unreadable(attachment: Attachment) -> AttachmentUnusable:
    name = attachment.name or attachment.file_id
    return AttachmentUnusable(texts.FILE_NOT_READABLE.format(name=name), code="file_not_readable")
