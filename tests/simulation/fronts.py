"""Weather fronts: what is bad for a while, as a whole, and when; a few in each world.

The faults of weather.py strike one call in twenty. A front strikes every call of a platform for
minutes or days, or makes one thing behave strangely for as long as the world lasts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

from bot.domain.errors import (
    BotError,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentUnavailable,
)
from bot.heygen.errors import error_from
from bot.slack.errors import from_answer, unclear
from tests.fakes import Trouble

HOUR_S, DAY_S = 3_600.0, 86_400.0
ALWAYS_S = 1_000 * DAY_S

HEYGEN_OUT = "HeyGen out"
SLACK_OUT = "Slack out"
LIST_DOWN = "HeyGen's list down"
LIST_LAGS = "HeyGen's list lags"
SLOW_POSTS = "posts shown late"
NO_POWER = "no power"
CLOCK_JUMPS = "clock jumps"
DATABASE_BUSY = "database locked or full"
ODD_PAUSES = "Retry-After odd"
LATE_FILES = "files served late"
HANGING = "one session hangs"
KILLED_AGAIN = "killed again at the same point"

EDGE = ("edge 403", "edge 404", "edge 502")
OUTAGES = ("503", "reset", "cut", "refused", *EDGE)
SLACK_OUTAGES = ("503", "reset", "cut", "refused")
LASTING_S = (120.0, 1_200.0, 5_400.0, 6 * HOUR_S, 40 * HOUR_S)
# name: (kinds, how long)
KINDS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    HEYGEN_OUT: (OUTAGES, LASTING_S),
    SLACK_OUT: (SLACK_OUTAGES, LASTING_S[:-1]),
    LIST_DOWN: (("503",), (300.0, 2_400.0, 4 * HOUR_S)),
    LIST_LAGS: (("",), (ALWAYS_S,)),
    SLOW_POSTS: (("",), (ALWAYS_S,)),
    NO_POWER: (("",), (HOUR_S, 9 * HOUR_S, 60 * HOUR_S)),
    CLOCK_JUMPS: (("-3600", "90000"), (5.0, 300.0, 2 * HOUR_S)),
    DATABASE_BUSY: (("locked", "full"), (600.0, 2_400.0)),
    ODD_PAUSES: (("0", "86400"), (60.0, 600.0)),
    LATE_FILES: (("404", "403", "page"), (ALWAYS_S,)),
    HANGING: (("",), (ALWAYS_S,)),
    KILLED_AGAIN: (
        tuple(
            f"{when} {call}"
            for when in ("before", "after")
            for call in ("create_session", "post", "share", "upload_asset")
        ),
        (1.0,),
    ),
}
# These show nothing by themselves: the answers of some creates are lost, too.
LOSES_ANSWERS = frozenset({LIST_DOWN, LIST_LAGS, HANGING, CLOCK_JUMPS})
LOST_SHARE = 0.2
HANG_SHARE = 0.15
LISTED_WITHIN_S = 180.0
POST_TIMEOUT_S, POST_SHOWN_WITHIN_S = 10.0, 25.0  # the client's; since it was sent
FILE_SERVED_WITHIN_S = 90.0
GET_HANGS_S = 29.0
HANGS_FOR_S = (600.0, 3 * HOUR_S)
LOCKED_FOR_S = (1.0, 20.0)

HEYGEN = frozenset(
    {"create_session", "list_sessions", "get_session", "get_video", "video_statuses"}
    | {"upload_asset", "stop_session", "get_file", "ping"}
)
HEYGEN_WRITES = frozenset({"create_session", "upload_asset", "stop_session"})
SLACK_WRITES = frozenset({"post", "share"})


@dataclass(frozen=True)
class Front:
    name: str
    kind: str
    at_s: float
    for_s: float

    @property
    def ends_s(self) -> float:
        """When it has gone; what lasts for ever goes when the world turns fair."""
        return 0.0 if self.for_s == ALWAYS_S else self.at_s + self.for_s


def front(name: str, dice: random.Random, storm_s: float) -> Front:
    kinds, lengths = KINDS[name]
    at_s = 0.0 if lengths == (ALWAYS_S,) else dice.uniform(5, storm_s * 0.8)
    return Front(name, dice.choice(kinds), at_s, dice.choice(lengths))


class Fronts:
    """All fronts of one world, by the right time."""

    def __init__(self, fronts: list[Front], dice: random.Random) -> None:
        self.all = fronts
        self.dice = dice
        self.time_s: Callable[[], float] = lambda: 0.0
        self.lost_share, self.hang_share = LOST_SHARE, HANG_SHARE

    def of(self, *names: str) -> list[Front]:
        return [each for each in self.all if each.name in names]

    def now(self, name: str) -> Front | None:
        """The front of this name, while it is there."""
        at_s = self.time_s()
        return next((f for f in self.of(name) if f.at_s <= at_s < f.at_s + f.for_s), None)

    @property
    def end_s(self) -> float:
        return max((each.ends_s for each in self.all), default=0.0)

    def trouble(self, method: str) -> tuple[str, Trouble] | None:
        """What a call meets now, and whose doing it is."""
        is_heygen = method in HEYGEN
        if is_heygen and (out := self.now(HEYGEN_OUT)):
            return f"{HEYGEN_OUT}: {out.kind}", heygen_trouble(out.kind, method)
        if not is_heygen and (out := self.now(SLACK_OUT)):
            return f"{SLACK_OUT}: {out.kind}", slack_trouble(out.kind, method)
        if method == "list_sessions" and self.now(LIST_DOWN):
            return LIST_DOWN, heygen_trouble("503", method)
        loses_answers = method == "create_session" and self.of(*LOSES_ANSWERS)
        if loses_answers and self.dice.random() < self.lost_share:
            return "a create's answer lost", _lost(is_done=self.dice.random() < 0.5)
        if (odd := self.now(ODD_PAUSES)) and method != "get_file" and self.dice.random() < 0.5:
            return f"Retry-After {odd.kind}", Trouble(_busy(odd.kind, is_heygen=is_heygen))
        return None


def heygen_trouble(kind: str, method: str) -> Trouble:
    """What the real client would raise."""
    is_write = method in HEYGEN_WRITES
    if method == "get_file":
        is_gone = kind in ("edge 403", "edge 404")
        return Trouble(_no_file() if is_gone else VideoAgentUnavailable(code="download_failed"))
    if kind == "refused":
        return Trouble(VideoAgentUnavailable(code="not_connected"))
    if kind in ("reset", "cut"):
        lost = VideoAgentOutcomeUnknown if is_write else VideoAgentUnavailable
        return Trouble(lost(code="connection_lost"), is_done=kind == "cut")
    body = b'{"error": {"code": "service_unavailable"}}' if kind == "503" else b"<html></html>"
    return Trouble(error_from(int(kind[-3:]), {}, body, is_write=is_write))


def _lost(*, is_done: bool) -> Trouble:
    return Trouble(VideoAgentOutcomeUnknown(), is_done)


def slack_trouble(kind: str, method: str) -> Trouble:
    may_repeat = method not in SLACK_WRITES
    if kind == "refused":
        return Trouble(unclear("not_connected", may_repeat=True))
    code = "http_503" if kind == "503" else "connection_lost"
    return Trouble(unclear(code, may_repeat=may_repeat), is_done=kind == "cut")


def late_file(kind: str) -> BotError:
    """A link that leads to nothing yet: a 404, a 403 or a page of the edge look alike."""
    return _no_file()


def _no_file() -> BotError:
    return VideoAgentNotFound(code="link_expired")


def _busy(seconds: str, *, is_heygen: bool) -> BotError:
    headers = {"Retry-After": seconds}
    if is_heygen:
        return error_from(429, headers, b'{"error": {"code": "rate_limit_exceeded"}}')
    answer = SimpleNamespace(status_code=429, headers=headers, data={"error": "ratelimited"})
    return from_answer(answer, may_repeat=False)
