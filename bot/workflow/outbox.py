"""What both senders do alike with what is owed: read it, put it back, look for it, wait.

workflow/message_sender and workflow/file_sender decide; how it is noted stands here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.delivery.delivery import Delivery, DeliveryState
from bot.domain.delivery.notice import Owed
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Deliveries
from bot.workflow.looks import Looks
from bot.workflow.pauses import Pauses

NO_PAUSE = timedelta(0)


class Outbox:
    """One for each sender."""

    def __init__(self, deliveries: Deliveries, clock: Clock, interval_s: float) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self.pauses = Pauses(clock)
        self.looks = Looks(clock, interval_s)
        self.joined_for: set[str] = set()  # deliveries; forgotten at a restart: one more join

    async def owed(self, delivery: Delivery) -> Owed:
        """All that it takes to say it, as it stands now."""
        owed = await self._deliveries.owed(delivery.id)
        assert owed is not None  # deliveries are never deleted
        return owed

    async def put_back(
        self,
        delivery: Delivery,
        pause: timedelta = NO_PAUSE,
        *,
        detour: str | None = None,
        is_try: bool = True,
    ) -> None:
        """It was surely not sent: due again after the pause, elsewhere with `detour`."""
        until = self._clock.now() + pause
        await self._deliveries.postpone(delivery.id, until, detour=detour, is_try=is_try)

    async def look_at(self, delivery: Delivery, at: datetime, *, is_look: bool = False) -> None:
        """It may have been sent: look for it then. `is_look`: it was, in vain."""
        state = DeliveryState.POSTING
        await self._deliveries.postpone(delivery.id, at, state=state, is_look=is_look)

    async def look_after(self, delivery: Delivery, pause: timedelta) -> None:
        """The same look again: nothing could be asked."""
        await self.look_at(delivery, self._clock.now() + pause)

    async def is_surely_unseen(self, delivery: Delivery) -> bool:
        """After a look in vain: True at the last of several, else the next is due after a pause."""
        next_at = self.looks.next_at(delivery)
        if next_at is None:
            self.looks.forget(delivery)
            return True
        await self.look_at(delivery, next_at, is_look=True)
        return False
