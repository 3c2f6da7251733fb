"""When nothing is sent to HeyGen any more, and who may ask whether it is back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.breaker import FAILURES_TO_OPEN, Breaker
from bot.domain.job.timing import OUTAGE_CAP_STEPS, horizon
from tests.builders import NOON

INTERVAL_S = 15.0


def after(failures: int) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        breaker = breaker.failed(NOON, INTERVAL_S)
    return breaker


@pytest.mark.parametrize("failures", range(FAILURES_TO_OPEN))
def test_few_failures_hold_nothing_up(failures: int) -> None:
    breaker = after(failures)

    assert not breaker.is_open
    assert breaker.may_pass(NOON, INTERVAL_S)


def test_failures_in_a_row_hold_everything_up_for_a_pause() -> None:
    breaker = after(FAILURES_TO_OPEN)

    pause = timedelta(seconds=INTERVAL_S)
    assert breaker.is_open
    assert not breaker.may_pass(NOON, INTERVAL_S)
    assert breaker.may_pass(NOON + pause, INTERVAL_S)


def test_pause_grows_with_every_failure_up_to_its_cap() -> None:
    pauses = [after(FAILURES_TO_OPEN + more).try_at for more in range(5)]

    steps = [1, 2, 4, 8, OUTAGE_CAP_STEPS]
    assert pauses == [NOON + timedelta(seconds=INTERVAL_S * step) for step in steps]


def test_while_one_asks_the_others_wait_on() -> None:
    breaker = after(FAILURES_TO_OPEN)
    assert breaker.try_at is not None

    asking = breaker.asking(breaker.try_at, INTERVAL_S)

    assert not asking.may_pass(breaker.try_at, INTERVAL_S)
    assert asking.failures == breaker.failures


def test_clock_that_jumped_back_holds_nothing_up() -> None:
    breaker = Breaker(FAILURES_TO_OPEN, horizon(NOON, INTERVAL_S) + timedelta(seconds=1))

    assert breaker.may_pass(NOON, INTERVAL_S)
