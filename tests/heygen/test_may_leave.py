"""A create of a replica that works no more: it is stopped right before it leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.domain.errors import VideoAgentUnavailable
from bot.domain.news import NewSession
from bot.domain.request.video_request import Orientation
from bot.heygen.client import HeyGenClient
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.heygen.conftest import KEY

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
