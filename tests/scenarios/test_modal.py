"""The form as a person uses it: wider, with menus, previewed, with what came along."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bot.domain.catalogue import CatalogueKind
from bot.domain.prompt.compose import compose
from bot.domain.request.brief import Brief
from bot.domain.request.video_request import PROMPT_MAX_CHARS, Orientation
from bot.sandbox.media import media_path
from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Delivery, ViewErrors
from bot.sandbox.slack.form import fill
from bot.sandbox.slack.state import View
from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World, running


def inputs(definition: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in definition["blocks"] if block["type"] == "input"]


def fields_of(view: View) -> list[str]:
    return [block["block_id"] for block in inputs(view.definition)]


def element_of(view: View, field: str) -> dict[str, Any]:
    (element,) = [block["element"] for block in view.blocks if block["block_id"] == field]
    return dict(element)


async def widened(world: World, view: View) -> View:
    """The same modal after a press of "More options"."""
    before = len(view.definitions)
    await world.ana.click(view, ids.MORE_OPTIONS)
    await world.slack.wait_for(lambda: len(view.definitions) > before or None, 3.0, "more options")
    return view


async def previewed(world: World, view: View) -> View:
    """What lies on top of the form after a press of "Preview prompt"."""
    await world.ana.click(view, ids.PREVIEW_PROMPT)
    return await world.ana.wait_for_view()


async def catalogue_read(world: World) -> None:
    """The bot reads HeyGen's lists in the background."""
    for _ in range(1_000):
        read = [await world.bot.store.catalogue.read_at(kind) for kind in CatalogueKind]
        if None not in read:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the catalogue was not read")


def sent_prompt(world: World) -> str:
    """What HeyGen got last, without the line that carries the job's reference."""
    session = list(world.heygen.sessions.values())[-1]
    return str(session.prompt).partition("\n")[2].strip()


# -- more options


async def test_more_options_keep_what_was_typed(world: World) -> None:
    view = await world.open_composer("two words")
    await world.ana.select(view, ids.PROMPT, "Our new office, in five scenes.")
    await world.ana.select(view, ids.ORIENTATION, "portrait")

    await widened(world, view)

    assert {ids.LINKS, ids.VOICE, ids.LOOK, ids.ON_SCREEN_TEXT} < set(fields_of(view))
    await world.ana.submit(view, {ids.TONE: "dry"})
    await world.result()
    (session,) = world.heygen.sessions.values()
    assert "Our new office, in five scenes." in session.prompt
    assert session.body["orientation"] == "portrait"
    assert "dry" in session.prompt


async def test_files_chosen_before_more_options_are_sent(world: World) -> None:
    logo = await world.ana.upload(media_path("logo.png"))
    view = await world.open_composer(PROMPT)
    await world.ana.select(view, ids.ATTACHMENTS, [logo])

    await world.ana.submit(await widened(world, view), {ids.NOTES: "logo.png: end card"})
    await world.result()

    assert len(world.heygen.assets) == 1
    assert "end card" in sent_prompt(world)


async def test_more_options_pressed_twice_show_the_same(world: World) -> None:
    view = await world.open_composer(PROMPT)
    answer = await world.ana.click(view, ids.MORE_OPTIONS)
    await world.slack.wait_for(lambda: len(view.definitions) > 1 or None, 3.0, "more options")

    await world.ana.deliver_again(answer)
    await world.slack.wait_for(lambda: len(view.definitions) > 2 or None, 3.0, "once more")

    first, second = view.definitions[1:3]
    assert first.get("private_metadata") == second.get("private_metadata")
    assert inputs(first) == inputs(second)


async def test_guided_answers_reach_heygen(world: World) -> None:
    view = await widened(world, await world.open_composer(PROMPT))

    await world.ana.submit(
        view,
        {
            ids.PURPOSE: "tutorial",
            ids.LENGTH: "45",
            ids.LANGUAGE: "German",
            ids.AUDIENCE: "apprentices",
            ids.LOOK: "swiss_pulse",
            ids.ON_SCREEN_TEXT: "Tag 1\nTag 2",
            ids.CALL_TO_ACTION: "Frag uns",
            ids.DETAIL: "full",
        },
    )
    await world.result()

    for words in ("45", "German", "apprentices", "Tag 1", "Tag 2", "Frag uns"):
        assert words in sent_prompt(world)


# -- menus


async def test_avatar_and_voice_are_found_by_words_and_sent(world: World) -> None:
    await catalogue_read(world)
    view = await widened(world, await world.open_composer(PROMPT))

    avatars = await world.ana.suggest(view, ids.AVATAR, "mira")
    voices = await world.ana.suggest(view, ids.VOICE, "german female")
    await world.ana.submit(view, {ids.AVATAR: "look_mira_desk", ids.VOICE: "voice_mira"})
    await world.result()

    assert [option["value"] for option in avatars] == ["default", "look_mira_desk"]
    assert voices[1]["value"] == "voice_mira"
    (session,) = world.heygen.sessions.values()
    assert session.body["avatar_id"] == "look_mira_desk"
    assert session.body["voice_id"] == "voice_mira"


async def test_choice_that_heygen_has_no_more_is_refused_beside_its_menu(world: World) -> None:
    await catalogue_read(world)
    view = await widened(world, await world.open_composer(PROMPT))
    await world.ana.suggest(view, ids.VOICE)
    view.loaded_options[ids.VOICE].append(
        {"text": {"type": "plain_text", "text": "Gone"}, "value": "voice_gone"}
    )

    answer = await world.ana.submit(view, {ids.VOICE: "voice_gone"})

    assert isinstance(answer, ViewErrors)
    assert list(answer.errors) == [ids.VOICE]
    assert "“Gone”" in answer.errors[ids.VOICE]
    assert world.heygen.sessions == {}


async def test_without_a_catalogue_every_menu_offers_the_default_alone(tmp_path: Path) -> None:
    async with running(tmp_path, HEYGEN_API_URL="http://127.0.0.1:9") as world:
        view = await widened(world, await world.open_composer(PROMPT))

        offered = [await world.ana.suggest(view, kind.value) for kind in CatalogueKind]

    assert [[option["value"] for option in options] for options in offered] == [["default"]] * 4


# -- the last video's choices


async def test_choices_of_the_last_video_are_offered_and_hold_unless_taken_back(
    world: World,
) -> None:
    await catalogue_read(world)
    view = await widened(world, await world.open_composer(PROMPT))
    await world.ana.submit(view, {ids.VOICE: "voice_mira", ids.ORIENTATION: "portrait"})
    await world.result()

    again = await world.open_composer("Another one")
    assert element_of(again, ids.ORIENTATION)["initial_option"]["value"] == "portrait"
    (box,) = element_of(again, ids.LAST_CHOICES)["initial_options"]
    assert "Mira's voice" in box["description"]["text"]
    await world.ana.submit(again)
    await world.card_says("Finished")
    third = await world.open_composer("A third one")
    await world.ana.submit(third, {ids.LAST_CHOICES: []})
    await world.slack.wait_for(
        lambda: len(world.heygen.sessions) == 3 or None, 5.0, "three sessions"
    )

    voices = [session.body.get("voice_id") for session in world.heygen.sessions.values()]
    assert voices == ["voice_mira", "voice_mira", None]


# -- preview


async def test_preview_shows_what_is_sent_and_closes_the_form_too(world: World) -> None:
    preview = await previewed(world, await world.open_composer(PROMPT))

    shown = element_of(preview, ids.WRITTEN_PROMPT)["initial_value"]
    await world.ana.submit(preview)
    await world.result()

    assert sent_prompt(world) == shown
    assert world.ana.top_view is None


async def test_prompt_edited_in_the_preview_is_sent_as_it_is(world: World) -> None:
    preview = await previewed(world, await world.open_composer(PROMPT))

    await world.ana.submit(preview, {ids.WRITTEN_PROMPT: "Landscape video. Only this."})
    await world.result()

    assert "Only this." in sent_prompt(world)
    assert PROMPT not in sent_prompt(world)


async def test_preview_sends_the_files_of_the_form_to_the_place_of_the_form(world: World) -> None:
    logo = await world.ana.upload(media_path("logo.png"))
    view = await world.open_composer(PROMPT)
    await world.ana.select(view, ids.ATTACHMENTS, [logo])
    await world.ana.select(view, ids.CHANNEL, None)

    await world.ana.submit(await previewed(world, view))

    await world.direct_message("is ready")
    assert [asset.mime_type for asset in world.heygen.assets.values()] == ["image/png"]


async def test_form_and_its_preview_both_sent_make_one_video(world: World) -> None:
    view = await world.open_composer(PROMPT)
    preview = await previewed(world, view)
    filled = fill(world.slack.state, preview, {})
    sent = payloads.view_submission(world.slack.state, world.ana.user, preview, filled, [])
    await world.ana.close(preview)

    await world.ana.submit(view)
    again = await world.ana.deliver_again(Delivery("interactive", sent))
    await world.result()

    assert again.body == {"response_action": "clear"}
    assert len(await world.bot.store.jobs.recent(10)) == 1


async def test_operator_s_price_and_padding_hold_in_the_preview_and_in_what_is_sent(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, HEYGEN_USD_PER_SECOND="2", LENGTH_PADDING="1.4") as world:
        view = await widened(world, await world.open_composer(PROMPT))
        await world.ana.select(view, ids.LENGTH, "90")

        preview = await previewed(world, view)
        await world.ana.submit(preview)
        await world.result()

        shown = element_of(preview, ids.WRITTEN_PROMPT)["initial_value"]
        assert "about 125 seconds long" in shown
        assert sent_prompt(world) == shown
        assert "About 90 seconds of video: 225 spoken words" in str(preview.blocks)
        assert "about 142.2 to 313.2 US dollars" in str(preview.blocks)


async def test_long_prompt_is_measured_with_the_operator_s_padding(tmp_path: Path) -> None:
    """125 seconds are one figure more than 90, and there is no room for it."""
    brief = Brief(length_s=90)
    too_long = compose("0" * 12, "a" * PROMPT_MAX_CHARS, Orientation.LANDSCAPE, brief)
    fits = "a" * (2 * PROMPT_MAX_CHARS - len(too_long))
    async with running(tmp_path, LENGTH_PADDING="1.4") as world:
        await world.ana.message_shortcut(world.ana.say(fits), ids.VIDEO_FROM_MESSAGE)
        view = await widened(world, await world.ana.wait_for_view())

        answer = await world.ana.submit(view, {ids.LENGTH: "90"})

        assert isinstance(answer, ViewErrors)
        assert "Shorten it by 1." in answer.errors[ids.PROMPT]


async def test_preview_of_a_form_that_cannot_be_sent_says_why(world: World) -> None:
    problem = await previewed(world, await world.open_composer())

    assert "one sentence is enough" in str(problem.blocks)
    await world.ana.close(problem)
    assert world.ana.top_view is not None
    assert world.ana.top_view.callback_id == ids.VIDEO_COMPOSER
