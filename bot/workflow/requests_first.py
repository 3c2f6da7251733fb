"""People's requests go first: Slack waits 3 s for an ack, a card can wait a moment."""

from __future__ import annotations

import asyncio
import time

QUIET_S = 0.003  # this long after a request nothing else is begun
LET_PASS_S = 0.1  # however many requests come, the background goes on


class RequestsFirst:
    """Listeners `note` each request; loops `wait` before a step, senders before each message."""

    def __init__(self) -> None:
        self._noted_at = float("-inf")

    def note(self) -> None:
        self._noted_at = time.monotonic()

    async def wait(self) -> None:
        """Returns once it is quiet, or after LET_PASS_S."""
        began_at = time.monotonic()
        pause_s = self._noted_at + QUIET_S - began_at
        while pause_s > 0:
            await asyncio.sleep(pause_s)
            now = time.monotonic()
            pause_s = min(self._noted_at + QUIET_S, began_at + LET_PASS_S) - now
