"""Rendering jobs to their end: the video's word, late ids, failures, callbacks."""

from __future__ import annotations

import pytest

from bot.domain.errors import VideoAgentBusy, VideoAgentRefused, VideoAgentUnavailable
from bot.domain.job.job import Job, JobState
from bot.domain.job.sends import idempotency_key
from tests.builders import an_attachment
from tests.fakes import Fate
from tests.workflow.fake_world import World

COMPLETED, FAILED, RENDERING = JobState.COMPLETED, JobState.FAILED, JobState.RENDERING
HOUR_S = 3_600


async def test_session_that_is_gone_once_its_video_is_known_is_no_failure(world: World) -> None:
    world.agent.fate = Fate(render_s=300, session_gone_after_s=10)
    job = await world.ask()

    await world.advance(900)

    assert await world.state_of(job.id) is COMPLETED


async def test_session_that_is_gone_before_its_video_is_known_is_followed_for_a_day(
    world: World,
) -> None:
    world.agent.fate = Fate(video_id_after_s=9e9, session_gone_after_s=10)
    job = await world.ask()

    await world.advance(23 * HOUR_S)
    assert await world.state_of(job.id) is RENDERING
    await world.advance(2 * HOUR_S)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.code == "timed_out"


async def test_late_video_id_is_found_through_the_session(world: World) -> None:
    world.agent.fate = Fate(render_s=200, video_id_after_s=90)
    job = await world.ask()

    await world.advance(60)
    assert (await world.job(job.id)).render.video_id is None
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED


async def test_session_that_ends_before_its_video_is_not_read_in_a_hot_loop(world: World) -> None:
    world.agent.fate = Fate(render_s=300, session_runs_ahead=True, video_id_after_s=20)
    job = await world.ask()

    await world.advance(120)
    reads = world.agent.calls["get_session"] + world.agent.calls["get_video"]
    assert reads < 30
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED


async def test_link_that_comes_later_than_the_end_is_waited_for(world: World) -> None:
    world.agent.fate = Fate(render_s=20, link_after_s=20)
    job = await world.ask()

    await world.advance(120)

    done = await world.job(job.id)
    assert done.outcome.result is not None
    assert done.outcome.result.video_url is not None


async def test_video_without_any_link_fails_in_words(world: World) -> None:
    world.agent.fate = Fate(render_s=20, link_after_s=9e9)
    job = await world.ask()

    await world.advance(3_600)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.code == "no_link"


async def test_slow_video_is_told_once(world: World) -> None:
    world.agent.fate = Fate(render_s=2 * HOUR_S)
    job = await world.ask()

    await world.advance(595)
    assert world.threads.of_kind("slow") == []
    await world.advance(3 * HOUR_S)

    assert len(world.threads.of_kind("slow")) == 1
    assert await world.state_of(job.id) is COMPLETED


async def test_outage_of_heygen_only_delays_the_video(world: World) -> None:
    job = await world.ask()
    await world.settle()
    for method in ("get_session", "get_video", "video_statuses"):
        world.agent.fail_always(method, VideoAgentUnavailable())

    await world.advance(HOUR_S)
    assert await world.state_of(job.id) is RENDERING
    world.agent.behave()
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED


# -- many at once --------------------------------------------------------------------------


async def three_rendering(world: World, fate: Fate | None = None) -> list[Job]:
    world.agent.fate = fate or world.agent.fate
    jobs = [await world.ask(who=f"U-{n}") for n in range(3)]
    await world.settle()
    return jobs


async def advance_and_ask_about(world: World, jobs: list[Job]) -> None:
    """Their own times drift apart; here all are due at the same moment."""
    world.clock.advance(20)
    for job in jobs:
        await world.store.jobs.make_due(job.id, world.clock.now())
    world.signals.poll()
    await world.settle()


@pytest.mark.parametrize("bulk", ["knows", "not_found", "omits"])
async def test_many_videos_end_whatever_the_bulk_route_knows(world: World, bulk: str) -> None:
    world.agent.bulk = bulk
    jobs = await three_rendering(world)
    for _ in range(10):
        await advance_and_ask_about(world, jobs)

    assert [await world.state_of(j.id) for j in jobs] == [COMPLETED] * 3
    assert (world.agent.calls["video_statuses"] == 1) is (bulk != "knows")


async def test_video_that_bulk_does_not_know_is_asked_for_alone(world: World) -> None:
    jobs = await three_rendering(world)
    world.agent.sessions["session-3"].fate = Fate(video_id_after_s=50)
    for _ in range(10):
        await advance_and_ask_about(world, jobs)

    assert [await world.state_of(j.id) for j in jobs] == [COMPLETED] * 3
    assert world.agent.calls["video_statuses"] > 1


async def test_failing_bulk_route_is_asked_again(world: World) -> None:
    world.agent.fail("video_statuses", VideoAgentUnavailable())
    jobs = await three_rendering(world)
    for _ in range(3):
        await advance_and_ask_about(world, jobs)

    assert world.agent.calls["video_statuses"] > 1


async def test_outage_of_the_bulk_route_does_not_become_a_question_for_each_video(
    world: World,
) -> None:
    jobs = await three_rendering(world)
    before = world.agent.calls["get_video"]
    world.agent.fail("video_statuses", VideoAgentUnavailable())

    await advance_and_ask_about(world, jobs)

    assert world.agent.calls["get_video"] == before


async def test_videos_come_though_the_bulk_route_alone_is_out(world: World) -> None:
    world.agent.fail_always("video_statuses", VideoAgentUnavailable())
    jobs = await three_rendering(world)

    for _ in range(10):
        await advance_and_ask_about(world, jobs)

    assert [await world.state_of(j.id) for j in jobs] == [COMPLETED] * 3
    assert world.agent.calls["video_statuses"] == 2


async def test_bulk_route_is_tried_again_after_five_minutes(world: World) -> None:
    jobs = await three_rendering(world, Fate(render_s=HOUR_S))
    world.agent.fail("video_statuses", VideoAgentUnavailable(), times=2)
    for _ in range(5):
        await advance_and_ask_about(world, jobs)
    resting = world.agent.calls["video_statuses"]

    world.clock.advance(300)
    await advance_and_ask_about(world, jobs)

    assert resting == 2
    assert world.agent.calls["video_statuses"] == 3


async def test_bulk_route_that_fails_now_and_then_is_not_left(world: World) -> None:
    jobs = await three_rendering(world, Fate(render_s=HOUR_S))

    for round_ in range(8):
        if round_ % 2:
            world.agent.fail("video_statuses", VideoAgentUnavailable())
        await advance_and_ask_about(world, jobs)

    assert world.agent.calls["video_statuses"] == 8


async def test_outage_of_everything_does_not_become_a_question_for_each_video(
    world: World,
) -> None:
    jobs = await three_rendering(world, Fate(render_s=HOUR_S))
    world.agent.fail("video_statuses", VideoAgentUnavailable(), times=2)
    world.agent.fail("get_video", VideoAgentUnavailable())
    for _ in range(2):
        await advance_and_ask_about(world, jobs)
    asked = world.agent.calls["get_video"]

    for _ in range(3):
        await advance_and_ask_about(world, jobs)

    assert world.agent.calls["get_video"] - asked <= 1  # the first one that works
    assert world.agent.calls["video_statuses"] >= 4


async def test_too_many_requests_in_bulk_do_not_become_more(world: World) -> None:
    jobs = await three_rendering(world, Fate(render_s=HOUR_S))
    before = world.agent.calls["get_video"]
    world.agent.fail_always("video_statuses", VideoAgentBusy(status=429, retry_after_s=300))

    for _ in range(10):
        await advance_and_ask_about(world, jobs)

    assert world.agent.calls["get_video"] == before


@pytest.mark.parametrize("count", [1, 3], ids=["video", "statuses"])
async def test_read_that_is_asked_to_wait_waits(world: World, count: int) -> None:
    world.agent.fate = Fate(render_s=HOUR_S)
    for n in range(count):
        await world.ask(who=f"U-{n}")
    await world.settle()
    for method in ("get_video", "get_session", "video_statuses"):
        world.agent.fail_always(method, VideoAgentBusy(status=429, retry_after_s=300))
    world.agent.calls.clear()

    await world.advance(901)

    assert 2 <= sum(world.agent.calls.values()) <= 4


async def test_progress_that_is_asked_to_wait_waits(world: World) -> None:
    world.agent.fate = Fate(render_s=HOUR_S)
    await world.ask()
    await world.settle()
    world.agent.fail_always("get_session", VideoAgentBusy(status=429, retry_after_s=300))
    world.agent.calls.clear()

    await world.advance(901)

    assert 2 <= world.agent.calls["get_session"] <= 4


async def test_bulk_route_that_is_refused_is_left_alone(world: World) -> None:
    world.agent.fail_always("video_statuses", VideoAgentRefused(status=400))
    jobs = await three_rendering(world)
    for _ in range(10):
        await advance_and_ask_about(world, jobs)

    assert [await world.state_of(j.id) for j in jobs] == [COMPLETED] * 3
    assert world.agent.calls["video_statuses"] == 1


async def test_videos_due_within_a_moment_share_one_question(world: World) -> None:
    """Times of their own, less than POLL_INTERVAL_S / 15 apart."""
    for number in range(3):
        await world.ask(who=f"U-{number}")
        await world.settle()
        world.clock.advance(0.3)
    world.agent.calls.clear()

    await world.advance(16)

    assert world.agent.calls["video_statuses"] == 1


# -- failures ------------------------------------------------------------------------------


async def test_failure_whose_reason_cannot_be_read_for_hours_is_not_made_again(
    world: World,
) -> None:
    world.agent.fate = Fate(fails=True, session_error="No voice")
    world.agent.fail_always("get_session", VideoAgentBusy(status=429, retry_after_s=600))
    job = await world.ask()
    await world.advance(5 * HOUR_S)
    for _ in range(30):
        await world.callbacks.by_id(session_id="session-1", video_id="")
        await world.advance(2)
    world.agent.behave()

    await world.advance(HOUR_S)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert "No voice" in failed.outcome.failure.message
    assert len(world.agent.sessions) == 1


async def test_failure_whose_reason_cannot_be_read_for_a_day_is_told_without(world: World) -> None:
    world.agent.fate = Fate(fails=True)
    world.agent.fail_always("get_session", VideoAgentUnavailable(status=503))
    job = await world.ask()

    await world.advance(25 * HOUR_S)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.code == "no_reason"
    assert len(world.agent.sessions) == 1


@pytest.mark.parametrize("dies_early", [True, False], ids=["without video", "with video"])
async def test_failure_without_a_reason_is_tried_once_more_with_the_compact_prompt(
    world: World, dies_early: bool
) -> None:
    long_notes = an_attachment("F1", name="notes.txt", filetype="txt")
    world.files.add(long_notes, b"words " * 1_000)
    world.agent.fates.append(Fate(render_s=60, fails=True, dies_without_video=dies_early))
    job = await world.ask("Our new office.", attachments=[long_notes])

    await world.advance(900)

    first, second = world.agent.sessions.values()
    assert len(second.new.prompt) < len(first.new.prompt)
    assert "Our new office." in second.new.prompt
    assert first.new.key != second.new.key
    assert await world.state_of(job.id) is COMPLETED
    assert len(world.threads.of_kind("result")) == 1
    assert len(world.threads.of_kind("card")) == 1
    assert idempotency_key(await world.job(job.id)) == second.new.key


async def test_second_failure_without_a_reason_is_told_and_not_retried(world: World) -> None:
    world.agent.fate = Fate(render_s=60, fails=True)
    job = await world.ask()

    await world.advance(HOUR_S)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.code == "no_reason"
    assert len(world.prompts_sent) == 2
    assert len(world.threads.of_kind("failure")) == 1


async def test_failed_session_whose_video_still_renders_is_not_bought_again(world: World) -> None:
    world.agent.fate = Fate(render_s=60, fails=True, dies_without_video=True)
    job = await world.ask()
    await world.settle()
    other = await world.ask()
    await world.settle()
    video_id = world.agent.sessions["session-2"].video_id
    world.agent.sessions["session-2"].fate = Fate(render_s=300)
    await world.change(job.id, video_id=video_id)
    await world.change(other.id, video_id=video_id)

    await world.advance(200)

    assert await world.state_of(job.id) is RENDERING


@pytest.mark.parametrize(
    "fate",
    [
        Fate(render_s=30, fails=True, failure_message="The avatar was deleted"),
        Fate(render_s=30, fails=True, session_error="The avatar was deleted"),
        Fate(render_s=30, fails=True, failure_code="x", session_error="The avatar was deleted."),
    ],
    ids=["video says why", "session says why", "session says more"],
)
async def test_failure_with_a_reason_is_told_in_heygens_words(world: World, fate: Fate) -> None:
    world.agent.fate = fate
    job = await world.ask()

    await world.advance(300)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert "The avatar was deleted." in failed.outcome.failure.message
    assert len(world.prompts_sent) == 1


# -- callbacks -----------------------------------------------------------------------------


@pytest.fixture
def called_world(world_of: object) -> World:
    return world_of(public_url="https://bot.test")  # type: ignore[operator,no-any-return]


async def test_callback_causes_exactly_one_look(called_world: World) -> None:
    world = called_world
    world.agent.fate = Fate(render_s=HOUR_S)
    await world.ask()
    await world.advance(1)
    token = (world.agent.sessions["session-1"].new.callback_url or "").rpartition("/")[2]

    assert await world.callbacks.by_token(token)
    await world.settle()

    assert world.agent.calls["get_video"] == 1


async def test_callback_at_the_end_brings_the_video_at_once(called_world: World) -> None:
    world = called_world
    world.agent.fate = Fate(render_s=HOUR_S)
    job = await world.ask()
    await world.advance(2_000)
    world.agent.sessions["session-1"].fate = Fate(render_s=2_000)
    assert await world.state_of(job.id) is RENDERING

    await world.callbacks.by_id(session_id="session-1", video_id="")
    await world.settle()

    assert await world.state_of(job.id) is COMPLETED


async def test_unknown_callbacks_change_nothing(called_world: World) -> None:
    await called_world.ask()
    await called_world.settle()

    assert not await called_world.callbacks.by_token("guessed")
    await called_world.callbacks.by_id(session_id="session-9", video_id="")
    await called_world.settle()

    assert called_world.agent.calls["get_video"] == 0


async def test_callback_during_a_poll_is_not_overwritten_by_what_the_poll_had_read(
    called_world: World,
) -> None:
    world = called_world
    world.agent.fate = Fate(render_s=HOUR_S)
    job = await world.ask()
    await world.settle()

    async def video_ends_and_calls_back() -> None:
        world.agent.sessions["session-1"].fate = Fate(render_s=1)
        await world.callbacks.by_id(session_id="session-1", video_id="")

    world.agent.meanwhile("get_session", video_ends_and_calls_back)
    await world.advance(17)  # one poll, which read "running" just before

    assert await world.state_of(job.id) is COMPLETED


async def test_video_of_a_cancelled_job_is_not_posted(world: World) -> None:
    job = await world.ask()
    await world.settle()

    await world.cancel(job.id)
    await world.advance(900)

    assert await world.state_of(job.id) is JobState.CANCELLED
    assert world.threads.of_kind("result") == []
