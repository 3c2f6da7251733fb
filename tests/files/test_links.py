"""A look at links before HeyGen fetches them: no page, no secrets of ours, nothing inside."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.domain import texts
from bot.domain.errors import AttachmentUnusable
from bot.files.links import HEAD_BYTES, LINK_FILE_MAX_BYTES, LinkLooks

PAGE = "<!-- hello --><HTML><body>Sign in</body></HTML>"
HERE = frozenset({"127.0.0.1"})
PUBLIC = "93.184.215.14"


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b"bytes"
    headers: Mapping[str, str] = field(default_factory=dict)


class Host:
    """A web server on loopback that answers each path as `answers` says, and keeps its books."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.headers: list[Any] = []
        self.asked: Counter[str] = Counter()
        self.sent = 0
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        self.headers.append(request.headers)
        if request.path == "/endless.mp4":
            return await self._endless(request)
        if request.path == "/silent.mp4":
            await asyncio.Event().wait()
        answers = self.answers[request.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await answer.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await answer.write(b"\0" * 65_536)
            self.sent += 65_536
        return answer

    def put(self, path: str, *answers: Answer) -> str:
        """The link to it."""
        self.answers[path] = list(answers)
        return self.url + path


def a_file(media_type: str, body: bytes = b"bytes", **headers: str) -> Answer:
    return Answer(body=body, headers={"Content-Type": media_type, **headers})


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", host.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
async def links(pauses: list[float]) -> AsyncIterator[LinkLooks]:
    links = looks(pauses, HERE)
    yield links
    await links.close()


def looks(pauses: list[float], allowed_hosts: frozenset[str] = frozenset()) -> LinkLooks:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return LinkLooks(allowed_hosts=allowed_hosts, pause_s=5.0, pause=pause)


async def refused(links: LinkLooks, url: str) -> AttachmentUnusable:
    with pytest.raises(AttachmentUnusable) as caught:
        await links.check(url)
    assert caught.value.hint == texts.LINK_HINT
    return caught.value


@pytest.mark.parametrize(
    "media_type",
    [
        *("image/png", "image/jpeg", "image/jpg", "video/mp4", "video/webm", "audio/mpeg"),
        *("audio/x-wav", "application/pdf", "application/octet-stream", "binary/octet-stream"),
        *("IMAGE/PNG; charset=binary", ""),
    ],
)
async def test_link_to_a_file_is_good(
    links: LinkLooks, host: Host, media_type: str, pauses: list[float]
) -> None:
    url = host.put("/download", a_file(media_type))

    await links.check(url)

    assert pauses == []


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(a_file("text/html; charset=utf-8"), id="by its type"),
        pytest.param(a_file("application/xhtml+xml"), id="XHTML"),
        pytest.param(a_file("image/png", PAGE.encode()), id="by its bytes"),
        pytest.param(a_file("", b"\n <!DOCTYPE html><html>"), id="without a type"),
    ],
)
async def test_web_page_is_refused(links: LinkLooks, host: Host, page: Answer) -> None:
    url = host.put("/logo.png", page)

    error = await refused(links, url + "?sig=secret")

    assert "is a web page" in error.message
    assert "secret" not in error.sentence


@pytest.mark.parametrize(
    "media_type",
    [
        *("image/webp", "image/gif", "image/heic", "image/svg+xml", "video/quicktime"),
        *("text/plain", "text/csv", "application/json", "application/zip", "audio/aac"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ],
)
async def test_type_that_heygen_does_not_take_is_refused_with_what_is_allowed(
    links: LinkLooks, host: Host, media_type: str
) -> None:
    error = await refused(links, host.put("/download", a_file(media_type)))

    assert "PNG, JPEG, MP4, WebM, MP3, WAV or PDF" in error.message


async def test_file_that_is_too_large_for_a_link_is_refused_with_both_sizes(
    links: LinkLooks, host: Host
) -> None:
    length = str(LINK_FILE_MAX_BYTES + 1_048_576)
    answer = Answer(headers={"Content-Type": "video/mp4", "Content-Length": length})

    error = await refused(links, host.put("/a.mp4", answer))

    assert "has 33.0 MB; HeyGen fetches at most 32 MB" in error.message


async def test_no_more_is_read_than_the_first_bytes(links: LinkLooks, host: Host) -> None:
    await links.check(host.url + "/endless.mp4")

    assert host.sent < 20_000_000  # what the system's buffers took before the line was cut
    assert HEAD_BYTES < 4_096


async def test_nothing_of_ours_goes_there(
    links: LinkLooks, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = host.put("/a.png", a_file("image/png", **{"Set-Cookie": "track=me; Path=/"}))

    await links.check(url)
    await links.check(url)

    sent = {name.lower() for headers in host.headers for name in headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding", "connection"}


@pytest.mark.parametrize(("status", "words"), [(404, "404"), (403, "403"), (500, "500")])
async def test_link_that_does_not_open_is_tried_twice_and_refused_with_the_reason(
    links: LinkLooks, host: Host, status: int, words: str, pauses: list[float]
) -> None:
    url = host.put("/a.png", Answer(status))

    error = await refused(links, url)

    assert f"answers with status {words}" in error.message
    assert host.asked["/a.png"] == 2
    assert pauses == [5.0]


async def test_link_that_opens_at_the_second_look_is_good(links: LinkLooks, host: Host) -> None:
    await links.check(host.put("/a.png", Answer(503), a_file("image/png")))


async def test_host_that_does_not_answer_is_refused_with_the_reason(
    links: LinkLooks, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.files.links.WHOLE_S", 0.05)

    error = await refused(links, host.url + "/silent.mp4")

    assert "does not answer" in error.message


async def test_host_that_is_not_there_is_refused_with_the_reason(links: LinkLooks) -> None:
    error = await refused(links, "http://127.0.0.1:9/a.png")

    assert "does not answer" in error.message


# -- redirects -----------------------------------------------------------------------------------


def to(location: str) -> Answer:
    return Answer(302, headers={"Location": location})


async def test_three_redirects_are_followed_and_a_fourth_is_not(
    links: LinkLooks, host: Host
) -> None:
    host.put("/0.png", a_file("image/png"))
    for number in range(1, 5):
        host.put(f"/{number}.png", to(f"/{number - 1}.png"))

    await links.check(host.url + "/3.png")

    assert "leads on and on" in (await refused(links, host.url + "/4.png")).message


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://10.0.0.1/a.png", "private network"),
        ("https://localhost/a.png", "private network"),
        ("http://example.com/a.png", "does not begin with https"),
        ("https://ana:pw@example.com/a.png", "user name"),
        ("file:///etc/passwd", "does not begin with https"),
        ("https://example.com/login.html", "web page"),
        ("", "leads on and on"),
    ],
)
async def test_redirect_to_where_no_link_may_lead_is_not_followed(
    links: LinkLooks, host: Host, location: str, words: str
) -> None:
    assert words in (await refused(links, host.put("/a.png", to(location)))).message


# -- the way inside ------------------------------------------------------------------------------


class Names:
    """DNS: `files.example.com` has these addresses, another list at each question."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    def getaddrinfo(self, host: str, *_: Any, **__: Any) -> list[Any]:
        if not self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["169.254.169.254"], ["224.0.0.1"]]
)
async def test_name_with_any_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float], addresses: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(addresses).getaddrinfo)
    links = looks(pauses)

    error = await refused(links, "https://files.example.com/a.png")

    assert "private network" in error.message
    assert pauses == []
    await links.close()


class RawServer:
    """Takes connections, notes what comes on the first one, and hangs up."""

    def __init__(self) -> None:
        self._first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = b""
        with suppress(ConnectionError):
            received = await reader.read(1_024)
        writer.close()
        if not self._first.done():
            self._first.set_result(received)

    async def received(self) -> bytes:
        first = await self._first
        self._server.close()
        return first


async def test_name_that_becomes_private_after_it_was_looked_up_gets_no_byte(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    inside = RawServer()
    port = await inside.start()
    loop = asyncio.get_running_loop()
    connect = loop.create_connection

    async def connect_to_our_port(factory: Any, host: str, _: int, **more: Any) -> Any:
        assert host == "127.0.0.1"
        return await connect(factory, host, port, **more)

    monkeypatch.setattr(loop, "create_connection", connect_to_our_port)
    monkeypatch.setattr(socket, "getaddrinfo", Names([PUBLIC], ["127.0.0.1"]).getaddrinfo)
    links = looks(pauses)

    await refused(links, "https://files.example.com/a.png")

    assert await inside.received() == b""
    await links.close()


async def test_name_that_is_not_there_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names().getaddrinfo)
    links = looks(pauses)

    error = await refused(links, "https://files.example.com/a.png")

    assert "does not answer" in error.message
    await links.close()


async def test_where_only_a_proxy_leads_out_the_look_goes_through_it(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    proxy = RawServer()
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{await proxy.start()}")
    monkeypatch.setenv("no_proxy", "")
    links = looks(pauses)

    error = await refused(links, "https://files.example.com/a.png")

    assert "does not answer" in error.message  # this proxy hangs up
    assert (await proxy.received()).startswith(b"CONNECT files.example.com:443 ")
    await links.close()
