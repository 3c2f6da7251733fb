"""The buttons of a card and what is behind its dots, or privately why not."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.job.job import Job
from bot.sandbox.slack.state import Message
from bot.screens import ids
from bot.screens.blocks import actions, dicts
from bot.screens.job_actions import job_actions
from handlers.job_buttons import ACTION_IDS, BUTTONS, MENU
from tests.builders import a_job
from tests.handlers.filling_in import ENGLISH
from tests.handlers.listening import ListeningBot


async def buttons_of(job: Job, bot: ListeningBot, client: AsyncWebClient) -> Message:
    """The buttons of this job, in #general."""
    blocks: Any = dicts([actions(job_actions(job, ENGLISH))])
    channel = bot.slack.channel("general").id
    await client.chat_postMessage(channel=channel, text="A card", blocks=blocks)
    return bot.slack.messages("general")[-1]


async def told(bot: ListeningBot, words: str) -> Message:
    """What only Ana sees."""
    message = await bot.ana.wait_for_message(predicate=lambda message: words in message.text)
    assert message.ephemeral_to == bot.ana.user.id
    return message


def test_every_button_and_every_option_is_listened_to() -> None:
    assert set(ACTION_IDS) == {*BUTTONS, ids.JOB_MENU}
    assert not set(BUTTONS.values()) & set(MENU.values())


async def test_details_are_shown_in_a_modal(bot: ListeningBot, client: AsyncWebClient) -> None:
    job = a_job(requester_id=bot.ana.user.id)
    await bot.store.jobs.add(job, [])
    card = await buttons_of(job, bot, client)

    await bot.ana.select(card, ids.JOB_MENU, ids.menu_value(ids.JOB_DETAILS, "job-1"))

    assert "job-1" in str((await bot.ana.wait_for_view()).blocks)


async def test_what_is_not_the_person_s_to_decide_is_said_privately(
    bot: ListeningBot, client: AsyncWebClient
) -> None:
    job = a_job(requester_id=bot.slack.add_user("ben").id)
    await bot.store.jobs.add(job, [])

    await bot.ana.click(await buttons_of(job, bot, client), ids.CANCEL_JOB)

    assert await told(bot, texts.NOT_YOURS)
    assert await bot.store.jobs.get("job-1") == job


async def test_job_that_is_not_there_is_said_privately(
    bot: ListeningBot, client: AsyncWebClient
) -> None:
    await bot.ana.click(await buttons_of(a_job(), bot, client), ids.CANCEL_JOB)

    assert await told(bot, texts.JOB_UNKNOWN)
