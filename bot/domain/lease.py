"""Which of several replicas works: a lease that its holder renews, and that another takes over.

No two clocks are compared. The holder counts its time from before it renewed, the others count
theirs from after they saw that, and wait a little longer: so the first is over before the second.
"""

from __future__ import annotations

from dataclasses import dataclass

LEASE_MOST_S = 15.0
LEASE_LEAST_S = 3.0
BEATS = 15  # in the time of a lease: it is renewed, and looked at, that often


@dataclass(frozen=True, slots=True)
class Lease:
    """As the database has it: the last holder, and how often it was taken or renewed."""

    holder: str  # "" when it was given back
    beats: int
    length_s: float = LEASE_MOST_S  # its holder's: settings are changed one replica after the other
    waiting_for: str | None = None  # what its holder knows: why nothing is sent to HeyGen


@dataclass(frozen=True, slots=True)
class Sight:
    """A lease and when it was first seen so, in seconds of a clock that only runs."""

    lease: Lease | None  # None: nobody ever had it
    since_s: float


def lease_s(interval_s: float) -> float:
    """How long a lease lasts; it scales with POLL_INTERVAL_S like every other pause."""
    return max(LEASE_LEAST_S, min(interval_s, LEASE_MOST_S))


def seen(before: Sight | None, lease: Lease | None, now_s: float) -> Sight:
    return before if before is not None and before.lease == lease else Sight(lease, now_s)


def may_take(sight: Sight, replica: str, now_s: float) -> bool:
    """Whether this replica may take (or renew) the lease, for its last holder no longer has it."""
    if sight.lease is None or sight.lease.holder in ("", replica):
        return True
    length_s = min(sight.lease.length_s, LEASE_MOST_S)
    return now_s - sight.since_s >= length_s * (1 + 1 / BEATS)
