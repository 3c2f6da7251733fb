"""Who may take a lease, and when: by each one's own clock."""

from __future__ import annotations

import pytest

from bot.domain.lease import (
    BEATS,
    LEASE_LEAST_S,
    LEASE_MOST_S,
    Lease,
    Sight,
    lease_s,
    may_take,
    seen,
)

LENGTH_S = 15.0
BEAT_S = LENGTH_S / BEATS


def test_lease_that_nobody_ever_had_is_taken_at_once() -> None:
    assert may_take(Sight(None, 100.0), "me", 100.0)


def test_lease_that_was_given_back_is_taken_at_once() -> None:
    assert may_take(Sight(Lease("", 7), 100.0), "me", 100.0)


def test_holder_renews_at_once() -> None:
    assert may_take(Sight(Lease("me", 7), 100.0), "me", 100.0)


@pytest.mark.parametrize(
    ("waited_s", "may"),
    [
        (0.0, False),
        (LENGTH_S, False),  # its holder's time has just ended, if our clock is not the faster one
        (LENGTH_S + 0.9 * BEAT_S, False),
        (LENGTH_S + BEAT_S, True),
    ],
)
def test_lease_of_another_is_taken_a_beat_after_its_end(waited_s: float, may: bool) -> None:
    sight = Sight(Lease("other", 7), 100.0)

    assert may_take(sight, "me", 100.0 + waited_s) is may


def test_lease_seen_again_unchanged_is_as_old_as_before() -> None:
    first = seen(None, Lease("other", 7), 100.0)

    assert seen(first, Lease("other", 7), 110.0) == first


@pytest.mark.parametrize("news", [Lease("other", 8), Lease("third", 7), None])
def test_lease_that_has_changed_is_waited_for_anew(news: Lease | None) -> None:
    first = seen(None, Lease("other", 7), 100.0)

    assert seen(first, news, 110.0) == Sight(news, 110.0)


@pytest.mark.parametrize(
    ("interval_s", "length_s"), [(0.25, LEASE_LEAST_S), (5.0, 5.0), (60.0, LEASE_MOST_S)]
)
def test_lease_is_as_long_as_the_interval_within_bounds(interval_s: float, length_s: float) -> None:
    assert lease_s(interval_s) == length_s
