"""Decisions about one send to HeyGen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain import texts
from bot.domain.errors import (
    SlackBusy,
    VideoAgentBusy,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job import timing
from bot.domain.job.job import Job, JobState, WaitKind
from bot.domain.job.progress import Change
from bot.domain.job.sends import (
    NOT_READY_WAITS,
    UNREACHABLE_WAITS,
    Wait,
    ask_soon,
    begin_send,
    fail_if_ours,
    idempotency_key,
    retry_at,
    wait_and_retry,
    wait_for_turn,
)
from tests.builders import NOON, a_job

LATER = NOON + timedelta(seconds=40)
INTERVAL_S = 15.0
UNREADY, UNREACHED = WaitKind.NOT_READY, WaitKind.UNREACHABLE
BUSY, AWAY = VideoAgentBusy(), VideoAgentUnavailable()


def submitting(**how: Any) -> Job:
    return a_job(state=JobState.SUBMITTING, **how)


def begin(job: Job) -> Change | None:
    return begin_send(job, [], "hash", NOON, 1.0)


def go_back(job: Job, kind: WaitKind | None = WaitKind.NOT_READY) -> Change | None:
    return wait_and_retry(job, Wait(kind, LATER, BUSY), 0, NOON, INTERVAL_S)


DECISIONS: dict[str, Callable[[Job], Change | None]] = {
    "begin": begin,
    "ask soon": lambda job: ask_soon(job, VideoAgentOutcomeUnknown(), NOON),
    "fail": lambda job: fail_if_ours(job, VideoAgentRefused(), NOON),
    "turn": lambda job: wait_for_turn(job, LATER, NOON),
    "back": go_back,
}


@pytest.mark.parametrize("state", [s for s in JobState if s is not JobState.SUBMITTING])
@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_job_that_is_no_longer_being_sent_is_left_alone(
    decision: Callable[[Job], Change | None], state: JobState
) -> None:
    assert decision(a_job(state=state)) is None


def test_send_is_written_with_its_lease_before_it_leaves() -> None:
    change = begin(submitting(send_count=1, look_count=3, attempt_at=NOON - timedelta(hours=1)))

    assert change is not None
    attempt = change.job.attempt
    assert change.job.due_at == NOON + timing.LEASE
    assert (attempt.send_count, attempt.sent_at, attempt.look_count) == (2, NOON, 0)
    assert attempt.began_at == NOON - timedelta(hours=1)  # of the first
    assert attempt.callback_token_hash == "hash"


def test_same_words_are_sent_again() -> None:
    change = begin(submitting(final_prompt="What was sent before"))

    assert change is not None
    assert change.job.attempt.final_prompt == "What was sent before"


def test_key_changes_with_the_video_not_with_the_send() -> None:
    first, again, retry = submitting(), submitting(send_count=5), submitting(retry_count=1)

    assert idempotency_key(first) == idempotency_key(again) != idempotency_key(retry)


@pytest.mark.parametrize(("send_count", "state"), [(0, JobState.QUEUED), (1, JobState.SUBMITTING)])
def test_who_waits_for_a_turn_gives_up_its_slot_only_before_its_first_send(
    send_count: int, state: JobState
) -> None:
    change = wait_for_turn(submitting(send_count=send_count, look_count=2), LATER, NOON)

    assert change is not None
    assert (change.job.state, change.job.due_at) == (state, LATER)
    assert send_count == 0 or change.job.attempt.look_count == 2


def test_send_without_effect_is_not_counted() -> None:
    change = go_back(submitting(send_count=4))

    assert change is not None
    assert (change.job.state, change.job.attempt.send_count) == (JobState.QUEUED, 0)


def a_waiter(kind: WaitKind, waits: int, since: datetime) -> Job:
    return submitting(wait_kind=kind, wait_count=waits, wait_since=since)


LONG_AGO = NOON - timedelta(days=3)
JUST_NOW = NOON - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("job", "kind", "is_over"),
    [
        (a_waiter(UNREADY, NOT_READY_WAITS, LONG_AGO), UNREADY, True),
        (a_waiter(UNREADY, NOT_READY_WAITS, JUST_NOW), UNREADY, False),
        (a_waiter(UNREADY, NOT_READY_WAITS - 1, LONG_AGO), UNREADY, False),
        (a_waiter(WaitKind.UNREACHABLE, 999, LONG_AGO), UNREADY, False),
        (a_waiter(UNREACHED, UNREACHABLE_WAITS, LONG_AGO), UNREACHED, True),
        (
            a_waiter(WaitKind.UNREACHABLE, UNREACHABLE_WAITS - 1, LONG_AGO),
            WaitKind.UNREACHABLE,
            False,
        ),
        (a_waiter(WaitKind.NOT_READY, 999, LONG_AGO), None, False),
    ],
)
def test_neither_many_waits_nor_much_time_is_enough_alone(
    job: Job, kind: WaitKind | None, is_over: bool
) -> None:
    change = go_back(job, kind)

    assert change is not None
    assert (change.job.state is JobState.FAILED) is is_over
    failure = change.job.outcome.failure
    assert failure is None or failure.hint == texts.NEVER_HINT


def test_what_concerns_everybody_is_not_counted_as_this_job_s() -> None:
    change = go_back(a_waiter(WaitKind.NOT_READY, 3, LONG_AGO), None)

    assert change is not None
    assert change.job.attempt.wait_count == 3


@pytest.mark.parametrize("error", [SlackBusy(7.0), VideoAgentBusy(retry_after_s=7.0)])
def test_pause_that_was_asked_for_is_kept(error: SlackBusy | VideoAgentBusy) -> None:
    at = retry_at(submitting(), WaitKind.NOT_READY, error, NOON, INTERVAL_S)

    assert at == NOON + timedelta(seconds=7)


def test_pauses_grow_with_waits_of_the_same_kind_only() -> None:
    waited = a_waiter(WaitKind.UNREACHABLE, 4, JUST_NOW)

    fresh = retry_at(submitting(), WaitKind.UNREACHABLE, AWAY, NOON, INTERVAL_S)
    same = retry_at(waited, WaitKind.UNREACHABLE, AWAY, NOON, INTERVAL_S)
    other = retry_at(waited, WaitKind.NOT_READY, AWAY, NOON, INTERVAL_S)

    assert fresh == other < same
