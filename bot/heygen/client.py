"""HeyGenClient: the port VideoAgent over HTTP, one method for each HeyGen endpoint the bot uses.

Every method raises VideoAgentError (bot/domain/errors.py) and nothing else. Reads are repeated a
little (retry.py); a write is sent exactly once, and what is unclear about it is told as such.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import stamina

from bot.domain.errors import (
    VideoAgentError,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.news import ListedSession, NewSession, SessionNews, VideoNews, VideoStatus
from bot.domain.ports import FileContent
from bot.heygen import replies, retry
from bot.heygen.errors import document_of, error_from, tells_error

# Seconds for a whole call, answer included (contract, client_timeout_s; HeyGen's own command line).
READ_S = 30.0
WRITE_S = 120.0
UPLOAD_S = 600.0
CONNECT_S = 10.0  # HeyGen's p99 of a whole read is under 2 s (FACTS section 3)
IDLE_S = 20.0  # a poll round later the connection is still warm; load balancers close after 60 s
CONNECTIONS = 20

STATUS_IDS_MAX = 100  # contract, limits.statuses_ids_max
PAGE_LIMIT = 100  # contract, limits.page_limit_max
PAGES_MAX = 50  # 5 000 sessions since one create: the list does not end, rather than that many
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
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class HeyGenClient:
    """One HeyGen account over one pool of connections. The key goes to `base_url` only."""

    def __init__(
        self,
        api_key: str,
        base_url: str = "https://api.heygen.com",
        *,
        user_agent: str = USER_AGENT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`transport` replaces the network. A key that no header can carry raises ValueError."""
        if not re.fullmatch(r"[!-~]+", api_key):
            raise ValueError("the HeyGen API key is empty or has characters that no key has")
        self._api_key = api_key
        self._base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self._base_url,
            headers={"X-Api-Key": api_key, "Accept": "application/json", "User-Agent": user_agent},
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=IDLE_S,
            ),
            transport=transport,
            trust_env=urlsplit(base_url).hostname not in _LOOPBACK,  # no proxy to the sandbox
        )
        self._repeat = stamina.AsyncRetryingCaller(
            attempts=retry.READ_ATTEMPTS,
            timeout=retry.READ_RETRIES_WITHIN_S,
            wait_initial=retry.FIRST_PAUSE_S,
            wait_max=retry.LONGEST_PAUSE_S,
            wait_jitter=retry.FIRST_PAUSE_S,
        ).on(retry.pause_before_next_read)

    def __repr__(self) -> str:
        return f"HeyGenClient(base_url={self._base_url!r})"

    async def close(self) -> None:
        """Close the connections; the client is of no use afterwards."""
        await self._http.aclose()

    async def upload_asset(self, content: FileContent, key: str) -> str:
        """Upload one file, streamed from disk; returns its asset_id.

        After VideoAgentOutcomeUnknown the same file may be sent again with the same key: HeyGen
        keeps it for 24 h (FACTS section 4).
        """
        headers = _key_header(key)
        try:
            file = await asyncio.to_thread(content.path.open, "rb")
        except OSError as exc:
            raise VideoAgentUnavailable(
                "An attachment was gone before it could be sent to HeyGen.", code="file_unreadable"
            ) from exc
        with file:
            part = (_file_name(content.name), file, content.media_type)
            document = await self._write("/v3/assets", UPLOAD_S, headers, files={"file": part})
        return self._understood(replies.asset_id, document, is_write=True)

    async def create_session(self, new: NewSession) -> SessionNews:
        """Start one video. Costs money: sent exactly once, whatever happens."""
        headers = _key_header(new.key) | {"Content-Type": "application/json"}
        document = await self._write(
            "/v3/video-agents", WRITE_S, headers, content=json.dumps(create_body(new)).encode()
        )
        return self._understood(_session_without_messages, document, is_write=True)

    async def get_session(self, session_id: str) -> SessionNews:
        """One session with its messages."""
        document = await self._read(f"/v3/video-agents/{_segment(session_id)}")
        return self._understood(_session_with_messages, document)

    async def list_sessions(self, since: datetime) -> list[ListedSession]:
        """Sessions created at `since` or later, newest first, all pages; never only some of them.

        HeyGen tells whole seconds, so `since` is taken at the start of its second.
        """
        since = since.replace(microsecond=0)
        found: dict[str, ListedSession] = {}
        token: str | None = None
        for _ in range(PAGES_MAX):
            query = {"limit": str(PAGE_LIMIT)} | ({"token": token} if token else {})
            document = await self._read("/v3/video-agents", query)
            page, next_token = self._understood(replies.session_page, document)
            recent = [session for session in page if session.created_at >= since]
            found |= {session.session_id: session for session in recent}
            if next_token is None or (page and not recent):
                return sorted(found.values(), key=lambda one: one.created_at, reverse=True)
            token = next_token
        raise VideoAgentUnavailable("HeyGen's list of sessions has no end.", code="endless_list")

    async def get_video(self, video_id: str) -> VideoNews:
        """One video; its links are fresh."""
        document = await self._read(f"/v3/videos/{_segment(video_id)}")
        return self._understood(replies.video_news, document)

    async def video_statuses(self, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        """The status of any number of videos, up to 100 a request; ids left out stay out."""
        known: dict[str, VideoStatus] = {}
        for start in range(0, len(video_ids), STATUS_IDS_MAX):
            ids = ",".join(video_ids[start : start + STATUS_IDS_MAX])
            document = await self._read("/v3/videos/statuses", {"video_ids": ids})
            known |= self._understood(replies.video_statuses, document)
        return known

    async def stop_session(self, session_id: str) -> None:
        """Ask a session to stop at its next checkpoint; harmless when sent again."""
        path = f"/v3/video-agents/{_segment(session_id)}/stop"
        headers = {"Content-Type": "application/json"}
        document = await self._write(path, WRITE_S, headers, content=b"{}")
        self._understood(replies.stopped_session_id, document, is_write=True)

    async def get_account(self) -> replies.Account:
        """Whose key this is and what is left; costs nothing."""
        return self._understood(replies.account, await self._read("/v3/users/me"))

    async def _read(self, path: str, params: dict[str, str] | None = None) -> Any:
        """The document of a GET, asked for again where retry.py allows it."""
        return await self._repeat(self._ask, "GET", path, READ_S, params=params)

    async def _write(self, path: str, budget_s: float, headers: dict[str, str], **body: Any) -> Any:
        """The document of a POST, sent once."""
        return await self._ask("POST", path, budget_s, headers=headers, **body)

    async def _ask(self, method: str, path: str, budget_s: float, **request: Any) -> Any:
        """One request, one answer: its JSON, or None when a success has none."""
        is_write = method != "GET"
        timeout = httpx.Timeout(budget_s, connect=CONNECT_S, pool=CONNECT_S)
        try:
            async with asyncio.timeout(budget_s):  # httpx counts from byte to byte only
                answer = await self._http.request(method, path, timeout=timeout, **request)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:  # OSError: time, or the file
            raise _unanswered(exc, is_write=is_write) from exc
        document = document_of(answer.content)
        if answer.is_success and not tells_error(document):
            return document
        error = error_from(
            answer.status_code, answer.headers, self._without_key(answer.content), is_write=is_write
        )
        request_id = answer.headers.get("X-Request-Id")
        _log.info("HeyGen: %s, status %d, request %s", error.code, error.status, request_id)
        raise error

    def _without_key(self, body: bytes) -> bytes:
        """A refusal may quote what it was sent."""
        return body.replace(self._api_key.encode(), b"***")

    def _understood(
        self, read: Callable[[object], _T], document: object, *, is_write: bool = False
    ) -> _T:
        """`read(document)`; a success that cannot be read still was one, so a write is unclear."""
        try:
            return read(document)
        except replies.ReplyUnreadable as exc:
            kind = VideoAgentOutcomeUnknown if is_write else VideoAgentUnavailable
            raise kind(
                "HeyGen's answer could not be understood.", code="unreadable_reply", status=200
            ) from exc


def create_body(new: NewSession) -> dict[str, Any]:
    """The JSON of a create: declared fields only, unset ones left out (FACTS section 5).

    Incognito, because HeyGen's memory would carry one person's wishes into another's video.
    """
    body: dict[str, Any] = {
        "prompt": new.prompt,
        "orientation": new.orientation.value,
        "incognito_mode": True,
    }
    files: list[dict[str, str]] = [{"type": "asset_id", "asset_id": id_} for id_ in new.asset_ids]
    files += [{"type": "url", "url": url} for url in new.file_urls]
    chosen = {
        "files": files,
        "avatar_id": new.avatar_id,
        "voice_id": new.voice_id,
        "style_id": new.style_id,
        "brand_kit_id": new.brand_kit_id,
    }
    body |= {name: value for name, value in chosen.items() if value}
    if new.callback_url:
        body["callback_url"] = new.callback_url
        if new.callback_id:  # without callback_url it is refused
            body["callback_id"] = new.callback_id
    return body


def _unanswered(exc: Exception, *, is_write: bool) -> VideoAgentError:
    if is_write and not isinstance(exc, (*_NEVER_SENT, httpx.InvalidURL)):
        return VideoAgentOutcomeUnknown()
    if isinstance(exc, httpx.TimeoutException | TimeoutError):
        return VideoAgentUnavailable("HeyGen did not answer in time.", code="timeout")
    return VideoAgentUnavailable()


def _key_header(key: str) -> dict[str, str]:
    if not KEY_PATTERN.fullmatch(key):
        raise VideoAgentRefused(
            "The video bot made a request key that HeyGen does not take.",
            code="invalid_idempotency_key",
            hint="This is a fault of the video bot: tell whoever runs it.",
        )
    return {"Idempotency-Key": key}


def _segment(value: str) -> str:
    """An id as one piece of a path, so that it cannot lead to another route.

    Dots are kept by quote(), and a segment of dots alone would be a step in the tree.
    """
    piece = quote(value.encode("utf-8", "replace"), safe="")
    return piece.replace(".", "%2E") if not piece.strip(".") else piece


def _file_name(name: str) -> str:
    """Never empty: without a name the part would not be a file."""
    return name.encode("utf-8", "replace").decode() or "attachment"


def _session_with_messages(document: object) -> SessionNews:
    return replies.session_news(document, has_messages=True)


def _session_without_messages(document: object) -> SessionNews:
    return replies.session_news(document, has_messages=False)
