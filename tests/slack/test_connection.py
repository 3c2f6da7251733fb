"""The way to Slack over HTTP: open, refused, and back again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.connection import SlackConnection, TokenRefused
from bot.slack.identity import SlackIdentity, bolt_app
from bot.slack.tokens import FixedToken

REVOKED = Fault("status", 200, '{"ok": false, "error": "token_revoked"}')


@pytest.fixture
async def connection(slack: SlackSandbox) -> AsyncIterator[SlackConnection]:
    async with slack_session() as session:
        client = slack_client(slack.bot_token, slack.api_url, session)
        identity = SlackIdentity(client, FixedToken(slack.bot_token))
        app = bolt_app(slack_client(None, slack.api_url, session), identity)
        nobody = slack_client(None, slack.api_url, session)
        yield SlackConnection(app, identity, app_token=None, client=nobody)


async def test_open_way_has_no_fault(connection: SlackConnection) -> None:
    assert connection.fault is not None

    assert await connection.open()

    assert connection.fault is None


async def test_slack_that_is_away_is_no_refusal(
    slack: SlackSandbox, connection: SlackConnection
) -> None:
    slack.faults.add("auth.test", Fault("status", 503))

    assert not await connection.open()

    assert "keeps trying" in (connection.fault or "")
    assert await connection.open()


async def test_refused_token_is_named_until_slack_takes_it(
    slack: SlackSandbox, connection: SlackConnection
) -> None:
    slack.faults.add("auth.test", REVOKED)

    with pytest.raises(TokenRefused, match="SLACK_BOT_TOKEN"):
        await connection.open()

    assert "SLACK_BOT_TOKEN (token_revoked)" in (connection.fault or "")
    assert await connection.open()
    assert connection.fault is None
