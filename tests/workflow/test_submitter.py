"""queued -> submitting -> rendering: never lost, never paid twice, nobody overtaken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.errors import (
    RequestRefused,
    SlackUnavailable,
    StoreUnavailable,
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job.job import JobState
from bot.domain.news import NewSession
from bot.domain.request.video_request import Orientation
from bot.domain.words import Text
from tests.builders import an_attachment
from tests.fakes import Fate
from tests.workflow.conftest import Logs
from tests.workflow.fake_world import World

HOUR_S = 3_600
LOST = VideoAgentOutcomeUnknown
PARKED, COMPLETED, RENDERING = JobState.PARKED, JobState.COMPLETED, JobState.RENDERING


@pytest.fixture(params=[True, False], ids=["key honoured", "key ignored"])
def either_world(request: pytest.FixtureRequest, world: World) -> World:
    world.agent.honours_keys = request.param
    return world


# -- the lucky path ------------------------------------------------------------------------


async def test_request_becomes_one_video_in_its_thread(either_world: World) -> None:
    world = either_world
    job = await world.ask("Our new office.")

    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1
    (result,) = world.threads.of_kind("result")
    assert result.thread_ts == world.card(job.id).ts
    assert result.notice.job.outcome.result is not None
    assert result.notice.job.outcome.result.video_url is not None


async def test_same_request_twice_is_one_job(world: World) -> None:
    first = await world.ask(key="view-7")
    second = await world.ask(key="view-7")
    await world.advance(600)

    assert first.id == second.id
    assert len(world.agent.sessions) == 1


async def test_request_that_breaks_a_limit_leaves_nothing(world: World) -> None:
    with pytest.raises(RequestRefused):
        await world.ask("")

    assert await world.store.jobs.recent(10) == []


async def test_prompt_that_fits_only_without_our_directions_is_refused_with_the_excess(
    world: World,
) -> None:
    with pytest.raises(RequestRefused) as refused:
        await world.ask("p" * 9_900)

    sentence = refused.value.faults["prompt"]
    assert isinstance(sentence, Text)
    assert sentence.values["most"] == 10_000
    job = await world.ask("p" * (9_900 - int(str(sentence.values["excess"]))))
    await world.settle()
    assert await world.state_of(job.id) is JobState.RENDERING
    assert len(world.prompts_sent[0]) == 10_000


# -- the answer got lost -------------------------------------------------------------------


async def test_create_that_never_arrived_is_sent_once_more_after_two_looks(
    either_world: World,
) -> None:
    world = either_world
    world.agent.fail("create_session", LOST())
    job = await world.ask()

    await world.advance(59)
    assert world.prompts_sent == []
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1
    history = await world.history(job.id)
    assert "not found at HeyGen, look 1 of 2" in history
    assert "sending to HeyGen, time 2" in history


async def test_create_that_was_taken_is_adopted_and_not_sent_again(either_world: World) -> None:
    world = either_world
    world.agent.fail("create_session", LOST(), is_done=True)
    job = await world.ask()

    await world.advance(600)

    assert (await world.job(job.id)).render.session_id == "session-1"
    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1
    assert (await world.job(job.id)).attempt.send_count == 1


async def test_session_that_is_listed_late_is_adopted_at_the_second_look(world: World) -> None:
    world.agent.honours_keys = False
    world.agent.fate = Fate(listed_after_s=55)
    world.agent.fail("create_session", LOST(), is_done=True)
    job = await world.ask()

    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1


async def test_restart_between_the_looks_does_not_hasten_the_second(world: World) -> None:
    world.agent.honours_keys = False
    world.agent.fate = Fate(listed_after_s=55)
    world.agent.fail("create_session", LOST(), is_done=True)
    job = await world.ask()
    await world.advance(5)

    await world.restart()
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1


async def test_each_further_send_wants_one_look_more_up_to_four(either_world: World) -> None:
    world = either_world
    world.agent.fail("create_session", LOST(), times=4)
    job = await world.ask()

    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1
    history = await world.history(job.id)
    rounds = [line for line in history if line.startswith("not found at HeyGen in")]
    assert [line.split()[5] for line in rounds] == ["2", "3", "4", "4"]


async def test_create_that_is_unclear_for_a_day_fails_in_words(world: World) -> None:
    world.agent.fail_always("create_session", LOST())
    job = await world.ask()

    await world.advance(23 * HOUR_S)
    assert await world.state_of(job.id) is JobState.SUBMITTING
    await world.advance(2 * HOUR_S)

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.code == "unanswered"
    assert world.threads.of_kind("parked") == []


async def test_list_that_fails_for_hours_parks_nobody(world: World) -> None:
    world.agent.honours_keys = False
    world.agent.fail("create_session", LOST(), is_done=True)
    world.agent.fail_always("list_sessions", VideoAgentUnavailable())
    job = await world.ask()

    await world.advance(6 * HOUR_S)
    assert await world.state_of(job.id) is JobState.SUBMITTING
    world.agent.behave()
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1


async def test_list_that_fails_for_a_while_only_delays_the_answer(world: World) -> None:
    world.agent.fail("create_session", LOST(), is_done=True)
    world.agent.fail("list_sessions", VideoAgentUnavailable(), times=20)
    job = await world.ask()

    await world.advance(HOUR_S)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1


async def test_one_failed_look_after_a_long_downtime_does_not_park(world: World) -> None:
    world.agent.fail("create_session", LOST(), is_done=True)
    world.agent.fail("list_sessions", VideoAgentUnavailable(), times=2)
    job = await world.ask()
    await world.settle()

    world.clock.advance(3 * HOUR_S)
    await world.restart()
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED


@pytest.mark.parametrize("how", ["gone", "without messages"])
async def test_session_that_may_be_ours_but_cannot_be_read_is_never_paid_again(
    world: World, how: str
) -> None:
    world.agent.honours_keys = False
    world.agent.fate = Fate(session_gone_after_s=0 if how == "gone" else None)
    world.agent.messages_are_missing = how != "gone"
    world.agent.fail("create_session", LOST(), is_done=True)
    job = await world.ask()

    await world.advance(HOUR_S - 120)
    assert await world.state_of(job.id) is JobState.SUBMITTING
    await world.advance(150)

    assert len(world.prompts_sent) == 1
    assert await world.state_of(job.id) is PARKED


async def test_sessions_of_others_are_left_alone(world: World) -> None:
    foreign = NewSession("other-tool", "A minute about our new office.", Orientation.LANDSCAPE)
    world.agent.add_session(foreign)
    world.agent.fail("create_session", LOST())
    job = await world.ask("A minute about our new office.")

    await world.advance(600)

    assert (await world.job(job.id)).render.session_id == "session-2"


async def test_two_jobs_with_the_same_words_each_find_their_own_session(world: World) -> None:
    world.agent.fail("create_session", LOST(), times=2, is_done=True)
    jobs = [await world.ask("Same words."), await world.ask("Same words.", who="U-BOB")]

    await world.advance(600)

    for job in jobs:
        session_id = (await world.job(job.id)).render.session_id
        assert session_id is not None
        assert job.id in world.agent.sessions[session_id].new.prompt
    assert len(world.prompts_sent) == 2


async def test_first_send_still_running_at_heygen_is_not_a_second_video(world: World) -> None:
    world.agent.fail("create_session", LOST())
    in_progress = VideoAgentBusy(code="request_in_progress", status=409)
    world.agent.fail("create_session", in_progress, is_done=True)
    job = await world.ask()

    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1


# -- HeyGen asks to wait, or refuses -------------------------------------------------------


async def test_request_that_heygen_puts_off_is_sent_after_the_time_it_named(world: World) -> None:
    world.agent.fail("create_session", VideoAgentBusy(status=429, retry_after_s=90))
    job = await world.ask()

    await world.advance(89)
    assert await world.state_of(job.id) is JobState.QUEUED
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1


async def test_while_heygen_puts_off_nobody_else_is_sent(world_of: Callable[..., World]) -> None:
    world = world_of(limit=1)
    world.agent.fail("create_session", VideoAgentBusy(status=429, retry_after_s=90))
    await world.ask()
    await world.settle()
    await world.ask(who="U-BOB")

    await world.advance(89)

    assert world.prompts_sent == []


@pytest.mark.parametrize(("status", "code"), [(401, "unauthorized"), (402, "insufficient_credit")])
async def test_refused_account_stops_everyone_and_recovers_by_one_probe(
    world_of: Callable[..., World], logs: Logs, status: int, code: str
) -> None:
    world = world_of(limit=1)
    jobs = [await world.ask(who=f"U-{n}") for n in range(4)]
    refusal = VideoAgentBlocked("The account is refused.", status=status, code=code)
    world.agent.fail_always("create_session", refusal)

    await world.advance(299)
    assert world.agent.calls["create_session"] == 1
    assert [world.card(j.id).notice.waiting_for for j in jobs] == [refusal.message] * 4
    await world.advance(302)
    assert world.agent.calls["create_session"] == 3
    assert [line["code"] for line in logs if line["log_level"] == "error"] == [code]

    world.agent.behave()
    await world.advance(1_800)

    assert [await world.state_of(j.id) for j in jobs] == [COMPLETED] * 4
    assert [world.card(j.id).notice.waiting_for for j in jobs] == [None] * 4
    assert len(world.prompts_sent) == 4


async def test_new_requests_during_the_probe_do_not_become_probes(world: World) -> None:
    refusal = VideoAgentBlocked("The account is refused.", status=401)
    world.agent.fail_always("create_session", refusal)
    await world.ask()
    await world.settle()
    for n in range(5):
        await world.ask(who=f"U-{n}")

    before = world.agent.calls["create_session"]
    world.clock.advance(301)
    for _ in range(3):  # somebody wakes the loop while the probe is under way
        await world.submitter.step()
    await world.settle()

    assert world.agent.calls["create_session"] == before + 1


async def test_account_refused_while_asking_for_a_lost_answer_is_told_in_waiting_cards(
    world_of: Callable[..., World],
) -> None:
    world = world_of(limit=1)
    refusal = VideoAgentBlocked("The account is refused.", status=401)
    world.agent.fail("create_session", LOST(), is_done=True)
    world.agent.fail("list_sessions", refusal)
    world.agent.fail("ping", refusal)
    await world.ask()
    waiting = await world.ask(who="U-BOB")

    await world.advance(30)

    assert world.card(waiting.id).notice.waiting_for == refusal.message
    await world.advance(1_200)
    assert await world.state_of(waiting.id) is COMPLETED


async def test_request_that_heygen_refuses_fails_with_its_sentence(world: World) -> None:
    world.agent.fail("create_session", VideoAgentRefused("No such avatar.", status=400))
    job = await world.ask()

    await world.advance(600)

    failed = await world.job(job.id)
    assert failed.state is JobState.FAILED
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.message == "No such avatar."
    assert len(world.threads.of_kind("failure")) == 1
    assert world.agent.calls["create_session"] == 1


async def test_request_without_effect_is_sent_again_with_growing_pauses(world: World) -> None:
    world.agent.fail("create_session", VideoAgentUnavailable(), times=4)
    job = await world.ask()

    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert world.agent.calls["create_session"] == 5


async def test_sends_without_effect_do_not_count_when_a_later_one_is_unclear(world: World) -> None:
    world.agent.fail("create_session", VideoAgentUnavailable(), times=3)
    world.agent.fail("create_session", LOST())
    job = await world.ask()

    await world.advance(1_200)

    assert await world.state_of(job.id) is COMPLETED
    assert len(world.prompts_sent) == 1


# -- attachments ---------------------------------------------------------------------------


async def test_uploaded_attachment_is_not_uploaded_again_after_a_restart(world: World) -> None:
    files = [world.files.add(an_attachment(f"F{n}", name=f"{n}.png")) for n in range(2)]
    world.agent.fail("create_session", VideoAgentUnavailable())
    job = await world.ask(attachments=files)
    await world.settle()

    await world.restart()
    await world.advance(600)

    assert world.agent.calls["upload_asset"] == 2
    assert list(world.agent.sessions["session-1"].new.asset_ids) == ["asset-1", "asset-2"]
    assert [a.asset_id for a in await world.store.jobs.attachments_of(job.id)] == [
        "asset-1",
        "asset-2",
    ]


async def test_upload_whose_answer_was_lost_is_repeated_as_the_same_upload(world: World) -> None:
    logo = world.files.add(an_attachment())
    world.agent.fail("upload_asset", LOST(), is_done=True)
    await world.ask(attachments=[logo])

    await world.advance(600)

    assert list(world.agent.assets) == ["asset-1"]
    assert world.agent.sessions["session-1"].new.asset_ids == ("asset-1",)


async def test_text_file_is_read_into_the_prompt(world: World) -> None:
    notes = an_attachment("F1", name="notes.txt", filetype="txt")
    world.files.add(notes, "\ufeffWe move in May.".encode())
    await world.ask(attachments=[notes])

    await world.settle()

    assert "notes.txt" in world.prompts_sent[0]
    assert "We move in May." in world.prompts_sent[0]
    assert "\ufeff" not in world.prompts_sent[0]
    assert world.agent.assets == {}


async def test_file_that_slack_had_not_described_is_asked_about(world: World) -> None:
    world.files.add(an_attachment("F1"))
    await world.ask(attachments=[an_attachment("F1", name="", filetype="", mode="file_access")])

    await world.settle()

    assert list(world.agent.assets.values()) == ["logo.png"]


@pytest.mark.parametrize("problem", ["type", "deleted", "too long"])
async def test_unusable_attachment_fails_the_job_before_anything_is_bought(
    world: World, problem: str
) -> None:
    shown = an_attachment("F1", name="", filetype="", mode="file_access")
    if problem == "type":
        world.files.add(an_attachment("F1", name="a.exe", filetype="exe"))
    if problem == "too long":
        world.files.add(an_attachment("F1", name="a.txt", filetype="txt"), b"x" * 10_001)
    job = await world.ask(attachments=[shown])

    await world.advance(60)

    assert await world.state_of(job.id) is JobState.FAILED
    assert world.agent.sessions == {}
    assert len(world.threads.of_kind("failure")) == 1


async def test_attachment_that_cannot_be_fetched_for_long_fails_in_words(world: World) -> None:
    logo = world.files.add(an_attachment())
    world.files.fail_always("download", SlackUnavailable())
    job = await world.ask(attachments=[logo])

    await world.advance(23 * HOUR_S)
    assert await world.state_of(job.id) is JobState.QUEUED
    await world.advance(2 * HOUR_S)

    assert await world.state_of(job.id) is JobState.FAILED
    assert world.agent.sessions == {}


async def test_file_that_heygen_never_gets_ready_fails_in_words(world: World) -> None:
    logo = world.files.add(an_attachment())
    world.agent.fail_always("create_session", VideoAgentBusy("Still preparing.", status=409))
    job = await world.ask(attachments=[logo])

    await world.advance(3 * HOUR_S)

    assert await world.state_of(job.id) is JobState.FAILED
    assert world.agent.sessions == {}


async def test_unforeseen_error_after_a_restart_is_not_tried_in_a_hot_loop(
    world: World, logs: Logs
) -> None:
    logo = world.files.add(an_attachment())
    world.files.fail("download", OSError("no space left"), times=2)
    job = await world.ask(attachments=[logo])
    await world.settle()
    await world.restart()

    await world.settle()
    assert world.files.calls["download"] == 2
    await world.advance(60)
    await world.advance(600)

    assert await world.state_of(job.id) is COMPLETED
    assert [x["event"] for x in logs if x["log_level"] == "error"] == ["task failed"] * 2
    logs.clear()


async def test_claim_that_was_made_although_the_database_did_not_say_so_goes_on_soon(
    world: World,
) -> None:
    """A server that goes away between its commit and its answer."""

    async def lose_the_answer() -> None:
        raise StoreUnavailable

    world.store.meanwhile["jobs.claim_next"] = lose_the_answer
    job = await world.ask()
    await world.settle()
    assert await world.state_of(job.id) is JobState.SUBMITTING
    assert world.agent.sessions == {}

    await world.advance(10)

    assert await world.state_of(job.id) is RENDERING
    assert len(world.prompts_sent) == 1


# -- how many, and whose turn --------------------------------------------------------------


async def test_no_more_than_allowed_render_at_once(world_of: Callable[..., World]) -> None:
    world = world_of(limit=2)
    jobs = [await world.ask(who=f"U-{n}") for n in range(5)]

    for _ in range(60):
        await world.advance(10)
        assert world.agent.running_count <= 2

    assert [await world.state_of(j.id) for j in jobs] == [COMPLETED] * 5


async def test_one_persons_many_requests_do_not_hold_up_another(
    world_of: Callable[..., World],
) -> None:
    world = world_of(limit=2)
    for _ in range(4):
        await world.ask(who="U-ADA")
        world.clock.advance(1)
    bobs = await world.ask(who="U-BOB")

    await world.settle()

    assert await world.state_of(bobs.id) is RENDERING


async def test_waiting_card_shows_its_place(world_of: Callable[..., World]) -> None:
    world = world_of(limit=1)
    await world.ask(who="U-1")
    waiting = await world.ask(who="U-2")

    await world.advance(20)

    assert world.card(waiting.id).notice.place == 1


# -- cancelled -----------------------------------------------------------------------------


async def test_cancelled_while_waiting_is_never_sent(world_of: Callable[..., World]) -> None:
    world = world_of(limit=1)
    await world.ask()
    second = await world.ask()
    await world.settle()

    await world.cancel(second.id)
    await world.advance(600)

    assert len(world.prompts_sent) == 1


@pytest.mark.parametrize("stop_fails", [False, True], ids=["stopped", "stop fails"])
async def test_cancelled_while_create_is_under_way_stops_the_session_and_posts_no_video(
    world: World, stop_fails: bool
) -> None:
    job = await world.ask()
    if stop_fails:
        world.agent.fail("stop_session", VideoAgentUnavailable())
    world.agent.meanwhile("create_session", lambda: world.cancel(job.id))

    await world.advance(600)

    assert await world.state_of(job.id) is JobState.CANCELLED
    assert world.agent.sessions["session-1"].is_stopped
    assert world.agent.calls["stop_session"] == 1 + stop_fails
    assert world.threads.of_kind("result") == []


async def test_cancelled_while_files_are_uploaded_is_never_sent(world: World) -> None:
    logo = world.files.add(an_attachment())
    job = await world.ask(attachments=[logo])
    world.agent.meanwhile("upload_asset", lambda: world.cancel(job.id))

    await world.advance(60)

    assert world.agent.sessions == {}


async def test_one_request_does_not_wait_for_somebody_s_five_hundred(world: World) -> None:
    for _ in range(500):
        await world.ask(who="U-MANY")
    await world.settle()
    late = await world.ask(who="U-ONE")
    await world.settle()
    assert await world.state_of(late.id) is JobState.QUEUED
    running = len(world.agent.sessions)

    while await world.state_of(late.id) is JobState.QUEUED:
        await world.advance(5)

    assert len(world.agent.sessions) <= running + world.gate.limit
    assert await world.state_of(late.id) is JobState.RENDERING


async def test_resend_has_the_first_key_so_heygen_can_tell_that_it_is_the_same(
    world: World,
) -> None:
    """The list lags longer than both looks: only the key saves the money, where it is honoured."""
    world.agent.fate = Fate(listed_after_s=3_600)
    world.agent.fail("create_session", LOST(), is_done=True)
    job = await world.ask()

    await world.advance(900)

    assert world.agent.calls["create_session"] == 2
    assert len(world.agent.sessions) == 1
    assert await world.state_of(job.id) is COMPLETED


async def test_create_that_outlasts_its_lease_is_not_begun_a_second_time(world: World) -> None:
    async def lease_runs_out() -> None:
        world.clock.advance(16 * 60)
        await world.submitter.step()

    world.agent.meanwhile("create_session", lease_runs_out)
    job = await world.ask()

    await world.settle()

    assert world.agent.calls["list_sessions"] == 0
    assert world.agent.calls["create_session"] == 1
    assert await world.state_of(job.id) is RENDERING
