"""One of several replicas works at a time: who holds the lease. The others take requests, too.

A replica that loses the lease is to the others what a killed one is: none of its changes is taken
any more (store/leases.py), and no call that may cost or post leaves it (`is_leading`). What it
had begun is found out by the next, as after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.lease import BEATS, Sight, may_take, seen
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Leases

log = structlog.get_logger(__name__)

LEASE = "work"  # the one lease there is: of all that is done at HeyGen and told in Slack


class Leadership:
    """`run` goes on until it is cancelled; `begin` and `end` start and stop this replica's work."""

    def __init__(
        self,
        leases: Leases,
        replica: str,
        clock: Clock,
        *,
        length_s: float,
        waiting_for: Callable[[], str | None] = lambda: None,
        begin: Callable[[], Awaitable[None]],
        end: Callable[[], Awaitable[None]],
    ) -> None:
        """`waiting_for` is what the others are told while this one works (workflow/gate)."""
        self._leases = leases
        self._replica = replica
        self._clock = clock
        self._length_s = length_s
        self._own_waiting_for = waiting_for
        self._begin = begin
        self._end = end
        self._sight: Sight | None = None
        self._until_s = float("-inf")
        self._is_working = False
        self._former = "nobody"  # who had the lease before

    @property
    def is_leading(self) -> bool:
        """Asked right before a call leaves that costs or posts something."""
        return self._clock.elapsed_s() < self._until_s

    @property
    def waiting_for(self) -> str | None:
        """Why nothing is sent to HeyGen, as the one that works has told; at most a beat ago."""
        lease = self._sight.lease if self._sight else None
        return lease.waiting_for if lease else None

    async def run(self) -> None:
        is_away = False
        while True:
            try:
                await self.beat()
            except StoreUnavailable as error:
                if not is_away:
                    log.warning("the database does not answer", code=error.code)
                is_away = True
            except Exception:
                log.exception("no beat of the lease")
            else:
                if is_away:
                    log.info("the database answers again")
                is_away = False
            await asyncio.sleep(self._length_s / BEATS)

    async def beat(self) -> None:
        """Renew the lease, or take it if its holder is gone; then work, or stop working."""
        try:
            await self._renew()
        finally:
            await self._follow()

    async def release(self) -> None:
        """Another may take over at once: nothing runs here any more."""
        self._until_s = float("-inf")
        try:
            await self._leases.release(LEASE, self._replica)
        except StoreUnavailable as error:
            log.warning("lease not given back: it runs out", code=error.code)

    async def _renew(self) -> None:
        began_s = self._clock.elapsed_s()
        lease = await self._leases.read(LEASE)
        now_s = self._clock.elapsed_s()
        self._sight = seen(self._sight, lease, now_s)
        if lease is not None and lease.holder != self._replica:
            self._former = lease.holder or "one that gave it back"
            self._until_s = float("-inf")  # whatever our own clock says
            if self._is_working:
                return  # what this stretch of work knows is stale, also if the lease is free again
        if not may_take(self._sight, self._replica, now_s):
            return
        if await self._leases.take(
            LEASE,
            self._replica,
            lease,
            length_s=self._length_s,
            waiting_for=self._own_waiting_for(),
        ):
            self._until_s = began_s + self._length_s

    async def _follow(self) -> None:
        if self.is_leading and not self._is_working:
            await self._begin()
            self._is_working = True
            log.info("this replica works now", replica=self._replica, after=self._former)
        elif self._is_working and not self.is_leading:
            self._is_working = False
            log.warning("the lease ran out: another replica goes on", replica=self._replica)
            await self._end()
