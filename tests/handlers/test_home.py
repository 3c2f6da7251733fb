"""Each person's Home tab, in their language."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.errors import SlackUnavailable
from bot.domain.job.pages import JobPage
from bot.sandbox.faults import Fault
from bot.screens.language import language_of
from bot.slack.people import SlackPeople
from handlers.home import SlackHomeTabs
from tests.handlers.listening import ListeningBot

EMPTY = JobPage(0, (), has_older=False)


@pytest.fixture
def tabs(client: AsyncWebClient) -> SlackHomeTabs:
    async def workspace_url() -> str:
        return "https://acme.slack.com/"

    return SlackHomeTabs(client, SlackPeople(client), workspace_url)


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
async def test_tab_speaks_its_person_s_language(
    bot: ListeningBot, tabs: SlackHomeTabs, locale: str
) -> None:
    bot.ana.user.locale = locale

    await tabs.publish(bot.ana.user.id, EMPTY)

    home: Any = bot.ana.home
    assert language_of(locale)(texts.HOME_EMPTY) in str(home.blocks)


async def test_slack_that_is_away_is_told_in_our_words(
    bot: ListeningBot, tabs: SlackHomeTabs
) -> None:
    bot.slack.faults.add("views.publish", Fault("status", 503))

    with pytest.raises(SlackUnavailable):
        await tabs.publish(bot.ana.user.id, EMPTY)
