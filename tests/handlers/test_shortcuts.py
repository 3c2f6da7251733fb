"""The shortcuts open the form, with the words of the message where there is one."""

from __future__ import annotations

from bot.domain import texts
from bot.screens import ids
from tests.handlers.listening import ListeningBot


async def test_new_video_opens_an_empty_form(bot: ListeningBot) -> None:
    await bot.ana.global_shortcut(ids.NEW_VIDEO)

    view = await bot.ana.wait_for_view()
    assert view.callback_id == ids.VIDEO_COMPOSER
    assert "initial_value" not in view.blocks[0]["element"]


async def test_message_s_words_are_in_the_form_as_they_were_typed(bot: ListeningBot) -> None:
    message = bot.ana.say("Welcome <all> & sundry")

    await bot.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)

    prompt = (await bot.ana.wait_for_view()).blocks[0]["element"]["initial_value"]
    assert prompt == "Welcome <all> & sundry"


async def test_person_of_another_workspace_is_told_and_gets_no_form(bot: ListeningBot) -> None:
    bot.ana.user.team_id = bot.slack.state.new_id("T")

    await bot.ana.global_shortcut(ids.NEW_VIDEO)

    view = await bot.ana.wait_for_view()
    assert view.callback_id != ids.VIDEO_COMPOSER
    assert str(texts.OUTSIDER) in str(view.blocks)
