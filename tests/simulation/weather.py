"""How one world misbehaves, drawn from its seed: which faults, how often, within which bounds.

The bounds are those the product states: nothing sent earlier turns up later than the second look
for a session (a minute: late acceptance, list lag and clock jumps together) or for a message
(5 s), and clocks differ by less than a minute. What goes beyond is a front of its own (fronts.py).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.errors import (
    SlackBusy,
    SlackOutcomeUnknown,
    SlackUnavailable,
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from tests.fakes import NEVER, Fate, Trouble
from tests.simulation import fronts
from tests.simulation.fronts import Fronts

NEVER_S = NEVER.total_seconds()
SECOND_LOOK_S = 60.0


@dataclass(frozen=True)
class Fault:
    name: str
    error: Callable[[random.Random], BaseException]
    is_done: bool = False
    weight: int = 1


def _heygen_busy(dice: random.Random) -> BaseException:
    return VideoAgentBusy(status=429, retry_after_s=dice.choice([None, 1.0, 5.0, 30.0]))


def _slack_busy(dice: random.Random) -> BaseException:
    return SlackBusy(dice.choice([1.0, 3.0, 20.0]))


_BUSY = Fault("HeyGen 429", _heygen_busy)
_DOWN = Fault("HeyGen 5xx or no connection, no effect", lambda dice: VideoAgentUnavailable())
_LOST_BEFORE = Fault("HeyGen lost before", lambda dice: VideoAgentOutcomeUnknown(), weight=3)
_LOST_AFTER = Fault(
    "HeyGen lost after acceptance", lambda dice: VideoAgentOutcomeUnknown(), True, weight=3
)
_REFUSED = Fault(
    "HeyGen refuses one request", lambda dice: VideoAgentRefused("No.", code="invalid", status=400)
)
_READS = (_BUSY, _DOWN)
_SLACK_BUSY = Fault("Slack 429", _slack_busy)
_SLACK_DOWN = Fault("Slack 5xx or no connection, no effect", lambda dice: SlackUnavailable())
_SLACK_BEFORE = Fault("Slack lost before", lambda dice: SlackOutcomeUnknown())
_SLACK_AFTER = Fault("Slack lost after acceptance", lambda dice: SlackOutcomeUnknown(), True)

FAULTS: dict[str, tuple[Fault, ...]] = {
    "create_session": (_BUSY, _DOWN, _LOST_BEFORE, _LOST_AFTER, _REFUSED),
    "list_sessions": _READS,
    "get_session": _READS,
    "get_video": (*_READS, Fault("video not known yet", lambda dice: VideoAgentNotFound())),
    "video_statuses": _READS,
    "upload_asset": (_BUSY, _DOWN, _LOST_BEFORE, _LOST_AFTER),
    "stop_session": (_BUSY, _DOWN, _LOST_BEFORE, _LOST_AFTER),
    "post": (_SLACK_BUSY, _SLACK_DOWN, _SLACK_BEFORE, _SLACK_AFTER),
    "update": (_SLACK_BUSY, _SLACK_DOWN, _SLACK_BEFORE, _SLACK_AFTER),
    "find": (_SLACK_BUSY, _SLACK_DOWN),
    "join": (_SLACK_BUSY, _SLACK_DOWN),
    "open_dm": (_SLACK_BUSY, _SLACK_DOWN),
    "download": (_SLACK_BUSY, _SLACK_DOWN),
    "describe": (_SLACK_BUSY, _SLACK_DOWN),
    "get_file": _READS,
    "begin_upload": (_SLACK_BUSY, _SLACK_DOWN),
    "upload": (_SLACK_DOWN, Fault("Slack 5xx after an upload", lambda d: SlackUnavailable(), True)),
    "share": (_SLACK_BUSY, _SLACK_DOWN, _SLACK_BEFORE, _SLACK_AFTER),
    "is_shared": (_SLACK_BUSY, _SLACK_DOWN),
    "ping": _READS,
}
_WEIGHTED = {
    method: [fault for fault in faults for _ in range(fault.weight)]
    for method, faults in FAULTS.items()
}


class Weather:
    """One world's share of everything. `is_fair` ends all of it.

    With `only` there is nothing but the front of that name.
    """

    def __init__(self, seed: int, *, only: str | None = None) -> None:
        dice = self.dice = random.Random(f"weather {seed}")
        self.seen: Counter[str] = Counter()
        self.is_fair = False
        self.is_blocked = False  # HeyGen refuses the key or the balance
        self.lives = lives_of(seed)
        self.people = dice.randint(1, 9)
        self.limit = dice.randint(5, 10)
        self.storm_s = dice.choice([600.0, 1_200.0, 2_400.0])  # faults and requests, until then
        self.trouble = dice.choice([0.0, 0.02, 0.05, 0.1, 0.25])
        self.slow = dice.choice([0.0, 0.02, 0.1])
        self.effects_per_crash = dice.choice([None, None, 1_000, 300, 300, 60])
        self.longest_down_s = dice.choice([1.0, 20.0, 20.0, 120.0])  # from a crash to the start
        self.honours_keys = dice.random() < 0.4
        self.with_callbacks = dice.random() < 0.7
        self.bulk = dice.choice(["knows", "knows", "knows", "not_found", "omits"])
        self.hangs = dice.random() < 0.01  # renderings that never end: a day in this world
        # Dice of their own, so that the other worlds stay what they were.
        files = self._files = random.Random(f"files {seed}")
        self.delivers_file = files.random() < 0.85
        self.loses_alt_text = files.random() < 0.5
        self.told_after_s = files.choice([0.0, 0.0, 12.0])
        self._draw_clock(dice)
        self._draw_spells(dice)
        self._draw_fronts(seed, only)

    def _draw_fronts(self, seed: int, only: str | None) -> None:
        dice = random.Random(f"fronts {seed}")
        names = dice.sample(list(fronts.KINDS), dice.choice([0, 0, 1, 1, 2, 3]))
        if only is not None:
            names = [only]
            self._calm_down()
        self.fronts = Fronts([fronts.front(n, dice, self.storm_s) for n in names], dice)
        if self.fronts.of(fronts.CLOCK_JUMPS):  # a minute by this clock may be no time at all
            self.late_create_s = self.list_lag_s = self.late_post_s = 0.0
        if self.fronts.of(fronts.LIST_LAGS):
            self.list_lag_s = fronts.LISTED_WITHIN_S
        self.served_after_s = dice.uniform(1, fronts.FILE_SERVED_WITHIN_S)
        self.clears_s = max(self.storm_s, self.fronts.end_s)

    def _calm_down(self) -> None:
        self.trouble, self.slow, self.effects_per_crash = 0.0, 0.0, None
        self.jump_s = self.skew_s = self.late_create_s = self.list_lag_s = self.late_post_s = 0.0
        self.blocked = self.revoked = self.archived = None
        self.disk_full = []
        self.not_joined = self.unreadable = self.deletes_cards = self.hangs = False

    def _draw_clock(self, dice: random.Random) -> None:
        self.jump_s = dice.choice([0.0, 0.0, 0.0, 3.0, 20.0])  # the clock is set by up to this
        self.skew_s = dice.uniform(-35, 35) if dice.random() < 0.3 else 0.0
        bound_s = SECOND_LOOK_S - 2 * self.jump_s - 3
        self.late_create_s = dice.choice([0.0, bound_s * 0.4])
        self.list_lag_s = dice.choice([0.0, bound_s * 0.5])
        self.late_post_s = dice.choice([0.0, 2.5]) if self.jump_s == 0 else 0.0

    def _draw_spells(self, dice: random.Random) -> None:
        """(when, how long) of what holds for a while; none in most worlds."""

        def spell(share: float, longest_s: float) -> tuple[float, float] | None:
            if dice.random() >= share:
                return None
            return dice.uniform(5, self.storm_s), dice.uniform(5, longest_s)

        self.blocked = spell(0.1, 900)
        self.revoked = spell(0.06, 900)
        self.disk_full = [s for _ in range(3) if (s := spell(0.12, 120))]
        self.archived = spell(0.08, 1_200)
        self.not_joined = dice.random() < 0.08
        self.unreadable = dice.random() < 0.04
        self.deletes_cards = dice.random() < 0.15

    # -- one call --------------------------------------------------------------------------

    def choose(self, method: str) -> Trouble | None:
        if self.is_fair:
            return None
        if met := self.fronts.trouble(method):
            self.seen[met[0]] += 1
            return met[1]
        if self.is_blocked and method in ("create_session", "list_sessions"):
            self.seen["HeyGen 402"] += 1
            return Trouble(VideoAgentBlocked(status=402))
        # A front may stay for days; single faults end with the storm.
        if self.fronts.time_s() > self.storm_s or self.dice.random() >= self.trouble:
            return None
        fault = self.dice.choice(_WEIGHTED[method])
        self.seen[fault.name] += 1
        return Trouble(fault.error(self.dice), fault.is_done)

    def is_late(self, bound_s: float) -> bool:
        """Whether a call's effect comes after its error."""
        is_it = bool(bound_s) and not self.is_fair and self.dice.random() < max(self.trouble, 0.02)
        self.seen["accepted after the error"] += is_it
        return is_it

    def is_shown_late(self) -> bool:
        """Whether Slack takes longer for a post than our client waits."""
        is_it = bool(self.fronts.of(fronts.SLOW_POSTS)) and not self.is_fair
        is_it = is_it and self.fronts.dice.random() < 0.2
        self.seen["post shown late"] += is_it
        return is_it

    def way_s(self, is_long: bool) -> float:
        """Seconds on the way, there or back."""
        if not self.is_fair and self.dice.random() < self.slow:
            self.seen["slow"] += 1
            return self.dice.uniform(1, 30)
        return 0.05 if is_long else 0.0

    def fate(self) -> Fate:
        """How one session will go."""
        dice = self.dice
        roll = dice.random()
        fate = dict[str, object](
            render_s=dice.uniform(10, 150),
            listed_after_s=dice.uniform(0, self.list_lag_s),
            progress=dice.choice([0, 10, 60]),
            video_id_after_s=dice.choice([0.0, 0.0, 8.0, 40.0]),
            session_runs_ahead=dice.random() < 0.1,
        )
        if self._files.random() < 0.5:
            fate["captions_after_s"] = self._files.choice([0.0, 12.0, 100.0, 900.0])
        if roll < 0.05:
            fate |= {"fails": True, "progress": 0}
        elif roll < 0.08:
            fate |= {"fails": True, "failure_message": "Bad words"}
        elif roll < 0.10:
            fate |= {"fails": True, "dies_without_video": True, "session_error": "No voice"}
        elif roll < 0.14:
            fate |= {"link_after_s": dice.choice([3.0, 20.0, 400.0])}
        elif roll < 0.16:
            # Gone once the video is there; before its id is known, we could only wait for a day.
            fate |= {"session_gone_after_s": dice.uniform(50, 100), "video_id_after_s": 0.0}
        elif roll < 0.17 and self.hangs:
            fate |= {"render_s": NEVER_S}
        if self.fronts.of(fronts.LIST_LAGS) and fate["render_s"] != NEVER_S:
            # As long as HeyGen's are: a second session can still be stopped when it is listed.
            fate |= {"render_s": self.fronts.dice.uniform(900, 1_200)}
        return Fate(**fate)  # type: ignore[arg-type]


def lives_of(seed: int) -> int:
    """How many jobs the world of this seed has."""
    return random.Random(f"lives {seed}").randint(40, 100)
