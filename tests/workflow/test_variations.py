"""A new video after an old one: a variation, the other orientation, the old answers in the form."""

from __future__ import annotations

import pytest

from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.errors import JobUnknown, Outsider, RequestRefused
from bot.domain.job.job import Job, JobState
from bot.domain.job.permissions import Action, Who
from bot.domain.request.brief import Brief, Choice
from bot.domain.request.video_request import Orientation
from tests.builders import a_job, an_attachment
from tests.workflow.fake_world import World

ADA, BEN = Who("U-ADA"), Who("U-BEN", locale="de-DE")
LIFE_S = 600


async def finished(world: World, **how: object) -> Job:
    job = await world.ask(**how)  # type: ignore[arg-type]
    await world.advance(LIFE_S)
    assert await world.state_of(job.id) is JobState.COMPLETED
    return job


async def keep(world: World, job: Job) -> Job:
    """A job as it came in, with more said about it than `ask` says."""
    kept, _ = await world.store.jobs.add(job, [])
    return kept


async def vary(world: World, job: Job, who: Who = BEN, key: str = "click-1") -> Job:
    outcome = await world.controls.vary(job.id, who, "Make it shorter.", request_key=key)
    return outcome.job


# -- variations ----------------------------------------------------------------------------


async def test_variation_is_a_video_of_whoever_asked_with_the_change_in_its_prompt(
    world: World,
) -> None:
    parent = await finished(world)

    new = await vary(world, parent)
    await world.advance(LIFE_S)

    assert (new.request.parent_id, new.request.requester_id, new.request.locale) == (
        parent.id,
        "U-BEN",
        "de-DE",
    )
    assert (new.request.prompt, new.request.brief.change) == (
        parent.request.prompt,
        "Make it shorter.",
    )
    assert "Make it shorter." in world.prompts_sent[1]
    assert await world.state_of(new.id) is JobState.COMPLETED


@pytest.mark.parametrize("thread_ts", [None, "5.0"], ids=["own card", "card in a thread"])
async def test_variation_is_told_of_in_the_thread_of_the_first_card(
    world: World, thread_ts: str | None
) -> None:
    parent = await finished(world, thread_ts=thread_ts)

    new = await vary(world, parent)
    await world.advance(LIFE_S)

    card, result = world.card(new.id), world.threads.of_kind("result", new.id)[0]
    conversation = thread_ts or world.card(parent.id).ts
    assert (card.channel_id, card.thread_ts) == ("C1", conversation)
    assert result.thread_ts == conversation


async def test_variation_of_a_video_in_the_direct_messages_stays_there(world: World) -> None:
    parent = await finished(world, channel="U-ADA")

    new = await vary(world, parent, ADA)
    await world.advance(LIFE_S)

    card = world.card(new.id)
    assert (card.channel_id, card.thread_ts) == ("D-U-ADA", world.card(parent.id).ts)


async def test_same_click_twice_makes_one_variation_and_is_answered_kindly(world: World) -> None:
    parent = await finished(world)

    first = await vary(world, parent)
    again = await world.controls.vary(parent.id, BEN, "Make it shorter.", request_key="click-1")

    assert again.job.id == first.id
    assert again.note is not None
    assert first.id in again.note


async def test_change_for_which_the_prompt_leaves_no_room_is_refused_before_there_is_a_job(
    world: World,
) -> None:
    parent = await finished(world, prompt="a" * 9_000)

    with pytest.raises(RequestRefused) as refused:
        await world.controls.vary(parent.id, BEN, "b" * 2_000, request_key="click-1")

    assert "longer than the 10,000 characters" in refused.value.faults["prompt"]
    assert [job.id for job in await world.store.jobs.recent(9)] == [parent.id]


async def test_files_of_the_first_are_not_uploaded_again(world: World) -> None:
    logo = world.files.add(an_attachment("F1"))
    parent = await finished(world, attachments=[logo])

    await vary(world, parent)
    await world.advance(LIFE_S)

    assert world.agent.calls["upload_asset"] == 1
    first, second = (session.new.asset_ids for session in world.agent.sessions.values())
    assert first == second != ()


async def test_change_of_a_variation_comes_on_top_of_the_earlier_one(world: World) -> None:
    parent = await finished(world)
    first = await vary(world, parent)

    outcome = await world.controls.vary(first.id, ADA, "And in blue.", request_key="click-2")

    assert outcome.job.request.brief.change == "Make it shorter.\nAnd in blue."
    assert outcome.job.request.parent_id == first.id


async def test_prompt_written_by_hand_is_sent_with_the_change(world: World) -> None:
    parent = await keep(world, a_job(brief=Brief(written_prompt="My own words.")))

    await vary(world, parent)
    await world.settle()

    assert all("My own words." in prompt for prompt in world.prompts_sent)
    assert ["Make it shorter." in prompt for prompt in world.prompts_sent].count(True) == 1


# -- the other orientation -----------------------------------------------------------------


async def test_other_orientation_is_the_same_request_turned(world: World) -> None:
    parent = await finished(world)

    new = (await world.controls.other_orientation(parent.id, BEN)).job
    await world.advance(LIFE_S)

    assert (new.request.orientation, new.request.prompt) == (
        Orientation.PORTRAIT,
        parent.request.prompt,
    )
    sessions = list(world.agent.sessions.values())
    assert [s.new.orientation for s in sessions] == [Orientation.LANDSCAPE, Orientation.PORTRAIT]
    assert world.card(new.id).thread_ts == world.card(parent.id).ts


async def test_other_orientation_pressed_by_two_people_makes_one_video(world: World) -> None:
    parent = await finished(world)

    first = await world.controls.other_orientation(parent.id, ADA)
    second = await world.controls.other_orientation(parent.id, BEN)

    assert first.note is None
    assert second.note is not None
    assert first.job.id == second.job.id


async def test_portrait_becomes_landscape(world: World) -> None:
    parent = await keep(world, a_job(orientation=Orientation.PORTRAIT))

    new = (await world.controls.other_orientation(parent.id, ADA)).job

    assert new.request.orientation is Orientation.LANDSCAPE


# -- the form ------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.EDIT, Action.VARY])
async def test_draft_has_the_answers_the_files_and_the_place_of_the_first(
    world: World, action: Action
) -> None:
    logo = world.files.add(an_attachment("F1"))
    parent = await finished(world, attachments=[logo])

    draft = await world.controls.draft(action, parent.id, BEN)

    assert (draft.requester_id, draft.parent_id, draft.prompt) == (
        *("U-BEN", parent.id),
        parent.request.prompt,
    )
    assert (draft.channel_id, draft.thread_ts) == ("C1", world.card(parent.id).ts)
    assert [a.asset_id for a in draft.attachments] == ["asset-1"]
    assert draft.is_variation is (action is Action.VARY)


async def test_draft_keeps_what_was_chosen(world: World) -> None:
    brief = Brief(length_s=60, voice=Choice("v1", "Anna"))
    parent = await keep(world, a_job(brief=brief))

    assert (await world.controls.draft(Action.EDIT, parent.id, ADA)).brief == brief


# -- who -----------------------------------------------------------------------------------


async def test_outsider_starts_nothing(world: World) -> None:
    parent = await finished(world)
    stranger = Who("U-STRANGER", is_outsider=True)

    for ask in (
        world.controls.vary(parent.id, stranger, "x", request_key="click-1"),
        world.controls.other_orientation(parent.id, stranger),
        world.controls.draft(Action.EDIT, parent.id, stranger),
    ):
        with pytest.raises(Outsider):
            await ask

    assert len(await world.store.jobs.recent(9)) == 1


async def test_variation_of_an_unknown_job_is_refused_in_words(world: World) -> None:
    with pytest.raises(JobUnknown):
        await world.controls.vary("nobody", ADA, "x", request_key="click-1")


async def test_variation_is_one_card_and_owes_no_second_one(world: World) -> None:
    parent = await finished(world)
    new = await vary(world, parent)

    kinds = [d.kind for d in await world.store.deliveries.of(new.id)]

    assert kinds == [DeliveryKind.CARD]
