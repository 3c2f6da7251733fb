"""When to look for what may have gone out: several times over two minutes (DESIGN section 4)."""

from __future__ import annotations

from datetime import datetime

from bot.domain.delivery.delivery import Delivery
from bot.domain.errors import SlackOutcomeUnknown
from bot.domain.job import timing
from bot.domain.ports.clock import Clock

TIMED_OUT = "timeout"  # bot/slack/errors.py: our own time-out, the same 10 s in everybody's time


class Looks:
    """How many were in vain stands in the Delivery, so that a restart goes on counting."""

    def __init__(self, clock: Clock, interval_s: float) -> None:
        self._clock = clock
        self._scale = timing.look_scale(interval_s)
        # A time-out does not shrink in a test's fast time, so neither do the looks after it.
        # Forgotten at a restart: at the default both are the same.
        self._timed_out: set[str] = set()

    def first_at(self, delivery: Delivery, error: SlackOutcomeUnknown | None = None) -> datetime:
        """What was sent may be there by then; `error` when the call had no clear answer."""
        if error is not None and error.code == TIMED_OUT:
            self._timed_out.add(delivery.id)
        return self._at(delivery.id, 0) or self._clock.now()

    def next_at(self, delivery: Delivery) -> datetime | None:
        """After one more look in vain; None when it is surely not there."""
        return self._at(delivery.id, delivery.looks + 1)

    def forget(self, delivery: Delivery) -> None:
        """It is settled, or sent again."""
        self._timed_out.discard(delivery.id)

    def _at(self, delivery_id: str, looks: int) -> datetime | None:
        scale = 1.0 if delivery_id in self._timed_out else self._scale
        return timing.next_message_look_at(self._clock.now(), looks, scale)
