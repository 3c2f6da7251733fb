"""What befalls the replicas, their database and their network: a kind for each phase."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.crash.books import Books
from tests.postgres.server import PostgresServer
from tests.soak.network import Line
from tests.soak.replicas import Fleet, Replica

AT_WORK = 0.5  # of the kills and stops are meant for the replica that works
Seconds = tuple[float, float]  # at least, at most


@dataclass(frozen=True)
class Rhythm:
    """When trouble comes, how long it lasts, and how often it is the one that works who has it."""

    every_s: Seconds
    lasts_s: Seconds = (0.0, 0.0)
    at_work: float = AT_WORK


# A second is a minute of the real thing (POLL_INTERVAL_S), but the lease's, which is three at
# least. What a network delivers later than the looks for it makes a second session or message:
# the one is found and stopped, of the other nobody can know.
RHYTHMS = {
    "kills": Rhythm((2.0, 8.0)),
    "stops": Rhythm((1.0, 4.0), (1.0, 60.0)),
    "database": Rhythm((2.0, 8.0), (1.0, 15.0)),
    "network": Rhythm((0.1, 1.5), (0.3, 6.0)),
}


@dataclass
class Troubles:
    """One kind goes on until the time is up; `seen` counts what came, by its name."""

    fleet: Fleet
    server: PostgresServer
    books: Books
    rng: random.Random
    seconds: float
    rhythm: Rhythm
    seen: Counter[str] = field(default_factory=Counter)

    async def befall(self, phase: str) -> None:
        """Of this phase, at odd moments; all is well again afterwards."""
        trouble = PHASES[phase]
        ends_at = time.monotonic() + self.seconds
        async with asyncio.TaskGroup() as under_way:
            while True:
                pause_s = self.rng.uniform(*self.rhythm.every_s)
                if time.monotonic() + pause_s >= ends_at:
                    break
                await asyncio.sleep(pause_s)
                left_s = max(0.0, ends_at - time.monotonic())
                await trouble(self, left_s, under_way)

    async def kill(self, _: float, __: asyncio.TaskGroup) -> None:
        victim = self._victim()
        await victim.end(signal.SIGKILL)
        self.seen["kills"] += 1
        await victim.start()

    async def stop(self, left_s: float, under_way: asyncio.TaskGroup) -> None:
        """Several may be stopped at the same time, but one goes on."""
        victim = self._victim()
        if victim.is_stopped or sum(not one.is_stopped for one in self.fleet.replicas) == 1:
            return
        victim.halt()
        self.seen["stops"] += 1
        under_way.create_task(self._go_on(victim, self._length_s(left_s)))

    async def crash(self, left_s: float, _: asyncio.TaskGroup) -> None:
        """The database is gone, its connections with it; what was committed comes back."""
        await asyncio.to_thread(self.server.stop, "immediate")
        self.seen["crashes"] += 1
        try:
            await asyncio.sleep(self._length_s(left_s))
        finally:
            await asyncio.to_thread(self.server.start)

    async def cut(self, left_s: float, under_way: asyncio.TaskGroup) -> None:
        """A way of one replica, or all of its: cut, or silent for a while, then perhaps cut."""
        lines = list(self._victim().lines.values())
        if self.rng.random() < 2 / 3:
            lines = [self.rng.choice(lines)]
        if self.rng.random() < 1 / 2:
            self.seen["cuts"] += 1
            for line in lines:
                line.cut()
            return
        self.seen["silences"] += 1
        held_s = self._length_s(left_s)
        under_way.create_task(_silence(lines, held_s, cuts=self.rng.random() < 1 / 2))

    def _victim(self) -> Replica:
        is_at_work = self.rng.random() < self.rhythm.at_work
        at_work = self.fleet.at_work(self.books) if is_at_work else None
        return at_work or self.rng.choice(self.fleet.replicas)

    def _length_s(self, left_s: float) -> float:
        """At most half of the phase, and to its end; as long as the least in any case."""
        least_s, most_s = self.rhythm.lasts_s
        length_s = self.rng.uniform(least_s, max(least_s, min(most_s, self.seconds / 2)))
        return max(least_s, min(left_s, length_s))

    async def _go_on(self, victim: Replica, after_s: float) -> None:
        await asyncio.sleep(after_s)
        victim.go_on()


async def _silence(lines: list[Line], seconds: float, *, cuts: bool) -> None:
    for line in lines:
        line.hold()
    await asyncio.sleep(seconds)
    for line in lines:
        if cuts:
            line.cut()
        line.let_go()


Trouble = Callable[[Troubles, float, asyncio.TaskGroup], Awaitable[None]]
PHASES: dict[str, Trouble] = {
    "kills": Troubles.kill,
    "stops": Troubles.stop,
    "database": Troubles.crash,
    "network": Troubles.cut,
}
