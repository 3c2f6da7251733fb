"""SIGKILL at each step of an installation, a renewal, an uninstall, a new key; then a new start."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.replicas.workspace_processes import seen, world
from tests.scenarios.test_workspaces import connect_key, ready
from tests.scenarios.workspaces_world import ask, result

KEY, NEW_KEY = "sk_acme_0123456789", "sk_acme_9876543210"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "die_at",
    ["before consume", "after consume", "before oauth", "after oauth", "before keep", "after keep"],
)
@pytest.mark.parametrize("rotation", [False, True])
async def test_killed_while_somebody_installs(tmp_path: Path, die_at: str, rotation: bool) -> None:
    async with world(tmp_path, rotation=rotation) as w:
        acme = w.team("Acme", "ann")
        async with w.bot(die_at) as bot:
            with contextlib.suppress(Exception):
                await w.install(acme, "ann", bot)
            assert await bot.dead() == -9
        async with w.bot() as bot:
            if die_at != "after keep":
                assert (await w.install(acme, "ann", bot)).status == 200
            assert (await ask(acme, "ann")).ok
            await result(acme, "ann")
            code, took = await bot.stop()
            assert (code, took < 5) == (0, True)


@pytest.mark.heavy
@pytest.mark.parametrize("die_at", ["before oauth", "after renew"])
async def test_killed_while_a_token_is_renewed(tmp_path: Path, die_at: str) -> None:
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
            await result(acme, "ann", 12)
            assert (await ask(acme, "ann", "Another")).ok
            await seen(lambda: len(ready(acme)) == 2 or None, "both")
            assert len(w.heygen.sessions) == 2


QUICK = "after forget_token"  # the others are for `make attacks`
PLANS = [
    *("before confirm", "after confirm", "before forget_token", "after forget_token"),
    *("before cancel", "after cancel", "after cancel 2"),
    *("before stop_session", "after stop_session", "before forget_unused", "after forget_unused"),
]


@pytest.mark.parametrize(
    "die_at", [pytest.param(p, marks=[] if p == QUICK else pytest.mark.heavy) for p in PLANS]
)
async def test_killed_while_a_workspace_goes(tmp_path: Path, die_at: str) -> None:
    async with world(tmp_path, render_s=60.0, MAX_CONCURRENT_VIDEOS="1", HEYGEN_API_KEY="") as w:
        acme = w.team("Acme", "ann")
        theirs = w.heygen.add_account("acme", api_key=KEY, render_s=60.0)
        async with w.bot() as bot:
            await w.install(acme, "ann", bot)
            await connect_key(acme, "ann", KEY)
            for _ in range(4):
                await ask(acme, "ann")
            await seen(lambda: "rendering" in w.states(acme) or None, "under way")
            await bot.kill()
        async with w.bot(die_at) as bot:
            if bot.process.returncode is None:
                await acme.uninstall()
            assert await bot.dead() == -9
        if acme.is_installed:
            await acme.uninstall(order=())
        async with w.bot() as bot:
            await seen(lambda: set(w.states(acme)) == {"cancelled"} or None, "all cancelled", 10)
            (session,) = theirs.sessions.values()
            await seen(lambda: session.stopped_at, "stopped at HeyGen")
            gone = "SELECT 1 FROM installations WHERE sealed_token IS NULL"
            await seen(lambda: w.rows(gone) or None, "token gone")
            await asyncio.sleep(0.5)
            assert w.rows("SELECT workspace_id, account, is_current FROM heygen_keys") == []
            code, took = await bot.stop()
            assert (code, took < 5) == (0, True)


@pytest.mark.heavy
@pytest.mark.parametrize(
    "die_at",
    ["before keep_key", "after keep_key", "before forget_unused", "before create", "after create"],
)
async def test_killed_while_a_key_is_replaced(tmp_path: Path, die_at: str) -> None:
    async with world(tmp_path, render_s=1.0, MAX_CONCURRENT_VIDEOS="1", HEYGEN_API_KEY="") as w:
        acme = w.team("Acme", "ann")
        old = w.heygen.add_account("old", api_key=KEY, render_s=1.0)
        new = w.heygen.add_account("new", api_key=NEW_KEY, render_s=1.0)
        async with w.bot() as bot:
            await w.install(acme, "ann", bot)
            await connect_key(acme, "ann", KEY)
            for _ in range(3):
                await ask(acme, "ann")
            await seen(lambda: "rendering" in w.states(acme) or None, "under way")
            await bot.kill()
        async with w.bot(die_at) as bot:
            try:
                async with asyncio.timeout(10):
                    await connect_key(acme, "ann", NEW_KEY)
            except (Exception, TimeoutError):
                pass
            assert await bot.dead() == -9
        async with w.bot() as bot:
            if not w.rows("SELECT 1 FROM heygen_keys WHERE is_current = 1 AND account <> ''"):
                pass
            await seen(lambda: len(ready(acme)) == 3 or None, f"{w.states(acme)}", 15)
            assert len(old.sessions) + len(new.sessions) == 3
