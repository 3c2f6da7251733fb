"""Several workspaces with one bot: installed, asked, kept apart, gone and back again."""

from __future__ import annotations

import asyncio
import html
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.app.bot import open_controls
from bot.domain.errors import StoreUnavailable
from bot.domain.job.permissions import OPERATOR
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.state import Outcome
from bot.sandbox.slack.team import SlackTeam
from bot.screens import ids
from tests.keys import OTHER_FERNET_KEY
from tests.scenarios.workspaces_world import (
    World,
    account_of,
    ask,
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


def is_in_files(folder: Path, words: str) -> bool:
    files = [file for file in folder.glob("bot.db*") if file.is_file()]
    assert files
    return any(words.encode() in file.read_bytes() for file in files)


def ready(team: SlackTeam) -> list[str]:
    return [m.text for m in team.messages("general") if "is ready" in m.text]


async def told(team: SlackTeam, name: str, words: str) -> str:
    """What the bot answers to `/video words`, for this person's eyes."""
    person, channel = team.person(name), team.channel("general")
    before = len(channel.ephemerals)
    assert (await person.command(words)).ok
    answer = await team.wait_for(lambda: channel.ephemerals[before:] or None, 5.0, words)
    assert answer[0].ephemeral_to == person.user.id
    return f"{answer[0].text} {answer[0].blocks}"


async def token_gone(folder: Path) -> None:
    question = "SELECT 1 FROM installations WHERE sealed_token IS NULL"
    await seen(lambda: rows(folder, question) or None, "the token gone")


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


async def remove_key(team: SlackTeam, name: str) -> None:
    person = team.person(name)
    await person.open_home()
    home = await seen(
        lambda: person.home if ids.REMOVE_HEYGEN_KEY in str(person.home) else None, "the button"
    )
    await person.click(home, ids.REMOVE_HEYGEN_KEY)


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


# -- tokens that rotate


async def test_tokens_that_end_in_the_middle_of_a_video_are_renewed_once(tmp_path: Path) -> None:
    async with running(tmp_path, rotation=True, render_s=0.6) as world:
        acme, globex = await both_installed(world)
        await ask(acme, "ann")
        await ask(globex, "gus")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")
        acme.end_tokens()

        await result(acme, "ann")
        await result(globex, "gus")

        assert (acme.refreshes, acme.refused_refreshes) == (1, 0)
        assert globex.refreshes == 0
        assert len(ready(acme)) == 1


# -- gone, and back again


def states(folder: Path, team: SlackTeam) -> list[str]:
    found = rows(folder, f"SELECT state FROM jobs WHERE team_id = '{team.team_id}' ORDER BY id")
    return [state for (state,) in found]


@pytest.mark.parametrize(
    "order", [("app_uninstalled", "tokens_revoked"), ("tokens_revoked", "app_uninstalled")]
)
async def test_uninstalled_workspace_costs_nothing_more(
    tmp_path: Path, order: tuple[Any, Any]
) -> None:
    async with running(tmp_path, render_s=60.0, MAX_CONCURRENT_VIDEOS="1") as world:
        acme, globex = await both_installed(world)
        for _ in range(3):
            await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")
        (sealed,) = (
            text
            for id_, text in rows(tmp_path, "SELECT workspace_id, sealed_token FROM installations")
            if id_ == acme.team_id
        )

        await acme.uninstall(order=order)

        await seen(lambda: set(states(tmp_path, acme)) == {"cancelled"} or None, "all cancelled")
        (session,) = world.heygen.sessions.values()
        await seen(lambda: session.stopped_at, "the session stopped at HeyGen")
        assert not is_in_files(tmp_path, sealed)
        left = rows(tmp_path, "SELECT workspace_id, sealed_token IS NULL FROM installations")
        assert set(left) == {(acme.team_id, 1), (globex.team_id, 0)}
        ended = "to_state = 'cancelled' AND from_state <> 'cancelled'"
        assert rows(tmp_path, f"SELECT DISTINCT who FROM history WHERE {ended}") == [
            ("uninstalled",)
        ]

        world.heygen.default_outcome = Outcome(render_s=0.1)
        await ask(globex, "gus")
        await result(globex, "gus")


async def test_installed_again_a_workspace_has_its_videos_and_makes_new_ones(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        await ask(acme, "ann")
        await result(acme, "ann")
        await acme.uninstall()
        await seen(
            lambda: (
                rows(tmp_path, "SELECT 1 FROM installations WHERE sealed_token IS NULL") or None
            ),
            "the token gone",
        )

        await world.install(acme, "ann")

        assert "welcome for new colleagues" in await told(acme, "ann", "list")
        await ask(acme, "ann", "Another one, about cakes.")
        await seen(
            lambda: len(ready(acme)) == 2 or None,
            "the second video",
        )


async def test_late_event_of_an_earlier_installation_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        gone = await acme.uninstall()
        await seen(
            lambda: (
                rows(tmp_path, "SELECT 1 FROM installations WHERE sealed_token IS NULL") or None
            ),
            "the token gone",
        )
        await world.install(acme, "ann")

        for answer in gone:
            await acme.person("ann").deliver_again(answer)

        await ask(acme, "ann")
        await result(acme, "ann")


async def test_request_of_a_workspace_that_is_gone_is_told_so(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        before = await acme.person("ann").command("help")
        await acme.uninstall()
        await token_gone(tmp_path)
        await world.bot.tenants.settle()  # what the event began

        late = await acme.person("ann").deliver_again(before)

        assert "I'm not installed in this workspace" in str(late.body)


# -- an organisation


async def test_organisation_installs_once_for_all_its_workspaces(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        org = world.slack.add_organisation("Initech")
        sales, labs = org.add_team("Sales"), org.add_team("Labs")
        sales.add_user("olga", is_org_admin=True)
        labs.add_channel("general", members=(labs.add_user("lou"),))
        page = await sales.person("olga").install(world.install_url, org_wide=True)
        assert "Initech" in page.text

        assert (await ask(labs, "lou")).ok

        await result(labs, "lou")
        (job,) = rows(tmp_path, "SELECT team_id, state FROM jobs")
        assert job == (org.enterprise.id, "completed")


# -- nothing of one is seen or done by another


async def test_ids_of_one_workspace_are_unknown_in_another(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=60.0) as world:
        acme, globex = await both_installed(world)
        await ask(acme, "ann", "A secret plan about rockets.")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")
        (job_id,) = rows(tmp_path, "SELECT id FROM jobs")[0]

        for word in ("status", "cancel"):
            answer = await told(globex, "gus", f"{word} {job_id}")
            nothing = await told(globex, "gus", f"{word} 0123456789ab")
            assert answer.replace(job_id, "X") == nothing.replace("0123456789ab", "X")

        assert "rockets" not in await told(globex, "gus", "list")
        assert states(tmp_path, acme) == ["rendering"]


async def test_what_an_operator_tries_again_is_paid_by_the_workspace(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        theirs = account_of(world, "acme", "sk_acme_0123456789")
        await connect_key(acme, "ann", "sk_acme_0123456789")
        theirs.default_outcome = Outcome(video="failed", failure_code="bad", failure_message="No.")
        await ask(acme, "ann")
        await seen(lambda: "failed" in states(tmp_path, acme) or None, "a video that failed")
        theirs.default_outcome = Outcome()
        (job_id,) = rows(tmp_path, "SELECT id FROM jobs")[0]

        async with open_controls(world.settings) as tools:
            await tools.controls.retry(job_id, OPERATOR)

        await result(acme, "ann")
        assert len(theirs.sessions) == 2
        assert len(world.heygen.sessions) == 0


async def test_key_that_is_replaced_finishes_what_it_began(tmp_path: Path) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="", MAX_CONCURRENT_VIDEOS="1") as world:
        acme, _ = await both_installed(world)
        first = account_of(world, "first", "sk_first_0123456789")
        second = account_of(world, "second", "sk_second_0123456789")
        first.default_outcome = Outcome(render_s=1.5)
        await connect_key(acme, "ann", "sk_first_0123456789")
        await ask(acme, "ann", "The first one.")
        await ask(acme, "ann", "The second one.")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")

        await connect_key(acme, "ann", "sk_second_0123456789")

        await seen(lambda: len(ready(acme)) == 2 or None, "both videos")
        assert (len(first.sessions), len(second.sessions)) == (1, 1)
        await seen(
            lambda: len(rows(tmp_path, "SELECT 1 FROM heygen_keys")) == 1 or None, "one key left"
        )


async def test_workspace_without_a_key_is_told_whom_to_ask(tmp_path: Path) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, _ = await both_installed(world)
        acme.channel("general").members.add(acme.add_user("ben").id)

        assert "press “Connect HeyGen”" in await told(acme, "ben", "a film about cakes")

        assert states(tmp_path, acme) == []


async def test_workspaces_over_a_socket(tmp_path: Path) -> None:
    async with running(tmp_path, socket_mode=True) as world:
        acme, globex = await both_installed(world)

        await ask(acme, "ann")
        await ask(globex, "gus")

        await result(acme, "ann")
        await result(globex, "gus")


async def test_wrong_encryption_keys_end_the_start_and_change_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await both_installed(world)
        await world.bot.stop()
        before = rows(tmp_path, "SELECT workspace_id, sealed_token FROM installations")
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)

        with pytest.raises(StoreUnavailable, match="None of the ENCRYPTION_KEYS opens"):
            async with started(
                world.slack, world.heygen, given | {"ENCRYPTION_KEYS": OTHER_FERNET_KEY}
            ):
                raise AssertionError("it started")

        assert rows(tmp_path, "SELECT workspace_id, sealed_token FROM installations") == before
        async with started(world.slack, world.heygen, given):
            pass


async def test_what_waits_for_a_key_goes_with_the_operator_s_once_there_is_one(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="", MAX_CONCURRENT_VIDEOS="1") as world:
        acme, _ = await both_installed(world)
        theirs = account_of(world, "acme", "sk_acme_0123456789")
        theirs.default_outcome = Outcome(render_s=60)
        await connect_key(acme, "ann", "sk_acme_0123456789")
        await ask(acme, "ann", "The first one.")
        await ask(acme, "ann", "The second one.")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")
        await remove_key(acme, "ann")
        await seen(
            lambda: rows(tmp_path, "SELECT 1 FROM heygen_keys WHERE is_current = 0") or None,
            "the key gone",
        )
        assert sorted(states(tmp_path, acme)) == ["queued", "rendering"]
        await world.bot.stop()

        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        async with started(world.slack, world.heygen, given):
            await result(acme, "ann")

        assert (len(theirs.sessions), len(world.heygen.sessions)) == (1, 1)


async def test_video_whose_key_is_gone_is_followed_with_the_next_one(tmp_path: Path) -> None:
    async with running(tmp_path, HEYGEN_API_KEY="") as world:
        acme, _ = await both_installed(world)
        theirs = account_of(world, "acme", "sk_acme_0123456789")
        theirs.add_key("sk_next_0123456789")
        theirs.default_outcome = Outcome(render_s=1.5)
        await connect_key(acme, "ann", "sk_acme_0123456789")
        await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")
        await world.bot.stop()
        with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
            db.execute("DELETE FROM heygen_keys")
            db.commit()

        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        async with started(world.slack, world.heygen, given | {"HEYGEN_API_KEY": ""}):
            await connect_key(acme, "ann", "sk_next_0123456789")
            await result(acme, "ann")

        assert len(theirs.sessions) == 1


async def test_slack_finds_the_request_url_before_anybody_has_installed(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        body = '{"type": "url_verification", "token": "t", "challenge": "3eZbrw1aB"}'
        now = str(int(time.time()))
        signed = SignatureVerifier(world.slack.signing_secret).generate_signature(
            timestamp=now, body=body
        )
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": str(signed),
        }
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{world.bot.url}/slack/events", data=body, headers=headers) as answer,
        ):
            assert answer.status == 200
            assert await answer.json() == {"challenge": "3eZbrw1aB"}


async def test_database_of_several_workspaces_is_refused_by_a_bot_of_one(tmp_path: Path) -> None:
    """It would post the videos of all with the token of one."""
    async with running(tmp_path) as world:
        acme, _ = await both_installed(world)
        await world.bot.stop()
        several = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "ENCRYPTION_KEYS")
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        one = {name: value for name, value in given.items() if name not in several}

        with pytest.raises(StoreUnavailable, match="serves workspaces that installed the app"):
            async with started(
                world.slack, world.heygen, one | {"SLACK_BOT_TOKEN": acme.bot_token}
            ):
                raise AssertionError("it started")


async def test_token_that_was_revoked_without_a_word_is_noticed(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=60.0) as world:
        acme, globex = await both_installed(world)
        await ask(acme, "ann")
        await seen(lambda: "rendering" in states(tmp_path, acme) or None, "a video under way")

        await acme.uninstall(order=())

        await token_gone(tmp_path)
        await seen(lambda: states(tmp_path, acme) == ["cancelled"] or None, "cancelled")
        gone = rows(tmp_path, "SELECT workspace_id FROM installations WHERE sealed_token IS NULL")
        assert gone == [(acme.team_id,)]
        assert (await ask(globex, "gus")).ok
