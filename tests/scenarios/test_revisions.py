"""Words for the bot in the thread of a video: a change is offered, and made by a click alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import texts
from bot.domain.job.job import Job
from bot.sandbox.media import media_path
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Channel, Message
from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World
from tests.scenarios.test_ways_in import buttons_of, form, says

CHANGE = "make it shorter & warmer"


async def finished_card(world: World) -> Message:
    await world.ask()
    await world.result()
    return await world.card_says("Finished")


async def offered(
    world: World, said: Message | None, channel: str | Channel = "general"
) -> Message:
    """The bot's answer to these words."""

    def look() -> Message | None:
        found = (m for m in world.slack.messages(channel) if m.bot_id and said and m.ts > said.ts)
        return next((m for m in found if ids.OPEN_DRAFT in buttons_of(m)), None)

    return await world.slack.wait_for(look, 5.0, "an offer to make the change")


async def ask_for_change(world: World, card: Message, words: str = CHANGE) -> Message:
    given = await world.ana.mention(words, thread_ts=card.ts)
    return await offered(world, given.message)


async def jobs(world: World) -> list[Job]:
    """Newest first."""
    return await world.bot.store.jobs.recent(9)


async def results(world: World, count: int, channel: str | Channel = "general") -> list[Message]:
    def look() -> list[Message] | None:
        found = [m for m in world.slack.messages(channel) if "is ready" in m.text]
        return found if len(found) >= count else None

    return await world.slack.wait_for(look, 5.0, f"{count} results")


async def test_mention_in_the_thread_of_a_card_offers_the_change_and_starts_nothing(
    either_world: World,
) -> None:
    world = either_world
    card = await finished_card(world)

    offer = await ask_for_change(world, card)

    assert offer.thread_ts == card.ts
    assert buttons_of(offer) == [ids.MAKE_CHANGE, ids.OPEN_DRAFT]
    assert ">make it shorter &amp; warmer" in offer.text
    assert "costs like a new video" in offer.text
    confirm = offer.blocks[-1]["elements"][0]["confirm"]
    assert "costs" in confirm["text"]["text"]
    assert len(await jobs(world)) == 1
    assert len(world.heygen.sessions) == 1


async def test_click_makes_the_change_in_the_same_thread(either_world: World) -> None:
    world = either_world
    card = await finished_card(world)
    offer = await ask_for_change(world, card)

    assert (await world.ana.click(offer, ids.MAKE_CHANGE)).ok

    first, second = await results(world, 2)
    assert first.thread_ts == second.thread_ts == card.ts
    new, old = await jobs(world)
    assert (new.request.parent_id, new.request.requester_id) == (old.id, world.ana.user.id)
    assert new.request.brief.change == CHANGE
    prompt = list(world.heygen.sessions.values())[-1].prompt
    assert PROMPT in prompt
    assert CHANGE in prompt


async def test_offer_that_was_taken_says_so_and_cannot_be_taken_again(world: World) -> None:
    offer = await ask_for_change(world, await finished_card(world))

    clicked = await world.ana.click(offer, ids.MAKE_CHANGE)
    taken = await world.message(lambda m: "asked for a new version" in m.text)
    await world.ana.deliver_again(clicked)
    await world.message(lambda m: "taken that already" in m.text)

    assert taken.ts == offer.ts
    assert buttons_of(taken) == []
    assert len(await jobs(world)) == 2


async def test_two_people_who_click_at_once_make_one_video(world: World) -> None:
    offer = await ask_for_change(world, await finished_card(world))
    as_ben_sees_it = replace(offer, blocks=list(offer.blocks))
    world.slack.messages("general").append(as_ben_sees_it)
    ben = world.slack.person("ben")

    await world.ana.click(offer, ids.MAKE_CHANGE)
    await ben.click(as_ben_sees_it, ids.MAKE_CHANGE)
    await results(world, 2)

    private = world.slack.channel("general").ephemerals
    told = await world.slack.wait_for(lambda: private or None, 5.0, "a word to the second")
    assert ["taken that already" in m.text for m in told] == [True]
    assert len(await jobs(world)) == 2


async def test_somebody_else_of_the_workspace_may_make_the_change_and_is_its_requester(
    world: World,
) -> None:
    offer = await ask_for_change(world, await finished_card(world))

    await world.slack.person("ben").click(offer, ids.MAKE_CHANGE)

    await results(world, 2)
    assert (await jobs(world))[0].request.requester_id == world.slack.person("ben").user.id


@pytest.mark.parametrize("button", [ids.MAKE_CHANGE, ids.OPEN_DRAFT])
async def test_outsider_starts_nothing(world: World, button: str) -> None:
    world.slack.add_user("stranger").team_id = "T0OTHER"
    outsider: Person = world.slack.person("stranger")
    offer = await ask_for_change(world, await finished_card(world))

    await outsider.click(offer, button)

    told = await outsider.wait_for_message("general", lambda m: texts.OUTSIDER in m.text)
    assert told.ephemeral_to == outsider.user.id
    assert len(await jobs(world)) == 1


async def test_form_has_the_change_in_it(world: World) -> None:
    card = await finished_card(world)
    offer = await ask_for_change(world, card)

    await world.ana.click(offer, ids.OPEN_DRAFT)
    view = await form(world)
    change = next(b for b in view.blocks if b["block_id"] == ids.CHANGE)
    assert change["element"]["initial_value"] == CHANGE
    await world.ana.submit(view)

    _, second = await results(world, 2)
    assert second.thread_ts == card.ts
    new, old = await jobs(world)
    assert (new.request.parent_id, new.request.brief.change) == (old.id, CHANGE)


async def test_files_beside_the_words_go_through_the_form(world: World) -> None:
    card = await finished_card(world)
    logo = await world.ana.upload(media_path("logo.png"))
    given = await world.ana.mention(CHANGE, thread_ts=card.ts, files=[logo])

    offer = await offered(world, given.message)
    assert buttons_of(offer) == [ids.OPEN_DRAFT]
    await world.ana.click(offer, ids.OPEN_DRAFT)
    view = await form(world)
    assert says(view, "logo.png")
    await world.ana.submit(view)

    await results(world, 2)
    assert [asset.mime_type for asset in world.heygen.assets.values()] == ["image/png"]


async def test_change_of_a_change_keeps_both(world: World) -> None:
    card = await finished_card(world)
    await world.ana.click(await ask_for_change(world, card), ids.MAKE_CHANGE)
    await results(world, 2)

    offer = await ask_for_change(world, card, "use a blue background")
    await world.ana.click(offer, ids.MAKE_CHANGE)
    await results(world, 3)

    newest, middle, _ = await jobs(world)
    assert newest.request.parent_id == middle.id
    assert newest.request.brief.change.split("\n") == [CHANGE, "use a blue background"]


async def test_mention_without_words_in_a_card_s_thread_says_how_to_change_it(
    world: World,
) -> None:
    card = await finished_card(world)

    given = await world.ana.mention("", thread_ts=card.ts)

    offer = await offered(world, given.message)
    assert offer.text == texts.REVISION_EMPTY


async def test_reply_in_the_direct_messages_needs_no_mention(world: World) -> None:
    own = world.slack.state.direct_channel(world.slack.bot.id, world.ana.user.id)
    await world.ask(channel=None)
    result = await world.direct_message("is ready")

    given = await world.ana.dm(CHANGE, thread_ts=result.thread_ts)
    offer = await offered(world, given.message, own)
    await world.ana.click(offer, ids.MAKE_CHANGE)

    _, second = await results(world, 2, own)
    assert offer.thread_ts == second.thread_ts == result.thread_ts


async def test_reply_to_a_card_that_does_not_name_the_bot_is_no_business_of_its(
    world: World,
) -> None:
    card = await finished_card(world)

    world.ana.say(CHANGE, thread_ts=card.ts)
    await ask_for_change(world, card, "something else")

    offers = [m for m in world.slack.messages("general") if ids.OPEN_DRAFT in buttons_of(m)]
    assert len(offers) == 1
