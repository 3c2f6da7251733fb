"""Bad hours of several workspaces: what an attack has found."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from bot.app.bot import build
from bot.config import load_settings
from bot.domain.errors import StoreUnavailable
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from tests.keys import OTHER_FERNET_KEY
from tests.scenarios import sandbox_world
from tests.scenarios.test_workspaces import (
    both_installed,
    connect_key,
    ready,
    rows,
    seen,
    states,
)
from tests.scenarios.workspaces_world import (
    account_of,
    ask,
    environ,
    result,
    running,
    started,
)

ACME_KEY, NEW_KEY = "sk_acme_0123456789", "sk_acme_9876543210"


async def remove_key(team, name: str) -> None:  # type: ignore[no-untyped-def]
    person = team.person(name)
    await person.open_home()
    home = await seen(
        lambda: person.home if ids.REMOVE_HEYGEN_KEY in str(person.home) else None, "the button"
    )
    await person.click(home, ids.REMOVE_HEYGEN_KEY)


@pytest.mark.parametrize("rotation", [False, True])
async def test_installed_again_before_anybody_heard_that_it_was_gone(
    tmp_path: Path, rotation: bool
) -> None:
    """The event is lost, or another replica had it: the token in memory is the old one."""
    async with running(tmp_path, rotation=rotation) as world:
        acme, _ = await both_installed(world)
        await ask(acme, "ann")
        await result(acme, "ann")
        await acme.uninstall(order=())
        await world.install(acme, "ann")

        await asyncio.sleep(1.5)
        left = rows(tmp_path, "SELECT workspace_id FROM installations WHERE sealed_token IS NULL")
        assert left == []
        await ask(acme, "ann", "Another")
        await seen(lambda: len(ready(acme)) == 2 or None, "the second video", 8)


async def test_install_again_between_the_question_and_the_forgetting(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        world.slack.faults.add("auth.test", Fault("slow", seconds=0.0))
        ws = world.bot.tenants
        real = ws._uninstall

        async def late(workspace_id: str, code: str) -> None:
            await world.install(acme, "ann")
            await real(workspace_id, code)

        ws._uninstall = late
        await acme.uninstall()
        await asyncio.sleep(1)
        ws._uninstall = real
        assert not rows(tmp_path, "SELECT 1 FROM installations WHERE sealed_token IS NULL")


async def test_job_that_a_refused_key_kept_waiting_is_made_with_the_new_key(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, _ = await both_installed(world)
        theirs = account_of(world, "acme", ACME_KEY)
        await connect_key(acme, "ann", ACME_KEY)
        theirs.end_key(ACME_KEY)
        await ask(acme, "ann")
        await seen(
            lambda: (
                rows(tmp_path, "SELECT 1 FROM jobs WHERE state='queued' AND sent_at NOTNULL")
                or None
            ),
            "refused once",
        )
        theirs.add_key(NEW_KEY)
        await connect_key(acme, "ann", NEW_KEY)
        await result(acme, "ann")


@pytest.mark.parametrize(
    "fault",
    [
        Fault("slow", seconds=1.5),
        Fault(
            "status",
            429,
            '{"error": {"code": "rate_limit_exceeded", "message": "x"}}',
            headers={"Retry-After": "1"},
        ),
        Fault("status", 503, '{"error": {"code": "internal_error", "message": "x"}}', odd=True),
    ],
)
async def test_key_replaced_while_a_create_is_on_its_way(tmp_path: Path, fault: Fault) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, _ = await both_installed(world)
        theirs = account_of(world, "acme", ACME_KEY)
        theirs.add_key(NEW_KEY)
        await connect_key(acme, "ann", ACME_KEY)
        spell = world.heygen.faults.begin(fault, routes=("POST /v3/video-agents",))
        await ask(acme, "ann")
        await seen(
            lambda: rows(tmp_path, "SELECT 1 FROM jobs WHERE sent_at NOTNULL") or None, "sent"
        )
        await connect_key(acme, "ann", NEW_KEY)
        world.heygen.faults.end(spell)
        await result(acme, "ann", 12)
        assert len(theirs.sessions) == 1


async def test_key_removed_with_videos_waiting_stops_nobody_else_of_that_account(
    tmp_path: Path,
) -> None:
    """Two workspaces have the same key."""
    async with running(
        tmp_path, HEYGEN_API_KEY="", MAX_CONCURRENT_VIDEOS="1", render_s=1.0
    ) as world:
        acme, globex = await both_installed(world)
        account_of(world, "shared", ACME_KEY)
        await connect_key(acme, "ann", ACME_KEY)
        await connect_key(globex, "gus", ACME_KEY)
        for _ in range(3):
            await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")
        await remove_key(acme, "ann")
        await ask(globex, "gus")
        await result(globex, "gus", 10)


async def test_key_of_a_workspace_that_is_also_the_operators_outlives_his(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        await connect_key(acme, "ann", world.heygen.api_key)
        await world.bot.stop()
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        async with started(world.slack, world.heygen, given | {"HEYGEN_API_KEY": ""}):
            answer = await acme.person("ann").command("help")
            assert "not installed" not in str(answer)
            assert (await ask(acme, "ann")).ok
            await result(acme, "ann")


async def test_key_of_a_workspace_that_was_also_the_operators_stays_its_own(
    tmp_path: Path,
) -> None:
    """The operator gets another account: nobody asked the workspace to move there."""
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        await connect_key(acme, "ann", world.heygen.api_key)
        account_of(world, "new", "sk_operators_new_one")
        await world.bot.stop()
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        async with started(
            world.slack, world.heygen, given | {"HEYGEN_API_KEY": "sk_operators_new_one"}
        ):
            assert (await ask(acme, "ann")).ok
            await result(acme, "ann")
            assert len(world.heygen.sessions) == 1


async def test_database_of_one_workspace_serves_several(tmp_path: Path) -> None:
    """SLACK_BOT_TOKEN's bot had videos waiting and under way."""
    slack, heygen = SlackSandbox(), HeyGenSandbox(render_s=60.0)
    await slack.start()
    await heygen.start()
    try:
        port = sandbox_world.free_port()
        single = sandbox_world.environ(slack, heygen, tmp_path) | {"MAX_CONCURRENT_VIDEOS": "1"}
        bot = build(load_settings(single, env_file=None))
        await bot.start()
        slack.connect(f"{bot.url}/slack/events")
        for _ in range(2):
            await ask(slack, "ana")
        await seen(lambda: "rendering" in states(tmp_path, slack) or None, "under way")
        await bot.stop()
        heygen.default_outcome = type(heygen.default_outcome)(render_s=0.1)
        several = environ(slack, heygen, tmp_path, port) | {"MAX_CONCURRENT_VIDEOS": "1"}
        async with started(slack, heygen, several) as world:
            acme = world.workspace("Acme", "ann")
            await world.install(acme, "ann")
            assert (await ask(acme, "ann")).ok
            await result(acme, "ann", 6)
    finally:
        await heygen.stop()
        await slack.stop()


@pytest.mark.parametrize(
    "code", ["bad_client_secret", "invalid_refresh_token", "invalid_client_id"]
)
async def test_nothing_is_dropped_while_a_token_cannot_be_renewed(
    tmp_path: Path, code: str
) -> None:
    async with running(tmp_path, rotation=True, render_s=0.5) as world:
        acme, _ = await both_installed(world)
        await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "under way")
        refusal = Fault("status", 200, f'{{"ok": false, "error": "{code}"}}')
        spell = world.slack.faults.begin(refusal, routes=("oauth.v2.access",))
        acme.end_tokens()
        await asyncio.sleep(2)
        world.slack.faults.end(spell)
        dropped = rows(tmp_path, "SELECT kind, state FROM deliveries WHERE state = 'dropped'")
        assert dropped == []
        await result(acme, "ann")


async def test_renewal_whose_answer_is_lost(tmp_path: Path, capfd) -> None:
    async with running(tmp_path, rotation=True) as world:
        acme, _globex = await both_installed(world)
        world.slack.faults.add("oauth.v2.access", Fault("drop_after"))
        await ask(acme, "ann")
        acme.end_tokens()
        await asyncio.sleep(3)
        assert rows(tmp_path, "SELECT 1 FROM installations WHERE sealed_token IS NULL") == []
        await world.install(acme, "ann")
        await result(acme, "ann")
        await ask(acme, "ann", "more")
        await seen(lambda: len(ready(acme)) == 2 or None, "two")


async def test_refusal_that_may_be_of_our_address_costs_no_token(tmp_path: Path) -> None:
    """invalid_auth is also what Slack says to an address that is not allowed."""
    async with running(tmp_path, render_s=60.0) as world:
        acme, _ = await both_installed(world)
        await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "under way")
        acme.revoke_token("invalid_auth")
        await asyncio.sleep(1.5)
        acme.restore_token()
        assert states(tmp_path, acme) == ["rendering"]
        assert not rows(tmp_path, "SELECT 1 FROM installations WHERE sealed_token IS NULL")


async def test_file_owed_to_a_workspace_that_is_gone_keeps_no_key(tmp_path: Path) -> None:
    from tests.scenarios.test_workspaces import connect_key
    from tests.scenarios.workspaces_world import account_of

    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, _ = await both_installed(world)
        account_of(world, "acme", "sk_acme_0123456789")
        await connect_key(acme, "ann", "sk_acme_0123456789")
        world.slack.faults.add("files.completeUploadExternal", Fault("slow", seconds=1.0))
        await ask(acme, "ann")
        await result(acme, "ann")
        await seen(
            lambda: world.slack.faults.used["files.completeUploadExternal"] or None, "sharing"
        )
        await acme.uninstall()
        await asyncio.sleep(3)
        assert rows(tmp_path, "SELECT account, is_current FROM heygen_keys") == []


async def test_stop_while_a_token_is_renewed_slowly(tmp_path: Path) -> None:
    async with running(tmp_path, rotation=True) as world:
        acme, _ = await both_installed(world)
        await ask(acme, "ann")
        await result(acme, "ann")
        world.slack.faults.add("oauth.v2.access", Fault("slow", seconds=9.0))
        acme.end_tokens()
        await seen(lambda: world.slack.faults.used["oauth.v2.access"] or None, "renewal", 10)
        began = time.perf_counter()
        await world.bot.stop()
        took = time.perf_counter() - began
        assert took < 5


async def test_stop_while_a_new_token_cannot_be_saved(tmp_path: Path) -> None:
    async with running(tmp_path, rotation=True) as world:
        acme, _globex = await both_installed(world)
        await asyncio.sleep(0.2)
        db = sqlite3.connect(tmp_path / "bot.db", isolation_level=None, timeout=5)
        db.execute("BEGIN IMMEDIATE")
        acme.end_tokens()
        await acme.wait_for(lambda: acme.refreshes or None, 10, "renewed")
        began = time.perf_counter()
        stopping = asyncio.create_task(world.bot.stop())
        await asyncio.wait([stopping], timeout=15)
        took = time.perf_counter() - began
        db.execute("ROLLBACK")
        db.close()
        await stopping
        assert took < 5


async def test_wrong_keys_are_refused_in_words(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await both_installed(world)
        await world.bot.stop()
        before = rows(tmp_path, "SELECT * FROM installations")
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        with pytest.raises(StoreUnavailable):
            async with started(
                world.slack, world.heygen, given | {"ENCRYPTION_KEYS": OTHER_FERNET_KEY}
            ):
                pass
        assert before == rows(tmp_path, "SELECT * FROM installations")


async def test_video_that_a_refused_key_gives_back_after_the_new_one_goes_with_that(
    tmp_path: Path,
) -> None:
    """It was on its way to HeyGen while the key was replaced."""
    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, _ = await both_installed(world)
        theirs = account_of(world, "acme", ACME_KEY)
        fresh = account_of(world, "fresh", NEW_KEY)
        await connect_key(acme, "ann", ACME_KEY)
        world.heygen.faults.add("POST /v3/video-agents", Fault("slow", seconds=1.0))
        await ask(acme, "ann")
        await seen(lambda: "submitting" in states(tmp_path, acme) or None, "on its way")
        theirs.end_key(ACME_KEY)

        await connect_key(acme, "ann", NEW_KEY)

        await result(acme, "ann")
        assert (len(theirs.sessions), len(fresh.sessions)) == (0, 1)


async def test_breaker_is_shared_by_workspaces_of_one_account(tmp_path: Path) -> None:
    """Also with one that came later: a refused key is tried by one, not by each."""
    async with running(tmp_path) as world:
        await world.install(world.workspace("Acme", "ann"), "ann")
        await world.bot.stop()
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        async with started(world.slack, world.heygen, given) as again:
            await again.install(again.workspace("Globex", "gus"), "gus")
            places = again.bot.tenants._places.values()  # type: ignore[attr-defined]

            assert len(places) == 2
            assert len({id(place.workspace.parts.gate) for place in places}) == 1
