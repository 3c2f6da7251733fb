"""Every move between states, allowed or not."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from datetime import timedelta
from itertools import product

import pytest

from bot.domain.job.job import (
    FINAL_STATES,
    Failure,
    Job,
    JobState,
    MoveNotAllowed,
    move,
    new_job,
    retry_of,
)
from tests.builders import NOON, a_job

# The picture at the top of bot/domain/job/job.py, written a second time by hand.
ARROWS = {
    "queued": {"submitting", "failed", "cancelled"},
    "submitting": {"queued", "rendering", "parked", "failed", "cancelled"},
    "rendering": {"queued", "completed", "failed", "cancelled"},
    "parked": {"queued", "submitting", "rendering", "failed", "cancelled"},
    "completed": set(),
    "failed": {"rendering"},  # look again, after a time-out
    "cancelled": set(),
}
LATER = NOON + timedelta(minutes=5)


@pytest.mark.parametrize(("before", "to"), list(product(JobState, repeat=2)), ids=str)
def test_move_is_allowed_exactly_where_the_picture_has_an_arrow(
    before: JobState, to: JobState
) -> None:
    job = a_job(state=before)

    if to not in ARROWS[before]:
        with pytest.raises(MoveNotAllowed):
            move(job, to, LATER)
        return
    moved = move(job, to, LATER, due_at=LATER)

    assert (moved.state, moved.state_since, moved.updated_at, moved.due_at) == (to, *[LATER] * 3)


def test_only_a_timed_out_job_leaves_a_final_state() -> None:
    assert {s for s in JobState if not ARROWS[s]} | {JobState.FAILED} == FINAL_STATES
    assert all(a_job(state=s).is_final for s in FINAL_STATES)


def test_retry_repeats_what_was_asked_for_and_nothing_else() -> None:
    parent = a_job(
        *("job-1",),
        thread_ts="17.1",
        state=JobState.FAILED,
        attempt_count=2,
        session_id="S1",
        final_prompt="as sent",
        failure=Failure("code", "message", "hint"),
        version=9,
    )

    again = new_job("job-2", retry_of(parent), LATER)

    asked = replace(again.request, key=parent.request.key, parent_id=None)
    assert asked == parent.request
    for each in fields(Job):
        if each.default is not MISSING and each.name not in ("state_since", "due_at"):
            assert getattr(again, each.name) == each.default, each.name
    assert (again.id, again.request.parent_id, again.created_at) == ("job-2", "job-1", LATER)


def test_two_clicks_at_one_end_of_a_job_make_the_same_request() -> None:
    parent = a_job(state=JobState.FAILED)
    followed_and_failed_again = replace(parent, state_since=LATER)

    keys = [retry_of(parent).key for _ in range(2)]

    assert keys[0] == keys[1]
    assert retry_of(followed_and_failed_again).key not in keys
