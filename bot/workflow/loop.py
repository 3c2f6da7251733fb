"""One supervised loop (wake, work, wait, stop) and a set of supervised tasks, used by all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.domain.errors import RequestRefused, StoreUnavailable
from bot.domain.ports.clock import Clock

log = structlog.get_logger(__name__)

T = TypeVar("T")

# What other processes wrote (`video-bot jobs`) and a changed system clock are noticed within this.
LONGEST_WAIT = timedelta(seconds=2)
PAUSE_AFTER_ERROR = timedelta(seconds=5)
AT_ONCE = 4  # of what is done side by side: one that hangs keeps few others waiting


async def _nobody_asks() -> None:
    """No request is waited for."""


class Loop:
    """Runs `step` again and again: when woken, and when the time that it returned has come."""

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[datetime | None]],
        clock: Clock,
        let_requests_pass: Callable[[], Awaitable[None]] = _nobody_asks,
    ) -> None:
        """`let_requests_pass` is awaited before the next step, one for all that woke it."""
        self.name = name
        self._step = step
        self._clock = clock
        self._let_requests_pass = let_requests_pass
        self._woken = asyncio.Event()
        self._is_stopping = False

    def wake(self) -> None:
        """Run the step soon; many wakes while it runs make one more run."""
        self._woken.set()

    def stop(self) -> None:
        """End after the step that runs now."""
        self._is_stopping = True
        self._woken.set()

    async def run(self) -> None:
        while not self._is_stopping:
            self._woken.clear()
            try:
                next_at = await self._step()
            except StoreUnavailable as error:
                log.warning("step put off", loop=self.name, code=error.code, why=error.message)
                next_at = self._clock.now() + PAUSE_AFTER_ERROR
            except Exception:
                log.exception("step failed, going on", loop=self.name)
                next_at = self._clock.now() + PAUSE_AFTER_ERROR
            await self._wait_until(next_at)
            await self._let_requests_pass()

    async def _wait_until(self, next_at: datetime | None) -> None:
        pause = LONGEST_WAIT
        if next_at is not None:
            pause = min(pause, next_at - self._clock.now())  # at most, if the clock jumps meanwhile
        if pause > timedelta(0):
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self._woken.wait()
            except TimeoutError:
                return


class Tasks:
    """Work that goes on by itself: held, its errors logged and told, and ended together."""

    def __init__(
        self, name: str, let_requests_pass: Callable[[], Awaitable[None]] = _nobody_asks
    ) -> None:
        """`let_requests_pass` is awaited before each work."""
        self._name = name
        self._let_requests_pass = let_requests_pass
        # What else is done about an error; runs in the context of the work (contextvars).
        self.on_failure: Callable[[Exception], Awaitable[None]] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, Any], **context: str) -> None:
        """Start `work`; `context` (job_id=…) is logged with its errors."""
        task = asyncio.create_task(self._supervised(work, context))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _supervised(self, work: Coroutine[Any, Any, Any], context: dict[str, str]) -> None:
        try:
            await self._let_requests_pass()
        except asyncio.CancelledError:
            work.close()  # never begun
            raise
        try:
            await work
        except StoreUnavailable as error:
            log.warning("task put off", task=self._name, code=error.code, **context)
            await self._tell(error)
        except RequestRefused as error:
            log.info("request refused", task=self._name, fields=sorted(error.faults), **context)
            await self._tell(error)
        except Exception as error:
            log.exception("task failed", task=self._name, **context)
            await self._tell(error)

    async def _tell(self, error: Exception) -> None:
        try:
            if self.on_failure is not None:
                await self.on_failure(error)
        except Exception:
            log.exception("failure not told", task=self._name)

    async def settle(self, within_s: float) -> None:
        """Let the tasks and those they start finish for `within_s` seconds; cancel the rest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        leftover = list(self._tasks)
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)


async def all_of(work: Callable[[T], Awaitable[None]], items: Iterable[T]) -> None:
    """`work` on each item to its end, a few side by side; then the first error is raised."""
    side_by_side = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with side_by_side:
            await work(item)

    ends = await asyncio.gather(*map(one, items), return_exceptions=True)
    for error in filter(None, ends):
        raise error


async def settle(tasks: Collection[asyncio.Task[None]], within_s: float) -> None:
    """Let these tasks end for so many seconds; cancel the rest."""
    if tasks:
        await asyncio.wait(tasks, timeout=within_s)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
