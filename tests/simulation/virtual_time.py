"""An event loop that never waits: when nobody has work, time jumps to the next moment planned."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.builders import NOON

T = TypeVar("T")


class _Jump(selectors.SelectSelector):
    """Waiting for files is replaced by the time having passed."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits for somebody: nothing will ever happen")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """One thread, no files, no sleeping: the same program runs the same way each time."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now_s


class VirtualClock:
    """The right time in a VirtualLoop: HeyGen's and Slack's."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._loop.time())

    def elapsed_s(self) -> float:
        return self._loop.time()


class JumpyClock(VirtualClock):
    """The bot's clock: `offset_s` ahead of the right time, and it may be set."""

    offset_s = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._loop.time() + self.offset_s)


def run(world: Coroutine[Any, Any, T]) -> T:
    """What asyncio.run does, in virtual time."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(world)
    finally:
        loop.close()
