"""A phase of the soak with replicas: a crowd asks, one trouble befalls them, all settles."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.heygen.state import SandboxSession
from bot.sandbox.slack.server import SlackSandbox
from tests.crash.books import PostgresBooks, until
from tests.postgres.server import PostgresServer
from tests.scenarios.sandbox_world import environ
from tests.soak import weather
from tests.soak.findings import Findings, find, stale_cards
from tests.soak.replicas import fleet
from tests.soak.soak import POLL_INTERVAL_S, LateList, crowd_of
from tests.soak.troubles import RHYTHMS, Rhythm, Troubles

LIMIT = 5  # MAX_CONCURRENT_VIDEOS: narrow enough that the queue is always full
RENDER_S = 1.5  # 200 jobs, five at once, in two minutes
LIST_LAG_S = 0.2


@dataclass(frozen=True)
class Phase:
    """`seconds` of requests and trouble; settling comes after."""

    name: str
    honours_key: bool  # the Idempotency-Key, at HeyGen
    jobs: int = 200
    people: int = 20
    seconds: float = 120.0
    seed: int = 1
    render_s: float = RENDER_S
    settle_s: float = 300.0
    rhythm: Rhythm | None = None  # None: the usual one of its trouble


@dataclass(frozen=True)
class PhaseOutcome:
    findings: Findings
    requests: int
    tries: int
    taken_by: list[int]  # requests, by process
    troubles: Counter[str]
    takeovers: int
    most_jobs: int  # rendering at one time, each by the session that it took for its own
    most_sessions: int  # at one time, with second ones
    stale_cards: list[str]  # an edit that a network delivered after a later one
    settled_after_s: float
    unsettled: list[str]
    exit_codes: list[int | None]

    @property
    def is_good(self) -> bool:
        is_settled = not self.unsettled and not any(self.exit_codes)
        return self.findings.is_good and is_settled and self.most_jobs <= LIMIT


async def play(phase: Phase, server: PostgresServer, folder: Path) -> PhaseOutcome:
    """In an empty folder, on a database of its own."""
    rng = random.Random(f"{phase.name} {phase.honours_key} {phase.seed}")
    slack = SlackSandbox()
    # HeyGen refuses none: whoever exceeds the limit is seen.
    heygen = LateList(
        render_s=phase.render_s,
        honour_idempotency=phase.honours_key,
        max_concurrent=phase.jobs,
    )
    heygen.list_within_s, heygen.rng = LIST_LAG_S, random.Random(rng.random())
    heygen.faults = at_heygen = weather.Weather(weather.HEYGEN, random.Random(rng.random()))
    slack.api.faults = at_slack = weather.Weather(weather.SLACK, random.Random(rng.random()))
    await slack.start()
    await heygen.start()
    url = server.create_database()
    settings = environ(slack, heygen, folder) | {
        "DATABASE_URL": url,
        "POLL_INTERVAL_S": str(POLL_INTERVAL_S),
        "MAX_CONCURRENT_VIDEOS": str(LIMIT),
    }
    books = PostgresBooks(url)
    crowd = crowd_of(slack, phase.people, random.Random(rng.random()))
    try:
        async with fleet(settings, folder) as replicas:
            slack.connect(replicas.url)
            rhythm = phase.rhythm or RHYTHMS[phase.name]
            troubles = Troubles(replicas, server, books, rng, phase.seconds, rhythm)
            async with asyncio.TaskGroup() as group:
                group.create_task(crowd.ask_for(phase.jobs, phase.seconds * 0.8))
                group.create_task(troubles.befall(phase.name))
            at_heygen.is_bad = at_slack.is_bad = False
            began = time.monotonic()
            with suppress(TimeoutError):
                await until(lambda: not books.unsettled(), phase.settle_s, books.unsettled)
            settled_after_s = time.monotonic() - began
            keys = [str(key) for (key,) in books.ask("SELECT request_key FROM jobs")]
            taken = crowd.taken | {view for view in crowd.unsure if any(view in k for k in keys)}
            own = {str(id_) for (id_,) in books.ask("SELECT session_id FROM jobs")}
            sessions = heygen.sessions.values()
            return PhaseOutcome(
                findings=find(slack, heygen, books, taken),
                requests=len(taken),
                tries=crowd.tries,
                taken_by=replicas.requests(books),
                troubles=troubles.seen,
                takeovers=replicas.takeovers(),
                most_jobs=most_at_once(one for one in sessions if one.session_id in own),
                most_sessions=most_at_once(sessions),
                stale_cards=stale_cards(slack, books),
                settled_after_s=settled_after_s,
                unsettled=books.unsettled(),
                exit_codes=await replicas.end(signal.SIGTERM),
            )
    finally:
        await heygen.stop()
        await slack.stop()
        server.drop_database(url)


def most_at_once(sessions: Iterable[SandboxSession]) -> int:
    """How many had begun and not ended at one moment, at most, by HeyGen's clock."""
    moments = [moment for one in sessions for moment in ((one.created_at, 1), (one.ends_at, -1))]
    most = now = 0
    for _, step in sorted(moments):  # what ends at a moment makes room for what begins then
        now += step
        most = max(most, now)
    return most
