"""Real bots on one PostgreSQL database: each takes requests, one works, another takes over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.app.bot import Bot, build
from bot.app.only_workspace import OnlyWorkspace
from bot.app.workspace import Workspace
from bot.config import load_settings
from bot.domain.errors import LeaseLost, SlackUnavailable, VideoAgentUnavailable
from bot.domain.news import NewSession
from bot.domain.request.video_request import Orientation
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.delivery import ViewErrors
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from bot.workflow.leadership import LEASE
from tests.builders import a_job
from tests.scenarios.sandbox_world import environ, running
from tests.slack.builders import a_notice

READY = "is ready"


async def test_request_on_postgres_ends_with_its_video(tmp_path: Path, postgres_url: str) -> None:
    async with running(tmp_path, DATABASE_URL=postgres_url) as world:
        await world.ask()

        result = await world.result()

    assert READY in result.text


@dataclass
class Two:
    """Two bots between the sandboxes; the first has the lease."""

    slack: SlackSandbox
    heygen: HeyGenSandbox
    first: Bot
    second: Bot

    async def ask(self, bot: Bot, prompt: str) -> None:
        """Ana fills in the form; all that Slack has to say goes to this bot."""
        self.slack.connect(f"{bot.url}/slack/events")
        ana = self.slack.person("ana")
        await ana.command()
        view = await ana.wait_for_view()
        answer = await ana.submit(view, {ids.PROMPT: prompt, ids.CHANNEL: self.channel_id})
        assert answer.ok, answer
        assert not isinstance(answer, ViewErrors), answer

    @property
    def channel_id(self) -> str:
        return self.slack.channel("general").id

    async def result_of(self, count: int = 1, timeout_s: float = 10.0) -> None:
        def look() -> bool | None:
            texts = [m.text for m in self.slack.channel("general").messages]
            return True if sum(READY in text for text in texts) >= count else None

        await self.slack.wait_for(look, timeout_s, f"{count} results")


@asynccontextmanager
async def two_bots(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Two]:
    slack, heygen = SlackSandbox(), HeyGenSandbox(render_s=0.1)
    async with AsyncExitStack() as stack:
        for sandbox in (slack, heygen):
            await sandbox.start()
            stack.push_async_callback(sandbox.stop)
        read = load_settings({**environ(slack, heygen, folder), **settings}, env_file=None)
        bots = []
        for _ in range(2):
            bot = build(read)
            stack.push_async_callback(bot.stop)
            await bot.start()
            await asyncio.sleep(0)
            bots.append(bot)
            while not bots[0].is_working:  # noqa: ASYNC110 - the first to take the lease has it
                await asyncio.sleep(0.01)
        yield Two(slack, heygen, *bots)


async def test_each_replica_takes_requests_and_one_of_them_works(
    tmp_path: Path, postgres_url: str
) -> None:
    async with two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two:
        await two.ask(two.first, "About tea")
        await two.ask(two.second, "About coffee")
        await two.result_of(2)

        assert not two.second.is_working
        assert len(two.heygen.sessions) == 2
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT replica, who FROM history").fetchall()
    by_whom = {replica for replica, who in rows if who == "submitter"}
    assert by_whom == {two.first.replica}
    assert {replica for replica, _ in rows} == {two.first.replica, two.second.replica}


async def test_what_a_standby_takes_is_begun_at_once(tmp_path: Path, postgres_url: str) -> None:
    """NOTIFY: the one that works would look by itself only after two seconds."""
    async with two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two:
        await two.ask(two.first, "About tea")
        await two.result_of(1)
        began = asyncio.get_running_loop().time()
        await two.ask(two.second, "About coffee")
        await two.result_of(2)
        took_s = asyncio.get_running_loop().time() - began

    assert took_s < 1.5


async def test_what_a_standby_takes_is_begun_though_its_word_goes_unheard(
    tmp_path: Path, postgres_url: str
) -> None:
    """A notice may get lost; whoever works looks by itself, too."""
    async with two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two:

        async def say_nothing(words: str) -> None:
            """Lost on its way."""

        two.second.store.notify = say_nothing  # type: ignore[method-assign]
        await two.ask(two.second, "About tea")

        await two.result_of(1)


def the_workspace(bot: Bot) -> Workspace:
    """The only one of a bot with SLACK_BOT_TOKEN."""
    assert isinstance(bot.tenants, OnlyWorkspace)
    return bot.tenants._workspace


async def test_bot_that_has_lost_its_lease_can_neither_change_nor_pay_nor_post(
    tmp_path: Path, postgres_url: str
) -> None:
    """Its own parts, as they are wired: what it had begun ends there."""
    async with two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two:
        workspace = the_workspace(two.first)
        parts, slack = workspace._parts_at_work(), workspace.slack
        await two.first._leadership.release()
        lease = await two.second.store.leases.read(LEASE)
        await two.second.store.leases.take(LEASE, "somebody else", lease)

        with pytest.raises(LeaseLost):
            await parts.submitter._store.jobs.add(a_job("late"), [])
        with pytest.raises(VideoAgentUnavailable, match="lease_lost"):
            await workspace._agent.create_session(NewSession("k", "p", Orientation.LANDSCAPE))
        with pytest.raises(SlackUnavailable, match="lease_lost"):
            await slack.threads.post(two.channel_id, None, a_notice())
        with pytest.raises(SlackUnavailable, match="lease_lost"):
            await slack.uploads.share("F1", two.channel_id, None)

        assert two.heygen.sessions == {}


async def test_bot_that_is_stopped_gives_its_lease_back(tmp_path: Path, postgres_url: str) -> None:
    async with two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two:
        await two.second.stop()  # stands by: it would take it
        before = await two.first.store.leases.read(LEASE)
        await two.first.stop()

    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SELECT holder FROM leases").fetchone()
    assert before is not None
    assert (before.holder, row) == (two.first.replica, ("",))


async def test_another_goes_on_at_once_when_the_one_that_works_is_stopped(
    tmp_path: Path, postgres_url: str
) -> None:
    async with two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two:
        await two.first.stop()
        await two.ask(two.second, "About tea")

        await two.result_of(1)

        assert two.second.is_working


async def test_stop_that_was_not_waited_for_is_waited_for_by_the_next(
    tmp_path: Path, postgres_url: str
) -> None:
    """SIGTERM while a lost lease ends this replica's work: nothing is closed beneath it."""
    async with running(tmp_path, DATABASE_URL=postgres_url) as world:
        await world.ask()
        await world.result()
        workers = the_workspace(world.bot).workers
        loops = list(workers._running)
        unheard = asyncio.create_task(workers.stop())
        await asyncio.sleep(0)
        unheard.cancel()

        await workers.stop()

        assert loops
        assert all(task.done() for task in loops)


@asynccontextmanager
async def database_away(url: str) -> AsyncIterator[None]:
    """Every connection to it is ended, and none can be made."""
    name = url.rpartition("/")[2]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def test_without_the_database_people_hear_so_and_keep_what_they_typed(
    tmp_path: Path, postgres_url: str
) -> None:
    async with two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two:
        two.slack.connect(f"{two.second.url}/slack/events")
        ana = two.slack.person("ana")
        await ana.command()
        view = await ana.wait_for_view()
        filled = {ids.PROMPT: "About tea", ids.CHANNEL: two.channel_id}

        async with database_away(postgres_url):
            began = time.perf_counter()
            refusal = await ana.submit(view, filled)
            took_s = time.perf_counter() - began
        answer = await ana.submit(view, filled)
        await two.result_of(1, timeout_s=20)

    assert isinstance(refusal, ViewErrors)
    assert "cannot save your request right now" in str(refusal.errors)
    assert took_s < 3
    assert answer.ok


async def test_replica_without_its_database_is_not_ready_and_says_so(
    tmp_path: Path, postgres_url: str
) -> None:
    async with (
        two_bots(tmp_path, {"DATABASE_URL": postgres_url}) as two,
        httpx.AsyncClient() as web,
    ):
        ready = f"{two.second.url}/readyz"
        before = await web.get(ready)
        async with database_away(postgres_url):
            answer = await web.get(ready, timeout=10)

    assert before.status_code == 200
    assert answer.status_code == 503
    assert answer.json()["faults"] == {"store": "The database does not answer."}
