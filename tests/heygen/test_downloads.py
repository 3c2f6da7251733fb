"""Videos from HeyGen's links: streamed, checked, and asked for without any secret."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from bot.domain.errors import (
    VideoAgentBusy,
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.heygen.downloads import REDIRECTS_MAX, VideoLinks

API = "https://api.heygen.com"
LINK = "https://files.heygen.test/v.mp4?Signature=s"
MOST = 1_000
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
async def links_of(tmp_path: Path) -> AsyncIterator[Callable[..., VideoLinks]]:
    """links_of(handler): downloads whose requests go to that function."""
    made: list[VideoLinks] = []

    def build(handler: Handler, api_url: str = API) -> VideoLinks:
        transport = httpx.MockTransport(handler)
        made.append(VideoLinks(api_url, folder=tmp_path, transport=transport))
        return made[-1]

    yield build
    for links in made:
        await links.close()


async def fetch(links: VideoLinks, url: str = LINK) -> bytes:
    async with links.download(url, "v.mp4", MOST) as content:
        assert content.name == "v.mp4"
        data = content.path.read_bytes()
        assert content.size_bytes == len(data)
        return data


async def refusal(links: VideoLinks, url: str = LINK) -> VideoAgentError:
    with pytest.raises(VideoAgentError) as caught:
        await fetch(links, url)
    return caught.value


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"1\n00:00:00,000 --> 00:00:01,000", "application/octet-stream"),
    ],
)
async def test_type_is_told_by_the_bytes_and_by_nothing_else(
    links_of: Callable[..., VideoLinks], head: bytes, media_type: str
) -> None:
    links = links_of(
        lambda _: httpx.Response(200, content=head, headers={"Content-Type": "video/webm"})
    )

    async with links.download(LINK, "preview", MOST) as content:
        assert content.media_type == media_type


async def test_video_is_on_disk_and_gone_afterwards(
    links_of: Callable[..., VideoLinks], tmp_path: Path
) -> None:
    links = links_of(lambda _: httpx.Response(200, content=b"video" * 100))

    assert await fetch(links) == b"video" * 100

    assert os.listdir(tmp_path) == []


async def test_neither_key_nor_cookie_nor_login_goes_to_the_host(
    links_of: Callable[..., VideoLinks],
) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) == 1:
            there = {"Location": "/moved.mp4", "Set-Cookie": "a=b"}
            return httpx.Response(302, headers=there)
        return httpx.Response(200, content=b"video")

    assert await fetch(links_of(handler)) == b"video"

    assert str(seen[1].url) == "https://files.heygen.test/moved.mp4"
    for request in seen:
        assert not {"x-api-key", "authorization", "cookie"} & set(request.headers)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, VideoAgentNotFound, "link_expired"),
        (403, VideoAgentNotFound, "link_expired"),
        (404, VideoAgentNotFound, "link_expired"),
        (410, VideoAgentNotFound, "link_expired"),
        (429, VideoAgentBusy, "rate_limit_exceeded"),
        (400, VideoAgentUnavailable, "http_400"),
        (206, VideoAgentUnavailable, "http_206"),
        (500, VideoAgentUnavailable, "http_500"),
        (503, VideoAgentUnavailable, "http_503"),
    ],
)
async def test_refused_link_is_told_apart_from_a_bad_day(
    links_of: Callable[..., VideoLinks], status: int, kind: type[VideoAgentError], code: str
) -> None:
    answer = httpx.Response(status, content=b"x", headers={"Retry-After": "9"})

    error = await refusal(links_of(lambda _: answer))

    assert (type(error), error.code) == (kind, code)
    assert error.retry_after_s == (9 if kind is VideoAgentBusy else None)


async def test_page_instead_of_a_video_is_an_expired_link(
    links_of: Callable[..., VideoLinks],
) -> None:
    links = links_of(lambda _: httpx.Response(200, html="<form>Sign in</form>"))

    assert (await refusal(links)).code == "link_expired"


@pytest.mark.parametrize("tells_length", [True, False])
async def test_too_large_video_is_refused_and_leaves_nothing_behind(
    links_of: Callable[..., VideoLinks], tmp_path: Path, tells_length: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 500

    headers = {"Content-Length": "1500"} if tells_length else {}
    links = links_of(lambda _: httpx.Response(200, content=chunks(), headers=headers))

    error = await refusal(links)

    assert (type(error), error.code) == (VideoAgentRefused, "too_large")
    assert os.listdir(tmp_path) == []


async def test_empty_video_is_asked_for_again_later(links_of: Callable[..., VideoLinks]) -> None:
    error = await refusal(links_of(lambda _: httpx.Response(200, content=b"")))

    assert (type(error), error.code) == (VideoAgentUnavailable, "empty_video")


async def test_line_that_breaks_half_way_leaves_nothing_behind(
    links_of: Callable[..., VideoLinks], tmp_path: Path
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"
        raise httpx.ReadError("gone")

    error = await refusal(links_of(lambda _: httpx.Response(200, content=chunks())))

    assert (type(error), error.code) == (VideoAgentUnavailable, "download_failed")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://files.heygen.test/v.mp4",
        "http://127.0.0.1/v.mp4",
        "file:///v.mp4",
        "ftp://files.heygen.test/v.mp4",
        "https://files.heygen.test:99999/v.mp4",
        "https://[::1",
        "https://",
        "v.mp4",
        "",
    ],
)
@pytest.mark.parametrize("is_redirect", [False, True], ids=["link", "redirect"])
async def test_link_that_is_not_safe_is_not_followed(
    links_of: Callable[..., VideoLinks], url: str, is_redirect: bool
) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": url})

    error = await refusal(links_of(handler), LINK if is_redirect else url)

    assert isinstance(error, VideoAgentRefused | VideoAgentUnavailable)
    assert {httpx.URL(one).scheme for one in asked} <= {"https"}


async def test_loopback_is_a_host_only_where_heygen_is_played_there(
    links_of: Callable[..., VideoLinks],
) -> None:
    links = links_of(lambda _: httpx.Response(200, content=b"v"), "http://127.0.0.1:9")

    assert await fetch(links, "http://127.0.0.1:9/files/v.mp4") == b"v"
    assert (await refusal(links, "http://files.heygen.test/v.mp4")).code == "unsafe_link"


async def test_circle_of_links_ends(links_of: Callable[..., VideoLinks]) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": LINK})

    assert (await refusal(links_of(handler))).code == "too_many_redirects"
    assert len(asked) == REDIRECTS_MAX + 1
