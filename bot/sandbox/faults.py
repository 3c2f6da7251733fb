"""Misbehaviour on request, shared by both stand-ins: what goes wrong, on which route, how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "status",  # answer with this status and body; the request has no effect
    "drop_before",  # close the connection before the request has any effect
    "drop_after",  # let the request take effect, then close the connection without an answer
    "status_after",  # let the request take effect, then answer with this status and body
    "late",  # of a method of Slack's: close the connection, take effect `seconds` later
    "cut",  # let the request take effect, send half of the answer, then close the connection
    "slow",  # wait `seconds`, then handle the request as usual
]


@dataclass(frozen=True)
class Fault:
    """One way for a request to go wrong. `body` is sent as given, with `content_type`.

    `odd` says that it is meant to be an answer that the platform's own contract does not know,
    such as a web page of its edge; of HeyGen's, any other is held against the contract.
    """

    kind: FaultKind
    status: int = 500
    body: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    odd: bool = False


_EDGE_WORDS = {403: "Forbidden", 404: "Not Found", 502: "Bad Gateway", 503: "Service Unavailable"}


def edge_page(status: int) -> Fault:
    """What the filter in front of a platform says by itself: a page, without any envelope."""
    words = f"{status} {_EDGE_WORDS[status]}"
    page = f"<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>"
    return Fault("status", status, page, "text/html", odd=True)


@dataclass
class _Planned:
    route: str
    fault: Fault
    left: int


@dataclass(frozen=True, eq=False)
class Spell:
    """A fault that lasts until it is ended. No routes: the whole platform; a path: only that."""

    fault: Fault
    routes: frozenset[str] = frozenset()
    path: str = ""

    def covers(self, route: str, path: str) -> bool:
        is_route = not self.routes or route in self.routes
        return is_route and self.path in ("", path)


class FaultPlan:
    """Faults waiting for their requests. A route is written as the server writes it,

    for example "POST /v3/video-agents" or "chat.postMessage".
    """

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._spells: list[Spell] = []
        self.used: Counter[str] = Counter()

    def add(self, route: str, fault: Fault, *, times: int = 1) -> None:
        """The next `times` requests to `route` meet `fault`; several plans are used up in order."""
        self._planned.append(_Planned(route, fault, times))

    def begin(self, fault: Fault, *, routes: Collection[str] = (), path: str = "") -> Spell:
        """From now on all requests meet `fault`: to these routes, or of this path, or any."""
        self._spells.append(Spell(fault, frozenset(routes), path))
        return self._spells[-1]

    def end(self, spell: Spell) -> None:
        self._spells.remove(spell)

    def clear(self) -> None:
        self._planned.clear()
        self._spells.clear()

    def take(self, route: str, path: str = "") -> Fault | None:
        """The fault that this request meets; what was planned by count goes first."""
        for planned in self._planned:
            if planned.route == route and planned.left > 0:
                planned.left -= 1
                self.used[route] += 1
                return planned.fault
        for spell in self._spells:
            if spell.covers(route, path):
                self.used[route] += 1
                return spell.fault
        return None

    def describe(self) -> list[dict[str, Any]]:
        """What is still planned, for error messages of tests."""
        counted = [vars(planned) for planned in self._planned if planned.left]
        return [*counted, *(vars(spell) for spell in self._spells)]
