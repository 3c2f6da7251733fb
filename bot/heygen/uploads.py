"""Files above 32 MB, straight into HeyGen's storage; for client.py.

Ask for an address, PUT the bytes there, complete, wait until HeyGen has looked at the file
(contract, flows.direct_upload; FACTS section 11). The storage is another host: the API key never
goes there.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import BinaryIO

import httpx
import stamina

from bot.domain import texts
from bot.domain.errors import (
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.file_names import plain_file_name
from bot.domain.news import VideoStatus
from bot.domain.ports.files import FileContent
from bot.files.client import file_client
from bot.heygen import replies, retry
from bot.heygen.connection import (
    CONNECT_S,
    Connection,
    is_loopback,
    safe_address,
    segment,
)
from bot.heygen.errors import quoted
from bot.heygen.replies import UploadTicket

DIRECT_ABOVE_BYTES = 32_000_000  # contract, limits.asset_safe_bytes
CHUNK_BYTES = 1_048_576  # fewer steps through a thread than with less, and flat in memory
STEP_S = 60.0  # the longest that storage may take nothing, or say nothing after the last byte
PUT_S = 3_600.0  # 2 GB at 5 Mbit/s; an address is good for about as long (contract, samples)
PUT_ATTEMPTS = 2  # of one address; then the next address, of which there are two
COMPLETE_ATTEMPTS = 6  # storage may need some seconds to show what came: 409 resource_not_ready
READY_WITHIN_S = 90.0  # afterwards the create finds out: it is told 409 and waits in the queue
READY_LOOKS = 20
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
UNREADABLE, OUT_OF_TIME, UNSAFE = "file_unreadable", "upload_timeout", "unsafe_address"

# What the connection itself says about a request; a storage that names them says the same.
_OUR_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect"})
_FINAL = frozenset({UNREADABLE, OUT_OF_TIME, UNSAFE})  # another try would end the same way
_SETTLED = frozenset({VideoStatus.COMPLETED, VideoStatus.FAILED})
_PASSING = frozenset({408, 429})  # as a 5xx: the same may be taken later

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    content: FileContent = field(repr=False)  # retries are logged with what they retry
    sha256: str  # hex


class _AddressSpent(Exception):
    """This address does not take the file, and another one might; `error` is why."""

    def __init__(self, error: VideoAgentError) -> None:
        self.error = error
        super().__init__(str(error))


class _FileUnreadable(Exception):
    """The file is not on disk as it was announced."""


class _StillProcessing(Exception):
    """HeyGen is not done with the file."""


class DirectUploads:
    """Uploads over the API's connection and a second one, without the key, to the storage."""

    def __init__(
        self,
        api: Connection,
        user_agent: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._api = api
        self._is_sandbox = is_loopback(api.base_url)
        self._storage = file_client(
            headers={"User-Agent": user_agent},
            timeout=httpx.Timeout(STEP_S, connect=CONNECT_S),
            trusts_env=not self._is_sandbox,
            tls=tls,
            transport=transport,
        )
        self._put_again = _caller(PUT_ATTEMPTS, None).on(_may_put_again)
        self._complete_again = _caller(COMPLETE_ATTEMPTS, READY_WITHIN_S).on(
            retry.pause_before_next_read
        )
        self._look_again = _caller(READY_LOOKS, READY_WITHIN_S).on(_StillProcessing)

    async def close(self) -> None:
        await self._storage.aclose()

    async def upload(self, content: FileContent, key: str) -> str:
        """The asset_id of the file, once HeyGen can use it or has taken too long to say so.

        Repeated with the same key, HeyGen tells the same asset and the same address for 24 h:
        what has arrived is found, and once that address has expired another one is asked for
        under a key of its own. What the first leaves behind is never used and costs nothing.
        """
        file = await asyncio.to_thread(_measured, content)
        ticket = await self._ticket(file, key)
        try:
            status = await self._sent(ticket, file)
        except _AddressSpent as spent:
            _log.info("HeyGen's storage: %s, asking for another address", spent)
            ticket = await self._ticket(file, f"{key}:{secrets.token_hex(4)}")
            try:
                status = await self._sent(ticket, file)
            except _AddressSpent as spent_too:
                raise spent_too.error from spent_too
        if status not in _SETTLED:
            status = await self._looked_at(ticket.asset_id, status)
        if status is VideoStatus.FAILED:
            raise VideoAgentRefused(
                texts.ASSET_FAILED, code="asset_failed", hint=texts.OTHER_FILE, status=200
            )
        return ticket.asset_id

    async def _ticket(self, file: _File, key: str) -> UploadTicket:
        """POST /v3/assets/direct-uploads: an asset_id, and where its bytes go."""
        content = file.content
        body = {
            "filename": plain_file_name(content.name),
            "content_type": content.media_type,
            "size_bytes": content.size_bytes,
            "checksum_sha256": file.sha256,
        }
        ticket = await self._api.write(
            replies.upload_ticket, "/v3/assets/direct-uploads", body=body, key=key
        )
        if ticket.max_bytes is not None and content.size_bytes > ticket.max_bytes:
            raise _too_large(content, ticket.max_bytes)
        return ticket

    async def _sent(self, ticket: UploadTicket, file: _File) -> VideoStatus:
        """PUT and complete. Raises _AddressSpent where another address may help."""
        try:
            await self._put_again(self._put, ticket, file)
        except VideoAgentError as error:
            if error.code in _FINAL:
                raise
            status = await self._sent_before(ticket, file)
            if status is None:
                raise _AddressSpent(error) from error
            return status
        try:
            return await self._complete_again(self._complete, ticket, file)
        except VideoAgentRefused as error:  # such as bytes that were damaged on their way
            raise _AddressSpent(error) from error

    async def _sent_before(self, ticket: UploadTicket, file: _File) -> VideoStatus | None:
        """What becomes of a file that came in an earlier try; None when none came."""
        try:
            return await self._complete(ticket, file)
        except (VideoAgentRefused, VideoAgentBusy):
            return None

    async def _put(self, ticket: UploadTicket, file: _File) -> None:
        """The bytes to the address they are wanted at, with the headers it asks for."""
        url = safe_address(ticket.url, allows_loopback=self._is_sandbox)
        if url is None:
            _log.warning("HeyGen's storage: its address is none that may be asked (https)")
            raise VideoAgentRefused(texts.STORAGE_UNSAFE, code=UNSAFE, hint=texts.TELL_OPERATOR)
        asked = {k: v for k, v in ticket.headers.items() if k.lower() not in _OUR_HEADERS}
        headers = asked | {"Content-Length": str(file.content.size_bytes)}
        budget_s = min(ticket.expires_s or PUT_S, PUT_S)
        self._storage.cookies.clear()
        try:
            opened = await asyncio.to_thread(file.content.path.open, "rb")
        except OSError as exc:
            raise _unreadable() from exc
        with opened:
            bytes_ = _bytes_of(opened, file.content.size_bytes)
            try:
                async with (
                    asyncio.timeout(budget_s),
                    self._storage.stream("PUT", url, content=bytes_, headers=headers) as answer,
                ):
                    status = answer.status_code
            except _FileUnreadable as exc:
                raise _unreadable() from exc
            except TimeoutError as exc:
                raise VideoAgentUnavailable(texts.STORAGE_SLOW, code=OUT_OF_TIME) from exc
            except (httpx.HTTPError, OSError) as exc:
                raise VideoAgentUnavailable(texts.STORAGE_AWAY, code="upload_failed") from exc
        if not 200 <= status < 300:
            raise _not_taken(status)

    async def _complete(self, ticket: UploadTicket, file: _File) -> VideoStatus:
        """POST /v3/assets/{asset_id}/complete, which does the same however often it is sent."""
        return await self._api.write(
            replies.completed_asset_status,
            f"/v3/assets/{segment(ticket.asset_id)}/complete",
            body={"checksum_sha256": file.sha256},
            may_repeat=True,
        )

    async def _looked_at(self, asset_id: str, status: VideoStatus) -> VideoStatus:
        """What HeyGen makes of a complete file, asked for until it knows or time is up.

        Then, or when nobody answers, the asset is used as it is: a create with a file that is
        not ready is refused with 409 and waits in the queue, and nothing is sent anew.
        """
        try:
            return await self._look_again(self._look, asset_id)
        except (_StillProcessing, VideoAgentError) as error:
            _log.info("HeyGen's storage: not known to be ready: %s", error)
            return status

    async def _look(self, asset_id: str) -> VideoStatus:
        """GET /v3/assets/statuses, in which an asset is called a video."""
        query = {"asset_ids": asset_id}
        known = await self._api.read(replies.video_statuses, "/v3/assets/statuses", query)
        status = known.get(asset_id, VideoStatus.RUNNING)
        if status not in _SETTLED:
            raise _StillProcessing(status.value)
        return status


def _caller(attempts: int, within_s: float | None) -> stamina.AsyncRetryingCaller:
    return stamina.AsyncRetryingCaller(
        attempts=attempts,
        timeout=within_s,
        wait_initial=FIRST_PAUSE_S,
        wait_max=LONGEST_PAUSE_S,
        wait_jitter=FIRST_PAUSE_S,
    )


def _may_put_again(error: Exception) -> bool:
    return isinstance(error, VideoAgentUnavailable) and error.code not in _FINAL


def _measured(content: FileContent) -> _File:
    """The file with its checksum, for which it is read if nobody has told it; for a thread."""
    try:
        sha256, size_bytes = content.sha256, content.path.stat().st_size
        if not sha256:
            with content.path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                size_bytes = file.tell()
    except OSError as exc:
        raise _unreadable() from exc
    if size_bytes != content.size_bytes:
        raise _unreadable()
    return _File(content, sha256)


async def _bytes_of(file: BinaryIO, size_bytes: int) -> AsyncIterator[bytes]:
    """Exactly as many bytes as were announced, else _FileUnreadable."""
    left = size_bytes
    while left:
        try:
            chunk = await asyncio.to_thread(file.read, min(left, CHUNK_BYTES))
        except OSError as exc:
            raise _FileUnreadable from exc
        if not chunk:
            raise _FileUnreadable
        left -= len(chunk)
        yield chunk


def _not_taken(status: int) -> VideoAgentError:
    if status in _PASSING or status >= 500:
        return VideoAgentUnavailable(texts.STORAGE_AWAY, code=f"storage_{status}", status=status)
    return VideoAgentRefused(
        texts.STORAGE_REFUSED,
        code="upload_refused",
        hint=texts.OTHER_FILE,
        status=status,
    )


def _unreadable() -> VideoAgentUnavailable:
    return VideoAgentUnavailable(texts.FILE_GONE, code=UNREADABLE)


def _too_large(content: FileContent, max_bytes: int) -> VideoAgentRefused:
    sentence = texts.ASSET_TOO_LARGE.format(
        name=quoted(content.name) or texts.A_FILE,
        size=round(content.size_bytes / 1e6, 1),
        most=round(max_bytes / 1e6, 1),
    )
    return VideoAgentRefused(
        sentence, code="payload_too_large", hint=texts.TOO_LARGE_HINT, status=200
    )
