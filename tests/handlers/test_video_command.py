"""What /video opens, and what happens when Slack does not open the form."""

from __future__ import annotations

import sqlite3

import pytest

from bot.domain import texts
from bot.sandbox.faults import Fault
from bot.screens import ids
from bot.screens.language import language_of
from tests.handlers.listening import ListeningBot


async def test_spaces_after_the_command_open_an_empty_form(bot: ListeningBot) -> None:
    await bot.ana.command("   ")

    view = await bot.ana.wait_for_view()
    assert "initial_value" not in view.blocks[0]["element"]


async def test_words_after_the_command_are_in_the_form_as_typed(bot: ListeningBot) -> None:
    await bot.ana.command("a <b> & c")

    view = await bot.ana.wait_for_view()
    assert view.blocks[0]["element"]["initial_value"] == "a <b> & c"


async def test_text_longer_than_the_field_is_taken_whole(bot: ListeningBot) -> None:
    typed = "word & word, " * 300
    await bot.ana.command(typed)
    view = await bot.ana.wait_for_view()

    answer = await bot.ana.submit(view, {ids.PROMPT: "And this."})

    assert answer.ok
    (job,) = await bot.store.jobs.recent(10)
    assert job.request.prompt == f"{typed.strip()}\n\nAnd this."


async def test_form_speaks_the_person_s_language(bot: ListeningBot) -> None:
    bot.ana.user.locale = "de-DE"
    await bot.ana.command()

    view = await bot.ana.wait_for_view()
    assert view.title == language_of("de-DE")(texts.FORM_TITLE)
    await bot.ana.submit(view, {ids.PROMPT: "Hallo"})
    (job,) = await bot.store.jobs.recent(10)
    assert job.request.locale == "de-DE"


async def test_in_a_direct_message_between_people_the_video_comes_to_the_person_s_own(
    bot: ListeningBot,
) -> None:
    place = bot.slack.state.direct_channel(bot.ana.user.id, bot.slack.person("ben").user.id)
    await bot.ana.command("Welcome to the team", channel=place)
    view = await bot.ana.wait_for_view()

    await bot.ana.submit(view)

    assert texts.FIELD_CHANNEL_HINT_DM in str(view.blocks)
    (job,) = await bot.store.jobs.recent(10)
    assert job.request.thread.channel_id == bot.ana.user.id


async def test_in_the_direct_messages_with_the_bot_the_video_comes_there(
    bot: ListeningBot,
) -> None:
    own = bot.slack.state.direct_channel(bot.slack.bot.id, bot.ana.user.id)
    await bot.ana.command("Welcome to the team", channel=own)
    view = await bot.ana.wait_for_view()

    await bot.ana.submit(view)

    assert texts.FIELD_CHANNEL_HINT_DM not in str(view.blocks)
    assert texts.FIELD_CHANNEL_HINT in str(view.blocks)
    (job,) = await bot.store.jobs.recent(10)
    assert job.request.thread.channel_id == own.id


async def test_command_in_a_channel_asks_slack_nothing_about_direct_messages(
    bot: ListeningBot,
) -> None:
    await bot.ana.command("Welcome to the team")

    await bot.ana.wait_for_view()
    assert "conversations.open" not in [call.method for call in bot.slack.calls]


def refused(code: str) -> Fault:
    return Fault("status", 200, f'{{"ok": false, "error": "{code}"}}')


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(refused("expired_trigger_id"), id="expired trigger"),
        pytest.param(refused("ratelimited"), id="rate limit"),
        pytest.param(Fault("status", 503, "<html>", "text/html"), id="503"),
        pytest.param(Fault("status", 200, "no JSON", "text/plain"), id="no JSON"),
        pytest.param(Fault("drop_before"), id="connection lost"),
    ],
)
async def test_form_that_slack_does_not_open_is_told_to_the_person_alone(
    bot: ListeningBot, trouble: Fault
) -> None:
    bot.slack.faults.add("views.open", trouble)

    answer = await bot.ana.command()

    assert answer.ok
    told = await bot.ana.wait_for_message("general", lambda m: "open the form" in m.text)
    assert told.text == texts.FORM_NOT_OPENED
    assert told.ephemeral_to == bot.ana.user.id
    assert bot.ana.top_view is None


async def test_after_a_refused_form_the_next_one_opens(bot: ListeningBot) -> None:
    bot.slack.faults.add("views.open", refused("expired_trigger_id"))
    await bot.ana.command()

    await bot.ana.command()

    view = await bot.ana.wait_for_view()
    assert view.definition["callback_id"] == ids.VIDEO_COMPOSER


async def test_simple_form_opens_while_nothing_can_be_saved(
    bot: ListeningBot, locked: sqlite3.Connection
) -> None:
    await bot.ana.command("two words")

    view = await bot.ana.wait_for_view()
    assert view.blocks[0]["element"]["initial_value"] == "two words"


async def test_form_that_needs_saving_is_told_not_to_be_possible_now(
    bot: ListeningBot, locked: sqlite3.Connection
) -> None:
    await bot.ana.command("word " * 900)

    told = await bot.ana.wait_for_message("general", lambda m: "cannot save" in m.text)
    assert told.ephemeral_to == bot.ana.user.id
    assert bot.ana.top_view is None
