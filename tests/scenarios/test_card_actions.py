"""What a card offers beside deciding about its video: made differently, links, details."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain import texts
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.media import media_path
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Json, Message, View
from bot.screens import ids
from bot.screens.language import language_of
from tests.scenarios.sandbox_world import PROMPT, World, running
from tests.scenarios.test_buttons import told_privately

READ_VIDEO = "GET /v3/videos/{video_id}"
CHANGE = "Make it shorter and warmer."


async def finished(world: World) -> Message:
    """The card of a video that is done, in its last edition."""
    await world.ask()
    return await world.card_says("Finished")


def is_card(message: Message) -> bool:
    return message.text.startswith(("Video for", "Video für"))


async def second_card(world: World, fits: Callable[[Message], bool] = is_card) -> Message:
    """The card of the video made after the first, which is a reply under the first's."""
    return await world.message(lambda m: m.is_reply and is_card(m) and fits(m))


async def results(world: World, count: int) -> list[Message]:
    def look() -> list[Message] | None:
        ready = [m for m in world.slack.messages("general") if "is ready" in m.text]
        return ready if len(ready) == count else None

    return await world.slack.wait_for(look, 5.0, f"{count} results")


async def choose(world: World, card: Message, name: str, who: Person | None = None) -> None:
    """Pick one option of the menu behind the dots."""
    (menu,) = [
        element
        for block in card.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "overflow"
    ]
    value = next(o["value"] for o in menu["options"] if o["value"].startswith(f"{name}:"))
    answer = await (who or world.ana).select(card, ids.JOB_MENU, value)
    assert answer is not None
    assert answer.ok


def words_in(view: View) -> str:
    return json.dumps(view.definition["blocks"], ensure_ascii=False)


# -- Make a variation, Edit and run again, Make it portrait


async def test_variation_asks_what_should_be_different_and_makes_it_in_the_same_thread(
    world: World,
) -> None:
    card = await finished(world)

    await world.ana.click(card, ids.VARY_JOB)
    view = await world.ana.wait_for_view()
    assert (await world.ana.submit(view, {ids.CHANGE: CHANGE})).ok

    new = await second_card(world)
    assert new.thread_ts == card.ts
    assert "Made after job" in json.dumps(new.blocks)
    await results(world, 2)
    first, second = world.heygen.sessions.values()
    assert PROMPT in first.prompt
    assert PROMPT in second.prompt
    assert CHANGE in second.prompt


async def test_colleague_s_variation_is_the_colleague_s_own(world: World) -> None:
    ben = world.slack.person("ben")
    card = await finished(world)

    await ben.click(card, ids.VARY_JOB)
    view = await ben.wait_for_view()
    await ben.submit(view, {ids.CHANGE: CHANGE})

    new = await second_card(world)
    assert f"<@{ben.user.id}>" in new.text
    newest, _ = await world.bot.store.jobs.recent(9)
    assert newest.request.requester_id == ben.user.id


async def test_variation_uses_the_files_of_the_first_once_more(world: World) -> None:
    logo = await world.ana.upload(media_path("logo.png"))
    await world.ask(files=[logo])
    card = await world.card_says("Finished")

    await world.ana.click(card, ids.VARY_JOB)
    view = await world.ana.wait_for_view()
    await world.ana.submit(view, {ids.CHANGE: CHANGE})

    await results(world, 2)
    assert len(world.heygen.assets) == 1
    first, second = (session.body["files"] for session in world.heygen.sessions.values())
    assert first == second


async def test_edit_and_run_again_opens_the_form_with_the_former_answers(world: World) -> None:
    await world.ask(orientation="portrait")
    card = await world.card_says("Finished")

    await world.ana.click(card, ids.EDIT_JOB)
    view = await world.ana.wait_for_view()
    assert PROMPT in words_in(view)
    await world.ana.submit(view, {ids.PROMPT: "Something else entirely."})

    assert (await second_card(world)).thread_ts == card.ts
    await results(world, 2)
    _, second = world.heygen.sessions.values()
    assert "Something else entirely." in second.prompt
    assert second.body["orientation"] == "portrait"


async def test_failed_video_can_be_edited_and_run_again(world: World) -> None:
    world.heygen.script(PROMPT, Outcome(video="failed", failure_message="The voice is missing"))
    await world.ask()
    card = await world.card_says("did not work")

    await world.ana.click(card, ids.EDIT_JOB)
    await world.ana.submit(await world.ana.wait_for_view(), {ids.PROMPT: "With another voice."})

    await results(world, 1)


async def test_other_orientation_is_asked_about_and_pressed_twice_makes_one_video(
    world: World,
) -> None:
    card = await finished(world)
    row = next(b for b in card.blocks if b["type"] == "actions")["elements"]
    turn = next(b for b in row if b["action_id"] == ids.OTHER_ORIENTATION)
    assert "costs like any new video" in turn["confirm"]["text"]["text"]

    answer = await world.ana.click(card, ids.OTHER_ORIENTATION)
    await world.ana.deliver_again(answer)

    await told_privately(world, world.ana, "taken that already")
    await results(world, 2)
    orientations = [s.body["orientation"] for s in world.heygen.sessions.values()]
    assert orientations == ["landscape", "portrait"]


# -- Fresh link, Open in HeyGen, Details


async def test_fresh_link_leads_to_the_video_and_only_the_one_who_asked_sees_it(
    world: World,
) -> None:
    ben = world.slack.person("ben")
    card = await finished(world)
    shown_before = len(world.slack.messages("general"))

    await choose(world, card, ids.FRESH_LINK, ben)

    told = await told_privately(world, ben, "fresh links")
    assert "Watch the video" in told.text
    assert ".mp4?Expires=" in told.text
    assert len(world.slack.messages("general")) == shown_before


async def test_fresh_link_in_the_home_tab_comes_in_a_modal(world: World) -> None:
    await finished(world)
    await world.ana.open_home()

    def look() -> Json | None:
        blocks = world.ana.home.blocks if world.ana.home else []
        menus = (e for b in blocks if b["type"] == "actions" for e in b["elements"])
        return next((e for e in menus if e["type"] == "overflow"), None)

    menu = await world.slack.wait_for(look, 5.0, "a job in the Home tab")
    assert world.ana.home is not None
    await world.ana.select(world.ana.home, ids.JOB_MENU, menu["options"][0]["value"])

    view = await world.ana.wait_for_view()
    assert view.title == "Fresh link"
    assert "|Watch the video>" in words_in(view)


async def test_fresh_link_that_heygen_does_not_give_is_said_in_words(world: World) -> None:
    card = await finished(world)
    unknown = Fault("status", 404, '{"error": {"code": "video_not_found"}}')
    world.heygen.faults.add(READ_VIDEO, unknown, times=9)

    await choose(world, card, ids.FRESH_LINK)

    await told_privately(world, world.ana, "HeyGen")


async def test_open_in_heygen_is_a_plain_link_and_its_click_is_acknowledged(world: World) -> None:
    card = await finished(world)
    (session_id,) = world.heygen.sessions
    assert f"https://app.heygen.com/video-agent/{session_id}" in json.dumps(card.blocks)

    await choose(world, card, ids.OPEN_IN_HEYGEN)

    assert world.slack.channel("general").ephemerals == []


async def test_details_show_the_prompt_as_it_was_sent_and_what_happened(world: World) -> None:
    card = await finished(world)
    (job,) = await world.bot.store.jobs.recent(1)

    await choose(world, card, ids.JOB_DETAILS, world.slack.person("ben"))
    view = await world.slack.person("ben").wait_for_view()

    words = words_in(view)
    (session,) = world.heygen.sessions.values()
    assert view.title == "Details"
    assert json.dumps(session.prompt)[1:60] in words
    for part in (job.id, "put into the queue", "taken by HeyGen", "finished", "Asked for"):
        assert part in words


async def test_details_that_slack_does_not_open_are_answered_privately(world: World) -> None:
    card = await finished(world)
    refused = json.dumps({"ok": False, "error": "expired_trigger_id"})
    world.slack.faults.add("views.open", Fault("status", 200, refused))

    await choose(world, card, ids.JOB_DETAILS)

    await told_privately(world, world.ana, "Choose it again in the menu")


# -- who, and in which language


@pytest.mark.parametrize("action_id", [ids.VARY_JOB, ids.EDIT_JOB, ids.OTHER_ORIENTATION])
async def test_outsider_s_click_starts_nothing_and_says_why(world: World, action_id: str) -> None:
    stranger = world.slack.add_user("stranger")
    stranger.team_id = "T0OTHER"
    card = await finished(world)

    person = world.slack.person("stranger")
    assert (await person.click(card, action_id)).ok

    await told_privately(world, person, "Only people of the workspace")
    assert person.top_view is None
    assert len(world.heygen.sessions) == 1


@pytest.mark.parametrize("name", [ids.FRESH_LINK, ids.JOB_DETAILS])
async def test_outsider_sees_no_details(world: World, name: str) -> None:
    stranger = world.slack.add_user("stranger")
    stranger.team_id = "T0OTHER"
    card = await finished(world)
    person = world.slack.person("stranger")

    await choose(world, card, name, person)

    await told_privately(world, person, "Only people of the workspace")
    assert person.top_view is None


async def test_german_reads_german_beside_somebody_else_s_english_card(world: World) -> None:
    world.slack.state.user("ben").locale = "de-DE"
    ben = world.slack.person("ben")
    card = await finished(world)

    await choose(world, card, ids.FRESH_LINK, ben)
    await ben.click(card, ids.OTHER_ORIENTATION)

    told = await ben.wait_for_message("general", lambda m: m.ephemeral_to == ben.user.id, 5.0)
    assert "fresh links" not in told.text
    new = await second_card(world)
    newest, _ = await world.bot.store.jobs.recent(9)
    in_german = language_of("de")(texts.JOB_ID.format(job_id=newest.id))
    assert in_german in json.dumps(new.blocks)
    assert in_german != texts.JOB_ID.format(job_id=newest.id)


# -- the result's files


def names(world: World) -> list[str]:
    """The ending of each file in the channel, in the order they came."""
    return [f.name.rpartition(".")[2] for m in world.slack.messages("general") for f in m.files]


async def files_in_thread(world: World, count: int) -> list[str]:
    def look() -> list[str] | None:
        return names(world) if len(names(world)) >= count else None

    return await world.slack.wait_for(look, 5.0, f"{count} files")


@pytest.mark.parametrize("late_s", [0.0, 0.12], ids=["at once", "a little later"])
async def test_captions_come_after_the_video(world: World, late_s: float) -> None:
    captions = Outcome(has_subtitles=True, late_subtitles_s=late_s)
    world.heygen.script(PROMPT, captions)

    card = await finished(world)

    assert await files_in_thread(world, 2) == ["mp4", "srt"]
    srt = next(m for m in world.slack.messages("general") if m.files and "srt" in m.files[0].name)
    assert srt.thread_ts == card.ts
    assert isinstance(srt.files[0].content, Path)
    shown = await asyncio.to_thread(srt.files[0].content.read_bytes)
    assert shown == await asyncio.to_thread(media_path("captions.srt").read_bytes)


async def test_preview_with_words_for_it_comes_where_no_file_is_to_be_delivered(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, DELIVER_FILE="never") as world:
        await finished(world)

        assert await files_in_thread(world, 1) == ["png"]
        (picture,) = [f for m in world.slack.messages("general") for f in m.files]
        assert PROMPT in picture.alt_text


async def test_preview_whose_share_slack_loses_comes_without_the_words(tmp_path: Path) -> None:
    async with running(tmp_path, DELIVER_FILE="never") as world:
        world.slack.state.alt_text_shares_to_lose = 1

        await finished(world)

        assert await files_in_thread(world, 1) == ["png"]
        (picture,) = [f for m in world.slack.messages("general") for f in m.files]
        assert picture.alt_text == ""


async def test_video_that_is_too_large_leaves_its_preview_and_the_card_says_why(
    tmp_path: Path,
) -> None:
    length = str(2_000_000)  # what HeyGen announces; nothing of it is read
    async with running(tmp_path, MAX_FILE_MB="1") as world:
        fault = Fault("status", 200, "x", "video/mp4", headers={"Content-Length": length})
        world.heygen.faults.add("GET /files/{name}", fault)

        await finished(world)

        card = await world.card_says("larger than the bot may post")
        assert "The links in the reply below" in card.text
        assert await files_in_thread(world, 1) == ["png"]


async def test_workspace_without_video_uploads_is_told_why_in_the_card(world: World) -> None:
    refused = json.dumps({"ok": False, "error": "file_uploads_except_images_disabled"})
    world.slack.faults.add("files.getUploadURLExternal", Fault("status", 200, refused))

    await finished(world)

    await world.card_says("This workspace takes pictures only")
    assert await files_in_thread(world, 1) == ["png"]
