"""Misbehaviour on request, shared by both stand-ins: what goes wrong, on which route, how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "status",  # answer with this status and body; the request has no effect
    "drop_before",  # close the connection before the request has any effect
    "drop_after",  # let the request take effect, then close the connection without an answer
    "status_after",  # let the request take effect, then answer with this status and body
    "cut",  # of a file of Slack's: send half of it, then close the connection
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


@dataclass
class _Planned:
    route: str
    fault: Fault
    left: int


class FaultPlan:
    """Faults waiting for their requests. A route is written as the server writes it,

    for example "POST /v3/video-agents" or "chat.postMessage".
    """

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self.used: Counter[str] = Counter()

    def add(self, route: str, fault: Fault, *, times: int = 1) -> None:
        """The next `times` requests to `route` meet `fault`; several plans are used up in order."""
        self._planned.append(_Planned(route, fault, times))

    def clear(self) -> None:
        self._planned.clear()

    def take(self, route: str) -> Fault | None:
        """The fault that the next request to `route` meets, counted down; None when all is well."""
        for planned in self._planned:
            if planned.route == route and planned.left > 0:
                planned.left -= 1
                self.used[route] += 1
                return planned.fault
        return None

    def describe(self) -> list[dict[str, Any]]:
        """What is still planned, for error messages of tests."""
        return [
            {"route": p.route, "fault": p.fault, "left": p.left} for p in self._planned if p.left
        ]
