"""What a mention is answered when the bot cannot take it."""

from __future__ import annotations

import sqlite3

import pytest

from bot.domain import texts
from bot.domain.errors import StoreUnavailable
from bot.domain.request.draft import Draft
from bot.domain.request.mention import Mention
from bot.screens import ids
from bot.screens.language import language_of
from bot.screens.mention_reply import mention_answer
from tests.builders import a_job, an_attachment
from tests.handlers.listening import ListeningBot

SAID = Draft(key="said:1", requester_id="U1", team_id="T1", prompt="Words")


async def test_words_that_cannot_be_kept_are_told_to_their_writer(
    bot: ListeningBot, locked: sqlite3.Connection
) -> None:
    assert (await bot.ana.mention("Make a video")).ok

    told = await bot.ana.wait_for_message("general", lambda m: m.ephemeral_to is not None)
    assert StoreUnavailable.message in told.text
    assert [m.bot_id for m in bot.slack.messages("general")] == [None]


async def test_words_said_again_after_that_are_answered(
    bot: ListeningBot, locked: sqlite3.Connection
) -> None:
    given = await bot.ana.mention("Make a video")
    await bot.ana.wait_for_message("general", lambda m: m.ephemeral_to is not None)
    locked.execute("ROLLBACK")

    await bot.ana.deliver_again(given)

    await bot.ana.wait_for_message("general", lambda m: m.text == texts.MENTION_ANSWER)


@pytest.mark.parametrize(
    ("mention", "buttons"),
    [
        pytest.param(Mention(SAID, None), [ids.OPEN_DRAFT], id="words"),
        pytest.param(Mention(SAID, a_job()), [ids.OPEN_DRAFT], id="no change"),
    ],
)
def test_plain_words_offer_the_form_alone(mention: Mention, buttons: list[str]) -> None:
    answer = mention_answer(mention, language_of(""))

    assert [one["action_id"] for one in answer["blocks"][-1]["elements"]] == buttons


def test_files_without_words_are_worth_a_form() -> None:
    draft = Draft(key="k", requester_id="U1", team_id="T1", attachments=(an_attachment(),))

    assert mention_answer(Mention(draft, None), language_of(""))["text"] == texts.MENTION_ANSWER
