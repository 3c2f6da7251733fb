"""Who the bot is: asked once, unless Slack did not answer."""

from __future__ import annotations

import pytest
from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackUnavailable
from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.identity import SlackIdentity
from bot.slack.tokens import FixedToken


@pytest.fixture
def identity(slack: SlackSandbox, client: AsyncWebClient) -> SlackIdentity:
    return SlackIdentity(client, FixedToken(slack.bot_token))


def questions(slack: SlackSandbox) -> int:
    return sum(call.method == "auth.test" for call in slack.calls)


async def test_bot_is_asked_about_once(slack: SlackSandbox, identity: SlackIdentity) -> None:
    first, second = (
        await identity(context=AsyncBoltContext()),
        await identity(context=AsyncBoltContext()),
    )

    assert first is second
    assert first.bot_user_id == slack.state.bot.id
    assert identity.is_known
    assert questions(slack) == 1


async def test_slack_that_is_away_is_told_in_our_words_and_asked_again(
    slack: SlackSandbox, identity: SlackIdentity
) -> None:
    slack.faults.add("auth.test", Fault("status", 503))

    with pytest.raises(SlackUnavailable):
        await identity(context=AsyncBoltContext())

    assert not identity.is_known
    assert (await identity(context=AsyncBoltContext())).bot_user_id == slack.state.bot.id


async def test_token_is_confirmed_anew_each_time(
    slack: SlackSandbox, identity: SlackIdentity
) -> None:
    await identity.learn()
    slack.faults.add("auth.test", Fault("status", 200, '{"ok": false, "error": "token_revoked"}'))

    with pytest.raises(SlackApiError):
        await identity.confirm()
