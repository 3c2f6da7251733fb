"""The soak: two platforms in bad weather, a crowd, and a bot that is killed and restarted."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.heygen.state import Outcome as HeyGenOutcome
from bot.sandbox.slack.server import SlackSandbox
from tests.crash.books import Books, until
from tests.scenarios.process import spawn, wait_until_answering
from tests.scenarios.sandbox_world import environ, free_port
from tests.soak import weather
from tests.soak.findings import Findings, find
from tests.soak.fronts import Fronts
from tests.soak.people import Crowd

CHANNELS = 5
RENDERS_AT_ONCE = 60
POLL_INTERVAL_S = 0.25
LIST_LAG_S = 3.0  # at most: later than the first looks for a session
# Longer than any outage and the looks for a second session after it: that one can be stopped.
RENDER_S = 45.0
JOBS_A_MINUTE = 50


@dataclass(frozen=True)
class Plan:
    jobs: int = 2 * JOBS_A_MINUTE
    people: int = 20
    seconds: float = 120.0  # of requests, faults and kills; settling comes after
    seed: int = 1
    kill_every_s: float = 4.0
    least_kills: int = 3  # on a slow machine it takes longer than `seconds`
    render_s: float = RENDER_S
    list_lag_s: float = LIST_LAG_S
    has_fronts: bool = True
    settle_s: float = 300.0


@dataclass(frozen=True)
class Outcome:
    findings: Findings
    requests: int
    tries: int
    kills: int
    faults: Counter[str]
    fronts: Counter[str]
    settled_after_s: float
    unsettled: list[str]
    exit_code: int | None

    @property
    def is_good(self) -> bool:
        return self.findings.is_good and not self.unsettled and self.exit_code == 0


class LateList(HeyGenSandbox):
    """Its list shows each session after a lag of its own."""

    list_within_s = 0.0
    rng = random.Random()

    def _outcome_for(self, prompt: str) -> HeyGenOutcome:
        lag_s = self.rng.uniform(0, self.list_within_s)
        return replace(super()._outcome_for(prompt), listed_after_s=lag_s)


class RestartedBot:
    """One bot, killed and started again; its log goes on in one file."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        self.kills = 0
        self.settings = settings
        self._folder = folder
        self._log = folder / "bot.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = await spawn(self.settings, self._folder, output=output)
        await wait_until_answering(self._process, f"http://127.0.0.1:{self.settings['PORT']}/livez")

    def send(self, number: signal.Signals) -> None:
        """Nobody there to get it is no fault."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def end(self, number: signal.Signals) -> int | None:
        """Send a signal and wait for the end; None when there is nothing to end."""
        self.send(number)
        return None if self._process is None else await self._process.wait()

    def log(self) -> str:
        """All that it has said, in all of its lives."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    async def live_through(self, plan: Plan, rng: random.Random) -> None:
        """SIGKILL at odd moments, restart, until the time is up."""
        ends_at = time.monotonic() + plan.seconds
        while time.monotonic() < ends_at or self.kills < plan.least_kills:
            await asyncio.sleep(rng.uniform(0.3, 1.7) * plan.kill_every_s)
            await self.end(signal.SIGKILL)
            self.kills += 1
            await self.start()


async def soak(plan: Plan, folder: Path) -> Outcome:
    """Run the plan in an empty folder. The key is ignored by HeyGen: the harder case."""
    rng = random.Random(plan.seed)
    slack = SlackSandbox()
    heygen = LateList(
        render_s=plan.render_s,
        honour_idempotency=False,
        max_concurrent=2 * RENDERS_AT_ONCE,
    )
    heygen.list_within_s, heygen.rng = plan.list_lag_s, random.Random(rng.random())
    heygen.faults = at_heygen = weather.Weather(weather.HEYGEN, random.Random(rng.random()))
    slack.api.faults = at_slack = weather.Weather(weather.SLACK, random.Random(rng.random()))
    await slack.start()
    await heygen.start()
    port = str(free_port())
    slack.connect(f"http://127.0.0.1:{port}/slack/events")
    settings = environ(slack, heygen, folder) | {
        "PORT": port,
        "POLL_INTERVAL_S": str(POLL_INTERVAL_S),
        "MAX_CONCURRENT_VIDEOS": str(RENDERS_AT_ONCE),
        "TMPDIR": str(folder),
    }
    bot = RestartedBot(settings, folder)
    books = Books(folder / "bot.db")
    fronts = Fronts(slack, heygen, folder / "bot.db", random.Random(rng.random()))
    crowd = crowd_of(slack, plan.people, random.Random(rng.random()))
    try:
        await bot.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(crowd.ask_for(plan.jobs, plan.seconds * 0.8))
            group.create_task(bot.live_through(plan, rng))
            if plan.has_fronts:
                group.create_task(fronts.pass_through(plan.seconds))
        at_heygen.is_bad = at_slack.is_bad = False
        began = time.monotonic()
        with suppress(TimeoutError):
            await until(lambda: not books.unsettled(), plan.settle_s, books.unsettled)
        settled_after_s = time.monotonic() - began
        exit_code = await bot.end(signal.SIGTERM)
        return Outcome(
            findings=find(slack, heygen, books, crowd.taken),
            requests=len(crowd.taken),
            tries=crowd.tries,
            kills=bot.kills,
            faults=at_heygen.met + at_slack.met,
            fronts=fronts.seen,
            settled_after_s=settled_after_s,
            unsettled=books.unsettled(),
            exit_code=exit_code,
        )
    finally:
        await bot.end(signal.SIGKILL)
        await heygen.stop()
        await slack.stop()


def crowd_of(slack: SlackSandbox, size: int, rng: random.Random) -> Crowd:
    """So many people in the workspace, all of them in each of its channels."""
    names = [f"person-{n}" for n in range(size)]
    for name in names:
        slack.add_user(name)
    channels = [f"videos-{n}" for n in range(CHANNELS)]
    for channel in channels:
        slack.add_channel(channel, members=names)
    return Crowd(slack, [slack.person(name) for name in names], channels, rng)
