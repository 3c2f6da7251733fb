"""Several workspaces in all kinds of trouble: what goes on, and what keeps nobody else."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import time
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from tests.builders import a_job
from tests.scenarios.test_workspaces import (
    both_installed,
    connect_key,
    ready,
    rows,
    seen,
    states,
    token_gone,
)
from tests.scenarios.workspaces_world import (
    account_of,
    ask,
    result,
    running,
)

ACME_KEY, NEW_KEY = "sk_acme_0123456789", "sk_acme_9876543210"


async def test_uninstalled_while_slack_is_down(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=60.0) as world:
        acme, _globex = await both_installed(world)
        await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "under way")
        spell = world.slack.faults.begin(Fault("status", 503, "<html>", "text/html", odd=True))
        await acme.uninstall()
        await asyncio.sleep(0.5)
        assert states(tmp_path, acme) == ["rendering"]
        world.slack.faults.end(spell)
        await seen(lambda: states(tmp_path, acme) == ["cancelled"] or None, "cancelled", 6)


async def test_uninstalled_while_the_database_is_locked(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=60.0) as world:
        acme, _globex = await both_installed(world)
        await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "under way")
        db = sqlite3.connect(tmp_path / "bot.db", isolation_level=None, timeout=5)
        db.execute("BEGIN IMMEDIATE")
        await acme.uninstall()
        await asyncio.sleep(3)
        db.execute("ROLLBACK")
        db.close()
        await seen(lambda: states(tmp_path, acme) == ["cancelled"] or None, "cancelled", 8)
        await token_gone(tmp_path)
        assert rows(tmp_path, "SELECT 1 FROM heygen_keys") == []


async def test_uninstalled_while_a_create_is_on_its_way(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=60.0) as world:
        acme, _globex = await both_installed(world)
        world.heygen.faults.add("POST /v3/video-agents", Fault("slow", seconds=2.0))
        await ask(acme, "ann")
        await seen(
            lambda: rows(tmp_path, "SELECT 1 FROM jobs WHERE sent_at NOTNULL") or None, "sent"
        )
        await acme.uninstall()
        await seen(lambda: states(tmp_path, acme) == ["cancelled"] or None, "cancelled", 8)
        await seen(lambda: world.heygen.sessions or None, "session", 5)
        (session,) = world.heygen.sessions.values()
        await seen(lambda: session.stopped_at, "stopped", 10)


@pytest.mark.parametrize("kind", ["drop_after", "cut"])
async def test_create_cut_off_and_uninstalled(tmp_path: Path, kind: str) -> None:
    async with running(tmp_path, render_s=60.0) as world:
        acme, _globex = await both_installed(world)
        world.heygen.faults.add("POST /v3/video-agents", Fault(kind))
        world.heygen.list_lag_s = 1.0
        await ask(acme, "ann")
        await seen(
            lambda: rows(tmp_path, "SELECT 1 FROM jobs WHERE sent_at NOTNULL") or None, "sent"
        )
        await acme.uninstall()
        await seen(lambda: states(tmp_path, acme) == ["cancelled"] or None, "cancelled", 8)
        await seen(lambda: world.heygen.sessions or None, "session", 5)
        (session,) = world.heygen.sessions.values()
        await seen(lambda: session.stopped_at, "stopped", 15)


async def test_uninstalled_while_a_file_is_shared_and_back(tmp_path: Path) -> None:
    async with running(tmp_path, rotation=True) as world:
        acme, _globex = await both_installed(world)
        world.slack.faults.add("files.completeUploadExternal", Fault("slow", seconds=1.0))
        await ask(acme, "ann")
        await result(acme, "ann")
        await seen(
            lambda: world.slack.faults.used["files.completeUploadExternal"] or None, "sharing"
        )
        await acme.uninstall()
        await token_gone(tmp_path)
        await asyncio.sleep(1.5)
        await world.install(acme, "ann")
        await seen(
            lambda: (
                all(
                    s in ("posted", "dropped")
                    for (s,) in rows(tmp_path, "SELECT state FROM deliveries")
                )
                or None
            ),
            str(rows(tmp_path, "SELECT kind, state FROM deliveries")),
            15,
        )
        files = [f.name for m in acme.messages("general") for f in m.files]
        assert len(ready(acme)) == 1
        assert len(files) == len(set(files))


async def test_refused_token_of_one_keeps_no_other_waiting(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, globex = await both_installed(world)
        acme.limit_channel("general", "30", 30.0)
        for _ in range(3):
            await ask(acme, "ann")
            await ask(globex, "gus")
        await seen(lambda: len(ready(globex)) == 3 or None, "three", 10)


async def test_refused_account_of_one_stops_no_other(tmp_path: Path) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="", MAX_CONCURRENT_VIDEOS="2") as world:
        acme, globex = await both_installed(world)
        a = account_of(world, "acme", "sk_acme_0123456789")
        g = account_of(world, "globex", "sk_globex_0123456789")
        await connect_key(acme, "ann", "sk_acme_0123456789")
        await connect_key(globex, "gus", "sk_globex_0123456789")
        a.end_key("sk_acme_0123456789")
        for _ in range(4):
            await ask(acme, "ann")
            await ask(globex, "gus")
        await seen(lambda: len(ready(globex)) == 4 or None, "four", 10)
        assert g.most_at_once <= 2


async def test_thousand_of_one_keep_another_waiting_for_no_more_than_a_turn(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=0.3, MAX_CONCURRENT_VIDEOS="2") as world:
        acme, globex = await both_installed(world)
        for _ in range(3):
            await ask(acme, "ann")
        jobs = rows(tmp_path, "SELECT id FROM jobs WHERE state = 'queued'")
        with sqlite3.connect(tmp_path / "bot.db", timeout=5) as db:
            names = [r[1] for r in db.execute("PRAGMA table_info(jobs)")]
            cols = ", ".join(n for n in names if n not in ("id", "request_key"))
            for n in range(1000):
                db.execute(
                    f"INSERT INTO jobs (id, request_key, {cols})"
                    f" SELECT ?, ?, {cols} FROM jobs WHERE id = ?",
                    (f"{n:012x}", f"many {n}", jobs[0][0]),
                )
        await asyncio.sleep(1)
        time.perf_counter()
        await ask(globex, "gus")
        await result(globex, "gus", 8)
        assert world.heygen.most_at_once <= 2


@pytest.mark.parametrize("count", [300])
async def test_uninstalled_with_many_waiting_keeps_nobody_waiting(
    tmp_path: Path, count: int
) -> None:
    async with running(tmp_path, render_s=60.0, MAX_CONCURRENT_VIDEOS="1") as world:
        acme, globex = await both_installed(world)
        for _ in range(3):
            await ask(acme, "ann")
        jobs = rows(tmp_path, "SELECT id FROM jobs WHERE state = 'queued'")
        with sqlite3.connect(tmp_path / "bot.db", timeout=5) as db:
            names = [r[1] for r in db.execute("PRAGMA table_info(jobs)")]
            cols = ", ".join(n for n in names if n not in ("id", "request_key"))
            for n in range(count):
                db.execute(
                    f"INSERT INTO jobs (id, request_key, {cols})"
                    f" SELECT ?, ?, {cols} FROM jobs WHERE id = ?",
                    (f"{n:012x}", f"many {n}", jobs[0][0]),
                )
        await acme.uninstall()
        began = time.perf_counter()
        worst = 0.0
        while "queued" in states(tmp_path, acme):
            at = time.perf_counter()
            assert (await globex.person("gus").command("help")).ok
            worst = max(worst, time.perf_counter() - at)
            await asyncio.sleep(0.01)
            assert time.perf_counter() - began < 60
        third = world.workspace("Third", "tim")
        at = time.perf_counter()
        await world.install(third, "tim")


async def test_thirty_calls_at_once_with_a_token_that_ended(tmp_path: Path) -> None:
    async with running(tmp_path, rotation=True) as world:
        acme, _globex = await both_installed(world)
        await ask(acme, "ann")
        await result(acme, "ann")
        acme.end_tokens()
        place = next(
            p for t, p in world.bot.tenants._places.items() if t.workspace_id == acme.team_id
        )
        answers = await asyncio.gather(
            *(place.workspace.slack.client.auth_test() for _ in range(30))
        )
        assert all(a["ok"] for a in answers)
        assert (acme.refreshes, acme.refused_refreshes) == (1, 0)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 500, "oops", "text/plain", odd=True),
        Fault("drop_before"),
        pytest.param(Fault("slow", seconds=9.0), marks=pytest.mark.heavy),
    ],
)
async def test_renewal_that_goes_wrong_once(tmp_path: Path, fault: Fault) -> None:
    async with running(tmp_path, rotation=True) as world:
        acme, _globex = await both_installed(world)
        world.slack.faults.add("oauth.v2.access", fault)
        acme.end_tokens()
        time.perf_counter()
        await acme.person("ann").command("help")
        await seen(lambda: acme.refreshes or None, "renewed", 12)
        await ask(acme, "ann")
        await result(acme, "ann", 12)


@pytest.mark.heavy
async def test_command_while_a_key_is_replaced_and_a_create_is_slow(tmp_path: Path) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, _globex = await both_installed(world)
        theirs = account_of(world, "acme", ACME_KEY)
        theirs.add_key(NEW_KEY)
        await connect_key(acme, "ann", ACME_KEY)
        world.heygen.faults.add("POST /v3/video-agents", Fault("slow", seconds=6.0))
        await ask(acme, "ann")
        await seen(
            lambda: rows(tmp_path, "SELECT 1 FROM jobs WHERE sent_at NOTNULL") or None, "sent"
        )
        await connect_key(acme, "ann", NEW_KEY)
        worst = 0.0
        for _ in range(5):
            at = time.perf_counter()
            await acme.person("ann").command("help")
            worst = max(worst, time.perf_counter() - at)
        at = time.perf_counter()
        third = world.workspace("Third", "tim")
        await world.install(third, "tim")
        await result(acme, "ann", 20)
        assert len(theirs.sessions) == 1
        assert worst < 2.5


async def test_job_added_just_after_the_uninstall(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, _globex = await both_installed(world)
        await acme.uninstall()
        await token_gone(tmp_path)
        await asyncio.sleep(0.3)
        from dataclasses import replace

        job = a_job("late")
        thread = replace(job.request.thread, team_id=acme.team_id)
        job = replace(job, request=replace(job.request, thread=thread))
        await world.bot.store.of_workspace(acme.team_id, "").jobs.add(job, [])
        await seen(lambda: states(tmp_path, acme) == ["cancelled"] or None, "cancelled", 5)


@pytest.mark.heavy
async def test_coming_and_going_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, _globex = await both_installed(world)
        theirs = account_of(world, "acme", ACME_KEY)
        counts = []
        for n in range(40):
            await acme.uninstall()
            await seen(
                lambda: (
                    rows(tmp_path, "SELECT 1 FROM installations WHERE sealed_token IS NULL") or None
                ),
                "gone",
            )
            await asyncio.sleep(0.02)
            await world.install(acme, "ann")
            if n % 10 == 9:
                await asyncio.sleep(1.0)
                gc.collect()
                counts.append(
                    (
                        len(asyncio.all_tasks()),
                        len(gc.get_objects()),
                        rows(
                            tmp_path,
                            "SELECT count(*) FROM installations WHERE sealed_token NOTNULL",
                        )[0][0],
                    )
                )
        more = []
        for n in range(20):
            theirs.add_key(f"sk_acme_number_{n:04d}")
            await connect_key(acme, "ann", f"sk_acme_number_{n:04d}")
            if n % 5 == 4:
                await asyncio.sleep(1.0)
                gc.collect()
                more.append(
                    (
                        len(asyncio.all_tasks()),
                        len(gc.get_objects()),
                        rows(tmp_path, "SELECT count(*) FROM heygen_keys"),
                    )
                )
        assert counts[-1][0] <= counts[0][0] + 2
