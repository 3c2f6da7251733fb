"""The door of the HTTP server: strangers take up little, and never for long."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web

from bot.web.door import BODY_MAX_BYTES, body_of
from bot.web.server import WebServer
from bot.web.visitors import OPEN_FILES, Limits, raise_open_files
from tests.web.serving import ServedBot

PATHS = ("/slack/events", "/heygen/webhook", "/heygen/callback/token-1", "/metrics", "/nowhere")
LONG_S, SHORT_S = 60.0, 0.05  # longer than a test may take; as short as a machine can measure
POST = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 10\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK"


@dataclass
class Guest:
    """One connection, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def answer(self) -> bytes:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length is not None
        return head + await self.reader.readexactly(int(length[1]))

    async def is_shown_out(self) -> bool:
        """Once it has happened: waits for it."""
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return True


@dataclass
class Door:
    port: int
    bodies: list[bytes]
    guests: list[Guest] = field(default_factory=list)

    async def guest(self, words: bytes = b"") -> Guest:
        guest = Guest(*await asyncio.open_connection("127.0.0.1", self.port))
        self.guests.append(guest)
        await guest.say(words)
        return guest

    async def known_guest(self) -> Guest:
        """One whose first request has been answered."""
        guest = await self.guest(POST + b"0123456789")
        assert (await guest.answer()).startswith(ANSWER)
        return guest


@asynccontextmanager
async def door(**limits: float) -> AsyncIterator[Door]:
    """A server whose one route answers with the length of the body; deadlines are far away."""
    bodies: list[bytes] = []

    async def handle(request: web.Request) -> web.Response:
        bodies.append(body_of(request))
        return web.Response(text=str(len(bodies[-1])))

    app = web.Application()
    app.router.add_post("/", handle)
    far: dict[str, Any] = dict.fromkeys(("head_s", "body_s", "idle_s", "answer_s"), LONG_S)
    server = WebServer(app, "127.0.0.1", 0, Limits(**(far | limits)))
    await server.start()
    at = Door(int(server.url.rpartition(":")[2]), bodies)
    try:
        yield at
    finally:
        for guest in at.guests:
            guest.writer.transport.abort()
        await server.stop()


# Bodies


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP", "gzip, gzip"])
async def test_packed_body_is_415_on_every_path_and_changes_nothing(
    bot: ServedBot, path: str, coding: str
) -> None:
    packed = gzip.compress(b"{}")

    reply = await bot.ask("POST", path, data=packed, headers={"Content-Encoding": coding})

    assert reply.status == 415
    assert await bot.nothing_happened()


async def test_packed_body_is_refused_before_it_is_here() -> None:
    async with door() as at:
        head = (
            b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"
        )
        guest = await at.guest(head + b"\x1f\x8b")

        assert b" 415 " in await guest.answer()


@pytest.mark.parametrize("path", PATHS)
async def test_too_large_body_is_413_on_every_path(bot: ServedBot, path: str) -> None:
    reply = await bot.ask("POST", path, data=b"x" * 400_001)

    assert reply.status == 413
    assert await bot.nothing_happened()


async def test_too_large_body_of_unannounced_length_is_413() -> None:
    async with door() as at:
        piece = b"%x\r\n%s\r\n" % (BODY_MAX_BYTES + 1, b"x" * (BODY_MAX_BYTES + 1))
        head = b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n"
        guest = await at.guest(head + piece)

        assert b" 413 " in await guest.answer()
        assert at.bodies == []


@pytest.mark.parametrize("letter", ["a", "я", "語", "😀"])
def test_shortcut_on_slack_s_longest_message_fits(letter: str) -> None:
    text = letter * (40_000 // (len(letter.encode("utf-16-le")) // 2))
    for is_ascii in (True, False):  # Slack may escape in either way
        message = {"message": {"text": text}, "rest": "x" * 8_000}
        payload = json.dumps(message, ensure_ascii=is_ascii)

        assert len(urlencode({"payload": payload})) <= BODY_MAX_BYTES


async def test_body_broken_off_is_no_error_of_ours(
    bot: ServedBot, logs: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    port = int(bot.url.rpartition(":")[2])
    async with asyncio.timeout(5):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /heygen/webhook HTTP/1.1\r\nHost: b\r\nContent-Length: 99\r\n\r\n{")
        await writer.drain()
        writer.transport.abort()
        assert (await bot.ask("GET", "/livez")).status == 200

    assert (logs, caplog.records) == ([], [])


async def test_nonsense_is_told_once_and_without_a_traceback(
    bot: ServedBot, logs: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    port = int(bot.url.rpartition(":")[2])
    for _ in range(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / nonsense\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.transport.abort()

    assert [line["event"] for line in logs] == ["no HTTP, refused"]
    assert caplog.records == []


# Deadlines


async def test_connection_that_says_nothing_is_closed_in_time() -> None:
    async with door(head_s=SHORT_S) as at:
        assert await (await at.guest()).is_shown_out()


async def test_head_that_does_not_end_is_closed_in_time_however_often_something_comes() -> None:
    async with door(head_s=SHORT_S) as at:
        guest = await at.guest(b"POST / HTTP/1.1\r\n")

        async def trickle() -> None:
            while True:
                await guest.say(b"X: y\r\n")
                await asyncio.sleep(SHORT_S / 5)

        trickling = asyncio.create_task(trickle())
        assert await guest.is_shown_out()
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_body_that_does_not_end_is_closed_in_time() -> None:
    async with door(body_s=SHORT_S) as at:
        assert await (await at.guest(POST + b"01234")).is_shown_out()
        assert at.bodies == []


async def test_idle_connection_is_closed_in_time() -> None:
    async with door(idle_s=SHORT_S) as at:
        assert await (await at.known_guest()).is_shown_out()


async def test_later_head_that_does_not_end_is_closed_as_the_first_is() -> None:
    async with door(head_s=SHORT_S * 4) as at:
        guest = await at.known_guest()
        await guest.say(b"POST ")

        assert await guest.is_shown_out()


async def test_answered_connection_may_ask_again() -> None:
    async with door(head_s=SHORT_S * 10) as at:
        guest = await at.known_guest()
        for _ in range(3):
            await guest.say(POST + b"9876543210")
            assert (await guest.answer()).startswith(ANSWER)


# Too many


async def test_new_people_get_in_and_whoever_was_silent_longest_goes() -> None:
    async with door(connections=3) as at:
        first, second, third = [await at.guest() for _ in range(3)]

        await at.known_guest()

        assert await first.is_shown_out()
        for guest in (second, third):
            await guest.say(POST + b"0123456789")
            assert (await guest.answer()).startswith(ANSWER)


async def test_who_asks_keeps_its_place_before_the_silent() -> None:
    async with door(connections=2) as at:
        talker = await at.known_guest()
        silent = await at.guest()
        await talker.say(POST + b"0123456789")
        await talker.answer()

        await at.known_guest()

        assert await silent.is_shown_out()
        await talker.say(POST + b"0123456789")
        assert (await talker.answer()).startswith(ANSWER)


async def test_silent_crowd_does_not_cost_a_proxy_its_idle_connection() -> None:
    async with door(connections=4) as at:
        idle = await at.known_guest()
        for _ in range(8):
            await at.guest()

        await idle.say(POST + b"0123456789")
        assert (await idle.answer()).startswith(ANSWER)


async def test_bodies_that_do_not_end_make_room_for_those_that_do() -> None:
    async with door(unfinished_bytes=1_000) as at:
        head = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 500\r\n\r\n"
        holders = [await at.guest(head + b"x" * 400) for _ in range(2)]

        guest = await at.guest(head + b"x" * 500)

        assert (await guest.answer()).startswith(ANSWER)
        assert await holders[0].is_shown_out()


async def test_bytes_of_answered_requests_do_not_add_up() -> None:
    async with door(unfinished_bytes=1_000) as at:
        guest = await at.known_guest()
        for _ in range(100):
            await guest.say(POST + b"0123456789")
            assert (await guest.answer()).startswith(ANSWER)


async def test_strangers_are_told_of_once(logs: list[Any]) -> None:
    async with door(connections=1) as at:
        guests = [await at.guest() for _ in range(5)]
        for guest in guests[:-1]:
            assert await guest.is_shown_out()

    assert [line["event"] for line in logs] == ["too many strangers, shown out"]


def test_soft_limit_of_open_files_is_raised_as_far_as_it_may_be() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        raise_open_files()

        raised, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert raised == (OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard))
