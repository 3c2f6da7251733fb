"""The one way to make a Slack client here: no repeats of its own, one kept-alive session."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackUnavailable
from bot.slack.errors import CALL_TIMEOUT_S
from bot.slack.tokens import BotToken, TokenClient

# Methods that show something to people each time; a late edit shows what was true before.
POSTING = frozenset({"chat.postMessage", "chat.update", "files.completeUploadExternal"})
CONNECT_TIMEOUT_S = 5.0  # shorter than the whole, so that "never connected" can be told apart


def slack_session(may_post: Callable[[], bool] | None = None) -> aiohttp.ClientSession:
    """A session that Slack calls share; whoever makes it closes it.

    `may_post` is asked when there is a connection for a message or a file and nothing of it was
    sent yet: if not, SlackUnavailable. It is asked again with the bytes in hand, for a paused
    process may have stood in between: if not, the connection is lost.
    """
    timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    traces = [] if may_post is None else [_asking(may_post)]
    return aiohttp.ClientSession(timeout=timeout, trace_configs=traces)


def _asking(may_post: Callable[[], bool]) -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()

    async def begin(
        _: aiohttp.ClientSession, call: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        call.posts = start.url.name in POSTING

    async def leave(_: aiohttp.ClientSession, call: SimpleNamespace, __: object) -> None:
        if call.posts and not may_post():
            raise SlackUnavailable(code="lease_lost")

    trace.on_request_start.append(begin)
    trace.on_connection_create_end.append(leave)
    trace.on_connection_reuseconn.append(leave)
    trace.on_request_chunk_sent.append(leave)  # called before the head and the chunk are written
    return trace


def slack_client(
    token: str | BotToken | None, base_url: str, session: aiohttp.ClientSession
) -> AsyncWebClient:
    """A client that sends each request once: the SDK's default repeats a POST by itself."""
    options: dict[str, Any] = {
        "base_url": base_url,
        "timeout": int(CALL_TIMEOUT_S),
        "session": session,
        "retry_handlers": [],
    }
    if token is None or isinstance(token, str):
        client = AsyncWebClient(token=token, **options)
    else:
        client = TokenClient(token, **options)
    if is_direct(base_url):  # the SDK takes HTTPS_PROXY for every address and ignores NO_PROXY
        client.proxy = None
    return client


def is_direct(url: str) -> bool:
    """Whether this address is reached without the proxy of the environment."""
    host = urlsplit(url).hostname or ""
    return is_loopback(host) or bool(proxy_bypass(host))


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
