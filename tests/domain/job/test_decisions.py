"""What people decide about a job, and what a cancelled one still owes HeyGen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.job.decisions import (
    cancel,
    look_again,
    note_second_session,
    owe_stop,
    send_again,
    settle_stop,
    stop_later,
    sweep_later,
    swept,
)
from bot.domain.job.job import Failure, Job, JobState
from bot.domain.news import SessionNews, SessionStatus
from tests.builders import NOON, a_job

NOW = NOON + timedelta(minutes=5)
FOUND = SessionNews("s1", SessionStatus.RUNNING, video_id="v1")
OTHERS = [state for state in JobState if state is not JobState.CANCELLED]


def cancelled(**fields: object) -> Job:
    return a_job(state=JobState.CANCELLED, due_at=NOON, **fields)


@pytest.mark.parametrize(
    ("job", "is_to_be_stopped"),
    [
        pytest.param(a_job(), False, id="never sent"),
        pytest.param(a_job(state=JobState.RENDERING, session_id="s1"), True, id="known session"),
        pytest.param(
            a_job(state=JobState.SUBMITTING, attempt_count=1, final_prompt="Hello"),
            True,
            id="send without an answer",
        ),
    ],
)
def test_cancelled_job_is_looked_after_where_something_may_run(
    job: Job, is_to_be_stopped: bool
) -> None:
    after = cancel(job, NOW).job

    assert after.state is JobState.CANCELLED
    assert after.due_at == (NOW if is_to_be_stopped else None)


def test_job_sent_twice_is_swept_when_it_is_cancelled() -> None:
    job = a_job(state=JobState.RENDERING, session_id="s1", attempt_count=2)

    assert cancel(job, NOW).job.attempt.sweep_at == NOW


def test_look_at_a_parked_job_is_due_at_once_and_leaves_its_state() -> None:
    after = look_again(a_job(state=JobState.PARKED), NOW).job

    assert (after.state, after.due_at) == (JobState.PARKED, NOW)


def test_timed_out_job_is_followed_anew_without_its_failure() -> None:
    failure = Failure("timed_out", "Too late.", "")
    job = a_job(
        state=JobState.FAILED, session_id="s1", failure=failure, watched_s=86_400.0, link_reads=9
    )

    after = look_again(job, NOW).job

    assert (after.state, after.due_at, after.outcome.failure) == (JobState.RENDERING, NOW, None)
    assert (after.render.watched_s, after.render.link_reads) == (0.0, 0)


def test_parked_job_that_is_sent_again_begins_anew() -> None:
    after = send_again(a_job(state=JobState.PARKED, attempt_at=NOON, look_count=3), NOW).job

    assert (after.state, after.due_at) == (JobState.SUBMITTING, NOW)
    assert (after.attempt.began_at, after.attempt.look_count) == (None, 0)


def test_session_found_after_a_cancel_is_to_be_stopped() -> None:
    change = owe_stop(cancelled(attempt_at=NOON, look_count=2), FOUND, NOW)

    assert change is not None
    assert (change.job.render.session_id, change.job.render.video_id) == ("s1", "v1")
    assert (change.job.due_at, change.job.attempt.look_count) == (NOW, 0)


@pytest.mark.parametrize("state", OTHERS)
def test_job_that_is_not_cancelled_owes_no_stop(state: JobState) -> None:
    job = a_job(state=state, due_at=NOON)

    assert owe_stop(job, FOUND, NOW) is None
    assert settle_stop(job, "stopped", NOW) is None
    assert stop_later(job, NOW, NOW) is None


def test_settled_stop_is_settled_once() -> None:
    change = settle_stop(cancelled(session_id="s1"), "stopped", NOW)

    assert change is not None
    assert change.job.due_at is None
    assert settle_stop(change.job, "stopped", NOW) is None


@pytest.mark.parametrize("is_look", [False, True])
def test_stop_put_off_counts_looks_alone(is_look: bool) -> None:
    later = NOW + timedelta(minutes=1)

    change = stop_later(cancelled(look_count=1), later, NOW, is_look=is_look)

    assert change is not None
    assert (change.job.due_at, change.job.attempt.look_count) == (later, 1 + is_look)
    assert not change.is_lasting


def test_second_session_is_kept_with_what_became_of_it() -> None:
    change = note_second_session(a_job(session_id="s0"), FOUND, "stopped", NOW)

    assert change.second_sessions == ("s1",)
    assert change.why.endswith("s1: stopped")
    assert change.job.render.session_id == "s0"


def test_sweeps_come_to_an_end() -> None:
    job = a_job(sweep_at=NOON)
    for _ in range(20):
        job = swept(job, NOW, 15.0).job

    assert job.attempt.sweep_at is None
    assert job.attempt.sweep_count == 20


def test_sweep_that_could_not_look_is_not_counted() -> None:
    later = NOW + timedelta(minutes=1)

    attempt = sweep_later(a_job(sweep_at=NOON), later, ("s9",)).job.attempt

    assert (attempt.sweep_at, attempt.sweep_count) == (later, 0)
    assert attempt.unread_sessions == ("s9",)
