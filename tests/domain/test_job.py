"""Every move between states, allowed or not."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from bot.domain.job import FINAL_STATES, JobState, MoveNotAllowed, move
from tests.builders import NOON, a_job

# The picture at the top of bot/domain/job.py, written a second time by hand.
ARROWS = {
    "queued": {"submitting", "failed", "cancelled"},
    "submitting": {"queued", "rendering", "parked", "failed", "cancelled"},
    "rendering": {"queued", "completed", "failed", "cancelled"},
    "parked": {"queued", "rendering", "failed", "cancelled"},
    "completed": set(),
    "failed": set(),
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


def test_nothing_leaves_a_final_state() -> None:
    assert {s for s in JobState if not ARROWS[s]} == FINAL_STATES
    assert all(a_job(state=s).is_final for s in FINAL_STATES)
