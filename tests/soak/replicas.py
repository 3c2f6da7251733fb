"""Three replicas on one PostgreSQL database, behind a balancer, each with lines of its own."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.crash.books import Books
from tests.scenarios.sandbox_world import free_port
from tests.soak.network import Balancer, Line
from tests.soak.soak import RestartedBot

REPLICAS = 3
PLATFORMS = ("SLACK_API_URL", "HEYGEN_API_URL")  # their answers name addresses of their own
LINED = ("DATABASE_URL", *PLATFORMS)


class Replica(RestartedBot):
    """A bot that can be stopped as well, whose way to each server can be cut."""

    def __init__(self, settings: dict[str, str], folder: Path, lines: Mapping[str, Line]) -> None:
        """`lines` are those to the addresses of these settings."""
        super().__init__(settings, folder)
        self.lines = lines
        self.is_stopped = False

    def halt(self) -> None:
        """SIGSTOP: to the others it is gone, and it does not know."""
        self.is_stopped = True
        self.send(signal.SIGSTOP)

    def go_on(self) -> None:
        self.is_stopped = False
        self.send(signal.SIGCONT)

    def said(self) -> Iterator[dict[str, str]]:
        """The lines of its log; a killed one may have left half a line."""
        for line in self.log().splitlines():
            if line.startswith("{") and line.endswith("}"):
                yield json.loads(line)


@dataclass
class Fleet:
    replicas: list[Replica]
    balancer: Balancer

    @property
    def url(self) -> str:
        """Where Slack finds the bot."""
        return f"http://127.0.0.1:{self.balancer.port}/slack/events"

    def at_work(self, books: Books) -> Replica | None:
        """The process that has the lease, as far as it runs and has told its name."""
        for (holder,) in books.ask("SELECT holder FROM leases"):
            for replica in self.replicas:
                if holder and str(holder) in replica.log():
                    return replica
        return None

    def takeovers(self) -> int:
        """How often another replica than the last began to work; a restarted one is another."""
        workers = [name for _, name in sorted(self._began())]
        return sum(one != other for one, other in itertools.pairwise(workers))

    def _began(self) -> Iterator[tuple[str, str]]:
        for replica in self.replicas:
            for line in replica.said():
                if line["event"] == "this replica works now":
                    yield line["timestamp"], line["replica"]

    def requests(self, books: Books) -> list[int]:
        """How many each process took, in all of its lives."""
        taken = "SELECT replica, count(*) FROM history WHERE from_state IS NULL GROUP BY replica"
        counts = Counter({str(name): int(str(count)) for name, count in books.ask(taken)})
        logs = [replica.log() for replica in self.replicas]
        return [sum(n for name, n in counts.items() if name in log) for log in logs]

    async def end(self, number: signal.Signals) -> list[int | None]:
        """The exit code of each."""
        for replica in self.replicas:
            replica.go_on()
        return await asyncio.gather(*(replica.end(number) for replica in self.replicas))


@asynccontextmanager
async def fleet(settings: Mapping[str, str], folder: Path) -> AsyncIterator[Fleet]:
    """All started, with these settings of one bot's; killed at the end if they still run."""
    async with AsyncExitStack() as opened:
        replicas = []
        for number in range(REPLICAS):
            lines = {}
            for name in LINED:
                server = urlsplit(settings[name])
                line = Line((str(server.hostname), int(server.port or 0)))
                line.is_named = name in PLATFORMS
                lines[name] = await opened.enter_async_context(line)
            place = folder / f"replica-{number}"
            place.mkdir()
            own = {name: _through(settings[name], line) for name, line in lines.items()}
            own |= {"PORT": str(free_port()), "TMPDIR": str(place), "LOG_FORMAT": "json"}
            replicas.append(Replica({**settings, **own}, place, lines))
        ports = [int(replica.settings["PORT"]) for replica in replicas]
        balancer = Balancer(*(("127.0.0.1", port) for port in ports))
        await opened.enter_async_context(balancer)
        started = Fleet(replicas, balancer)
        try:
            for replica in replicas:  # on a busy machine three at once take too long
                await replica.start()
            yield started
        finally:
            await started.end(signal.SIGKILL)


def _through(url: str, line: Line) -> str:
    """The same address by way of the line."""
    server = urlsplit(url)
    user, at, _ = server.netloc.rpartition("@")
    return server._replace(netloc=f"{user}{at}127.0.0.1:{line.port}").geturl()
