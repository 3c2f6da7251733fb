"""When a loop takes its next step, and a task begins its work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from bot.workflow.loop import Loop, Tasks
from tests.fakes import FakeClock


class Rush:
    """A loop that has taken its first step; then it was woken while requests came and came."""

    def __init__(self) -> None:
        self.steps = 0
        self.loop = Loop("any", self._step, FakeClock(), self._let_requests_pass)
        self._stepped, self._waiting = asyncio.Event(), asyncio.Event()
        self.is_over = asyncio.Event()

    async def _step(self) -> datetime | None:
        self.steps += 1
        self._stepped.set()
        return None

    async def _let_requests_pass(self) -> None:
        self._waiting.set()
        await self.is_over.wait()

    async def begin(self) -> asyncio.Task[None]:
        running = asyncio.create_task(self.loop.run())
        await self._stepped.wait()
        self.loop.wake()
        await self._waiting.wait()
        return running


@pytest.fixture
async def rush() -> AsyncIterator[Rush]:
    rush = Rush()
    running = await rush.begin()
    yield rush
    rush.loop.stop()
    rush.is_over.set()
    await running


async def test_all_that_woke_it_while_requests_came_are_one_step(rush: Rush) -> None:
    for _ in range(3):
        rush.loop.wake()
        await asyncio.sleep(0)
    assert rush.steps == 1

    rush.is_over.set()
    for _ in range(3):
        await asyncio.sleep(0)

    assert rush.steps == 2


async def test_loop_that_is_stopped_meanwhile_takes_no_further_step(rush: Rush) -> None:
    rush.loop.stop()
    rush.is_over.set()
    for _ in range(3):
        await asyncio.sleep(0)

    assert rush.steps == 1


async def test_work_begins_once_requests_have_passed() -> None:
    may_go_on, done = asyncio.Event(), []

    async def let_requests_pass() -> None:
        await may_go_on.wait()

    async def work() -> None:
        done.append("work")

    tasks = Tasks("any", let_requests_pass)
    tasks.spawn(work())
    for _ in range(3):
        await asyncio.sleep(0)
    assert done == []

    may_go_on.set()
    await tasks.settle(1.0)

    assert done == ["work"]


async def test_work_that_is_ended_before_it_began_leaves_nothing() -> None:
    async def let_requests_pass() -> None:
        await asyncio.Event().wait()

    async def work() -> None:
        raise AssertionError("never begun")

    tasks = Tasks("any", let_requests_pass)
    tasks.spawn(work())
    await tasks.settle(0.01)

    assert len(tasks) == 0  # and no coroutine that nobody awaited: warnings are errors
