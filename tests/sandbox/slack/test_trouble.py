"""The Slack stand-in in trouble as a whole: outages, answers cut off, refused connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.world import client_for


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


async def test_spell_without_methods_is_an_outage_until_it_ends(slack: SlackSandbox) -> None:
    client = client_for(slack)
    spell = slack.faults.begin(Fault("status", 503, "<h1>Down</h1>", "text/html"))

    with pytest.raises(SlackApiError):
        await client.auth_test()
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=slack.channel("general").id, text="Hello")
    slack.faults.end(spell)

    assert (await client.auth_test())["ok"]
    assert slack.messages("general") == []


async def test_cut_answer_breaks_off_though_the_message_stands(slack: SlackSandbox) -> None:
    slack.faults.add("chat.postMessage", Fault("cut"))

    with pytest.raises(aiohttp.ClientPayloadError):
        await client_for(slack).chat_postMessage(channel=slack.channel("general").id, text="Hi")

    assert [message.text for message in slack.messages("general")] == ["Hi"]


async def test_connections_are_refused_until_slack_comes_back(slack: SlackSandbox) -> None:
    client = client_for(slack)
    await slack.go_dark()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.auth_test()

    await slack.come_back()

    assert (await client.auth_test())["ok"]


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "only reads"])
async def test_call_that_changes_nothing_is_seen_by_who_waits_for_it(
    slack: SlackSandbox, refused: bool
) -> None:
    if refused:
        slack.revoke_token()
    waiting = asyncio.create_task(
        slack.wait_for(lambda: [call.error for call in slack.calls] or None, 5, "a call")
    )
    await asyncio.sleep(0)

    with suppress(SlackApiError):
        await client_for(slack).auth_test()

    assert await waiting == ["token_revoked" if refused else None]
