"""The catalogue is read in the background: hourly, each kind by itself, never to its loss."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.catalogue import CatalogueKind
from bot.domain.errors import VideoAgentBlocked, VideoAgentBusy, VideoAgentUnavailable
from bot.workflow.catalogue import Catalogue, CatalogueReader
from store.sqlite import SqliteStore
from tests.builders import NOON, an_entry
from tests.empty_database import write_empty_database
from tests.fakes import FakeCatalogueSource, FakeClock
from tests.workflow.conftest import Logs

VOICE, STYLE = CatalogueKind.VOICE, CatalogueKind.STYLE
KINDS = list(CatalogueKind)
HOUR_S = 3600.0


class Desk:
    """A reader on a real database, with a HeyGen and a clock in our hands."""

    def __init__(self, folder: Path) -> None:
        write_empty_database(folder / "bot.db")
        self.store = SqliteStore.open(folder / "bot.db", busy_timeout_s=0.02)
        self.source = FakeCatalogueSource()
        self.source.entries[VOICE] = [an_entry("anna"), an_entry("ben"), an_entry("cleo")]
        self.clock = FakeClock()
        self.catalogue = Catalogue(self.store.catalogue)
        self.restart()

    def restart(self) -> None:
        self.reader = CatalogueReader(
            store=self.store.catalogue,
            source=self.source,
            clock=self.clock,
            interval_s=15.0,
            jitter=random.Random(1),
        )

    async def work(self) -> list[CatalogueKind]:
        """One step; which kinds were asked for."""
        self.source.asked.clear()
        self.next_at = await self.reader.step()
        return list(self.source.asked)

    async def after(self, seconds: float) -> list[CatalogueKind]:
        self.clock.advance(seconds)
        return await self.work()

    async def seconds_until(self, kind: CatalogueKind) -> float:
        """How long it takes until this kind is asked for again."""
        began_at = self.clock.now()
        while True:
            self.clock.move_to(self.next_at)
            if kind in await self.work():
                return (self.clock.now() - began_at).total_seconds()

    async def voices(self) -> list[str]:
        return [voice.id for voice in await self.catalogue.search(VOICE, "")]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.store.close()


async def test_everything_is_read_at_the_first_start(desk: Desk) -> None:
    assert await desk.work() == KINDS

    assert await desk.voices() == ["anna", "ben", "cleo"]
    assert await desk.catalogue.entry(VOICE, "ben") == an_entry("ben")
    assert await desk.catalogue.is_empty(STYLE)


async def test_each_kind_is_read_again_after_an_hour_and_a_little(desk: Desk) -> None:
    await desk.work()
    desk.source.entries[VOICE] = [an_entry("dora")]

    early = await desk.after(HOUR_S - 1)
    late = await desk.after(0.2 * HOUR_S + 1)

    assert (early, late) == ([], KINDS)
    assert await desk.voices() == ["dora"]


async def test_next_step_is_when_the_next_list_is_due(desk: Desk) -> None:
    await desk.work()

    desk.clock.move_to(desk.next_at - timedelta(microseconds=1))
    before = await desk.work()
    desk.clock.move_to(desk.next_at)

    assert before == []
    assert len(await desk.work()) == 1  # the others are due a little later each


@pytest.mark.parametrize(("age_s", "expected"), [(HOUR_S - 1, []), (1.2 * HOUR_S, KINDS)])
async def test_restart_reads_only_what_is_old(
    desk: Desk, age_s: float, expected: list[CatalogueKind]
) -> None:
    await desk.work()
    desk.restart()

    assert await desk.after(age_s) == expected


async def test_failure_is_tried_again_after_a_minute_then_two_up_to_an_hour(desk: Desk) -> None:
    desk.source.errors[VOICE] = [VideoAgentUnavailable() for _ in range(9)]
    await desk.work()
    pauses = [await desk.seconds_until(VOICE) for _ in range(8)]

    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_one_failing_kind_keeps_its_list_and_no_other_from_being_read(desk: Desk) -> None:
    await desk.work()
    desk.source.errors[VOICE] = [VideoAgentBlocked()]
    desk.source.entries[STYLE] = [an_entry("noir", kind=STYLE)]

    await desk.after(1.2 * HOUR_S)

    assert await desk.voices() == ["anna", "ben", "cleo"]
    assert not await desk.catalogue.is_empty(STYLE)


async def test_list_that_breaks_off_half_way_changes_nothing(desk: Desk) -> None:
    await desk.work()
    desk.source.errors[VOICE] = [VideoAgentUnavailable()]
    desk.source.pages_before_error = 1
    desk.source.entries[VOICE] = [an_entry(f"new-{number}") for number in range(4)]

    await desk.after(1.2 * HOUR_S)
    broken = await desk.voices()
    await desk.after(60)

    assert broken == ["anna", "ben", "cleo"]
    assert await desk.voices() == ["new-0", "new-1", "new-2", "new-3"]


async def test_after_a_success_failures_begin_from_one_minute_again(desk: Desk) -> None:
    desk.source.errors[VOICE] = [VideoAgentUnavailable(), VideoAgentUnavailable()]
    for pause_s in (0, 60, 120):
        await desk.after(pause_s)
    desk.source.errors[VOICE] = [VideoAgentUnavailable()]
    await desk.after(1.2 * HOUR_S)

    assert await desk.after(59) == []
    assert await desk.after(1) == [VOICE]


async def test_list_that_heygen_empties_is_empty(desk: Desk) -> None:
    await desk.work()
    desk.source.entries[VOICE] = []

    await desk.after(1.2 * HOUR_S)

    assert await desk.catalogue.is_empty(VOICE)


async def test_heygen_says_how_long_to_wait(desk: Desk) -> None:
    desk.source.errors[VOICE] = [VideoAgentBusy(retry_after_s=600)]
    await desk.work()

    assert await desk.after(599) == []
    assert await desk.after(1) == [VOICE]


async def test_database_that_takes_no_change_is_a_failure_like_any_other(
    desk: Desk, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await desk.work()

    assert await desk.voices() == []
    assert await desk.after(60) == KINDS
    assert await desk.voices() == ["anna", "ben", "cleo"]


async def test_clock_that_was_wrong_does_not_keep_a_list_for_years(desk: Desk) -> None:
    await desk.store.catalogue.finish_list(VOICE, NOON + timedelta(days=4_000))

    assert VOICE in await desk.work()


async def test_log_tells_of_each_list(desk: Desk, logs: Logs) -> None:
    desk.source.errors[VOICE] = [VideoAgentUnavailable()]
    await desk.work()
    await desk.after(60)

    told = [(line["event"], line.get("count")) for line in logs if line.get("kind") == "voice"]
    assert told == [("catalogue not read, the old one stays", None), ("catalogue read", 3)]
