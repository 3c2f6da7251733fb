"""People of other workspaces start nothing, by no door; what Slack brings again is done once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain import texts
from bot.sandbox.faults import Fault
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Message, View
from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World, running


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as world:
        world.slack.add_outsider("eve")
        yield world


# -- outsiders ------------------------------------------------------------------------------

Door = Callable[[World, Person], Awaitable[object]]


async def finished(world: World) -> Message:
    await world.ask()
    return await world.message(lambda m: not m.is_reply and ids.VARY_JOB in str(m.blocks))


def click(action_id: str) -> Door:
    async def pressed(world: World, eve: Person) -> object:
        return await eve.click(await finished(world), action_id)

    return pressed


async def shortcut_on_a_message(world: World, eve: Person) -> object:
    return await eve.message_shortcut(eve.say("our new office"), ids.VIDEO_FROM_MESSAGE)


DOORS: dict[str, Door] = {
    "command": lambda world, eve: eve.command("a film"),
    "question": lambda world, eve: eve.command("list"),
    "global shortcut": lambda world, eve: eve.global_shortcut(ids.NEW_VIDEO),
    "message shortcut": shortcut_on_a_message,
    "mention": lambda world, eve: eve.mention("a film about us"),
    "direct message": lambda world, eve: eve.dm("a film about us"),
    "variation": click(ids.VARY_JOB),
    "edit": click(ids.EDIT_JOB),
    "other orientation": click(ids.OTHER_ORIENTATION),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
async def test_outsider_is_refused_in_one_sentence_before_anything_is_made(
    world: World, door: Door
) -> None:
    eve = world.slack.person("eve")

    await door(world, eve)

    def told() -> list[str] | None:
        places = list(world.slack.channels.values())
        seen = [m.text for c in places for m in [*c.messages, *c.ephemerals] if m.bot_id]
        view = eve.top_view
        seen += [str(view.definition)] if view else []
        return [text for text in seen if texts.OUTSIDER in text] or None

    assert len(await world.slack.wait_for(told, 5, "a sentence for Eve")) == 1
    assert not (eve.top_view and eve.top_view.definition.get("submit"))
    assert {job.request.requester_id for job in await world.bot.store.jobs.recent(9)} <= {
        world.ana.user.id
    }


async def form_of(world: World) -> View:
    """A form that Ana opened; what is sent of it is said to come from Eve."""
    view = await world.open_composer()
    world.ana.user.team_id = world.slack.state.user("eve").team_id
    return view


async def test_outsiders_submit_makes_no_job_and_says_why(world: World) -> None:
    view = await form_of(world)

    answer = await world.ana.submit(view, {ids.PROMPT: PROMPT})

    assert texts.OUTSIDER in str(answer)
    assert await world.bot.store.jobs.recent(9) == []


async def test_outsiders_preview_shows_why_and_makes_no_job(world: World) -> None:
    view = await form_of(world)
    await world.ana.select(view, ids.PROMPT, PROMPT)

    await world.ana.click(view, ids.PREVIEW_PROMPT)

    shown = await world.ana.wait_for_view()
    assert texts.OUTSIDER in str(shown.definition)
    assert "submit" not in shown.definition


@pytest.mark.parametrize("action_id", [ids.RETRY_JOB, ids.SEND_AGAIN, ids.CANCEL_JOB])
async def test_requester_who_has_become_an_outsider_decides_nothing(
    world: World, action_id: str
) -> None:
    card = await finished(world)
    [job] = await world.bot.store.jobs.recent(9)
    world.ana.user.team_id = world.slack.state.user("eve").team_id
    button = {"type": "button", "action_id": action_id, "value": job.id}
    button["text"] = {"type": "plain_text", "text": "Press"}  # type: ignore[assignment]
    card.blocks.append({"type": "actions", "block_id": "more", "elements": [button]})

    await world.ana.click(card, action_id)

    await world.message(lambda m: texts.OUTSIDER in m.text)
    assert len(await world.bot.store.jobs.recent(9)) == 1


# -- what Slack brings again -----------------------------------------------------------------


async def three_times(world: World, first: Delivery) -> None:
    again = (world.ana.deliver_again(first) for _ in range(2))
    assert all(answer.ok for answer in await asyncio.gather(*again))


def told_too_late(world: World) -> list[str]:
    """Every "not in time" that anybody was told."""
    places = [*world.slack.channels.values()]
    seen = [m.text for c in places for m in [*c.messages, *c.ephemerals]]
    return [text for text in seen if "in time" in text]


def opened(world: World) -> int:
    return sum(call.method == "views.open" and not call.error for call in world.slack.calls)


async def press_new_video(world: World) -> Delivery:
    return (await world.ana.global_shortcut(ids.NEW_VIDEO)).delivery


async def use_on_a_message(world: World) -> Delivery:
    message = world.ana.say("our new office")
    return (await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)).delivery


async def press_vary(world: World) -> Delivery:
    return (await world.ana.click(await finished(world), ids.VARY_JOB)).delivery


async def type_command(world: World) -> Delivery:
    return (await world.ana.command()).delivery


WAYS = {
    "command": type_command,
    "shortcut": press_new_video,
    "message shortcut": use_on_a_message,
    "button": press_vary,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_request_brought_three_times_opens_one_form_and_tells_nobody_of_another(
    world: World, way: Callable[[World], Awaitable[Delivery]]
) -> None:
    before = opened(world)
    first = await way(world)
    await three_times(world, first)
    await world.ana.wait_for_view()
    await world.bot.tenants.settle()

    assert told_too_late(world) == []
    is_second = way is press_vary  # after the form of the first video
    assert opened(world) - before == (2 if is_second else 1)
    assert world.ana.top_view is not None


async def test_trigger_that_another_process_has_used_is_no_failure(world: World) -> None:
    used = json.dumps({"ok": False, "error": "exchanged_trigger_id"})
    world.slack.faults.add("views.open", Fault("status", 200, used))

    assert (await world.ana.command()).ok
    await world.bot.tenants.settle()

    assert told_too_late(world) == []


async def test_repeat_that_comes_when_the_trigger_is_dead_is_silent(world: World) -> None:
    first = await type_command(world)
    await world.ana.wait_for_view()
    dead = json.dumps({"ok": False, "error": "expired_trigger_id"})
    world.slack.faults.add("views.open", Fault("status", 200, dead))

    assert (await world.ana.deliver_again(first)).ok
    await world.bot.tenants.settle()

    assert told_too_late(world) == []
