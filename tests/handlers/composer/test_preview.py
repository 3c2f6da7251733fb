"""The preview through its listeners: what it shows, and what its submit makes."""

from __future__ import annotations

import sqlite3

import pytest

from bot.domain import texts
from bot.domain.errors import StoreUnavailable
from bot.sandbox.faults import Fault
from bot.sandbox.slack.delivery import ViewErrors
from bot.sandbox.slack.state import View
from bot.screens import ids
from tests.handlers.listening import ListeningBot


async def an_open_form(bot: ListeningBot, text: str = "Hello world") -> View:
    await bot.ana.command(text)
    return await bot.ana.wait_for_view()


async def widened(bot: ListeningBot, view: View) -> View:
    before = len(view.definitions)
    await bot.ana.click(view, ids.MORE_OPTIONS)
    await bot.slack.wait_for(lambda: len(view.definitions) > before or None, 3.0, "more options")
    return view


async def previewed(bot: ListeningBot, view: View) -> View:
    await bot.ana.click(view, ids.PREVIEW_PROMPT)
    return await bot.ana.wait_for_view()


@pytest.mark.parametrize("length", ["", "45"])
async def test_estimate_yields_to_a_length_in_words_until_one_is_filled_in(
    bot: ListeningBot, length: str
) -> None:
    view = await widened(bot, await an_open_form(bot, "A 45-second welcome"))
    await bot.ana.select(view, ids.LENGTH, length)

    preview = await previewed(bot, view)

    assert (texts.PREVIEW_LENGTH_OPEN in str(preview.blocks)) is (length == "")


async def test_preview_that_was_only_looked_at_leaves_the_prompt_to_be_composed(
    bot: ListeningBot,
) -> None:
    preview = await previewed(bot, await an_open_form(bot))

    answer = await bot.ana.submit(preview)

    assert answer.body == {"response_action": "clear"}
    (job,) = await bot.store.jobs.recent(10)
    assert (job.request.prompt, job.request.brief.written_prompt) == ("Hello world", "")


async def test_preview_that_was_edited_is_kept_with_the_job(bot: ListeningBot) -> None:
    preview = await previewed(bot, await an_open_form(bot))

    await bot.ana.submit(preview, {ids.WRITTEN_PROMPT: "Only this."})

    (job,) = await bot.store.jobs.recent(10)
    assert (job.request.prompt, job.request.brief.written_prompt) == ("Hello world", "Only this.")


async def test_long_preview_makes_the_video_as_it_stands(bot: ListeningBot) -> None:
    text = "word " * 900
    preview = await previewed(bot, await an_open_form(bot, text))

    await bot.ana.submit(preview)

    (job,) = await bot.store.jobs.recent(10)
    assert (job.request.prompt, job.request.brief.written_prompt) == (text.strip(), "")


async def test_form_changed_after_a_preview_is_what_the_next_preview_sends(
    bot: ListeningBot,
) -> None:
    view = await an_open_form(bot)
    await bot.ana.close(await previewed(bot, view))
    await bot.ana.select(view, ids.PROMPT, "Second thoughts")

    await bot.ana.submit(await previewed(bot, view))

    (job,) = await bot.store.jobs.recent(10)
    assert job.request.prompt == "Second thoughts"


async def test_preview_with_nothing_but_blanks_is_refused_beside_the_field(
    bot: ListeningBot,
) -> None:
    preview = await previewed(bot, await an_open_form(bot))

    answer = await bot.ana.submit(preview, {ids.WRITTEN_PROMPT: "  \n "})

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.WRITTEN_PROMPT: texts.PREVIEW_EMPTY}
    assert await bot.store.jobs.recent(10) == []


async def test_preview_that_cannot_be_saved_keeps_what_was_written(
    bot: ListeningBot, locked: sqlite3.Connection
) -> None:
    locked.execute("ROLLBACK")
    preview = await previewed(bot, await an_open_form(bot))
    locked.execute("BEGIN EXCLUSIVE")

    answer = await bot.ana.submit(preview, {ids.WRITTEN_PROMPT: "Only this."})

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.WRITTEN_PROMPT: StoreUnavailable().sentence}
    assert bot.ana.top_view is preview


async def test_all_that_keeps_a_form_from_being_previewed_is_listed(bot: ListeningBot) -> None:
    view = await an_open_form(bot)
    await bot.ana.click(view, ids.MORE_OPTIONS)
    await bot.slack.wait_for(lambda: len(view.definitions) > 1 or None, 3.0, "more options")
    await bot.ana.select(view, ids.PROMPT, None)
    await bot.ana.select(view, ids.LINKS, "ftp://example.com/a.png")

    problem = await previewed(bot, view)

    assert problem.title == texts.PROBLEM_TITLE
    assert texts.PROMPT_MISSING in str(problem.blocks)
    assert "ftp://example.com/a.png" in str(problem.blocks)
    assert "submit" not in problem.definition


@pytest.mark.parametrize("code", ["expired_trigger_id", "push_limit_reached", "fatal_error"])
async def test_preview_that_slack_does_not_show_is_told(bot: ListeningBot, code: str) -> None:
    view = await an_open_form(bot)
    refused = Fault("status", 200, f'{{"ok": false, "error": "{code}"}}')
    bot.slack.faults.add("views.push", refused)

    await bot.ana.click(view, ids.PREVIEW_PROMPT)

    told = await bot.ana.wait_for_view()
    assert told.title == texts.WENT_WRONG_TITLE
