"""Two workspaces that install the app by OAuth, as Bolt's own flow does it; what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.browser import Browser
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.team import SlackTeam
from tests.sandbox.slack.oauth_world import (
    ASKED,
    BACK,
    HandClock,
    InstalledBot,
    a_code,
    asked,
    exchange,
    installable,
)
from tests.sandbox.slack.world import a_modal, client_for, refusal


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def slack(clock: HandClock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(installed=False, now=clock) as slack:
        yield slack


@pytest.fixture
async def bot(slack: SlackSandbox, tmp_path: Path) -> AsyncIterator[InstalledBot]:
    async with installable(slack, tmp_path) as bot:
        yield bot


def a_workspace(slack: SlackSandbox, name: str, person: str) -> SlackTeam:
    team = slack.add_workspace(name)
    team.add_channel("general", members=(team.add_user(person, is_admin=True),))
    return team


@pytest.fixture
async def two(slack: SlackSandbox, bot: InstalledBot) -> tuple[SlackTeam, SlackTeam]:
    """Acme with Ann and Globex with Gus, who both have installed the app."""
    acme, globex = a_workspace(slack, "Acme", "ann"), a_workspace(slack, "Globex", "gus")
    for person in (acme.person("ann"), globex.person("gus")):
        assert (await person.install(bot.install_url)).status == 200
    return acme, globex


def token_client(slack: SlackSandbox, team: SlackTeam) -> AsyncWebClient:
    return client_for(slack, team.bot_token)


# -- the walk


async def test_each_workspace_gets_its_own_installation(
    two: tuple[SlackTeam, SlackTeam], bot: InstalledBot
) -> None:
    acme, globex = two

    for team, name in ((acme, "ann"), (globex, "gus")):
        person = team.person(name)
        await person.command()
        view = await person.wait_for_view()
        assert view.team_id == team.team_id
        assert [call.method for call in team.own_calls][-1] == "views.open"
    assert [team for _, team in bot.teams] == [acme.team_id, globex.team_id]
    assert acme.bot_token != globex.bot_token
    assert acme.bot.id != globex.bot.id


async def test_page_that_redirects_at_once_leads_to_slack_too(
    slack: SlackSandbox, tmp_path: Path
) -> None:
    acme = a_workspace(slack, "Acme", "ann")
    async with installable(slack, tmp_path, page=False) as bot:
        page = await acme.person("ann").install(bot.install_url)

    assert page.status == 200
    assert "Thank you" in page.text
    assert acme.is_installed


async def test_cancelling_brings_the_word_to_the_bot(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    page = await slack.person("ana").install(bot.install_url, cancel=True)

    assert "access_denied" in page.text
    assert page.url.startswith(bot.url)
    assert not slack.is_installed


async def test_answer_opened_in_another_browser_is_none(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    ana = slack.person("ana")
    async with ana.browser() as first, ana.browser() as second:
        led_to = await _led_to(first, bot.install_url)
        page = await second.visit(led_to)
        assert page.status == 400
        assert "invalid_browser" in page.text

        assert (await first.visit(led_to)).status == 200
        again = await first.visit(led_to)

    assert (again.status, "invalid_browser" in again.text) == (400, True)  # the cookie is gone


async def _led_to(browser: Browser, install_url: str) -> str:
    """Where Slack sends a browser whose person has allowed."""
    link = browser.link_to_slack(await browser.visit(install_url))
    assert link is not None
    led_to = await browser.answer(await browser.visit(link), "allow")
    assert isinstance(led_to, str)
    return led_to


async def test_what_is_no_workspace_of_the_app_offers_it_nowhere(slack: SlackSandbox) -> None:
    ana = slack.person("ana")

    for way_in in (ana.command, ana.open_home):
        with pytest.raises(SandboxRefusal, match="not installed in Sandbox"):
            await way_in()
    with pytest.raises(SandboxRefusal, match="not installed"):
        await ana.dm("hello")
    with pytest.raises(SandboxRefusal, match="no good token"):
        _ = slack.bot_token


async def test_workspace_may_want_an_admin(slack: SlackSandbox, bot: InstalledBot) -> None:
    slack.state.only_admins_install = True
    slack.add_user("boss", is_admin=True)

    page = await slack.person("ana").install(bot.install_url)
    assert page.url.startswith(slack.url)
    assert "admin" in page.text
    assert (await slack.person("boss").install(bot.install_url)).status == 200


async def test_token_has_the_scopes_that_were_asked_for(
    two: tuple[SlackTeam, SlackTeam], slack: SlackSandbox
) -> None:
    acme, _ = two
    client = token_client(slack, acme)

    await client.users_info(user=acme.state.user("ann").id)
    body = await refusal(client.conversations_open(users=acme.state.user("ann").id))
    assert body["error"] == "missing_scope"
    assert body["needed"] == "im:write"
    assert body["provided"] == ",".join(sorted(ASKED))


async def test_secrets_of_the_exchange_are_not_recorded(
    two: tuple[SlackTeam, SlackTeam], slack: SlackSandbox
) -> None:
    exchanges = [call for call in slack.calls if call.method == "oauth.v2.access"]

    assert len(exchanges) == 2
    assert all(call.authorized for call in exchanges)
    assert all("code" not in call.params for call in exchanges)
    assert all("client_secret" not in said for said in slack.sent)


# -- nothing of one for the other


async def test_token_of_one_workspace_sees_nothing_of_another(
    two: tuple[SlackTeam, SlackTeam], slack: SlackSandbox
) -> None:
    acme, globex = two
    client, gus = token_client(slack, acme), globex.state.user("gus")
    place = globex.channel("general")
    message = globex.state.post(place, globex.bot.id, "theirs")
    file = globex.add_file(gus, name="a.txt", content=b"theirs")
    trigger = globex.state.new_trigger(gus, place.id).id
    await globex.person("gus").command()
    view = await globex.person("gus").wait_for_view()
    tries: dict[str, Any] = {
        "users.info": {"user": gus.id},
        "conversations.info": {"channel": place.id},
        "chat.postMessage": {"channel": place.id, "text": "mine"},
        "chat.update": {"channel": place.id, "ts": message.ts, "text": "mine"},
        "chat.getPermalink": {"channel": place.id, "message_ts": message.ts},
        "files.info": {"file": file.id},
        "views.open": {"trigger_id": trigger, "view": a_modal()},
        "views.update": {"view_id": view.id, "view": a_modal()},
        "views.publish": {
            "user_id": gus.id,
            "view": {"type": "home", "blocks": [{"type": "divider"}]},
        },
    }
    words = {
        method: (await refusal(client.api_call(method, json=params)))["error"]
        for method, params in tries.items()
    }

    assert words == {
        "users.info": "user_not_found",
        "conversations.info": "channel_not_found",
        "chat.postMessage": "channel_not_found",
        "chat.update": "channel_not_found",
        "chat.getPermalink": "channel_not_found",
        "files.info": "file_not_found",
        "views.open": "invalid_trigger_id",
        "views.update": "not_found",
        "views.publish": "invalid_arguments",
    }
    assert [one.text for one in globex.messages("general")] == ["theirs"]


async def test_file_is_downloaded_with_its_own_workspaces_token_only(
    two: tuple[SlackTeam, SlackTeam],
) -> None:
    acme, globex = two
    acme.add_file("ann", name="a.txt", content=b"acme's", id="F0SAME")
    theirs = globex.add_file("gus", name="a.txt", content=b"globex's", id="F0SAME")
    url = theirs.as_json()["url_private_download"]
    told = []
    async with aiohttp.ClientSession() as http:
        for team in (globex, acme):
            headers = {"Authorization": f"Bearer {team.bot_token}"}
            async with http.get(url, headers=headers) as answer:
                told.append((answer.status, await answer.text()))

    assert told == [(200, "globex's"), (404, "file not found")]


async def test_same_ids_in_two_workspaces_are_two_people_and_two_messages(
    two: tuple[SlackTeam, SlackTeam], slack: SlackSandbox
) -> None:
    acme, globex = two
    for team in two:
        twin = team.add_user(f"twin of {team.state.team.name}", id="U0TWIN")
        team.add_channel("twins", members=(twin,), id="C0TWIN")
        team.use_ts("1767225600.000100")
        client = token_client(slack, team)
        posted = await client.chat_postMessage(channel="C0TWIN", text=team.state.team.name)
        assert posted["ts"] == "1767225600.000100"

    names = [
        (await token_client(slack, team).users_info(user="U0TWIN"))["user"]["name"] for team in two
    ]
    assert names == ["twin of Acme", "twin of Globex"]
    assert [one.text for one in acme.messages("twins")] == ["Acme"]
    assert [one.text for one in globex.messages("twins")] == ["Globex"]
    with pytest.raises(SandboxRefusal, match="U0TWIN is in this workspace already"):
        acme.add_user("another", id="U0TWIN")


def test_ids_differ_unless_a_test_says_so() -> None:
    slack = SlackSandbox()
    globex = slack.add_workspace("Globex")
    ids = [
        *slack.state.users,
        *globex.state.users,
        *slack.channels,
        globex.add_user("ana").id,
        globex.team_id,
        slack.team_id,
    ]

    assert len(ids) == len(set(ids))


# -- Slack's page


@pytest.mark.parametrize(
    ("params", "words"),
    [
        pytest.param({"client_id": "1.2"}, "Invalid client_id", id="unknown client"),
        pytest.param({"scope": ""}, "No scopes", id="no scopes"),
        pytest.param({"scope": "chat:write,b@d"}, "Invalid permissions", id="no scope of Slack's"),
        pytest.param({"redirect_uri": "http://127.0.0.1:1/x"}, "did not match", id="elsewhere"),
        pytest.param({"team": "T0OTHER"}, "Sign in to the workspace", id="another team"),
    ],
)
async def test_question_that_slack_does_not_put(
    slack: SlackSandbox, params: dict[str, str], words: str
) -> None:
    slack.app.redirect_urls = (BACK,)
    async with slack.person("ana").browser() as browser:
        page = await browser.visit(asked(slack, **params))

    assert page.status == 400
    assert words in page.text
    assert not browser.is_question(page)


async def test_whoever_is_not_signed_in_is_asked_to(slack: SlackSandbox) -> None:
    async with aiohttp.ClientSession() as http, http.get(asked(slack)) as answer:
        assert "Sign in" in await answer.text()


# -- oauth.v2.access


async def test_code_becomes_an_installation(slack: SlackSandbox) -> None:
    body = await exchange(
        slack, code=await a_code(slack, scope="commands chat:write"), redirect_uri=BACK
    )

    assert body == {
        "ok": True,
        "app_id": slack.app.app_id,
        "authed_user": {"id": slack.state.user("ana").id},
        "scope": "chat:write,commands",
        "token_type": "bot",
        "access_token": slack.bot_token,
        "bot_user_id": slack.bot.id,
        "team": {"id": slack.team_id, "name": "Sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    assert slack.bot_token.startswith("xoxb-")


async def test_client_may_be_named_in_the_form(slack: SlackSandbox) -> None:
    form = {
        "client_id": slack.app.client_id,
        "client_secret": slack.app.client_secret,
        "code": await a_code(slack),
        "redirect_uri": BACK,
    }
    url = f"{slack.api_url}oauth.v2.access"
    async with aiohttp.ClientSession() as http, http.post(url, data=form) as answer:
        assert (await answer.json())["ok"] is True


@pytest.mark.parametrize(
    ("params", "word"),
    [
        pytest.param({"client_id": "1.2"}, "invalid_client_id", id="client"),
        pytest.param({"client_secret": "no"}, "bad_client_secret", id="secret"),
        pytest.param({"code": "1.2.3"}, "invalid_code", id="code"),
        pytest.param({"redirect_uri": "http://127.0.0.1:1/x"}, "bad_redirect_uri", id="redirect"),
        pytest.param({"redirect_uri": ""}, "bad_redirect_uri", id="redirect not told"),
        pytest.param({"grant_type": "password"}, "invalid_grant_type", id="grant"),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "xoxe-1-no"},
            "invalid_refresh_token",
            id="refresh token",
        ),
    ],
)
async def test_exchange_is_refused_by_slacks_word(
    slack: SlackSandbox, params: dict[str, str], word: str
) -> None:
    usual = {"code": await a_code(slack), "redirect_uri": BACK}
    body = await refusal(exchange(slack, **(usual | params)))

    assert body["error"] == word
    assert not slack.is_installed
    assert (await exchange(slack, **usual))["ok"]  # nothing of it was used up


async def test_code_is_good_once(slack: SlackSandbox) -> None:
    params = {"code": await a_code(slack), "redirect_uri": BACK}
    await exchange(slack, **params)

    assert (await refusal(exchange(slack, **params)))["error"] == "code_already_used"


async def test_code_is_good_for_ten_minutes(slack: SlackSandbox, clock: HandClock) -> None:
    params = {"code": await a_code(slack), "redirect_uri": BACK}
    clock.forward(601)

    assert (await refusal(exchange(slack, **params)))["error"] == "invalid_code"


async def test_installing_again_keeps_the_token_and_takes_the_new_scopes(
    slack: SlackSandbox,
) -> None:
    first = await exchange(slack, code=await a_code(slack), redirect_uri=BACK)
    second = await exchange(
        slack, code=await a_code(slack, scope="commands,users:read"), redirect_uri=BACK
    )

    assert second["access_token"] == first["access_token"]
    assert slack.state.scopes == {"commands", "users:read"}
