"""Everything that somebody reads is said in this person's language, wherever it is shown.

Told once in a language nobody speaks (tests/fullwidth.py), where plain letters betray what was not
translated, and once in German, whose sentences have to fit Slack's limits as the sandbox has them.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.domain import texts
from bot.domain.catalogue import CatalogueKind
from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.errors import BotError
from bot.domain.job.job import Failure, JobState
from bot.domain.refusals import REFUSALS
from bot.domain.request.brief import Brief
from bot.domain.words import Text
from bot.heygen.errors import MEANINGS
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.media import media_path
from bot.sandbox.slack.state import Message, View
from bot.screens import ids
from bot.screens.language import language_of
from bot.screens.messages import message_of, plain_message_of
from bot.screens.trouble import trouble_home, trouble_modal
from tests.fullwidth import LOCALE, left_in_english, shown_in, teach, unlearn
from tests.scenarios.sandbox_world import World, running
from tests.slack.builders import MESSAGES, a_job, a_notice

PROMPT = "Ένあ いίντεο"  # Japanese, so that it is not mistaken for English
CHANGE = "もっと短く"


@pytest.fixture(autouse=True)
def taught(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    teach(tmp_path_factory.mktemp("locales"), monkeypatch)
    yield
    unlearn()


@pytest.fixture(params=[LOCALE, "de-DE"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as world:
        world.slack.add_user("eva", locale=request.param)
        world.ana = world.slack.person("eva")
        yield world
        if request.param == LOCALE:
            assert await in_english(world) == set()


async def in_english(world: World) -> set[str]:
    """What the bot showed in this workspace that was not said in Eva's language."""
    jobs = await world.bot.store.jobs.recent(100)
    own = {job.id for job in jobs} | {world.ana.user.name}
    for kind in CatalogueKind:
        for entry in await world.bot.store.catalogue.search(kind, "", 1_000):
            own |= {entry.name, entry.detail}
    prompts = [job.attempt.final_prompt or "" for job in jobs]
    shown = {
        text
        for body in map(unpacked, world.slack.sent)
        for text in shown_in(body)
        if not any(text in prompt for prompt in prompts)
    }
    assert shown
    return left_in_english(shown, own - {""})


def unpacked(body: dict[str, Any]) -> dict[str, Any]:
    packed = {key for key in ("view", "blocks", "files") if isinstance(body.get(key), str)}
    return body | {key: json.loads(body[key]) for key in packed}


def spoken(world: World, text: Text) -> str:
    """The longest piece of this sentence in Eva's language that stands between values."""
    return max(re.split(r"\{\w+\}", language_of(world.ana.user.locale)(text)), key=len)


async def says(world: World, text: Text, *, times: int = 1) -> Message:
    """The last of so many messages that say this in Eva's language."""
    words = spoken(world, text)

    def look() -> Message | None:
        place = world.slack.channel("general")
        found = [m for m in [*place.messages, *place.ephemerals] if words in m.text]
        return found[-1] if len(found) >= times else None

    return await world.slack.wait_for(look, 5.0, f"{words!r}")


async def card_says(world: World, text: Text) -> Message:
    words = spoken(world, text)
    return await world.message(lambda m: not m.is_reply and words in m.text)


async def next_view(world: World) -> View:
    return await world.ana.wait_for_view()


async def catalogue_read(world: World) -> None:
    """The bot reads HeyGen's lists in the background."""
    for kind in CatalogueKind:
        while await world.bot.store.catalogue.read_at(kind) is None:  # noqa: ASYNC110 it has no signal
            await asyncio.sleep(0.005)


async def widened(world: World, view: View) -> View:
    before = len(view.definitions)
    await world.ana.click(view, ids.MORE_OPTIONS)
    await world.slack.wait_for(lambda: len(view.definitions) > before or None, 3.0, "more options")
    return view


# -- the form


async def test_form_with_all_its_fields_menus_and_preview(world: World) -> None:
    await catalogue_read(world)
    view = await widened(world, await world.open_composer(PROMPT))
    for kind in CatalogueKind:
        await world.ana.suggest(view, kind.value)
    await world.ana.select(view, ids.LENGTH, "45")
    await world.ana.click(view, ids.PREVIEW_PROMPT)
    preview = await next_view(world)

    await world.ana.submit(preview)

    await says(world, texts.RESULT)


async def test_what_is_refused_beside_the_fields(world: World) -> None:
    logo = await world.ana.upload(media_path("logo.png"))
    view = await widened(world, await world.open_composer())
    await world.ana.click(view, ids.PREVIEW_PROMPT)
    await world.ana.close(await next_view(world))

    for values in (
        {ids.PROMPT: " ", ids.LINKS: "http://8.8.8.8/", ids.LENGTH: "あ", ids.NOTES: "あ: い"},
        {ids.PROMPT: PROMPT, ids.LINKS: "https://127.0.0.1/あ.png", ids.NOTES: "あ.png: い"},
        {ids.PROMPT: PROMPT, ids.LINKS: "あ", ids.ATTACHMENTS: [logo], ids.NOTES: "い.png: う"},
    ):
        answer = await world.ana.submit(view, values)
        assert getattr(answer, "errors", None), values


async def test_last_choices_and_what_a_message_brings_along(world: World) -> None:
    await catalogue_read(world)
    view = await widened(world, await world.open_composer(PROMPT))
    await world.ana.submit(
        view,
        {ids.LANGUAGE: "German", ids.LENGTH: "45", ids.LOOK: "cartoon", ids.VOICE: "voice_mira"},
    )
    await says(world, texts.RESULT)
    logo = await world.ana.upload(media_path("logo.png"))
    said = world.ana.say(PROMPT * 400, files=[logo])

    await world.ana.message_shortcut(said, ids.VIDEO_FROM_MESSAGE)

    await widened(world, await next_view(world))


# -- the card and the replies


async def test_card_its_buttons_and_menu(world: World) -> None:
    await world.ask(PROMPT)
    await says(world, texts.RESULT)
    card = await card_says(world, texts.STATES["completed"])
    for name in (ids.FRESH_LINK, ids.JOB_DETAILS):
        (menu,) = [
            one["options"]
            for block in card.blocks
            for one in [*block.get("elements", []), block.get("accessory", {})]
            if one.get("action_id") == ids.JOB_MENU
        ]
        value = next(o["value"] for o in menu if o["value"].startswith(name))
        await world.ana.select(card, ids.JOB_MENU, value)
        if name == ids.JOB_DETAILS:
            await world.ana.close(await next_view(world))
    await says(world, texts.FRESH_LINKS)
    for button in (ids.VARY_JOB, ids.EDIT_JOB):
        await world.ana.click(card, button)
        await world.ana.close(await next_view(world))

    await world.ana.click(card, ids.OTHER_ORIENTATION)

    await says(world, texts.RESULT, times=2)


async def test_failure_and_a_second_click_that_comes_too_late(world: World) -> None:
    world.heygen.script(PROMPT, Outcome(video="failed", failure_message="失敗"))
    await world.ask(PROMPT)
    await says(world, texts.FAILURE)
    card = await card_says(world, texts.STATES["failed"])
    await world.ana.click(card, ids.RETRY_JOB)

    await world.ana.click(card, ids.RETRY_JOB)

    await says(world, texts.RESULT)


async def test_attachment_that_lies_and_link_that_leads_nowhere(world: World) -> None:
    lie = world.slack.add_file(world.ana.user, name="あ.png", content=b"GIF89a" + b"\0" * 64)

    await world.ask(PROMPT, files=[lie])

    await says(world, texts.FAILURE)


# -- other ways in


async def test_command_s_answers(world: World) -> None:
    await world.ana.command("list")
    await world.ask(PROMPT)
    await says(world, texts.RESULT)
    (job,) = await world.bot.store.jobs.recent(1)
    for words in ("list", f"status {job.id}", f"cancel {job.id}", "status", "cancel", "help", "x"):
        await world.ana.command(words)
    await says(world, texts.LIST_TITLE)
    await says(world, texts.WHAT_NEXT["completed"])


async def test_mention_and_its_buttons(world: World) -> None:
    general = world.slack.channel("general")
    general.members.add(world.slack.bot.id)
    await world.ana.mention("")
    mentioned = await world.ana.mention(PROMPT)
    assert mentioned.message is not None
    answer = await says(world, texts.MENTION_ANSWER)
    await world.ana.click(answer, ids.OPEN_DRAFT)
    await world.ana.submit(await next_view(world))
    await says(world, texts.RESULT)
    await world.ana.mention(CHANGE, thread_ts=mentioned.message.ts)
    change = await says(world, texts.REVISION_ANSWER)

    await world.ana.click(change, ids.MAKE_CHANGE)

    await says(world, texts.RESULT, times=2)


async def test_home_tab(world: World) -> None:
    await world.ana.open_home()

    def home(text: Text) -> View | None:
        view, words = world.ana.home, spoken(world, text)
        return view if view and words in json.dumps(view.blocks, ensure_ascii=False) else None

    await world.slack.wait_for(lambda: home(texts.HOME_EMPTY), 5.0, "the Home tab")
    await world.ask(PROMPT)
    finished = texts.LISTED_STATES["completed"]
    await world.slack.wait_for(lambda: home(finished), 5.0, "the finished video")


# -- what goes wrong


async def test_form_that_cannot_be_opened(world: World) -> None:
    world.slack.faults.add("views.open", Fault("status", 500))

    await world.ana.command(PROMPT)

    await says(world, texts.FORM_NOT_OPENED)


# -- pure builders: what a story seldom tells


@pytest.mark.parametrize("detour", [None, *sorted(REFUSALS), "あいう"])
@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_with_every_detour(kind: DeliveryKind, detour: str | None) -> None:
    states = {
        DeliveryKind.FAILURE: {
            "state": JobState.FAILED,
            "failure": Failure("x", texts.NO_REASON, texts.NO_REASON_HINT),
        },
        DeliveryKind.PARKED: {"state": JobState.PARKED},
        DeliveryKind.SLOW: {"state": JobState.RENDERING, "session_id": "1"},
        DeliveryKind.CARD: {"state": JobState.QUEUED, "retry_count": 1},
        DeliveryKind.RESULT: {"state": JobState.COMPLETED},
    }
    job = a_job(prompt=PROMPT, locale=LOCALE, id="1", brief=Brief(length_s=45), **states[kind])
    notice = a_notice(kind, job=job, detour=detour)

    shown = [*shown_in(message_of(notice)), *shown_in(plain_message_of(notice))]

    assert left_in_english(shown, ()) == set()


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_meaning_of_heygen_s(code: str) -> None:
    say, meaning = language_of(LOCALE), MEANINGS[code]

    said = [say(meaning.message), say(meaning.hint)]

    assert left_in_english(said, ("HEYGEN_API_KEY",)) == set()


@pytest.mark.parametrize("shown", [trouble_modal, trouble_home])
def test_what_is_shown_instead_of_a_broken_view(shown: Callable[..., dict[str, Any]]) -> None:
    view = shown(BotError().sentence, language_of(LOCALE))

    assert left_in_english(shown_in(view), ()) == set()
