from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.threads import SlackWebThreads


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    async with slack_session() as session:
        yield slack_client(slack.bot_token, slack.api_url, session)


@pytest.fixture
def threads(client: AsyncWebClient) -> SlackWebThreads:
    return SlackWebThreads(client)
