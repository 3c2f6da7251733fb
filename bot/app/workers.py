"""The loops that move jobs and what is owed: of this process while it works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextvars import Context
from types import MappingProxyType

import structlog

from bot.workflow.loop import Loop, settle
from bot.workflow.parts import CATALOGUE, Parts

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_RINGS: Mapping[str, Callable[[], None]] = MappingProxyType({})
STOP_WITHIN_S = 1.5  # for loops, then for tasks; a stop may take 5 s in all


class Workers:
    def __init__(
        self,
        parts: Callable[[], Parts],
        steps: Collection[str] | None = None,
        rings: Mapping[str, Callable[[], None]] = NO_RINGS,
        said_of: Mapping[str, str] = NOTHING,
    ) -> None:
        """`parts` gives those of a stretch of work, which remember nothing of the one before.

        `steps` are the names of those that are run; all of them if None. `rings` wake, by the name
        of a signal, these workers and others that it concerns. `said_of` stands in every line
        that they log.
        """
        self._make_parts = parts
        self._steps = steps
        self._rings = rings
        self._said_of = said_of
        self._parts: Parts | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._loops: dict[str, Loop] = {}
        self._running: list[asyncio.Task[None]] = []
        self._reading: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """What an earlier one had begun is taken up at once: nobody else works now."""
        parts = self._make_parts()
        await parts.recover()
        self._parts, self._stopping = parts, None
        let_requests_pass = parts.requests_first.wait
        loops = parts.employ(lambda name, step: Loop(name, step, parts.clock, let_requests_pass))
        for name, ring in self._rings.items():
            setattr(parts.signals, name, ring)
        steps = self._steps
        self._loops = {name: each for name, each in loops.items() if steps is None or name in steps}
        running = [loop for name, loop in self._loops.items() if name != CATALOGUE]
        self._running = [self._task_of(loop) for loop in running]
        reading = [loop for name, loop in self._loops.items() if name == CATALOGUE]
        self._reading = [self._task_of(loop) for loop in reading]

    def _task_of(self, loop: Loop) -> asyncio.Task[None]:
        """Whoever's request it was that started it, it is not logged as theirs."""
        context = Context()
        context.run(structlog.contextvars.bind_contextvars, **self._said_of)
        return asyncio.create_task(loop.run(), context=context)

    @property
    def is_working(self) -> bool:
        return self._parts is not None

    def waiting_for(self) -> str | None:
        """Why nothing is sent to HeyGen, while this process works."""
        return self._parts.gate.waiting_for if self._parts else None

    def wake(self, name: str) -> bool:
        """By the name of a signal; False while another process works."""
        if loop := self._loops.get(name):
            loop.wake()
        return self.is_working

    def resume(self) -> None:
        """Slack takes the bot's token (again): what waited for it goes on now."""
        if (parts := self._parts) is None:
            return
        signals = parts.signals
        waiting = (
            (parts.message_sender, signals.deliver),
            (parts.file_sender, signals.files),
            (parts.home, signals.home),
        )
        for part, ring in waiting:
            if part.pauses.resume():
                ring()

    async def stop(self) -> None:
        """Let what is under way end in time; the database has the rest.

        Asked for twice, the second waits for the first, even if the first was not waited for.
        """
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        if (parts := self._parts) is None:
            return
        loops = self._loops
        self._parts, self._loops = None, {}
        await settle(self._reading, 0)  # half a list is read anew, so nothing waits for it
        for loop in loops.values():
            loop.stop()
        await settle(self._running, STOP_WITHIN_S)  # first: they start the tasks
        await asyncio.gather(*(tasks.settle(STOP_WITHIN_S) for tasks in parts.tasks))
