"""Slack's error words and what becomes of the messages: the table of Slack's FACTS, section 6.

The errors are made as bot/slack makes them, from Slack's own answer.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.delivery.delivery import NO_THREAD, DeliveryKind, DeliveryState
from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import SlackBusy, SlackError, SlackUnavailable
from bot.domain.job.job import JobState
from bot.slack.errors import MIGRATING, from_answer
from bot.workflow.pauses import TRIES
from tests.fakes import Fate, words_for
from tests.workflow.conftest import Logs
from tests.workflow.fake_world import World

LIFE_S = 600
HOUR_S = 3_600
NOBODY_POSTS = ("is_archived", "is_inactive", "channel_is_frozen")
POLICY = (
    *("restricted_action", "restricted_action_read_only_channel"),
    *("restricted_action_thread_only_channel", "ekm_access_denied", "posting_to_channel_denied"),
    *("app_access_restricted", "channel_is_limited_access", "send_on_behalf_not_allowed"),
)
SLOW_DOWN = ("ratelimited", "rate_limited", "message_limit_exceeded")
UNCLEAR = ("fatal_error", "internal_error", "service_unavailable", "request_timeout")


def slack_says(code: str, *, may_repeat: bool = False) -> SlackError:
    """The error that the workflow meets when Slack answers with this word."""
    answer = SimpleNamespace(
        status_code=200, headers={"Retry-After": "20"}, data={"ok": False, "error": code}
    )
    return from_answer(answer, may_repeat=may_repeat)


def places(world: World) -> list[tuple[str, str | None]]:
    return [(m.channel_id, m.thread_ts) for m in world.threads.messages]


async def until_the_result(world: World) -> Any:
    """A job whose card is posted and whose result is not due yet."""
    job = await world.ask()
    await world.advance(30)
    return job


@pytest.mark.parametrize("code", ["channel_not_found", "no_permission", *NOBODY_POSTS, *POLICY])
async def test_channel_that_takes_nothing_is_replaced_by_a_direct_message(
    world: World, code: str
) -> None:
    await until_the_result(world)
    world.threads.fail("post", slack_says(code))

    await world.advance(LIFE_S)

    (result,) = world.threads.of_kind("result")
    assert (result.channel_id, result.notice.detour) == ("D-U-ADA", code)


@pytest.mark.parametrize("code", sorted(NO_THREAD))
async def test_result_without_a_thread_is_one_new_message_in_the_channel(
    world: World, code: str
) -> None:
    await until_the_result(world)
    world.threads.fail("post", slack_says(code))

    await world.advance(LIFE_S)

    (result,) = world.threads.of_kind("result")
    assert (result.channel_id, result.thread_ts, result.notice.detour) == ("C1", None, code)
    assert world.uploads.shared == [("C1", None, world.downloads.content)]


@pytest.mark.parametrize("code", sorted(NO_THREAD))
@pytest.mark.parametrize("second", ["is_archived", "thread_not_found"])
async def test_result_that_the_channel_does_not_take_either_is_a_direct_message(
    world: World, code: str, second: str
) -> None:
    await until_the_result(world)
    for word in (code, second):
        world.threads.fail("post", slack_says(word))

    await world.advance(LIFE_S)

    (result,) = world.threads.of_kind("result")
    assert result.channel_id == "D-U-ADA"


async def test_card_of_a_thread_that_is_gone_opens_its_own(world: World) -> None:
    world.threads.fail("post", slack_says("thread_not_found"))
    job = await world.ask(thread_ts="111.222")

    await world.advance(LIFE_S)

    assert places(world) == [("C1", None), ("C1", world.card(job.id).ts)]


@pytest.mark.parametrize("is_done", [True, False], ids=["it was posted", "it was not posted"])
async def test_unclear_message_without_a_thread_is_looked_for_in_the_channel(
    world: World, is_done: bool
) -> None:
    await until_the_result(world)
    world.threads.fail("post", slack_says("thread_not_found"))
    world.threads.fail("post", slack_says("fatal_error"), is_done=is_done)

    await world.advance(LIFE_S)

    assert [m.channel_id for m in world.threads.of_kind("result")] == ["C1"]


# -- edits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", words_for(Reaction.FIXED))
async def test_card_that_is_fixed_goes_on_in_its_thread_once(world: World, code: str) -> None:
    world.agent.fate = Fate(render_s=300)
    job = await until_the_result(world)
    old = world.card(job.id)
    world.threads.fail("update", slack_says(code), times=1)
    world.agent.sessions["session-1"].fate = Fate(render_s=300, progress=40)

    await world.advance(LIFE_S)

    first, second = world.threads.of_kind("card")
    assert (first, second.thread_ts) == (old, old.ts)
    assert second.notice.job.state is JobState.COMPLETED
    (result,) = world.threads.of_kind("result")
    assert result.thread_ts == old.ts


async def test_card_that_can_never_be_edited_is_moved_once_only(world: World) -> None:
    world.agent.fate = Fate(render_s=300)
    await until_the_result(world)
    world.threads.fail_always("update", slack_says("edit_window_closed"))
    for progress in (20, 40, 60):
        world.agent.sessions["session-1"].fate = Fate(render_s=300, progress=progress)
        await world.advance(60)

    await world.advance(LIFE_S)

    assert len(world.threads.of_kind("card")) == 2
    assert len(world.threads.of_kind("result")) == 1


async def test_card_that_is_gone_opens_a_new_thread(world: World) -> None:
    world.agent.fate = Fate(render_s=300)
    job = await until_the_result(world)
    world.threads.delete(world.card(job.id))
    world.agent.sessions["session-1"].fate = Fate(render_s=300, progress=40)

    await world.advance(LIFE_S)

    assert places(world) == [("C1", None), ("C1", world.card(job.id).ts)]


# -- everybody waits -----------------------------------------------------------------------


@pytest.mark.parametrize("code", SLOW_DOWN)
@pytest.mark.parametrize("method", ["post", "update"])
async def test_slow_down_pauses_the_queue_for_the_time_named(
    world: World, code: str, method: str
) -> None:
    await until_the_result(world)
    world.threads.fail(method, slack_says(code, may_repeat=method == "update"))

    await world.advance(LIFE_S)

    assert len(world.threads.of_kind("result")) == 1
    assert len(world.threads.of_kind("card")) == 1


async def test_slow_down_uses_up_no_try(world: World) -> None:
    job = await until_the_result(world)
    world.threads.fail("post", SlackBusy(20), times=2 * TRIES)

    await world.advance(LIFE_S + 2 * TRIES * 20)

    result = (await world.store.deliveries.of(job.id))[1]
    assert (result.kind, result.state) == (DeliveryKind.RESULT, DeliveryState.POSTED)
    assert result.attempts == 1


async def test_long_outage_then_a_refusal_still_finds_the_direct_messages(world: World) -> None:
    await until_the_result(world)
    world.threads.fail_always("post", SlackUnavailable())
    await world.advance(12 * HOUR_S)
    world.threads.behave()
    world.threads.refusals["C1"] = "is_archived"

    await world.advance(LIFE_S)

    assert [m.channel_id for m in world.threads.of_kind("result")] == ["D-U-ADA"]


@pytest.mark.parametrize("code", words_for(Reaction.UNINSTALLED, Reaction.NO_RIGHT))
async def test_bot_that_may_not_post_at_all_keeps_everything_until_it_may(
    world: World, logs: Logs, code: str
) -> None:
    await until_the_result(world)
    world.threads.fail_always("post", slack_says(code))
    world.threads.fail_always("update", slack_says(code))
    await world.advance(3 * HOUR_S)
    assert world.threads.calls["post"] < 200

    world.threads.behave()
    await world.advance(1_200)

    assert len(world.threads.of_kind("card")) == len(world.threads.of_kind("result")) == 1
    told = [line for line in logs if line["event"] == "the bot lacks a right: install it again"]
    assert bool(told) == (code in words_for(Reaction.NO_RIGHT))


async def test_direct_message_without_the_right_to_open_it_blocks_nobody_else(
    world: World,
) -> None:
    world.threads.fail("open_dm", slack_says("missing_scope"), times=9)
    await world.ask(channel="U-ADA")
    other = await world.ask(who="U-BEN")

    await world.advance(1)

    assert world.card(other.id).channel_id == "C1"


@pytest.mark.parametrize("code", sorted(MIGRATING))
@pytest.mark.parametrize("method", ["post", "update"])
async def test_migration_is_tried_again_in_an_hour_and_holds_up_nobody_else(
    world: World, code: str, method: str
) -> None:
    await until_the_result(world)
    world.threads.fail(method, slack_says(code, may_repeat=True), times=2)
    await world.ask(who="U-BEN")
    calls = world.threads.calls[method]
    await world.advance(LIFE_S)
    assert world.threads.calls[method] - calls < 12

    await world.advance(2 * HOUR_S)

    kinds = sorted(str(m.notice.kind) for m in world.threads.messages)
    assert kinds == ["card", "card", "result", "result"]


@pytest.mark.parametrize("code", UNCLEAR)
@pytest.mark.parametrize("is_done", [True, False], ids=["it was posted", "it was not posted"])
async def test_trouble_at_slack_leaves_one_message(world: World, code: str, is_done: bool) -> None:
    await until_the_result(world)
    world.threads.fail("post", slack_says(code), is_done=is_done)

    await world.advance(LIFE_S)

    assert len(world.threads.of_kind("result")) == 1


# -- our own fault -------------------------------------------------------------------------


async def test_message_that_cannot_be_built_holds_up_nobody_else(world: World) -> None:
    broken = await world.ask()
    world.threads.fail("post", KeyError("a builder's bug"))
    other = await world.ask(who="U-BEN")

    await world.settle()

    assert [m.notice.job.id for m in world.threads.messages] == [other.id]
    await world.advance(LIFE_S)
    assert len(world.threads.of_kind("result", broken.id)) == 1
    assert len(world.threads.of_kind("card", broken.id)) == 1


@pytest.mark.parametrize("is_done", [True, False], ids=["after the post", "before the post"])
async def test_fault_of_ours_around_a_post_leaves_one_message(world: World, is_done: bool) -> None:
    await until_the_result(world)
    world.threads.fail("post", KeyError("a bug"), is_done=is_done)

    await world.advance(LIFE_S)

    assert len(world.threads.of_kind("result")) == 1


async def test_message_that_can_never_be_built_is_dropped_after_growing_pauses(
    world: World, logs: Logs
) -> None:
    job = await until_the_result(world)
    calls = world.threads.calls["post"]
    world.threads.fail_always("post", KeyError("a builder's bug"))

    await world.advance(4 * HOUR_S)

    assert world.threads.calls["post"] - calls == TRIES
    assert "result not shown: our_fault" in await world.history(job.id)
    assert [line["kind"] for line in logs if line["event"] == "nobody could be told"] == ["result"]


async def test_edit_that_can_never_be_built_is_let_go(world: World) -> None:
    await until_the_result(world)
    calls = world.threads.calls["update"]
    world.threads.fail_always("update", KeyError("a builder's bug"))

    await world.advance(4 * HOUR_S)

    assert TRIES <= world.threads.calls["update"] - calls <= 2 * TRIES
    assert len(world.threads.of_kind("result")) == 1
    assert await world.store.deliveries.next_due_at() is None
