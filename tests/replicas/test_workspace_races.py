"""Races between replicas, replaced tokens and new keys: what an attack has found."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.app.bot import build
from bot.config import load_settings
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from tests.keys import OTHER_FERNET_KEY
from tests.replicas.workspace_processes import point, seen, working, world
from tests.scenarios.sandbox_world import free_port
from tests.scenarios.test_workspaces import connect_key
from tests.scenarios.workspaces_world import ask, environ, result

KEY = "sk_acme_0123456789"
NEW_KEY = "sk_acme_9876543210"


@pytest.mark.parametrize("rotation", [pytest.param(False, marks=pytest.mark.heavy), True])
async def test_replica_that_slept_through_uninstall_and_install(
    tmp_path: Path, postgres_url: str, rotation: bool
) -> None:
    async with world(tmp_path, url=postgres_url, rotation=rotation) as w, w.bot() as a:
        await working(a)
        async with w.bot(connect=False) as b:
            acme = w.team("Acme", "ann")
            await w.install(acme, "ann", a)
            point(w, b)
            assert (await acme.person("ann").command("help")).ok
            point(w, a)
            os.kill(b.pid, signal.SIGSTOP)
            await acme.uninstall()
            await seen(
                lambda: w.rows("SELECT 1 FROM installations WHERE sealed_token IS NULL") or None,
                "gone",
            )
            await w.install(acme, "ann", a)
            os.kill(b.pid, signal.SIGCONT)
            await asyncio.sleep(2)
            assert w.rows("SELECT 1 FROM installations WHERE sealed_token IS NULL") == []
            assert (await ask(acme, "ann")).ok
            await result(acme, "ann")


async def test_late_event_told_to_the_other_replica(tmp_path: Path, postgres_url: str) -> None:
    async with world(tmp_path, url=postgres_url, POLL_INTERVAL_S="2") as w, w.bot() as a:
        await working(a)
        async with w.bot(connect=False) as b:
            acme = w.team("Acme", "ann")
            await w.install(acme, "ann", a)
            point(w, b)
            assert (await acme.person("ann").command("help")).ok
            point(w, a)
            await acme.uninstall(order=())
            # both events come late, to the other
            await w.install(acme, "ann", a)
            point(w, b)
            await acme._tell("tokens_revoked", authorizations=False)
            await asyncio.sleep(1)
            assert w.rows("SELECT 1 FROM installations WHERE sealed_token IS NULL") == []


@pytest.mark.heavy
async def test_wrong_keys_on_a_replica_that_takes_the_lease(
    tmp_path: Path, postgres_url: str
) -> None:
    async with world(tmp_path, url=postgres_url) as w:
        acme = w.team("Acme", "ann")
        async with w.bot() as first:
            await working(first)
            await w.install(acme, "ann", first)
            await first.stop()
        async with w.bot(connect=False, wait=False, ENCRYPTION_KEYS=OTHER_FERNET_KEY):
            await asyncio.sleep(6)
            async with w.bot():
                assert (await ask(acme, "ann")).ok
                await result(acme, "ann", 20)


async def test_wrong_keys_of_sqlite_end_the_process_in_words(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        acme = w.team("Acme", "ann")
        async with w.bot() as first:
            await w.install(acme, "ann", first)
            await first.stop()
        before = w.rows("SELECT * FROM installations")
        async with w.bot(connect=False, wait=False, ENCRYPTION_KEYS=OTHER_FERNET_KEY) as wrong:
            code = await wrong.dead()
            assert code in (1, 2)
            assert "never awaited" not in wrong.log()
        assert w.rows("SELECT * FROM installations") == before


@pytest.mark.heavy
async def test_stop_of_a_replica_that_waits_for_the_lock_of_another(
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
            w.slack.faults.begin(Fault("slow", seconds=9.0), routes=("oauth.v2.access",))
            acme.end_tokens()
            await asyncio.sleep(1)
            _code, took = await b.stop()
            _code2, took2 = await a.stop()
            assert max(took, took2) < 5


@pytest.mark.heavy
async def test_job_whose_turn_it_is_belongs_to_nobody_here(
    tmp_path: Path, postgres_url: str
) -> None:
    """A key connected on one, a video asked on another in the same moment, in the usual way."""
    async with world(tmp_path, url=postgres_url, render_s=0.2) as w, w.bot() as a:
        await working(a)
        async with w.bot() as b, w.bot() as c:
            for n in range(6):
                team = w.team(f"Team {n}", "ann")
                await w.install(team, "ann", b)
                w.heygen.add_account(f"a{n}", api_key=f"sk_team_number_{n:04d}", render_s=0.2)
                point(w, c)
                await connect_key(team, "ann", f"sk_team_number_{n:04d}")
                point(w, b)
                await ask(team, "ann")
            await asyncio.sleep(5)
            states = w.rows("SELECT state, account, count(*) FROM jobs GROUP BY state, account")
            assert {s for s, *_ in states} == {"completed"}


async def test_video_asked_on_a_replica_that_has_not_heard_of_the_new_key(
    tmp_path: Path, postgres_url: str
) -> None:
    slack, heygen = SlackSandbox(installed=False), HeyGenSandbox(render_s=0.1)
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
        acme = slack.add_workspace("Acme")
        acme.add_channel("general", members=(acme.add_user("ann", is_admin=True),))
        await acme.person("ann").install(f"{a.url.replace('0.0.0.0', '127.0.0.1')}/slack/install")
        heygen.add_account("acme", api_key="sk_acme_0123456789", render_s=0.1)
        slack.connect(f"{b.url}/slack/events")
        assert (await acme.person("ann").command("help")).ok
        await asyncio.sleep(0.3)
        b.tenants.refresh_ = b.tenants.refresh

        async def nothing() -> None:
            """The notice is lost."""

        b.tenants.refresh = nothing  # type: ignore[method-assign]
        slack.connect(f"{a.url}/slack/events")
        await connect_key(acme, "ann", "sk_acme_0123456789")
        slack.connect(f"{b.url}/slack/events")
        assert (await ask(acme, "ann")).ok
        b.tenants.refresh = b.tenants.refresh_
        await result(acme, "ann", 15)


@pytest.mark.parametrize(
    "die_at", ["after oauth", pytest.param("before renew", marks=pytest.mark.heavy)]
)
async def test_killed_with_the_new_token_in_hand(tmp_path: Path, die_at: str) -> None:
    """The refresh token is used up, the new one is lost: nothing else may be."""
    async with world(tmp_path, rotation=True, render_s=1.0) as w:
        acme = w.team("Acme", "ann")
        async with w.bot() as bot:
            await w.install(acme, "ann", bot)
            await ask(acme, "ann")
            await seen(lambda: "rendering" in w.states(acme) or None, "under way")
            await bot.kill()
        acme.end_tokens()
        async with w.bot(die_at) as bot:
            assert await bot.dead() == -9
        async with w.bot() as bot:
            await asyncio.sleep(2)
            assert (await w.install(acme, "ann", bot)).status == 200
            await result(acme, "ann", 12)
            assert len(w.heygen.sessions) == 1
