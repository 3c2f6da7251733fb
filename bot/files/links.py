"""A look at links that people gave, before HeyGen fetches them itself (port Links).

Whoever writes to the bot chooses where this goes, so it carries nothing of ours (no key, token,
cookie or login) and goes to public addresses only: the name is looked up first, and the address
that the connection has in the end is checked before a byte is sent (a name may be two things).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx
import structlog

from bot.domain import texts
from bot.domain.addresses import NO_HOSTS, is_public_address, link_fault, plain_link, shown_link
from bot.domain.errors import AttachmentUnusable
from bot.domain.request.video_request import MEDIA_TYPES
from bot.domain.words import Text
from bot.files.client import file_client, told_bytes
from bot.files.web_page import is_html

log = structlog.get_logger(__name__)

Pause = Callable[[float], Awaitable[None]]

HEAD_BYTES = 2_048
REDIRECTS_MAX = 3
WHOLE_S = 15.0  # for one look with its redirects: a host that trickles must not hold a place
TIMEOUT = httpx.Timeout(10.0)
LINK_FILE_MAX_BYTES = 32 * 1024 * 1024  # HeyGen's most for a link (FACTS section 11), in MiB
USER_AGENT = "video-bot (self-hosted Slack bot)"

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_FAMILIES = ("text/", "image/", "audio/", "video/")  # whose members HeyGen takes only some of
_OTHER_TYPES = ("application/zip", "application/msword", "application/vnd.", "application/json")
_TAKEN = frozenset(
    {
        *MEDIA_TYPES.values(),
        *("image/jpg", "image/pjpeg", "image/x-png", "audio/mp3", "audio/mpeg3", "audio/x-mp3"),
        *("audio/wave", "audio/x-wav", "audio/vnd.wave", "audio/webm", "video/x-m4v"),
    }
)


class _NotFetched(Exception):
    """Nothing can be told of the link at this moment; `reason` is a sentence."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason)


class LinkLooks:
    """Links over HTTP, for https links to public addresses and for `allowed_hosts`."""

    def __init__(
        self,
        *,
        allowed_hosts: Collection[str] = NO_HOSTS,
        pause_s: float,
        pause: Pause = asyncio.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`allowed_hosts` are of this machine (the sandbox): by http and on any port.

        `pause_s` comes before the second look; `tls` is to be shared with other clients.
        """
        self._allowed_hosts = allowed_hosts
        self._pause_s = pause_s
        self._pause = pause
        self._http = _client(None, tls)
        # Where only a proxy leads out, it looks the names up, and its owner guards the inside.
        proxy = getproxies().get("https")
        self._by_proxy = _client(proxy, tls) if proxy else None

    async def close(self) -> None:
        await self._http.aclose()
        if self._by_proxy is not None:
            await self._by_proxy.aclose()

    async def check(self, url: str) -> None:
        """Look once, and once more after a pause when nothing could be fetched."""
        try:
            await self._look(url)
        except _NotFetched as first:
            log.info("link not fetched yet", reason=str(first.reason))
            await self._pause(self._pause_s)
            try:
                await self._look(url)
            except _NotFetched as second:
                raise _refused(texts.LINK_UNREACHABLE, url, reason=second.reason) from second

    async def _look(self, url: str) -> None:
        try:
            async with asyncio.timeout(WHOLE_S):
                await self._followed(url)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:  # OSError: names, time
            raise _NotFetched(texts.LINK_REASON_SILENT) from error

    async def _followed(self, link: str) -> None:
        """The file that the link leads to, by way of a few others; each is as good as the first."""
        url = link
        for _ in range(REDIRECTS_MAX + 1):
            if fault := link_fault(url, self._allowed_hosts):
                raise AttachmentUnusable(fault, code="link_refused", hint=texts.LINK_HINT)
            client, extensions = await self._way_to(httpx.URL(url))
            client.cookies.clear()
            async with client.stream("GET", url, extensions=extensions) as answer:
                if not answer.is_redirect:
                    return await _check(answer, link)
                url = plain_link(str(answer.url.join(answer.headers.get("Location", ""))))
        raise _NotFetched(texts.LINK_REASON_REDIRECTS)

    async def _way_to(self, url: httpx.URL) -> tuple[httpx.AsyncClient, dict[str, Any]]:
        """Through which client, and with which guard on its connection."""
        if url.host in self._allowed_hosts:
            return self._http, {}
        if self._by_proxy is not None and not proxy_bypass(url.host):
            return self._by_proxy, {}
        await _check_name(url)
        return self._http, {"trace": _check_peer}


def _client(proxy: str | None, tls: ssl.SSLContext | None) -> httpx.AsyncClient:
    """One connection for one look: nothing is kept that another link might be served from."""
    return file_client(
        headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
        timeout=TIMEOUT,
        limits=httpx.Limits(max_keepalive_connections=0),
        proxy=proxy,
        tls=tls,
        trusts_env=False,  # no ~/.netrc: it holds logins
    )


async def _check_name(url: httpx.URL) -> None:
    """Refuse a name of which any address is not public; OSError when there is no such name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    if not all(is_public_address(str(address[0])) for *_, address in found):
        raise _refused(texts.LINK_PRIVATE, str(url))


async def _check_peer(event: str, info: dict[str, Any]) -> None:
    """httpcore's `trace`: called when the connection stands and nothing has been sent on it."""
    if event != "connection.connect_tcp.complete":
        return
    stream = info["return_value"]
    peer = stream.get_extra_info("server_addr")
    if not is_public_address(str(peer[0])):
        await stream.aclose()
        raise httpx.ConnectError(f"{ipaddress.ip_address(peer[0])} is no public address")


async def _check(answer: httpx.Response, link: str) -> None:
    if answer.status_code != 200:
        raise _NotFetched(texts.LINK_REASON_STATUS.format(status=answer.status_code))
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type in _PAGE_TYPES:
        raise _refused(texts.LINK_TO_PAGE, link)
    if media_type.startswith((*_FAMILIES, *_OTHER_TYPES)) and media_type not in _TAKEN:
        raise _refused(texts.LINK_OTHER_TYPE, link, allowed=texts.ALLOWED_LINK_TYPES)
    if (length := told_bytes(answer) or 0) > LINK_FILE_MAX_BYTES:
        most = LINK_FILE_MAX_BYTES // 1_048_576
        raise _refused(texts.LINK_TOO_LARGE, link, size=length / 1_048_576, most=most)
    if is_html(await _head(answer)):
        raise _refused(texts.LINK_TO_PAGE, link)


async def _head(answer: httpx.Response) -> bytes:
    head = b""
    async for chunk in answer.aiter_raw():
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head[:HEAD_BYTES]


def _refused(sentence: Text, link: str, **values: object) -> AttachmentUnusable:
    said = sentence.format(link=shown_link(link), **values)
    return AttachmentUnusable(said, code="link_refused", hint=texts.LINK_HINT)
