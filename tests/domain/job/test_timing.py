"""When to look again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.job import timing
from tests.builders import NOON

MINUTE, HOUR = 60, 3_600


@pytest.mark.parametrize(
    ("age_s", "pause_s"),
    [
        (0, 15),
        (2 * MINUTE - 1, 15),
        (2 * MINUTE, 30),
        (10 * MINUTE - 1, 30),
        (10 * MINUTE, 60),
        (HOUR - 1, 60),
        (HOUR, 300),
        (24 * HOUR, 300),
    ],
)
@pytest.mark.parametrize("interval_s", [15.0, 0.3], ids=["default", "scaled"])
def test_polls_grow_rarer_with_age(age_s: float, pause_s: float, interval_s: float) -> None:
    now = NOON + timedelta(seconds=age_s)

    next_at = timing.next_poll_at(now, NOON, interval_s, jitter=0)

    assert (next_at - now).total_seconds() == pytest.approx(pause_s * interval_s / 15)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_jitter_adds_at_most_a_tenth(jitter: float) -> None:
    pause = timing.next_poll_at(NOON, NOON, 15, jitter) - NOON

    assert timedelta(seconds=15) <= pause < timedelta(seconds=16.5)


@pytest.mark.parametrize(("attempt", "pause_s"), [(0, 2), (1, 2), (2, 4), (5, 32), (9, 300)])
def test_retries_double_up_to_their_cap(attempt: int, pause_s: float) -> None:
    next_at = timing.next_retry_at(NOON, attempt, first_s=2, cap_s=300)

    assert next_at - NOON == timedelta(seconds=pause_s)


def test_ten_thousandth_retry_is_no_overflow() -> None:
    assert timing.next_retry_at(NOON, 10_000, first_s=2, cap_s=300) > NOON


@pytest.mark.parametrize(("looks", "minutes"), [(1, 1), (2, 2), (3, 4)])
def test_pause_between_looks_doubles(looks: int, minutes: int) -> None:
    assert timing.look_pause_s(looks, 15) == minutes * 60


@pytest.mark.parametrize(
    ("asked_s", "believed_s"), [(0, 1), (-5, 1), (1, 1), (19, 19), (600, 600), (86_400, 600)]
)
def test_asked_pause_is_believed_between_a_second_and_ten_minutes(
    asked_s: float, believed_s: float
) -> None:
    assert timing.believed_pause_s(asked_s) == believed_s


def test_no_pause_of_ours_is_longer_than_the_horizon() -> None:
    for interval_s in (0.01, 1, 15, 3_600):
        horizon = timing.horizon(NOON, interval_s)
        assert timing.next_poll_at(NOON, NOON - timedelta(days=1), interval_s, 1.0) < horizon
        assert horizon > NOON + timing.LEASE
        assert timing.breaker_retry_at(NOON, interval_s) < horizon
        assert NOON + timedelta(seconds=timing.look_pause_s(3, interval_s)) < horizon


def test_breaker_and_look_scale_with_the_interval() -> None:
    assert timing.breaker_retry_at(NOON, 15) - NOON == timedelta(minutes=5)
    assert timing.look_pause_s(1, 1.5) == 6
