"""Triggers that came in: Slack may bring a command or a click again, and each opens once."""

from __future__ import annotations

import structlog

log = structlog.get_logger(__name__)

KEPT = 2_000  # a trigger lives 3 s; Slack's repeats come within minutes


class Triggers:
    """In memory: to another process Slack says itself that a trigger was used."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}  # the oldest first

    def is_first(self, trigger_id: str) -> bool:
        """False for a repeat, of which nobody needs to hear: the first is opened or was told."""
        if trigger_id in self._seen:
            log.info("brought again")
            return False
        self._seen[trigger_id] = None
        if len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]
        return True
