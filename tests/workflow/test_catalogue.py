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
from store.sqlite.database import SqliteDatabase
from store.store import SqlStore
from tests.builders import NOON, an_entry
from tests.empty_database import write_empty_database
from tests.fakes import FakeCatalogueSource, FakeClock
from tests.workflow.conftest import Logs

VOICE, STYLE = CatalogueKind.VOICE, CatalogueKind.STYLE
KINDS = list(CatalogueKind)
HOUR_S = 3600.0


class Reading:
    """A reader on a real database, with a HeyGen and a clock in our hands."""

    def __init__(self, folder: Path) -> None:
        write_empty_database(folder / "bot.db")
        self.store = SqlStore(SqliteDatabase.open(folder / "bot.db", busy_timeout_s=0.02))
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
async def reading(tmp_path: Path) -> AsyncIterator[Reading]:
    reading = Reading(tmp_path)
    yield reading
    await reading.store.close()


async def test_everything_is_read_at_the_first_start(reading: Reading) -> None:
    assert await reading.work() == KINDS

    assert await reading.voices() == ["anna", "ben", "cleo"]
    assert await reading.catalogue.entry(VOICE, "ben") == an_entry("ben")
    assert await reading.catalogue.is_empty(STYLE)


async def test_each_kind_is_read_again_after_an_hour_and_a_little(reading: Reading) -> None:
    await reading.work()
    reading.source.entries[VOICE] = [an_entry("dora")]

    early = await reading.after(HOUR_S - 1)
    late = await reading.after(0.2 * HOUR_S + 1)

    assert (early, late) == ([], KINDS)
    assert await reading.voices() == ["dora"]


async def test_next_step_is_when_the_next_list_is_due(reading: Reading) -> None:
    await reading.work()

    reading.clock.move_to(reading.next_at - timedelta(microseconds=1))
    before = await reading.work()
    reading.clock.move_to(reading.next_at)

    assert before == []
    assert len(await reading.work()) == 1  # the others are due a little later each


@pytest.mark.parametrize(("age_s", "expected"), [(HOUR_S - 1, []), (1.2 * HOUR_S, KINDS)])
async def test_restart_reads_only_what_is_old(
    reading: Reading, age_s: float, expected: list[CatalogueKind]
) -> None:
    await reading.work()
    reading.restart()

    assert await reading.after(age_s) == expected


async def test_failure_is_tried_again_after_a_minute_then_two_up_to_an_hour(
    reading: Reading,
) -> None:
    reading.source.errors[VOICE] = [VideoAgentUnavailable() for _ in range(9)]
    await reading.work()
    pauses = [await reading.seconds_until(VOICE) for _ in range(8)]

    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_one_failing_kind_keeps_its_list_and_no_other_from_being_read(
    reading: Reading,
) -> None:
    await reading.work()
    reading.source.errors[VOICE] = [VideoAgentBlocked()]
    reading.source.entries[STYLE] = [an_entry("noir", kind=STYLE)]

    await reading.after(1.2 * HOUR_S)

    assert await reading.voices() == ["anna", "ben", "cleo"]
    assert not await reading.catalogue.is_empty(STYLE)


async def test_list_that_breaks_off_half_way_changes_nothing(reading: Reading) -> None:
    await reading.work()
    reading.source.errors[VOICE] = [VideoAgentUnavailable()]
    reading.source.pages_before_error = 1
    reading.source.entries[VOICE] = [an_entry(f"new-{number}") for number in range(4)]

    await reading.after(1.2 * HOUR_S)
    broken = await reading.voices()
    await reading.after(60)

    assert broken == ["anna", "ben", "cleo"]
    assert await reading.voices() == ["new-0", "new-1", "new-2", "new-3"]


async def test_after_a_success_failures_begin_from_one_minute_again(
    reading: Reading,
) -> None:
    reading.source.errors[VOICE] = [VideoAgentUnavailable(), VideoAgentUnavailable()]
    for pause_s in (0, 60, 120):
        await reading.after(pause_s)
    reading.source.errors[VOICE] = [VideoAgentUnavailable()]
    await reading.after(1.2 * HOUR_S)

    assert await reading.after(59) == []
    assert await reading.after(1) == [VOICE]


async def test_list_that_heygen_empties_is_empty(reading: Reading) -> None:
    await reading.work()
    reading.source.entries[VOICE] = []

    await reading.after(1.2 * HOUR_S)

    assert await reading.catalogue.is_empty(VOICE)


async def test_heygen_says_how_long_to_wait(reading: Reading) -> None:
    reading.source.errors[VOICE] = [VideoAgentBusy(retry_after_s=600)]
    await reading.work()

    assert await reading.after(599) == []
    assert await reading.after(1) == [VOICE]


async def test_database_that_takes_no_change_is_a_failure_like_any_other(
    reading: Reading, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await reading.work()

    assert await reading.voices() == []
    assert await reading.after(60) == KINDS
    assert await reading.voices() == ["anna", "ben", "cleo"]


async def test_clock_that_was_wrong_does_not_keep_a_list_for_years(reading: Reading) -> None:
    await reading.store.catalogue.finish_list(VOICE, NOON + timedelta(days=4_000))

    assert VOICE in await reading.work()


async def test_log_tells_of_each_list(reading: Reading, logs: Logs) -> None:
    reading.source.errors[VOICE] = [VideoAgentUnavailable()]
    await reading.work()
    await reading.after(60)

    told = [(line["event"], line.get("count")) for line in logs if line.get("kind") == "voice"]
    assert told == [("catalogue not read, the old one stays", None), ("catalogue read", 3)]
