"""Home tabs: shown to whoever opens one, and again when one of their videos moves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import SlackBusy, SlackError, SlackRefused
from bot.domain.job.pages import Home
from bot.domain.ports.clock import Clock
from bot.domain.ports.slack import HomeTabs
from bot.domain.ports.store import Store
from bot.workflow.overview import Overview
from bot.workflow.pauses import EVERYTHING, STOPPED_PAUSE, TOKEN, Pauses
from bot.workflow.status_updates import Signals

log = structlog.get_logger(__name__)

AT_ONCE = 20
EVERY_PARTS = 3  # of POLL_INTERVAL_S: one Home at most every 5 s at the default of 15 s
AGAIN_PARTS = 1.5  # of POLL_INTERVAL_S: 10 s at the default, when Slack cannot be reached
# A Home whose publisher died is published again after this; a call to Slack takes 10 s at most.
GUARD = timedelta(seconds=30)


class HomePublisher:
    """`step` is run by a Loop: one Home at a time for the workspace."""

    def __init__(
        self,
        *,
        store: Store,
        tabs: HomeTabs,
        overview: Overview,
        clock: Clock,
        signals: Signals,
        interval_s: float,
        let_requests_pass: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._tabs = tabs
        self._overview = overview
        self._clock = clock
        self._signals = signals
        self._every = timedelta(seconds=interval_s / EVERY_PARTS)
        self._again = timedelta(seconds=interval_s / AGAIN_PARTS)
        self._let_requests_pass = let_requests_pass
        self.pauses = Pauses(clock)

    async def open(self, user_id: str, page: int = 0) -> None:
        """This person looks at this page of their Home; raises StoreUnavailable."""
        await self._store.homes.open(user_id, page, self._clock.now())
        self._signals.home()

    async def step(self) -> datetime | None:
        """Publish what is due; returns when to look again."""
        if until := self.pauses.of_all():
            return until
        for home in await self._store.homes.due(self._clock.now(), AT_ONCE):
            await self._let_requests_pass()
            await self._guarded(home)
            if until := self.pauses.of_all():
                return until
        return await self._store.homes.next_due_at()

    async def _guarded(self, home: Home) -> None:
        """A Home that Slack refuses is forgotten until it is opened again; a token is no Home."""
        try:
            await self._publish(home)
        except SlackBusy as error:
            await self._wait(home, timedelta(seconds=error.retry_after_s), error)
        except SlackRefused as error:
            if error.reaction is Reaction.UNINSTALLED:
                await self._stop(home, error)
                return
            log.warning("Home not shown", user_id=home.user_id, code=error.code)
            await self._store.homes.forget(home.user_id)
        except SlackError as error:
            await self._wait(home, self._again, error)

    async def _publish(self, home: Home) -> None:
        now = self._clock.now()
        guarded_until = now + max(GUARD, 2 * self._every)
        # Before the jobs are read: a move that comes after the reading makes it due once more.
        await self._store.homes.put_off(home.user_id, guarded_until, rest_until=now + self._every)
        page = await self._overview.page_of(home.user_id, home.page)
        await self._tabs.publish(home.user_id, page)
        await self._store.homes.settle(home.user_id, guarded_until)

    async def _wait(self, home: Home, how_long: timedelta, error: SlackError) -> None:
        """Slack's limits count for all Homes together, so all of them wait."""
        until = self.pauses.begin(EVERYTHING, how_long, error)
        await self._store.homes.put_off(home.user_id, until, rest_until=until)

    async def _stop(self, home: Home, error: SlackRefused) -> None:
        """Every Home waits for the token; this one is due again as soon as it works."""
        now = self._clock.now()
        self.pauses.begin(TOKEN, STOPPED_PAUSE, error)
        await self._store.homes.put_off(home.user_id, now, rest_until=now)
