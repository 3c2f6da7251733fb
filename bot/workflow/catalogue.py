"""HeyGen's catalogue: what the menus search in, and the hourly reading of it in the background."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import structlog

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.errors import StoreUnavailable, VideoAgentBusy, VideoAgentError
from bot.domain.job.timing import next_retry_at
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import CatalogueStore
from bot.domain.ports.video import CatalogueSource

log = structlog.get_logger(__name__)

MENU_LIMIT = 100  # options in one menu (Slack)
READ_EVERY = timedelta(hours=1)
JITTER = 0.2  # at most so much later, so that not every bot asks HeyGen in the same minute
RETRY_STEPS = 4  # of POLL_INTERVAL_S: a minute at the default, then doubled


class Catalogue:
    """What may be chosen for a video, as it was read last: stale rather than slow."""

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store

    async def search(
        self, kind: CatalogueKind, text: str, limit: int = MENU_LIMIT
    ) -> list[CatalogueEntry]:
        """Entries with every word of `text`, the account's own first; the first ones if empty."""
        return await self._store.search(kind, text, limit)

    async def entry(self, kind: CatalogueKind, id_: str) -> CatalogueEntry | None:
        """None for what HeyGen does not list (any more)."""
        return await self._store.entry(kind, id_)

    async def is_empty(self, kind: CatalogueKind) -> bool:
        """Nothing there to choose, or nothing read yet."""
        return await self._store.is_empty(kind)


class CatalogueReader:
    """Reads each kind when its list is an hour old; a failing one keeps its old list."""

    def __init__(
        self,
        *,
        store: CatalogueStore,
        source: CatalogueSource,
        clock: Clock,
        interval_s: float,
        jitter: random.Random,
    ) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._first_retry_s = RETRY_STEPS * interval_s
        self._read_every = {
            kind: READ_EVERY * (1 + JITTER * jitter.random()) for kind in CatalogueKind
        }
        self._failures = dict.fromkeys(CatalogueKind, 0)
        self._retry_at: dict[CatalogueKind, datetime] = {}

    async def step(self) -> datetime:
        """Read what is due, one list after the other; returns when the next one is."""
        for kind in CatalogueKind:
            if await self._due_at(kind) <= self._clock.now():
                await self._try_to_read(kind)
        return min([await self._due_at(kind) for kind in CatalogueKind])

    async def _due_at(self, kind: CatalogueKind) -> datetime:
        if kind in self._retry_at:
            return self._retry_at[kind]
        now, read_at = self._clock.now(), await self._store.read_at(kind)
        if read_at is None or read_at > now:  # never, or by a clock that was wrong
            return now
        return read_at + self._read_every[kind]

    async def _try_to_read(self, kind: CatalogueKind) -> None:
        try:
            count = await self._read(kind)
        except (VideoAgentError, StoreUnavailable) as error:
            self._note_failure(kind, error)
        else:
            self._failures[kind] = 0
            self._retry_at.pop(kind, None)
            log.info("catalogue read", kind=kind.value, count=count)

    async def _read(self, kind: CatalogueKind) -> int:
        await self._store.begin_list(kind)
        async for page in self._source.catalogue_pages(kind):
            await self._store.add_page(kind, page)
        return await self._store.finish_list(kind, self._clock.now())

    def _note_failure(self, kind: CatalogueKind, error: VideoAgentError | StoreUnavailable) -> None:
        self._failures[kind] += 1
        now = self._clock.now()
        cap_s = READ_EVERY.total_seconds()
        retry_at = next_retry_at(
            now, self._failures[kind], first_s=self._first_retry_s, cap_s=cap_s
        )
        if isinstance(error, VideoAgentBusy):
            retry_at = max(retry_at, now + timedelta(seconds=error.retry_after_s or 0))
        self._retry_at[kind] = retry_at
        log.warning(
            "catalogue not read, the old one stays",
            kind=kind.value,
            code=error.code,
            retry_at=retry_at.isoformat(),
        )
