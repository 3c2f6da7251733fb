"""Several workspaces on replicas that are processes: killed, paused, their database restarted."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from bot.app.bot import build
from bot.config import load_settings
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.delivery import ViewErrors
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.team import SlackTeam
from tests.postgres.binaries import Binaries
from tests.postgres.server import PostgresServer
from tests.replicas.workspace_processes import point, seen, working, world
from tests.scenarios.sandbox_world import free_port
from tests.scenarios.test_workspaces import connect_key, ready
from tests.scenarios.workspaces_world import ask, environ, result

KEY = "sk_acme_0123456789"
NEW_KEY = "sk_acme_9876543210"


async def test_installed_on_one_asked_on_the_other_at_once(
    tmp_path: Path, postgres_url: str
) -> None:
    async with world(tmp_path, url=postgres_url) as w, w.bot() as a:
        await working(a)
        async with w.bot() as b:
            acme = w.team("Acme", "ann")
            await w.install(acme, "ann", a)
            point(w, b)
            assert (await ask(acme, "ann")).ok
            globex = w.team("Globex", "gus")
            await w.install(globex, "gus", b)
            point(w, a)
            assert (await ask(globex, "gus")).ok
            await result(acme, "ann")
            await result(globex, "gus")
            assert len(w.heygen.sessions) == 2
            for bot in (a, b):
                code, took = await bot.stop()
                assert (code, took < 5) == (0, True)


async def test_uninstall_told_to_the_one_that_does_not_work(
    tmp_path: Path, postgres_url: str
) -> None:
    async with (
        world(tmp_path, url=postgres_url, render_s=60, MAX_CONCURRENT_VIDEOS="1") as w,
        w.bot() as a,
    ):
        await working(a)
        async with w.bot() as b:
            acme = w.team("Acme", "ann")
            await w.install(acme, "ann", a)
            for _ in range(3):
                await ask(acme, "ann")
            await seen(lambda: "rendering" in w.states(acme) or None, "under way")
            point(w, b)
            await acme.uninstall()
            time.monotonic()
            await seen(lambda: set(w.states(acme)) == {"cancelled"} or None, "cancelled")
            (s,) = w.heygen.sessions.values()
            await seen(lambda: s.stopped_at, "stopped")


@pytest.mark.heavy
async def test_renewed_once_by_two_replicas_though_slack_is_slow(
    tmp_path: Path, postgres_url: str
) -> None:
    async with world(tmp_path, url=postgres_url, rotation=True) as w, w.bot() as a:
        await working(a)
        async with w.bot() as b:
            acme = w.team("Acme", "ann")
            await w.install(acme, "ann", a)
            for bot in (a, b):
                point(w, bot)
                assert (await acme.person("ann").command("help")).ok
            w.slack.faults.add("oauth.v2.access", Fault("slow", seconds=9.0))
            acme.end_tokens()
            await seen(lambda: acme.refreshes or None, "renewed", 20)
            assert (await ask(acme, "ann")).ok
            await result(acme, "ann", 12)
            await asyncio.sleep(1)
            assert (acme.refreshes, acme.refused_refreshes) == (1, 0)


async def asked(team: SlackTeam, name: str, prompt: str) -> None:
    """Until it is taken: a paused replica may have a row for a moment, which the form says."""
    for _ in range(5):
        if not isinstance(await ask(team, name, prompt), ViewErrors):
            return
        await asyncio.sleep(1)
    raise AssertionError("not taken")


@pytest.mark.heavy
@pytest.mark.parametrize("trouble", ["kill", "pause", "kill standby"])
@pytest.mark.parametrize("seed", [1, 2])
async def test_three_replicas_in_trouble(
    tmp_path: Path, postgres_url: str, trouble: str, seed: int
) -> None:
    async with (
        world(
            tmp_path, url=postgres_url, rotation=True, render_s=0.5, MAX_CONCURRENT_VIDEOS="3"
        ) as w,
        AsyncExitStack() as stack,
    ):
        a = await stack.enter_async_context(w.bot())
        await working(a)
        b = await stack.enter_async_context(w.bot())
        c = await stack.enter_async_context(w.bot())
        acme, globex = w.team("Acme", "ann"), w.team("Globex", "gus")
        org = w.slack.add_organisation("Initech")
        sales, labs = org.add_team("Sales"), org.add_team("Labs")
        sales.add_user("olga", is_org_admin=True)
        labs.add_channel("general", members=(labs.add_user("lou"),))
        await w.install(acme, "ann", a)
        await w.install(globex, "gus", b)
        page = await sales.person("olga").install(f"{c.url}/slack/install", org_wide=True)
        assert page.status == 200
        own = w.heygen.add_account("globex", api_key=KEY, render_s=0.5)
        point(w, c)
        await connect_key(globex, "gus", KEY)
        await asyncio.sleep(0.5)  # until all have heard of it
        bots, n = [b, c], 4

        def enough(team: SlackTeam) -> bool | None:
            return len(ready(team)) >= n or None

        for number in range(n):
            point(w, bots[(number + seed) % 2])
            for team, name in ((acme, "ann"), (globex, "gus"), (labs, "lou")):
                await asked(team, name, f"Number {number}")
            if number == 1:
                acme.end_tokens()
                if trouble == "kill":
                    await a.kill()
                elif trouble == "pause":
                    os.kill(a.pid, signal.SIGSTOP)
                else:
                    await (b if seed == 1 else c).kill()
                    bots = [c, a] if seed == 1 else [b, a]
        if trouble == "pause":
            await asyncio.sleep(5)
            os.kill(a.pid, signal.SIGCONT)
        for team in (acme, globex, labs):
            await seen(partial(enough, team), f"{w.states(team)}", 40)
        await asyncio.sleep(1)
        for team in (acme, globex, labs):
            assert len(ready(team)) == n
            [m for m in team.messages("general") if not m.is_reply and m.user_id == team.bot.id]
        assert (len(w.heygen.sessions), len(own.sessions)) == (2 * n, n)
        assert w.heygen.most_at_once <= 3
        assert own.most_at_once <= 3


@pytest.mark.heavy
async def test_database_restarted_under_two_replicas(
    tmp_path: Path, postgres_binaries: Binaries
) -> None:
    with PostgresServer(postgres_binaries) as server:
        url = server.create_database()
        async with world(tmp_path, url=url, rotation=True, render_s=0.5) as w, w.bot() as a:
            await working(a)
            async with w.bot() as b:
                acme, globex = w.team("Acme", "ann"), w.team("Globex", "gus")
                await w.install(acme, "ann", a)
                await w.install(globex, "gus", b)
                for _ in range(2):
                    await ask(acme, "ann")
                    await ask(globex, "gus")
                acme.end_tokens()
                server.stop("fast")
                await globex.uninstall()
                await asyncio.sleep(2)
                server.start()
                await seen(lambda: len(ready(acme)) == 2 or None, "both", 40)
                await seen(
                    lambda: (
                        w.rows("SELECT 1 FROM installations WHERE sealed_token IS NULL") or None
                    ),
                    "gone",
                    20,
                )
                await seen(
                    lambda: (
                        not {"queued", "rendering", "submitting"} & set(w.states(globex)) or None
                    ),
                    "over",
                    20,
                )
                for bot in (a, b):
                    code, took = await bot.stop()
                    assert (code, took < 5) == (0, True)


async def test_killed_worker_and_uninstall_at_once(tmp_path: Path, postgres_url: str) -> None:
    async with (
        world(tmp_path, url=postgres_url, render_s=60, MAX_CONCURRENT_VIDEOS="1") as w,
        w.bot() as a,
    ):
        await working(a)
        async with w.bot() as b:
            acme = w.team("Acme", "ann")
            await w.install(acme, "ann", b)
            for _ in range(3):
                await ask(acme, "ann")
            await seen(lambda: "rendering" in w.states(acme) or None, "under way")
            await a.kill()
            point(w, b)
            await acme.uninstall()
            await seen(lambda: set(w.states(acme)) == {"cancelled"} or None, "cancelled", 15)
            (s,) = w.heygen.sessions.values()
            await seen(lambda: s.stopped_at, "stopped")


@pytest.mark.heavy
async def test_all_tokens_at_once_leave_connections_for_the_rest(
    tmp_path: Path, postgres_url: str
) -> None:
    from bot.sandbox.faults import Fault

    slack, heygen = SlackSandbox(installed=False, rotation=True), HeyGenSandbox(render_s=0.1)
    async with AsyncExitStack() as stack:
        for s in (slack, heygen):
            await s.start()
            stack.push_async_callback(s.stop)
        bots = []
        for _ in range(2):
            given = environ(slack, heygen, tmp_path, free_port()) | {
                "DATABASE_URL": postgres_url,
                "POLL_INTERVAL_S": "3",
            }
            bot = build(load_settings(given, env_file=None))
            await bot.start()
            stack.push_async_callback(bot.stop)
            bots.append(bot)
            while not bots[0].is_working:  # noqa: ASYNC110 - as in test_one_leads
                await asyncio.sleep(0.01)
        a, b = bots
        teams = []
        for n in range(60):
            team = slack.add_workspace(f"Team {n}")
            team.add_channel("general", members=(team.add_user("ann", is_admin=True),))
            assert (await team.person("ann").install(f"{a.url}/slack/install")).status == 200
            teams.append(team)
        await b.tenants.refresh()
        for team in teams:
            team.end_tokens()
        slack.faults.begin(Fault("slow", seconds=3.0), routes=("oauth.v2.access",))
        calls = [
            p.workspace.slack.client.auth_test()
            for bot in bots
            for p in bot.tenants._places.values()
        ]
        asking = asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(1.5)
        import psycopg

        try:
            with psycopg.connect(postgres_url):
                pass
        except psycopg.Error:
            pass
        answers = await asking
        bad = [x for x in answers if isinstance(x, BaseException)]
        assert not bad
