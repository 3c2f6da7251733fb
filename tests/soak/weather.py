"""What goes wrong while the soak runs: every kind of fault on every route, by a seeded chance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.sandbox.faults import Fault, FaultPlan

SHARE = 0.10  # of all requests to the routes below
SLOW_S = 0.3  # less than the pause before the second look, as HeyGen's real answers are
BUSY = {"Retry-After": "1"}
PAGE = "<html><body>Something went wrong</body></html>"

DROPPED = (Fault("drop_before"), Fault("drop_after"))
SLOW = (Fault("slow", seconds=SLOW_S),)
HTML = (
    Fault("status", 502, PAGE, "text/html", odd=True),
    Fault("status_after", 502, PAGE, "text/html", odd=True),
    Fault("status_after", 200, PAGE, "text/html", odd=True),
)


def _heygen_error(status: int, code: str) -> Fault:
    body = f'{{"error": {{"code": "{code}", "message": "soak"}}}}'
    return Fault("status", status, body, headers=BUSY if status == 429 else {})


HEYGEN_ERRORS = (
    _heygen_error(429, "rate_limit_exceeded"),
    _heygen_error(500, "internal_error"),
    replace(_heygen_error(500, "internal_error"), kind="status_after"),
    _heygen_error(503, "service_unavailable"),
)
SLACK_ERRORS = (
    Fault("status", 429, '{"ok": false, "error": "ratelimited"}', headers=BUSY),
    Fault("status", 500, '{"ok": false, "error": "internal_error"}'),
    Fault("status_after", 500, '{"ok": false, "error": "internal_error"}'),
    Fault("status", 200, '{"ok": false, "error": "service_unavailable"}'),
)
API_FAULTS = (*DROPPED, *SLOW, *HTML)
# A web page in place of somebody's file is Slack's login page: that file cannot be used, which is
# told to the person and is no weather.
FILE_FAULTS = (*DROPPED, *SLOW, Fault("status", 503))

HEYGEN = {
    "POST /v3/video-agents": (*API_FAULTS, *HEYGEN_ERRORS),
    "GET /v3/video-agents": (*API_FAULTS, *HEYGEN_ERRORS),
    "GET /v3/video-agents/{session_id}": (*API_FAULTS, *HEYGEN_ERRORS),
    "GET /v3/videos/statuses": (*API_FAULTS, *HEYGEN_ERRORS),
    "GET /v3/videos/{video_id}": (*API_FAULTS, *HEYGEN_ERRORS),
    "POST /v3/assets": (*API_FAULTS, *HEYGEN_ERRORS),
    "GET /files/{name}": FILE_FAULTS,
}
SLACK = {
    "chat.postMessage": (*API_FAULTS, *SLACK_ERRORS),
    "chat.update": (*API_FAULTS, *SLACK_ERRORS),
    "conversations.history": (*API_FAULTS, *SLACK_ERRORS),
    "conversations.replies": (*API_FAULTS, *SLACK_ERRORS),
    "files.info": (*API_FAULTS, *SLACK_ERRORS),
    "files.getUploadURLExternal": (*API_FAULTS, *SLACK_ERRORS),
    "files.completeUploadExternal": (*API_FAULTS, *SLACK_ERRORS),
    "file upload": FILE_FAULTS,
    "file download": FILE_FAULTS,
}


class Weather(FaultPlan):
    """Any request to a route of the table meets one of its faults with probability SHARE.

    What tests/soak/fronts.py begins goes first: a whole platform that is down, for one.
    """

    def __init__(self, table: Mapping[str, Sequence[Fault]], rng: random.Random) -> None:
        super().__init__()
        self.is_bad = True
        self.met: Counter[str] = Counter()  # by kind of fault
        self._table = table
        self._rng = rng

    def take(self, route: str, path: str = "") -> Fault | None:
        fault = super().take(route, path) or self._by_chance(route)
        if fault is not None:
            self.met[_name(fault)] += 1
        return fault

    def _by_chance(self, route: str) -> Fault | None:
        if not self.is_bad or route not in self._table or self._rng.random() >= SHARE:
            return None
        self.used[route] += 1
        return self._rng.choice(self._table[route])


def _name(fault: Fault) -> str:
    if fault.content_type == "text/html":
        return "HTML"
    return str(fault.status) if fault.kind.startswith("status") else fault.kind
