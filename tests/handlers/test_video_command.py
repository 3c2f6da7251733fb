"""What /video opens, and what happens when Slack does not open the form."""

from __future__ import annotations

import sqlite3

import pytest

from bot.domain import texts
from bot.sandbox.faults import Fault
from bot.screens import ids
from bot.screens.language import language_of
from tests.handlers.desk import Desk


async def test_spaces_after_the_command_open_an_empty_form(desk: Desk) -> None:
    await desk.ana.command("   ")

    view = await desk.ana.wait_for_view()
    assert "initial_value" not in view.blocks[0]["element"]


async def test_words_after_the_command_are_in_the_form_as_typed(desk: Desk) -> None:
    await desk.ana.command("a <b> & c")

    view = await desk.ana.wait_for_view()
    assert view.blocks[0]["element"]["initial_value"] == "a <b> & c"


async def test_text_longer_than_the_field_is_taken_whole(desk: Desk) -> None:
    typed = "word & word, " * 300
    await desk.ana.command(typed)
    view = await desk.ana.wait_for_view()

    answer = await desk.ana.submit(view, {ids.PROMPT: "And this."})

    assert answer.ok
    (job,) = await desk.store.jobs.recent(10)
    assert job.request.prompt == f"{typed.strip()}\n\nAnd this."


async def test_form_speaks_the_person_s_language(desk: Desk) -> None:
    desk.ana.user.locale = "de-DE"
    await desk.ana.command()

    view = await desk.ana.wait_for_view()
    assert view.title == language_of("de-DE")(texts.FORM_TITLE)
    await desk.ana.submit(view, {ids.PROMPT: "Hallo"})
    (job,) = await desk.store.jobs.recent(10)
    assert job.request.locale == "de-DE"


async def test_in_a_direct_message_between_people_the_video_comes_to_the_person_s_own(
    desk: Desk,
) -> None:
    place = desk.slack.state.direct_channel(desk.ana.user.id, desk.slack.person("ben").user.id)
    await desk.ana.command("Welcome to the team", channel=place)
    view = await desk.ana.wait_for_view()

    await desk.ana.submit(view)

    assert texts.FIELD_CHANNEL_HINT_DM in str(view.blocks)
    (job,) = await desk.store.jobs.recent(10)
    assert job.request.thread.channel_id == desk.ana.user.id


async def test_in_the_direct_messages_with_the_bot_the_video_comes_there(
    desk: Desk,
) -> None:
    own = desk.slack.state.direct_channel(desk.slack.bot.id, desk.ana.user.id)
    await desk.ana.command("Welcome to the team", channel=own)
    view = await desk.ana.wait_for_view()

    await desk.ana.submit(view)

    assert texts.FIELD_CHANNEL_HINT_DM not in str(view.blocks)
    assert texts.FIELD_CHANNEL_HINT in str(view.blocks)
    (job,) = await desk.store.jobs.recent(10)
    assert job.request.thread.channel_id == own.id


async def test_command_in_a_channel_asks_slack_nothing_about_direct_messages(desk: Desk) -> None:
    await desk.ana.command("Welcome to the team")

    await desk.ana.wait_for_view()
    assert "conversations.open" not in [call.method for call in desk.slack.calls]


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
    desk: Desk, trouble: Fault
) -> None:
    desk.slack.faults.add("views.open", trouble)

    answer = await desk.ana.command()

    assert answer.ok
    told = await desk.ana.wait_for_message("general", lambda m: "open the form" in m.text)
    assert told.text == texts.FORM_NOT_OPENED
    assert told.ephemeral_to == desk.ana.user.id
    assert desk.ana.top_view is None


async def test_after_a_refused_form_the_next_one_opens(desk: Desk) -> None:
    desk.slack.faults.add("views.open", refused("expired_trigger_id"))
    await desk.ana.command()

    await desk.ana.command()

    view = await desk.ana.wait_for_view()
    assert view.definition["callback_id"] == ids.VIDEO_COMPOSER


async def test_simple_form_opens_while_nothing_can_be_saved(
    desk: Desk, locked: sqlite3.Connection
) -> None:
    await desk.ana.command("two words")

    view = await desk.ana.wait_for_view()
    assert view.blocks[0]["element"]["initial_value"] == "two words"


async def test_form_that_needs_saving_is_told_not_to_be_possible_now(
    desk: Desk, locked: sqlite3.Connection
) -> None:
    await desk.ana.command("word " * 900)

    told = await desk.ana.wait_for_message("general", lambda m: "cannot save" in m.text)
    assert told.ephemeral_to == desk.ana.user.id
    assert desk.ana.top_view is None
