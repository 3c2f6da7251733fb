"""Home tabs are published when they are opened and when a video moves, seldom, and never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import SlackBusy, SlackRefused, SlackUnavailable
from bot.domain.job.job import JobState, move
from bot.domain.job.pages import JobPage
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from bot.workflow.home import HomePublisher
from bot.workflow.overview import Overview
from bot.workflow.status_updates import Signals
from store import open_store
from tests.builders import NOON, a_job
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock, FakeHomeTabs

ADA, BEN = "U-ADA", "U-BEN"
EVERY_S = 5  # at the default POLL_INTERVAL_S of 15 s


async def no_wait() -> None:
    """Nobody else asks for anything here."""


class Homes:
    """A publisher on a real store, with a Slack that shows what was published."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.tabs = FakeHomeTabs()
        self.signals = Signals()
        self.publisher = self.new_publisher()

    def new_publisher(self) -> HomePublisher:
        return HomePublisher(
            store=self.store,
            tabs=self.tabs,
            overview=Overview(self.store),
            clock=self.clock,
            signals=self.signals,
            interval_s=15.0,
            let_requests_pass=no_wait,
        )

    async def open(self, user_id: str = ADA, page: int = 0) -> None:
        await self.publisher.open(user_id, page)
        await self.publisher.step()

    async def step_after(self, seconds: float) -> datetime | None:
        self.clock.advance(seconds)
        return await self.publisher.step()

    async def add(self, id: str, **fields: object) -> None:
        await self.store.jobs.add(a_job(id, created_at=self.clock.now(), **fields), [])

    async def cancel(self, id: str) -> None:
        job = await self.store.jobs.get(id)
        assert job is not None
        moved = move(job, JobState.CANCELLED, self.clock.now())
        await self.store.jobs.save(Change(moved, "cancelled"), who=ADA)

    def of(self, user_id: str = ADA) -> list[JobPage]:
        return self.tabs.shown[user_id]


@pytest.fixture
async def homes(tmp_path: Path) -> AsyncIterator[Homes]:
    write_empty_database(tmp_path / "bot.db")
    store = open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    yield Homes(store)
    await store.close()


def ids(page: JobPage) -> list[str]:
    return [listed.job.id for listed in page.jobs]


async def test_opened_home_shows_this_person_s_jobs_newest_first(homes: Homes) -> None:
    await homes.add("job-1")
    homes.clock.advance(1)
    await homes.add("job-2")
    await homes.add("job-3", requester_id=BEN)

    await homes.open()

    assert [ids(page) for page in homes.of()] == [["job-2", "job-1"]]
    assert homes.of(BEN) == []


async def test_page_button_shows_ten_older_jobs(homes: Homes) -> None:
    for n in range(21):
        homes.clock.advance(1)
        await homes.add(f"job-{n}")

    for page in range(3):
        await homes.open(page=page)

    newest, middle, oldest = homes.of()
    assert ids(newest) == [f"job-{n}" for n in range(20, 10, -1)]
    assert ids(middle) == [f"job-{n}" for n in range(10, 0, -1)]
    assert ids(oldest) == ["job-0"]
    assert [page.has_older for page in homes.of()] == [True, True, False]


async def test_opening_rings_the_bell(homes: Homes) -> None:
    rung: list[str] = []
    homes.signals.home = lambda: rung.append("home")

    await homes.publisher.open(ADA)

    assert rung == ["home"]


async def test_move_of_a_job_is_shown_without_opening_again(homes: Homes) -> None:
    await homes.add("job-1")
    await homes.open()
    await homes.step_after(60)
    await homes.cancel("job-1")

    await homes.publisher.step()

    assert [page.jobs[0].job.state for page in homes.of()] == [
        JobState.QUEUED,
        JobState.CANCELLED,
    ]


async def test_open_page_stays_when_a_job_moves(homes: Homes) -> None:
    await homes.open(page=1)
    await homes.step_after(60)
    await homes.add("job-1")

    await homes.publisher.step()

    assert [page.number for page in homes.of()] == [1, 1]


async def test_many_moves_within_five_seconds_are_shown_once(homes: Homes) -> None:
    await homes.open()
    for n in range(5):
        await homes.add(f"job-{n}")
        await homes.step_after(0.5)

    next_at = await homes.publisher.step()
    assert len(homes.of()) == 1
    assert next_at == NOON + timedelta(seconds=EVERY_S)
    await homes.step_after(EVERY_S)

    assert [len(page.jobs) for page in homes.of()] == [0, 5]


async def test_opening_it_again_waits_for_no_rest(homes: Homes) -> None:
    await homes.open()

    await homes.open()

    assert len(homes.of()) == 2


async def test_quiet_home_is_not_published_again(homes: Homes) -> None:
    await homes.add("job-1")
    await homes.open()

    assert await homes.step_after(600) is None

    assert len(homes.of()) == 1


async def test_move_while_it_is_published_is_shown_afterwards(homes: Homes) -> None:
    await homes.add("job-1")
    homes.tabs.meanwhile("publish", lambda: homes.cancel("job-1"))
    await homes.open()

    await homes.step_after(EVERY_S)

    assert homes.of()[-1].jobs[0].job.state is JobState.CANCELLED


async def test_slack_that_asks_to_wait_is_left_alone_so_long(homes: Homes) -> None:
    homes.tabs.fail("publish", SlackBusy(30))
    await homes.open()
    await homes.open(BEN)
    assert homes.tabs.calls["publish"] == 1

    assert await homes.step_after(29) == NOON + timedelta(seconds=30)
    assert homes.tabs.calls["publish"] == 1
    await homes.step_after(1)

    assert (len(homes.of()), len(homes.of(BEN))) == (1, 1)


async def test_move_during_the_wait_does_not_shorten_it(homes: Homes) -> None:
    homes.tabs.fail("publish", SlackBusy(30))
    await homes.open()
    await homes.add("job-1")

    restarted = homes.new_publisher()  # which has not heard Slack ask
    await restarted.step()

    assert homes.tabs.calls["publish"] == 1
    assert await homes.store.homes.next_due_at() == NOON + timedelta(seconds=30)


async def test_home_that_slack_could_not_take_is_shown_later(homes: Homes) -> None:
    homes.tabs.fail("publish", SlackUnavailable(code="timeout"), times=2)
    await homes.open()

    for _ in range(2):
        await homes.step_after(10)

    assert len(homes.of()) == 1


async def test_refused_home_is_forgotten_until_it_is_opened_again(homes: Homes) -> None:
    homes.tabs.fail("publish", SlackRefused("No.", code="not_enabled"))
    await homes.open()
    await homes.add("job-1")
    assert await homes.step_after(600) is None
    assert homes.of() == []

    await homes.open()

    assert len(homes.of()) == 1


async def test_bot_that_died_while_publishing_shows_it_after_its_restart(homes: Homes) -> None:
    homes.tabs.fail("publish", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        await homes.open()

    homes.publisher = homes.new_publisher()
    await homes.step_after(30)

    assert len(homes.of()) == 1
    assert await homes.step_after(600) is None


async def test_bot_that_died_after_publishing_shows_the_same_once_more(homes: Homes) -> None:
    homes.tabs.fail("publish", KeyboardInterrupt(), is_done=True)
    with pytest.raises(KeyboardInterrupt):
        await homes.open()

    homes.publisher = homes.new_publisher()
    await homes.step_after(30)

    assert homes.of()[0] == homes.of()[1]
    assert await homes.step_after(600) is None
