"""The form while it is open: wider, changed meanwhile, refused by Slack."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import texts
from bot.domain.request.brief import Brief
from bot.domain.request.draft import BegunDraft
from bot.sandbox.faults import Fault
from bot.sandbox.slack.state import View
from bot.screens import ids
from bot.screens.composer.form import composer_view
from tests.builders import NOON, a_draft, a_job
from tests.handlers.filling_in import ENGLISH
from tests.handlers.listening import ListeningBot, trigger_of


def refused(code: str) -> Fault:
    return Fault("status", 200, f'{{"ok": false, "error": "{code}"}}')


async def an_open_form(bot: ListeningBot, text: str = "Hello world") -> View:
    await bot.ana.command(text)
    return await bot.ana.wait_for_view()


async def shown_as(bot: ListeningBot, view: View, number: int) -> dict[str, Any]:
    """The view's definition number so and so, 1 being what it was opened with."""

    def look() -> dict[str, Any] | None:
        return view.definitions[number - 1] if len(view.definitions) >= number else None

    return await bot.slack.wait_for(look, 3.0, f"{number} definitions of a view")


# -- more options


async def test_form_changed_meanwhile_gets_its_further_options_all_the_same(
    bot: ListeningBot,
) -> None:
    view = await an_open_form(bot)
    bot.slack.faults.add("views.update", refused("hash_conflict"))

    await bot.ana.click(view, ids.MORE_OPTIONS)

    assert ids.VOICE in str(await shown_as(bot, view, 2))


async def test_further_options_that_slack_refuses_are_told_on_top_of_the_form(
    bot: ListeningBot,
) -> None:
    view = await an_open_form(bot)
    bot.slack.faults.add("views.update", refused("view_too_large"))

    await bot.ana.click(view, ids.MORE_OPTIONS)

    told = await bot.ana.wait_for_view()
    assert told.title == texts.WENT_WRONG_TITLE
    assert len(view.definitions) == 1


async def test_destination_chosen_stays_when_the_form_gets_wider(bot: ListeningBot) -> None:
    bot.slack.add_channel("films", members=["ana"])
    view = await an_open_form(bot)
    await bot.ana.select(view, ids.CHANNEL, "films")

    await bot.ana.click(view, ids.MORE_OPTIONS)
    await shown_as(bot, view, 2)
    await bot.ana.submit(view)

    (job,) = await bot.store.jobs.recent(10)
    assert job.request.thread.channel_id == bot.slack.channel("films").id


async def test_wide_form_of_a_variation_goes_on_asking_what_should_be_different(
    bot: ListeningBot, client: AsyncWebClient
) -> None:
    await bot.store.jobs.add(a_job("job-1"), [])
    kept = a_draft(
        key="kept", prompt="Hi", parent_id="job-1", is_variation=True, brief=Brief(change="shorter")
    )
    await bot.store.drafts.keep(kept, NOON)
    shown = composer_view(BegunDraft(kept), ENGLISH)
    await client.views_open(trigger_id=trigger_of(bot), view=shown)
    view = await bot.ana.wait_for_view()
    await bot.ana.select(view, ids.CHANGE, "longer")

    await bot.ana.click(view, ids.MORE_OPTIONS)
    await shown_as(bot, view, 2)
    await bot.ana.submit(view, {ids.TONE: "dry"})

    (job,) = await bot.store.jobs.of(bot.ana.user.id, 10)
    assert (job.request.brief.change, job.request.brief.tone, job.request.parent_id) == (
        "longer",
        "dry",
        "job-1",
    )
