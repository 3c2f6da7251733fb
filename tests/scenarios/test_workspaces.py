"""Several workspaces with one bot: installed, asked, kept apart, gone and back again."""

from __future__ import annotations

import asyncio
import html
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.slack.state import View
from bot.sandbox.slack.team import SlackTeam
from bot.screens import ids
from tests.scenarios.workspaces_world import (
    World,
    account_of,
    ask,
    card_says,
    environ,
    result,
    running,
    started,
)

T = TypeVar("T")


async def seen(look: Callable[[], T | None], what: str, within_s: float = 8.0) -> T:
    """The first thing that `look` finds; what another process or the database does is polled."""
    for _ in range(round(within_s / 0.02)):
        if (found := look()) is not None:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited {within_s} s for {what}")


def rows(folder: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "bot.db")) as db:
        return db.execute(question).fetchall()


def two(world: World) -> tuple[SlackTeam, SlackTeam]:
    return world.workspace("Acme", "ann"), world.workspace("Globex", "gus")


async def both_installed(world: World) -> tuple[SlackTeam, SlackTeam]:
    acme, globex = two(world)
    await world.install(acme, "ann")
    await world.install(globex, "gus")
    return acme, globex


async def connect_key(team: SlackTeam, name: str, key: str) -> None:
    """An admin opens the Home tab and connects the workspace's own HeyGen key."""
    person = team.person(name)
    await person.open_home()
    home = await seen(lambda: person.home, "the Home tab")
    await person.click(home, ids.CONNECT_HEYGEN)
    view = await person.wait_for_view()
    assert (await person.submit(view, {ids.HEYGEN_KEY: key})).ok
    assert person.top_view is not None
    await person.close(person.top_view)


async def test_two_workspaces_each_get_their_video(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, globex = await both_installed(world)

        assert (await ask(acme, "ann")).ok
        assert (await ask(globex, "gus")).ok

        for team, name in ((acme, "ann"), (globex, "gus")):
            assert "is ready" in (await result(team, name)).text
        assert len(world.heygen.sessions) == 2
        posted = {call.team_id for call in world.slack.calls if call.method == "chat.postMessage"}
        assert posted == {acme.team_id, globex.team_id}


async def test_install_page_leads_to_slack_and_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as world, aiohttp.ClientSession() as http:
        async with http.get(world.install_url) as answer:
            page = await answer.text()

        assert answer.status == 200
        assert "Add to Slack" in page
        assert f"{world.slack.url}/oauth/v2/authorize" in page
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_cancelled_install_is_told_in_words(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme = world.workspace("Acme", "ann")

        page = await acme.person("ann").install(world.install_url, cancel=True)

        assert "Nothing was installed" in page.text
        assert 'href="install"' in page.text
        assert rows(tmp_path, "SELECT * FROM installations") == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("status", 200, '{"ok": false, "error": "invalid_code"}'), "didn't finish"),
        (Fault("status", 503, "<html>away</html>"), "Start again"),
        (Fault("drop_before"), "Slack didn't answer"),
    ],
    ids=["refused", "away", "dropped"],
)
async def test_failed_install_is_told_in_words(tmp_path: Path, fault: Fault, words: str) -> None:
    async with running(tmp_path) as world:
        acme = world.workspace("Acme", "ann")
        world.slack.faults.add("oauth.v2.access", fault)

        page = await acme.person("ann").install(world.install_url)

        assert words in html.unescape(page.text)
        assert "Traceback" not in page.text
        assert (await acme.person("ann").install(world.install_url)).status == 200


async def test_restarted_bot_knows_its_workspaces(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, globex = await both_installed(world)
        await world.bot.stop()
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        async with started(world.slack, world.heygen, given):
            assert (await ask(acme, "ann")).ok
            assert (await ask(globex, "gus")).ok
            await result(acme, "ann")
            await result(globex, "gus")


async def test_workspaces_with_keys_of_their_own_pay_for_themselves(tmp_path: Path) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, globex = await both_installed(world)
        theirs = {
            "Acme": account_of(world, "acme", "sk_acme_0123456789"),
            "Globex": account_of(world, "globex", "sk_globex_0123456789"),
        }
        await connect_key(acme, "ann", "sk_acme_0123456789")
        await connect_key(globex, "gus", "sk_globex_0123456789")

        await ask(acme, "ann")
        await ask(globex, "gus")
        await result(acme, "ann")
        await result(globex, "gus")

        assert {name: len(each.sessions) for name, each in theirs.items()} == {
            "Acme": 1,
            "Globex": 1,
        }
        assert len(world.heygen.sessions) == 0
