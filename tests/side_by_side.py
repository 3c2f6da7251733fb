"""Which worker of pytest-xdist gets which test, and when: all cores busy until the end.

The queue has two ends. Every second worker takes the short tests from its front, so that most
faults show within seconds; the others begin at its back, with the longest. They meet where a test
takes a moment, so nobody waits for long. Then all workers but one go home; the last one measures
what needs a quiet machine, and judges what the bot sent in all of them.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import WorkStealingScheduling
from xdist.workermanage import WorkerController

from tests.block_kit import recorder

# By how long the tests of a folder take; those that are not named come first.
LONGEST_LAST = (
    "tests/sandbox/",
    "tests/workflow/",
    "tests/handlers/",
    "tests/scenarios/",
    "tests/crash/",
    "tests/replicas/",
    "tests/test_side_by_side.py",
    "tests/setup/test_newer_releases.py",
    "tests/bench/",
    "tests/soak/",
    "tests/simulation/",
)
# Seconds of the clock on the wall are asserted here; in the last file all that was sent is judged.
ALONE = (
    "tests/handlers/test_catalogue_menus.py::test_menu_of_five_thousand_voices",
    "tests/replicas/test_one_leads.py::test_what_a_standby_takes_is_begun_at_once",
    "tests/replicas/test_one_leads.py::test_without_the_database",
    "tests/scenarios/test_jobs_command.py::test_running_bot_stops",
    "tests/slack/test_people.py::test_slow_slack",
    "tests/store/test_catalogue.py::test_5000_voices",
    "tests/store/test_catalogue.py::test_search_in_5000_voices",
    "tests/store/postgres/test_database.py::test_change_that_waits_too_long",
    "tests/store/postgres/test_database.py::test_listener_that_is_cancelled",
    "tests/store/postgres/test_database.py::test_server_that_was_away",
    "tests/workflow/test_requests_first.py",
    "tests/block_kit/test_block_kit.py",
)
SENT = pytest.StashKey[str]()  # the folder where workers leave what their bots sent
LOST = ".lost"
AHEAD = 3  # a worker begins a test when it knows the next; one more bridges the way to and fro


def place(nodeid: str) -> tuple[int, int]:
    """Where a test stands in the queue."""
    alone = [n for n, start in enumerate(ALONE, 1) if nodeid.startswith(start)]
    length = [n for n, start in enumerate(LONGEST_LAST, 1) if nodeid.startswith(start)]
    return (sum(alone), sum(length))


def is_alone(nodeid: str) -> bool:
    return nodeid.startswith(ALONE)


class TwoEnds(WorkStealingScheduling):
    """Hands out the tests of the queue, which was put in order by `place`, one by one.

    Of xdist's own it keeps the books of workers and what became of them, and steals nothing.
    """

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        self.alone: list[int] = []

    def schedule(self) -> None:
        if self.collection is None and self._check_nodes_have_same_collection():
            self.collection = next(iter(self.node2collection.values()))
            for index, nodeid in enumerate(self.collection):
                (self.alone if is_alone(nodeid) else self.pending).append(index)
        self.check_schedule()

    @property
    def tests_finished(self) -> bool:
        return super().tests_finished and not self.alone

    def check_schedule(self) -> None:
        at_work = [node for node in self.nodes if not node.shutting_down]
        for number, node in enumerate(at_work):
            while self.pending and len(self.node2pending[node]) < AHEAD:
                self._give(node, [self.pending.pop(-(number % 2))])
        if not self.pending:
            self._finish(at_work)

    def _finish(self, at_work: list[WorkerController]) -> None:
        for node in at_work[1:]:
            node.shutdown()  # after what it has been given
        if self.alone and at_work and self.nodes == at_work[:1]:
            self._give(at_work[0], self.alone)
            self.alone = []

    def _give(self, node: WorkerController, tests: list[int]) -> None:
        self.node2pending[node].extend(tests)
        with suppress(OSError):  # it has just died: once that is told, others get its tests
            node.send_runtest_some(tests)


def pytest_configure(config: pytest.Config) -> None:
    folder = tempfile.TemporaryDirectory(prefix="video-bot-sent-")
    config.add_cleanup(folder.cleanup)
    config.stash[SENT] = folder.name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--heavy", action="store_true", help="only what is too long for `make test`: make attacks"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `heavy` are run by `make attacks` alone; of each there is a short one, too."""
    is_heavy = config.getoption("--heavy")
    left = [item for item in items if bool(item.get_closest_marker("heavy")) is not is_heavy]
    if left and is_named(config):  # somebody wants just these
        left = []
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]
    items.sort(key=lambda item: place(item.nodeid))


def is_named(config: pytest.Config) -> bool:
    """Whether single tests were asked for, by their names."""
    return any("::" in str(each) for each in config.args)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than cores: a good part of the time tests wait for processes that they started."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TwoEnds:
    return TwoEnds(config, log)


def pytest_configure_node(node: WorkerController) -> None:
    """What a worker's bots sent is judged by the worker that stays last."""
    node.workerinput["sent"] = node.config.stash[SENT]


def pytest_testnodedown(node: WorkerController, error: object | None) -> None:
    """A worker that dies takes along what its bots sent, whoever takes over its tests."""
    if error:
        (Path(node.config.stash[SENT]) / f"{node.gateway.id}{LOST}").touch()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if worker := getattr(session.config, "workerinput", None):
        recorder.hand_over(Path(worker["sent"]) / worker["workerid"])


@pytest.fixture(scope="session")
def what_other_workers_sent(pytestconfig: pytest.Config) -> None:
    """For what runs last: the other workers have gone home and left their records; none died."""
    if worker := getattr(pytestconfig, "workerinput", None):
        left = list(Path(worker["sent"]).iterdir())
        lost = ", ".join(file.stem for file in left if file.suffix == LOST)
        assert not lost, f"workers that died have left no record: {lost}"
        recorder.take_over(left)
