"""The pages of an installation: whatever comes to them, a person reads what happened."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.slack.team import SlackTeam
from bot.web.install import ASKED_A_SECOND, NAME_MAX_CHARS, InstallOutcome, failed, page
from tests.web.installing import InstallableBot, Reply, allowed, installable

BOTH = ["/slack/install", "/slack/oauth_redirect"]
INSIDE = ("Traceback", "Error:", "sqlite", "StoreUnavailable", "slack_sdk", "<script")


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[InstallableBot]:
    async with installable(tmp_path) as bot:
        yield bot


def a_workspace(bot: InstallableBot, name: str = "Acme") -> SlackTeam:
    team = bot.slack.add_workspace(name)
    team.add_channel("general", members=(team.add_user("ann", is_admin=True),))
    return team


def words(text: str) -> str:
    """What a person reads on a page."""
    body = text.partition("<body>")[2]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def has_a_way_on(text: str) -> bool:
    return 'href="install"' in text and not any(inside in text for inside in INSIDE)


# -- the beginning


async def test_install_page_says_what_comes_and_leads_to_slack(bot: InstallableBot) -> None:
    reply = await bot.ask("/slack/install")

    assert reply.status == 200
    assert "Add to Slack" in words(reply.text)
    assert f"{bot.slack.url}/oauth/v2/authorize?" in reply.text
    assert "HttpOnly" in reply.headers["Set-Cookie"]
    assert "Secure" in reply.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("query", "team"),
    [
        pytest.param("team=T0ACME", "T0ACME", id="workspace"),
        pytest.param("team=E0INITECH", "E0INITECH", id="organisation"),
        pytest.param("team=", None, id="empty"),
        pytest.param("team=T0ACME%26user_scope%3Dadmin", None, id="a parameter more"),
        pytest.param("team=T0ACME%26redirect_uri%3Dhttps%3A%2F%2Fevil.test", None, id="elsewhere"),
        pytest.param("team=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", None, id="markup"),
        pytest.param("team=acme", None, id="no id"),
        pytest.param("team=T0ACME%0a", None, id="new line"),
        pytest.param("scope=admin&user_scope=admin&redirect_uri=https://evil.test", None, id="own"),
    ],
)
async def test_address_of_the_page_decides_nothing_but_the_workspace(
    bot: InstallableBot, query: str, team: str | None
) -> None:
    reply = await bot.ask(f"/slack/install?{query}")

    (link,) = re.findall(r'class="button" href="([^"]*)"', reply.text)
    asked = parse_qs(urlsplit(html.unescape(link)).query)
    assert asked.get("team", [None]) == [team]
    assert asked["redirect_uri"] == [f"{bot.url}/slack/oauth_redirect"]
    assert "user_scope" not in asked
    assert "admin" not in link
    assert "<script" not in reply.text


@pytest.mark.parametrize("path", BOTH)
async def test_pages_are_kept_and_framed_by_nobody(bot: InstallableBot, path: str) -> None:
    headers = (await bot.ask(path)).headers

    assert headers["Content-Type"].startswith("text/html")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", BOTH)
async def test_head_begins_and_ends_nothing(bot: InstallableBot, path: str) -> None:
    reply = await bot.ask(path, "HEAD")

    assert (reply.status, reply.text) == (200, "")
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in reply.headers
    assert bot.rows("SELECT * FROM oauth_states") == []


async def test_head_of_the_way_back_leaves_the_installation_to_the_browser(
    bot: InstallableBot,
) -> None:
    acme = a_workspace(bot)
    async with acme.person("ann").browser() as browser:
        back = await allowed(browser, bot)
        cookie = f"slack-app-oauth-state={parse_qs(urlsplit(back).query)['state'][0]}"

        await bot.ask(back.removeprefix(bot.url), "HEAD", headers={"Cookie": cookie})

        assert (await browser.visit(back)).status == 200


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_pages_are_only_read(bot: InstallableBot, path: str, method: str) -> None:
    assert (await bot.ask(path, method)).status == 405


@pytest.mark.parametrize("path", BOTH)
async def test_bot_of_one_workspace_has_no_such_pages(tmp_path: Path, path: str) -> None:
    async with installable(tmp_path, is_taken=False) as bot:
        for method in ("GET", "HEAD", "POST"):
            assert (await bot.ask(path, method)).status == 404


# -- the end


async def test_installed_is_told_with_the_way_to_the_app(bot: InstallableBot) -> None:
    acme = a_workspace(bot)

    page = await acme.person("ann").install(bot.install_url)

    assert page.status == 200
    assert "Acme" in words(page.text)
    assert f"app={bot.slack.app.app_id}&amp;team={acme.team_id}" in page.text
    assert bot.installed == ["installed"]
    assert bot.rows("SELECT workspace_id FROM installations") == [(acme.team_id,)]
    assert bot.rows("SELECT * FROM oauth_states") == []


HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param('"><img src=x onerror=alert(1)>', id="image"),
    pytest.param("{title}{words}{0}{button.__class__}", id="format"),
    pytest.param("%s%(title)s", id="percent"),
    pytest.param("</title></main><h1>You lost</h1>", id="end of the page"),
    pytest.param("\u202egro.live\u202c", id="other way round"),
    pytest.param("a\n\n\nb\tc", id="lines"),
    pytest.param("&lt;b&gt;", id="entities"),
    pytest.param("W" * 5_000, id="long"),
    pytest.param(" ", id="blank"),
    pytest.param("שלום 🎬 世界", id="other letters"),
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_name_of_a_workspace_is_words_and_nothing_else(
    bot: InstallableBot, name: str
) -> None:
    acme = a_workspace(bot, name)

    text = (await acme.person("ann").install(bot.install_url)).text

    shown = " ".join(name.split())[: NAME_MAX_CHARS - 1] or "your workspace"
    assert html.escape(shown) in text
    tags = re.findall(r"<[^>]*>", text.partition("<body>")[2])
    assert [re.split(r"[ >]", tag)[0] for tag in tags] == [
        *("<main", "<h1", "</h1", "<p", "</p", "<p", "</p", "<p", "<a", "</a", "</p"),
        *("</main", "</body", "</html"),
    ]
    assert len(text) < 4_000


async def test_cancelled_is_told_and_can_be_begun_again(bot: InstallableBot) -> None:
    ann = a_workspace(bot).person("ann")

    page = await ann.install(bot.install_url, cancel=True)

    assert page.status == 200
    assert "Nothing was installed" in words(page.text)
    assert has_a_way_on(page.text)
    assert (await ann.install(bot.install_url)).status == 200


# -- ways back that are none

ODD = [
    "",
    "state=&code=",
    "code=1.2.3",
    "state=x&code=1.2.3",
    "state[]=x&code[]=y",
    "state=%00&code=%00",
    "state=%ff%fe&code=%ff",
    "state=" + "x" * 5_000,
    "error=",
    "error=%3Cscript%3Ealert(1)%3C/script%3E",
    "error=invalid_state%0d%0aSet-Cookie:%20a=b",
    "error=storage_error",
    "&&&===;;;",
    "%",
    "error=access_denied&error=x&state=a&state=b",
]


@pytest.mark.parametrize("query", ODD, ids=[f"{query[:30]!r}" for query in ODD])
async def test_odd_way_back_is_told_in_words(bot: InstallableBot, query: str) -> None:
    cookie = {"Cookie": "slack-app-oauth-state=x; slack-app-oauth-state="}

    reply = await bot.ask(f"/slack/oauth_redirect?{query}", headers=cookie)

    assert reply.status in (200, 400, 401)
    assert has_a_way_on(reply.text)
    assert "alert" not in reply.text
    assert "Set-Cookie" not in reply.headers
    assert bot.installed == []


async def test_way_back_taken_twice_installs_once(bot: InstallableBot) -> None:
    acme = a_workspace(bot)
    async with acme.person("ann").browser() as browser:
        back = await allowed(browser, bot)
        first, second = await browser.visit(back), await browser.visit(back)

    assert first.status == 200
    assert second.status == 401
    assert "its link works once" in words(second.text)
    assert has_a_way_on(second.text)
    assert bot.installed == ["installed"]
    assert acme.is_installed


async def test_way_back_taken_twice_at_once_installs_once(bot: InstallableBot) -> None:
    async with a_workspace(bot).person("ann").browser() as browser:
        back = await allowed(browser, bot)
        pages = await asyncio.gather(*(browser.visit(back) for _ in range(5)))

    assert sorted(page.status for page in pages) == [200, 401, 401, 401, 401]
    assert bot.installed == ["installed"]


@pytest.mark.parametrize(("after_s", "status"), [(599, 200), (601, 401)])
async def test_installation_is_finished_within_ten_minutes(
    bot: InstallableBot, after_s: float, status: int
) -> None:
    async with a_workspace(bot).person("ann").browser() as browser:
        back = await allowed(browser, bot)
        bot.clock.advance(after_s)
        page = await browser.visit(back)

    assert page.status == status
    assert bot.installed == ["installed"] * (status == 200)


async def test_another_browser_cannot_end_what_this_one_has_begun(bot: InstallableBot) -> None:
    ann = a_workspace(bot).person("ann")
    async with ann.browser() as browser, ann.browser() as other:
        back = await allowed(browser, bot)
        page = await other.visit(back)

        assert page.status == 400
        assert "another browser" in words(page.text)
        assert has_a_way_on(page.text)
        assert bot.installed == []
        assert (await browser.visit(back)).status == 200


async def test_somebody_elses_way_back_installs_nothing_in_one_s_own_browser(
    bot: InstallableBot,
) -> None:
    """An attacker's code in a victim's browser."""
    async with (
        a_workspace(bot).person("ann").browser() as victim,
        a_workspace(bot, "Globex").person("ann").browser() as attacker,
    ):
        await victim.visit(bot.install_url)
        page = await victim.visit(await allowed(attacker, bot))

    assert page.status == 400
    assert bot.installed == []


# -- when something is away


async def test_locked_database_at_the_beginning_is_told(bot: InstallableBot) -> None:
    with bot.locked():
        reply = await bot.ask("/slack/install")

    assert reply.status == 503
    assert "My database doesn't answer" in words(reply.text)
    assert has_a_way_on(reply.text)
    assert (await bot.ask("/slack/install")).status == 200


async def test_locked_database_at_the_end_is_told_and_it_can_be_begun_again(
    bot: InstallableBot,
) -> None:
    acme = a_workspace(bot)
    ann = acme.person("ann")
    async with ann.browser() as browser:
        back = await allowed(browser, bot)
        with bot.locked():
            page = await browser.visit(back)

        assert page.status == 503
        assert "My database doesn't answer" in words(page.text)
        assert has_a_way_on(page.text)
        assert (await browser.visit(back)).status == 200  # the state was not used up


ANSWERS = [
    pytest.param(Fault("status", 503, "<html>away</html>"), id="away"),
    pytest.param(Fault("status", 500, ""), id="500"),
    pytest.param(Fault("status", 200, "<html>hello</html>", "text/html"), id="page"),
    pytest.param(Fault("status", 200, "[]"), id="list"),
    pytest.param(Fault("status", 200, '{"ok": true}'), id="empty"),
    pytest.param(Fault("status", 200, '{"ok": true, "enterprise": "E", "team": 5}'), id="kinds"),
    pytest.param(Fault("status", 200, '{"ok": true, "is_enterprise_install": true}'), id="bare"),
    pytest.param(Fault("status", 200, '{"ok": true, "access_token": 7}'), id="odd token"),
    pytest.param(Fault("drop_before"), id="dropped before"),
    pytest.param(Fault("drop_after"), id="dropped after"),
    pytest.param(Fault("status", 429, "{}", headers={"Retry-After": "30"}), id="limited"),
    *(
        pytest.param(Fault("status", 200, json.dumps({"ok": False, "error": code})), id=code)
        for code in ("invalid_code", "bad_client_secret", "code_already_used", "fatal_error")
    ),
]


@pytest.mark.parametrize("method", ["oauth.v2.access", "auth.test"])
@pytest.mark.parametrize("fault", ANSWERS)
async def test_odd_answer_of_slack_s_is_told_in_words(
    bot: InstallableBot, fault: Fault, method: str
) -> None:
    ann = a_workspace(bot).person("ann")
    bot.slack.faults.add(method, fault)

    page = await ann.install(bot.install_url)

    assert page.status in (401, 500, 502) or (page.status == 200 and method == "auth.test")
    if page.status != 200:
        assert has_a_way_on(page.text)
        assert bot.installed == []
    assert not any(inside in page.text for inside in INSIDE)
    assert (await ann.install(bot.install_url)).status == 200


# -- too many


async def test_flood_is_told_to_wait_and_does_not_fill_the_database(bot: InstallableBot) -> None:
    replies = await asyncio.gather(*(bot.ask("/slack/install") for _ in range(500)))

    refused = [reply for reply in replies if reply.status == 429]
    assert len(refused) == 500 - ASKED_A_SECOND
    assert "One moment" in words(refused[0].text)
    assert refused[0].headers["Retry-After"] == "1"
    assert "Set-Cookie" not in refused[0].headers
    assert bot.rows("SELECT count(*) FROM oauth_states") == [(ASKED_A_SECOND,)]
    bot.seconds.append(bot.seconds[-1] + 1)
    assert (await bot.ask("/slack/install")).status == 200


async def test_flood_of_ways_back_keeps_nobody_from_beginning(bot: InstallableBot) -> None:
    async def back() -> Reply:
        cookie = {"Cookie": "slack-app-oauth-state=x"}
        return await bot.ask("/slack/oauth_redirect?state=x&code=y", headers=cookie)

    replies = await asyncio.gather(*(back() for _ in range(100)))

    assert sum(reply.status == 429 for reply in replies) == 100 - ASKED_A_SECOND
    assert (await bot.ask("/slack/install")).status == 200


async def test_states_that_are_over_go(bot: InstallableBot) -> None:
    for _ in range(3):
        await bot.ask("/slack/install")
    bot.clock.advance(601)

    await bot.ask("/slack/install")

    assert bot.rows("SELECT count(*) FROM oauth_states") == [(1,)]


# -- words


@pytest.mark.parametrize("reason", ["no_such_reason", "", "<b>", "access_denied"])
def test_any_reason_has_words(reason: str) -> None:
    told = failed(reason, 200)

    assert has_a_way_on(told.body)
    assert "<b>" not in told.body


def test_nothing_that_is_given_is_markup() -> None:
    text = page("<b>", "<i>", button=("<u>", 'x" onclick="alert(1)'))

    assert not re.search(r"<[biu]>", text)
    assert 'onclick="alert' not in text


def installed(**fields: Any) -> Any:
    usual = {
        **{"app_id": "A1", "team_id": "T1", "team_name": "<script>", "enterprise_id": "E1"},
        **{"enterprise_name": "Initech", "is_enterprise_install": False},
    }
    return SimpleNamespace(installation=SimpleNamespace(**{**usual, **fields}))


@pytest.mark.parametrize(
    ("has_default", "words"),
    [(True, "type /video in any channel to make the first"), (False, "presses Connect HeyGen")],
)
async def test_who_has_installed_is_told_what_is_next(has_default: bool, words: str) -> None:
    heard = []

    async def hear() -> None:
        heard.append("installed")

    outcome = InstallOutcome(hear, has_default=has_default)

    told = await outcome.success(installed())
    of_all = await outcome.success(installed(is_enterprise_install=True))

    assert heard == ["installed", "installed"]
    assert words in told.body
    assert "<script" not in told.body
    assert "app=A1&amp;team=T1" in told.body
    assert "Initech" in of_all.body
    assert "Slack's administration" in html.unescape(of_all.body)


async def test_reason_that_somebody_made_up_fills_no_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def hear() -> None:
        raise AssertionError("nothing was installed")

    args: Any = SimpleNamespace(reason="x" * 5_000, suggested_status_code=200)

    await InstallOutcome(hear, has_default=True).failure(args)

    assert len(capsys.readouterr().out) < 300
