"""The one way to make a Slack client here: no repeats of its own, one kept-alive session."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import CALL_TIMEOUT_S

CONNECT_TIMEOUT_S = 5.0  # shorter than the whole, so that "never connected" can be told apart


def slack_session() -> aiohttp.ClientSession:
    """The session that all Slack calls share; whoever makes it closes it."""
    timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    return aiohttp.ClientSession(timeout=timeout)


def slack_client(
    token: str | None, base_url: str, session: aiohttp.ClientSession
) -> AsyncWebClient:
    """A client that sends each request once: the SDK's default repeats a POST by itself."""
    client = AsyncWebClient(
        token=token,
        base_url=base_url,
        timeout=int(CALL_TIMEOUT_S),
        session=session,
        retry_handlers=[],
    )
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
