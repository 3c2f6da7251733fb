"""Every test runs once, wherever; what judges everything comes last; a fault stays a fault."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.side_by_side import TwoEnds

PROJECT = Path(__file__).parent.parent
# Each test notes who ran it; "sent" is what the last one judges.
TESTS = """\
import pytest

from tests.side_by_side import TwoEnds
from tests.block_kit import recorder

@pytest.mark.parametrize("n", range({count}))
def test_{name}(n, request, worker_id):
    with open("noted", "a") as file:
        file.write(f"{{worker_id}} {name} {{n}}\\n")
    recorder._RECORDED["message"][f"{name} {{n}}"] = {{}}
    {more}
"""
# The worker that takes the place of a dead one notes a test of its own.
UNTIL_REPLACED = """
    import time
    while "gw2 " not in open("noted").read():
        time.sleep(0.01)
"""
JUDGE = """\
import pathlib
from tests.block_kit import recorder

def test_judge(what_other_workers_sent):
    pathlib.Path("judged").write_text("\\n".join(recorder._RECORDED["message"]))
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A small suite with this one's places: fifty short tests, four long ones, the judge."""
    write(tmp_path, "domain/test_short.py", TESTS.format(name="short", count=50, more=""))
    write(tmp_path, "crash/test_long.py", TESTS.format(name="long", count=4, more=""))
    write(tmp_path, "block_kit/test_block_kit.py", JUDGE)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "tests" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """With two workers, and no plugin but what hands out the tests."""
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.side_by_side", "-n", "2"]
    return subprocess.run(
        [*command, "-q", "--import-mode=importlib", *words, "tests"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )


def noted(folder: Path) -> list[tuple[str, str]]:
    """(worker, test) in the order in which they ran."""
    lines = (folder / "noted").read_text("utf-8").splitlines()
    return [(worker, test) for worker, _, test in (line.partition(" ") for line in lines)]


EVERYTHING = {f"short {n}" for n in range(50)} | {f"long {n}" for n in range(4)}


def test_every_test_runs_once_and_the_judge_hears_of_all(suite: Path) -> None:
    done = run(suite)

    assert "55 passed" in done.stdout, done.stdout
    assert sorted(test for _, test in noted(suite)) == sorted(EVERYTHING)
    assert set((suite / "judged").read_text("utf-8").splitlines()) == EVERYTHING
    first = {worker: test for worker, test in reversed(noted(suite))}
    assert sorted(test.split()[0] for test in first.values()) == ["long", "short"]


@pytest.mark.parametrize("others_wait", ["", UNTIL_REPLACED], ids=["too late", "replaced"])
def test_worker_that_dies_is_a_fault_and_its_other_tests_run_all_the_same(
    suite: Path, others_wait: str
) -> None:
    write(suite, "crash/test_long.py", TESTS.format(name="long", count=4, more=others_wait))
    dies = 'if n == 3: __import__("os")._exit(1)'
    write(suite, "slack/test_dies.py", TESTS.format(name="dies", count=6, more=dies))

    done = run(suite)

    assert done.returncode == 1
    assert "crashed while running" in done.stdout
    assert {test for _, test in noted(suite)} == EVERYTHING | {f"dies {n}" for n in range(6)}
    assert "workers that died have left no record: gw" in done.stdout


def test_worker_that_has_just_died_keeps_its_tests_in_the_books() -> None:
    """xdist tells of the death a moment later, and hands out again what stands there."""

    class Dead:
        def send_runtest_some(self, tests: list[int]) -> None:
            raise OSError("cannot send (already closed?)")

    scheduler, worker = TwoEnds.__new__(TwoEnds), Dead()
    scheduler.node2pending = {worker: [7]}  # type: ignore[dict-item]

    scheduler._give(worker, [8, 9])  # type: ignore[arg-type]

    assert scheduler.node2pending == {worker: [7, 8, 9]}


def test_first_fault_ends_the_run_when_told_so(suite: Path) -> None:
    write(suite, "slack/test_wrong.py", TESTS.format(name="wrong", count=1, more="assert n"))

    done = run(suite, "-x")

    assert done.returncode != 0
    assert not (suite / "judged").exists()
