"""Tokens that end after twelve hours, and refresh tokens that are good once."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.oauth_world import (
    BACK,
    HandClock,
    a_code,
    exchange,
    installable,
)
from tests.sandbox.slack.world import Json, client_for, refusal

HOURS_12 = 43_200


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def slack(clock: HandClock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(installed=False, rotation=True, now=clock) as slack:
        yield slack


async def installed(slack: SlackSandbox) -> Json:
    return await exchange(slack, code=await a_code(slack), redirect_uri=BACK)


async def refreshed(slack: SlackSandbox, pair: Json) -> Json:
    return await exchange(slack, grant_type="refresh_token", refresh_token=pair["refresh_token"])


async def word_for(slack: SlackSandbox, pair: Json) -> str:
    """What Slack says of the access token; "" of a good one."""
    try:
        await client_for(slack, pair["access_token"]).auth_test()
    except SlackApiError as error:
        return str(error.response["error"])
    return ""


async def test_installation_comes_with_a_pair(slack: SlackSandbox) -> None:
    pair = await installed(slack)

    assert pair["access_token"].startswith("xoxe.xoxb-1-")
    assert pair["refresh_token"].startswith("xoxe-1-")
    assert pair["expires_in"] == HOURS_12


async def test_token_ends_after_twelve_hours_and_its_refresh_token_does_not(
    slack: SlackSandbox, clock: HandClock
) -> None:
    pair = await installed(slack)
    clock.forward(HOURS_12 - 1)
    before = await word_for(slack, pair)
    clock.forward(1)

    assert (before, await word_for(slack, pair)) == ("", "token_expired")
    assert await word_for(slack, await refreshed(slack, pair)) == ""


async def test_life_of_a_token_may_be_shorter(slack: SlackSandbox, clock: HandClock) -> None:
    slack.app.token_life_s = 2.0
    pair = await installed(slack)
    clock.forward(2)

    assert pair["expires_in"] == 2
    assert await word_for(slack, pair) == "token_expired"


async def test_refresh_token_is_good_once(slack: SlackSandbox) -> None:
    pair = await installed(slack)
    fresh = await refreshed(slack, pair)

    assert (await refusal(refreshed(slack, pair)))["error"] == "invalid_refresh_token"
    assert (slack.refreshes, slack.refused_refreshes) == (1, 1)
    assert fresh["token_type"] == "bot"
    assert fresh["team"] == {"id": slack.team_id, "name": "Sandbox"}
    assert fresh["access_token"] != pair["access_token"]
    assert "authed_user" not in fresh


async def test_of_three_tokens_the_oldest_dies(slack: SlackSandbox) -> None:
    first = await installed(slack)
    second = await refreshed(slack, first)
    third = await refreshed(slack, second)

    words = [await word_for(slack, pair) for pair in (first, second, third)]
    assert words == ["token_expired", "", ""]
    assert slack.bot_token == third["access_token"]


async def test_tokens_can_end_at_once(slack: SlackSandbox) -> None:
    pair = await installed(slack)
    slack.end_tokens()

    assert await word_for(slack, pair) == "token_expired"
    assert await word_for(slack, await refreshed(slack, pair)) == ""


async def test_other_workspaces_tokens_go_on(slack: SlackSandbox) -> None:
    globex = slack.add_workspace("Globex")
    globex.add_user("gus")
    person = globex.person("gus")
    theirs = await exchange(slack, code=await a_code(slack, person), redirect_uri=BACK)
    mine = await installed(slack)
    slack.end_tokens()

    assert await word_for(slack, mine) == "token_expired"
    assert await word_for(slack, theirs) == ""
    await refreshed(slack, mine)
    assert (slack.refreshes, globex.refreshes) == (1, 0)


async def test_slacks_own_rotator_gets_along(slack: SlackSandbox) -> None:
    pair = await installed(slack)
    bot = Bot(
        bot_token=pair["access_token"],
        bot_id=slack.state.bot_id,
        bot_user_id=pair["bot_user_id"],
        bot_refresh_token=pair["refresh_token"],
        bot_token_expires_at=int(time.time()) + 60,
        installed_at=time.time(),
    )
    rotator = AsyncTokenRotator(
        client_id=slack.app.client_id,
        client_secret=slack.app.client_secret,
        client=client_for(slack, ""),
    )
    rotated = await rotator.perform_bot_token_rotation(bot=bot)

    assert rotated is not None
    assert rotated.bot_token == slack.bot_token
    assert slack.refreshes == 1


async def test_bolt_renews_a_token_that_ends_soon(tmp_path: Path) -> None:
    async with SlackSandbox(installed=False, rotation=True) as slack:
        slack.app.token_life_s = 3600  # less than Bolt's two hours before the end
        async with installable(slack, tmp_path) as bot:
            ana = slack.person("ana")
            await ana.install(bot.install_url)
            await ana.command()
            await ana.wait_for_view()

            assert slack.refreshes == 1
            assert slack.refused_refreshes == 0
