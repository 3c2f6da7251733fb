"""A create of a replica that works no more: it is stopped right before it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.domain.errors import VideoAgentUnavailable
from bot.domain.news import NewSession
from bot.domain.request.video_request import Orientation
from bot.heygen.client import HeyGenClient
from bot.heygen.connection import CONNECTIONS
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.heygen.conftest import KEY

LIST = "GET /v3/video-agents"
NEW = NewSession("job-1", "Hello", Orientation.LANDSCAPE)


class Leadership:
    is_leading = True


@asynccontextmanager
async def client_of(heygen: HeyGenSandbox, leadership: Leadership) -> AsyncIterator[HeyGenClient]:
    client = HeyGenClient(KEY, heygen.url, may_create=lambda: leadership.is_leading)
    yield client
    await client.close()


@pytest.mark.parametrize("is_connected", [True, False])
async def test_create_of_who_works_no_more_never_arrives(
    heygen: HeyGenSandbox, is_connected: bool
) -> None:
    leadership = Leadership()
    async with client_of(heygen, leadership) as client:
        if is_connected:
            await client.create_session(NEW)
        before = len(heygen.requests)
        leadership.is_leading = False

        with pytest.raises(VideoAgentUnavailable) as caught:
            await client.create_session(NEW)

    assert caught.value.code == "lease_lost"
    assert len(heygen.requests) == before


async def test_create_is_stopped_though_it_began_while_this_replica_worked(
    heygen: HeyGenSandbox,
) -> None:
    """It waits for a connection, and those are all in use."""
    leadership = Leadership()
    heygen.faults.begin(Fault("slow", seconds=0.2), routes=(LIST,))
    async with client_of(heygen, leadership) as client, asyncio.TaskGroup() as reading:
        for _ in range(CONNECTIONS):
            reading.create_task(client.list_sessions(timedelta(days=1)))
        creating = asyncio.create_task(client.create_session(NEW))
        await asyncio.sleep(0.05)
        leadership.is_leading = False

        with pytest.raises(VideoAgentUnavailable, match="lease_lost"):
            await creating

    assert not heygen.sessions


async def test_who_works_no_more_may_still_read(heygen: HeyGenSandbox) -> None:
    leadership = Leadership()
    leadership.is_leading = False
    async with client_of(heygen, leadership) as client:
        assert await client.list_sessions(timedelta(days=1)) == []


async def test_create_leaves_once_this_replica_works_again(heygen: HeyGenSandbox) -> None:
    leadership = Leadership()
    leadership.is_leading = False
    async with client_of(heygen, leadership) as client:
        with pytest.raises(VideoAgentUnavailable):
            await client.create_session(NEW)
        leadership.is_leading = True

        session = await client.create_session(NEW)

    assert list(heygen.sessions) == [session.session_id]


async def test_create_does_not_leave_that_was_overtaken_between_head_and_body(
    heygen: HeyGenSandbox,
) -> None:
    """A process that is paused between the two: HeyGen does nothing about a head alone."""
    answers = iter([True, False])
    client = HeyGenClient(KEY, heygen.url, may_create=lambda: next(answers))

    with pytest.raises(VideoAgentUnavailable, match="lease_lost"):
        await client.create_session(NEW)

    await client.close()
    assert list(answers) == []
    assert heygen.sessions == {}
