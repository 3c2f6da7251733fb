"""The deterministic world: the books agree in every life, and they notice planted mistakes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import Change
from bot.workflow.recovery import looks_wanted
from bot.workflow.session_search import Found
from tests.builders import changed
from tests.postgres.server import PostgresServer
from tests.simulation import fronts
from tests.simulation.fleet import in_quiet, run_here, seeds_for
from tests.simulation.server_disk import ServerDisk
from tests.simulation.simulation import Simulation, live

LIVES = 1_200  # half a minute of one core; `.ci/run` and `make simulate` live more of them
SEEDS_ON_POSTGRES = 4
CHUNKS = 2  # so that they spread over the workers of pytest-xdist
ALONE_SEEDS = range(3)
FIND_WITHIN = 40  # seeds
MANY_HANG_SEEDS = range(8)  # somebody is put on hold in most of these worlds
QUICK_SEEDS = (0, 1)  # these found it: the look after a crash came before the message


# The tests beside it run every line that this runs; tracing each line would double its time.
pytestmark = pytest.mark.no_cover


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with in_quiet():
        yield


@pytest.mark.parametrize("chunk", [0, pytest.param(1, marks=pytest.mark.heavy)])
@pytest.mark.timeout(300)
def test_many_lives_in_bad_weather_leave_books_that_agree(chunk: int) -> None:
    report = run_here(seeds_for(LIVES, 0)[chunk::CHUNKS])

    assert not report.wrong, str(report)
    assert report.figures["lives"] >= LIVES / CHUNKS * 0.7  # a world has 40 to 100 lives
    assert report.figures["crashes"] > 5
    sys.stdout.write(f"{report}\n")  # lives per second, of this core: `pytest -rP` shows it


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(n, marks=pytest.mark.heavy) for n in range(2, SEEDS_ON_POSTGRES))]
)
def test_lives_on_postgres_leave_books_that_agree(
    seed: int, postgres_server: PostgresServer
) -> None:
    url = postgres_server.create_database()

    class OnPostgres(Simulation):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.disk = ServerDisk(self.books.read_notes, url)

    outcome = live(seed, kind=OnPostgres)
    postgres_server.drop_database(url)

    assert outcome.wrong is None
    assert outcome.figures["lives"] > 30
    assert outcome.figures["commits"] > 1_000


def test_same_seed_twice_makes_the_same_trace_and_another_seed_another() -> None:
    first, second, other = live(3), live(3), live(4)

    assert first.digest == second.digest
    assert first.figures == second.figures
    assert first.digest != other.digest


@pytest.mark.parametrize("front", fronts.KINDS)
def test_each_front_alone_leaves_books_that_agree(front: str) -> None:
    outcomes = [live(seed, only=front) for seed in ALONE_SEEDS]

    assert [outcome.wrong for outcome in outcomes] == [None] * len(outcomes)
    assert any(outcome.faults.total() for outcome in outcomes)


class QuickRestarts(Simulation):
    """Posts that Slack shows late, and a bot that dies and is back while they are under way."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        weather = self.weather
        weather.late_post_s, weather.jump_s, weather.longest_down_s = 2.5, 0.0, 1.0
        weather.trouble, weather.effects_per_crash = 0.25, 60
        self.power.restore()


@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_post_under_way_at_a_crash_is_not_posted_again_by_a_quick_restart(seed: int) -> None:
    assert live(seed, kind=QuickRestarts).wrong is None


class SendsBlindly(Simulation):
    """After a lost answer the create is simply sent again."""

    def _build(self) -> None:
        super()._build()

        async def blindly(job: Job) -> bool:
            return True

        self.submitter._reconciler.may_send_again = blindly  # type: ignore[method-assign]


class LooksOnce(Simulation):
    """One look for a lost session is believed, though the list may lag."""

    def _build(self) -> None:
        super()._build()
        reconciler = self.submitter._reconciler
        patient = reconciler._not_found

        def hasty(job: Job, now: datetime) -> Change | None:
            return patient(changed(job, look_count=looks_wanted(job) - 1), now)

        reconciler._not_found = hasty  # type: ignore[method-assign]


class AdoptsAnything(Simulation):
    """The first session of the list that nobody owns is taken, whatever its prompt."""

    def _build(self) -> None:
        super()._build()

        async def first(job: Job, **_: object) -> Found:
            listed = await self.agent.list_sessions(timedelta(minutes=10))
            owned = await self.store.jobs.known_sessions([s.session_id for s in listed])
            free = [s for s in listed if s.session_id not in owned]
            return Found(tuple([await self.agent.get_session(s.session_id) for s in free[:1]]))

        self.submitter._search.find = first  # type: ignore[method-assign]


class ManyHang(Simulation):
    """Most answers to creates are lost, and most sessions cannot be read for hours."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        front = self.weather.fronts
        front.lost_share = front.hang_share = 0.7


class LeavesThemOnHold(ManyHang):
    """The bot does not look by itself for a job on hold."""

    def _build(self) -> None:
        super()._build()
        due = self.store.jobs.due

        async def without_parked(state: JobState, *args: Any, **how: Any) -> list[Job]:
            return [] if state is JobState.PARKED else await due(state, *args, **how)

        self.submitter._store = Changed(
            self.store, jobs=Changed(self.store.jobs, due=without_parked)
        )


@pytest.mark.heavy
def test_jobs_on_hold_go_on_by_themselves_once_their_sessions_can_be_read() -> None:
    outcomes = [live(seed, kind=ManyHang, only=fronts.HANGING) for seed in MANY_HANG_SEEDS]

    assert [outcome.wrong for outcome in outcomes] == [None] * len(outcomes)
    assert sum(outcome.figures["went on from hold by themselves"] for outcome in outcomes) > 0


def test_jobs_left_on_hold_are_found_by_the_books() -> None:
    outcomes = (live(s, kind=LeavesThemOnHold, only=fronts.HANGING) for s in range(FIND_WITHIN))

    found = next((outcome for outcome in outcomes if outcome.wrong), None)
    assert found is not None
    assert "on hold at the end" in str(found.wrong)
    assert found.figures["went on from hold by themselves"] == 0


class Changed:
    """A port with some methods replaced."""

    def __init__(self, port: object, **methods: Any) -> None:
        self._port = port
        vars(self).update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


async def finds_nothing(*_: object) -> None:
    return None


async def says_no(*_: object) -> bool:
    return False


class PostsBlindly(Simulation):
    """An unclear post is not looked for in the thread."""

    def _build(self) -> None:
        super()._build()
        self.message_sender._threads = Changed(self.threads, find=finds_nothing)


class SharesBlindly(Simulation):
    """Whether a file was shared before is not asked."""

    def _build(self) -> None:
        super()._build()
        self.file_sender._uploads = Changed(self.uploads, is_shared=says_no)


class IgnoresTheGate(Simulation):
    """More jobs run at once than this account may."""

    def _build(self) -> None:
        super()._build()
        self.gate._limit += 3


class ForgetsItsLeases(Simulation):
    """A lost lease: a job in submitting that nobody will look at."""

    def _build(self) -> None:
        super()._build()
        save = self.store.jobs.save

        async def save_without_lease(change: Change, *, who: str) -> bool:
            if change.why.startswith("sending to HeyGen"):
                change = replace(change, job=replace(change.job, due_at=None))
            return await save(change, who=who)

        self.submitter._updates._store = Changed(
            self.store, jobs=Changed(self.store.jobs, save=save_without_lease)
        )


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (SendsBlindly, "paid twice"),
        (LooksOnce, "paid twice"),
        (AdoptsAnything, "was paid and lost"),
        (PostsBlindly, "posted 2 times"),
        (SharesBlindly, "shared 2 times"),
        (IgnoresTheGate, "jobs run, 5 may"),
        (ForgetsItsLeases, "is submitting and nobody will look at it"),
    ],
)
@pytest.mark.timeout(120)
def test_planted_mistake_is_found_within_some_seeds(mistake: type[Simulation], words: str) -> None:
    wrong = (live(seed, kind=mistake).wrong for seed in range(FIND_WITHIN))

    found = next((str(sentence) for sentence in wrong if sentence), "nothing found")
    assert words in found
