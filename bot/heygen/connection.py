"""HeyGen's API as requests and replies: one pool of connections, one key, one way to fail.

For client.py and uploads.py, which know the endpoints. Whatever goes wrong comes out as
VideoAgentError. Reads are repeated a little (retry.py); a write is sent exactly once, and what is
unclear about it is told as such.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import stamina

from bot.domain import texts
from bot.domain.errors import (
    VideoAgentError,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.heygen import retry
from bot.heygen.errors import document_of, error_from, tells_error
from bot.heygen.replies import ReplyUnreadable, sendable

# Seconds for a whole call, answer included (contract, client_timeout_s; HeyGen's own command line).
READ_S = 30.0
WRITE_S = 120.0
UPLOAD_S = 600.0
CONNECT_S = 10.0  # HeyGen's p99 of a whole read is under 2 s (FACTS section 3)
IDLE_S = 20.0  # a poll round later the connection is still warm; load balancers close after 60 s
CONNECTIONS = 20
PORT_MAX = 65_535
ANSWER_MAX_BYTES = 8_000_000  # a page of 100 voices has some 100 kB; more is no answer of HeyGen's

KEY_PATTERN = re.compile(r"[A-Za-z0-9_\-:.]{1,255}")  # contract, limits.idempotency_key
USER_AGENT = "video-bot (self-hosted Slack bot)"  # an edge refuses some defaults (FACTS section 2)

# The request never left, so it had no effect. All else may have arrived.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_BEFORE_BYTES_LEAVE = ("send_request_headers.started", "send_request_body.started")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Connection:
    """One HeyGen account. The key goes to `base_url` only."""

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        user_agent: str = USER_AGENT,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`transport` replaces the network. A key that no header can carry raises ValueError."""
        if not re.fullmatch(r"[!-~]+", api_key):
            raise ValueError("the HeyGen API key is empty or has characters that no key has")
        self._api_key = api_key
        self.base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self.base_url,
            headers={"X-Api-Key": api_key, "Accept": "application/json", "User-Agent": user_agent},
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=IDLE_S,
            ),
            transport=transport,
            trust_env=not is_loopback(base_url),  # no proxy to the sandbox
            verify=tls or True,
        )
        self._repeat = stamina.AsyncRetryingCaller(
            attempts=retry.READ_ATTEMPTS,
            timeout=retry.READ_RETRIES_WITHIN_S,
            wait_initial=retry.FIRST_PAUSE_S,
            wait_max=retry.LONGEST_PAUSE_S,
            wait_jitter=retry.FIRST_PAUSE_S,
        ).on(retry.pause_before_next_read)

    async def close(self) -> None:
        await self._http.aclose()

    async def read(
        self,
        reply: Callable[[object], _T],
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        may_repeat: bool = True,
    ) -> _T:
        """`reply` of a GET's JSON; the GET is sent again where retry.py allows it."""
        document, _ = await self._document(path, params, may_repeat=may_repeat)
        return _understood(reply, document, is_write=False)

    async def read_dated(
        self, reply: Callable[[object], _T], path: str, params: Mapping[str, str] | None = None
    ) -> tuple[_T, datetime]:
        """The same, and when HeyGen answered, by its own clock; by ours if it does not say."""
        document, headers = await self._document(path, params)
        return _understood(reply, document, is_write=False), _date_of(headers)

    async def _document(
        self, path: str, params: Mapping[str, str] | None, *, may_repeat: bool = True
    ) -> tuple[Any, httpx.Headers]:
        query = {name: sendable(value) for name, value in (params or {}).items()}
        if may_repeat:
            return await self._repeat(self._answer, "GET", path, READ_S, params=query)
        return await self._answer("GET", path, READ_S, params=query)

    async def write(
        self,
        reply: Callable[[object], _T],
        path: str,
        *,
        method: str = "POST",
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        key: str | None = None,
        budget_s: float = WRITE_S,
        may_repeat: bool = False,
        may_leave: Callable[[], bool] | None = None,
    ) -> _T:
        """`reply` of a request that changes something, sent once, with `key` against doubles.

        `body` goes as JSON, `files` as a form. With `may_repeat` an unclear end is told as
        VideoAgentUnavailable, since sending it again does nothing new; the caller repeats.
        `may_leave` is asked when there is a connection and nothing was sent on it yet: if not,
        VideoAgentUnavailable.
        """
        request: dict[str, Any] = {"headers": {} if key is None else _key_header(key)}
        if body is not None:  # ASCII, so that half a surrogate pair of Slack's goes through
            request["content"] = json.dumps(body).encode()
            request["headers"] |= {"Content-Type": "application/json"}
        if files is not None:
            request["files"] = files
        if may_leave is not None:
            request["extensions"] = {"trace": _asking(may_leave)}
        is_unclear = not may_repeat
        document, _ = await self._answer(method, path, budget_s, is_write=is_unclear, **request)
        return _understood(reply, document, is_write=is_unclear)

    async def _answer(
        self, method: str, path: str, budget_s: float, *, is_write: bool = False, **request: Any
    ) -> tuple[Any, httpx.Headers]:
        """One request, one answer: its JSON, or None when a success has none; and its headers."""
        timeout = httpx.Timeout(budget_s, connect=CONNECT_S, pool=CONNECT_S)
        try:
            async with (
                asyncio.timeout(budget_s),  # httpx counts from byte to byte only
                self._http.stream(method, path, timeout=timeout, **request) as answer,
            ):
                body = await _body_of(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:  # OSError: time, or the file
            raise _unanswered(exc, is_write=is_write) from exc
        document = document_of(body)
        if answer.is_success and not tells_error(document):
            return document, answer.headers
        error = error_from(
            answer.status_code, answer.headers, self._without_key(body), is_write=is_write
        )
        request_id = answer.headers.get("X-Request-Id")
        _log.info("HeyGen: %s, status %d, request %s", error.code, error.status, request_id)
        raise error

    def _without_key(self, body: bytes) -> bytes:
        """A refusal may quote what it was sent."""
        return body.replace(self._api_key.encode(), b"***")


def is_loopback(url: str) -> bool:
    """Whether an address is of this machine, as the sandbox's is."""
    return urlsplit(url).hostname in _LOOPBACK


def safe_address(
    text: str, base: httpx.URL | None = None, *, allows_loopback: bool
) -> httpx.URL | None:
    """An address that HeyGen names, if it may be asked: https, or this machine's if allowed.

    With `base`, where a redirect from there leads.
    """
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, UnicodeError):
        return None
    is_local = allows_loopback and url.scheme == "http" and url.host in _LOOPBACK
    is_one = url.host != "" and 0 < (url.port or 443) <= PORT_MAX
    return url if is_one and (url.scheme == "https" or is_local) else None


def segment(value: str) -> str:
    """An id as one piece of a path, so that it cannot lead to another route.

    Dots are kept by quote(), and a segment of dots alone would be a step in the tree.
    """
    piece = quote(sendable(value), safe="")
    return piece.replace(".", "%2E") if not piece.strip(".") else piece


def _date_of(headers: httpx.Headers) -> datetime:
    """When this was said, in whole seconds by the clock of who said it."""
    return retry.http_date(headers.get("Date", "")) or datetime.now(UTC)


async def _body_of(answer: httpx.Response) -> bytes:
    """The whole body; nothing when it is longer than any answer of HeyGen's."""
    chunks: list[bytes] = []
    length = 0
    async for chunk in answer.aiter_bytes():
        length += len(chunk)
        if length > ANSWER_MAX_BYTES:
            return b""
        chunks.append(chunk)
    return b"".join(chunks)


def _understood(reply: Callable[[object], _T], document: object, *, is_write: bool) -> _T:
    """`reply(document)`; a success that cannot be read still was one, so a write is unclear."""
    try:
        return reply(document)
    except ReplyUnreadable as exc:
        kind = VideoAgentOutcomeUnknown if is_write else VideoAgentUnavailable
        raise kind(texts.HEYGEN_UNREADABLE, code="unreadable_reply", status=200) from exc


def _asking(may_leave: Callable[[], bool]) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    """httpx tells of each step of a request, also before its head leaves, and its body.

    HeyGen does nothing about a head alone; and a process may be paused between the two.
    """

    async def trace(step: str, _: Mapping[str, Any]) -> None:
        if step.endswith(_BEFORE_BYTES_LEAVE) and not may_leave():
            raise VideoAgentUnavailable(code="lease_lost")

    return trace


def _unanswered(exc: Exception, *, is_write: bool) -> VideoAgentError:
    if is_write and not isinstance(exc, (*_NEVER_SENT, httpx.InvalidURL)):
        return VideoAgentOutcomeUnknown()
    if isinstance(exc, httpx.TimeoutException | TimeoutError):
        return VideoAgentUnavailable(texts.HEYGEN_NOT_IN_TIME, code="timeout")
    return VideoAgentUnavailable()


def _key_header(key: str) -> dict[str, str]:
    if not KEY_PATTERN.fullmatch(key):
        raise VideoAgentRefused(
            texts.BAD_REQUEST_KEY, code="invalid_idempotency_key", hint=texts.BAD_REQUEST_KEY_HINT
        )
    return {"Idempotency-Key": key}
