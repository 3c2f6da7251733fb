"""When to look again: plain arithmetic, seconds in, times out."""

from __future__ import annotations

from datetime import datetime, timedelta

LEASE = timedelta(minutes=15)  # of a job in submitting; renewed while somebody works on it
LEASE_RENEWAL = timedelta(minutes=5)  # so long before its end
VIDEO_TIMEOUT_S = 86_400.0  # HeyGen asks to be contacted beyond this (FACTS section 7)
SLOW_AFTER_S = 600.0
# A post whose answer was lost, or during which the bot died, may still be under way: looked for
# after each of these pauses, two minutes in all (DESIGN section 4), before it is sent again.
MESSAGE_LOOKS_S = (5.0, 10.0, 20.0, 40.0, 50.0)
# An interval shorter than this is a test's; the looks come as much faster. 5 s and more: as above.
LOOKS_IN_FULL_FROM_S = 5.0
# Nothing that is owed to Slack waits longer (an hour, while Slack moves a workspace): what is due
# after this is due now, for the clock has jumped.
DELIVERY_HORIZON = timedelta(minutes=70)
CARD_EDIT_EVERY = timedelta(seconds=10)  # Slack: one card at most every 10 s (FACTS section 6)
FIRST_LOOK_PAUSE_STEPS = 4  # of POLL_INTERVAL_S: a minute at the default of 15 s; then doubled
SWEEP_STEPS = (4, 8, 16)  # 1, 3 and 7 minutes after a job has a session, at the default
GATHER_PARTS = 15  # of POLL_INTERVAL_S: a second at the default
BREAKER_STEPS = 20  # of POLL_INTERVAL_S: five minutes at the default
PARKED_LOOK_STEPS = 40  # of POLL_INTERVAL_S, between the bot's own looks for a job on hold
PARKED_LOOKS = 1_008  # a week of them at the default; counted, for clocks jump
OUTAGE_CAP_STEPS = 8  # two minutes: the longest pause between two questions whether HeyGen is back
# The longest lawful pause: of POLL_INTERVAL_S, and never less than a lease with room to spare.
HORIZON_STEPS = 100
HORIZON_LEAST = timedelta(minutes=20)
WATCHED_GAP_MOST_S = 600.0  # of a time-out, between two answers
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 600.0  # that a Retry-After is believed

# (age of the rendering, pause as a multiple of POLL_INTERVAL_S): 15 s, 30 s, 60 s, 5 min
_POLL_STEPS = (
    (timedelta(minutes=2), 1),
    (timedelta(minutes=10), 2),
    (timedelta(hours=1), 4),
)
_POLL_LAST_STEP = 20


def next_poll_at(
    now: datetime, rendering_since: datetime, interval_s: float, jitter: float
) -> datetime:
    """When to ask about a video again. `jitter` is in [0, 1) and adds up to a tenth."""
    age = now - rendering_since
    steps = next((n for limit, n in _POLL_STEPS if age < limit), _POLL_LAST_STEP)
    return now + timedelta(seconds=interval_s * steps * (1 + jitter / 10))


def gather_for(interval_s: float) -> timedelta:
    """How much too early a video may be asked about, so that one question holds many ids."""
    return timedelta(seconds=interval_s / GATHER_PARTS)


def next_retry_at(now: datetime, attempt: int, *, first_s: float, cap_s: float) -> datetime:
    """Doubling pauses: first_s after attempt 1, never more than cap_s."""
    return now + timedelta(seconds=min(cap_s, first_s * 2 ** max(0, min(attempt, 30) - 1)))


def believed_pause_s(asked_s: float) -> float:
    """A Retry-After as far as it is believed: 1 second to 10 minutes (DESIGN section 3)."""
    return min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, asked_s))


def horizon(now: datetime, interval_s: float) -> datetime:
    """No lawful pause ends later: what is due after this is due now, for the clock has jumped."""
    return now + max(HORIZON_LEAST, timedelta(seconds=HORIZON_STEPS * interval_s))


def look_pause_s(look_count: int, interval_s: float) -> float:
    """The pause after so many looks for a session whose create was never answered."""
    return FIRST_LOOK_PAUSE_STEPS * interval_s * 2.0 ** max(0, look_count - 1)


def next_parked_look_at(now: datetime, looks: int, interval_s: float) -> datetime | None:
    """When to look by itself for a job on hold, after so many looks; None: a person has to."""
    if looks >= PARKED_LOOKS:
        return None
    return now + parked_look_pause(interval_s)


def parked_look_pause(interval_s: float) -> timedelta:
    return timedelta(seconds=PARKED_LOOK_STEPS * interval_s)


def next_sweep_at(now: datetime, sweep_count: int, interval_s: float) -> datetime | None:
    """When to look for a second session after so many looks; None: that was the last."""
    if sweep_count >= len(SWEEP_STEPS):
        return None
    return now + timedelta(seconds=SWEEP_STEPS[sweep_count] * interval_s)


def watched_s(last_answer_at: datetime, now: datetime) -> float:
    """How much of the time between two answers counts: a clock that jumped is not believed."""
    return min(WATCHED_GAP_MOST_S, max(0.0, (now - last_answer_at).total_seconds()))


def look_scale(interval_s: float) -> float:
    """By how much the pauses between looks shrink in a test's fast time; 1 for everybody else."""
    return min(1.0, interval_s / LOOKS_IN_FULL_FROM_S)


def next_message_look_at(now: datetime, looks: int, scale: float) -> datetime | None:
    """When to look again for a message after `looks` that found nothing; None: it is not there.

    Counted in looks and not by the clock, which may jump while one waits.
    """
    if looks >= len(MESSAGE_LOOKS_S):
        return None
    return now + timedelta(seconds=MESSAGE_LOOKS_S[looks] * scale)


def breaker_retry_at(now: datetime, interval_s: float) -> datetime:
    """When to try again after HeyGen refused the key or the balance."""
    return now + timedelta(seconds=BREAKER_STEPS * interval_s)
