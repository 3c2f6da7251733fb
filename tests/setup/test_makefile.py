"""When `make` sets up, and how much: played with a Python that only notes what it is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.setup.future import LOCKS, PROJECT

# `stops` is a word at which it fails, as a connection that breaks would make it.
PYTHON = """\
#!/bin/sh
case "$*" in
*print*) echo {version} ;;
*version_info*) exit {is_refused} ;;
*"-m venv"*) rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo venv >> asked ;;
*) echo "$*" >> asked ;;
esac
if [ -f stops ] && echo "$*" | grep -q "$(cat stops)"; then exit 1; fi
"""


class Clone:
    """A folder with the Makefile and the locks, where nothing is set up yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = self.a_python("3.11.7")
        for name in ("Makefile", "pyproject.toml", *LOCKS, "tests/setup/oldest-pip.lock"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)

    def a_python(self, version: str, *, is_refused: bool = False) -> str:
        path = self.folder / f"python-{version}"
        path.write_text(PYTHON.format(version=version, is_refused=int(is_refused)), "utf-8")
        path.chmod(0o755)
        return f"./{path.name}"

    def make(self, target: str, python: str | None = None) -> subprocess.CompletedProcess[str]:
        """`python` is said on the command line; else it is what `python3` means here."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("M")}
        text = (PROJECT / "Makefile").read_text("utf-8")
        here = text.replace("PYTHON ?= python3", f"PYTHON ?= {self.python}")
        (self.folder / "Makefile").write_text(here, "utf-8")
        said = [f"PYTHON={python}"] if python else []
        command = ["make", target, *said]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)

    def asked(self) -> list[str]:
        """What was installed since the last look: a new venv, or the lock files."""
        path = self.folder / "asked"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.write_text("")
        words = " ".join(lines).split()
        return [word for word in words if word == "venv" or word.endswith(".lock")]

    def touch(self, name: str) -> None:
        later = (self.folder / ".venv/.runtime").stat().st_mtime + 10
        os.utime(self.folder / name, (later, later))


RUNTIME, BUILD, DEV = LOCKS
OLDEST = "tests/setup/oldest-pip.lock"
EVERYTHING = ["venv", RUNTIME, BUILD, DEV, OLDEST]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_demo_needs_the_runtime_and_the_build_lock_only(clone: Clone) -> None:
    clone.make("demo")

    assert clone.asked() == ["venv", RUNTIME, BUILD]


def test_tests_add_the_dev_lock_on_top(clone: Clone) -> None:
    clone.make("demo")
    clone.asked()

    clone.make("setup")

    assert clone.asked() == [DEV, OLDEST]


def test_what_is_set_up_is_left_alone(clone: Clone) -> None:
    clone.make("setup")
    clone.asked()

    assert clone.make("setup").returncode == 0
    assert clone.asked() == []


@pytest.mark.parametrize("at", [RUNTIME, " -e ", " check$"])
def test_set_up_that_broke_off_begins_again(clone: Clone, at: str) -> None:
    (clone.folder / "stops").write_text(at)
    assert clone.make("setup").returncode != 0
    (clone.folder / "stops").unlink()
    clone.asked()

    clone.make("setup")

    assert clone.asked() == EVERYTHING


def test_dev_set_up_that_broke_off_goes_on(clone: Clone) -> None:
    (clone.folder / "stops").write_text(DEV)
    assert clone.make("setup").returncode != 0
    (clone.folder / "stops").unlink()
    clone.asked()

    clone.make("setup")

    assert clone.asked() == [DEV, OLDEST]


def test_venv_whose_python_is_gone_is_built_anew(clone: Clone) -> None:
    clone.make("setup")
    clone.asked()
    (clone.folder / ".venv/bin/python").unlink()

    clone.make("setup")

    assert clone.asked() == EVERYTHING


def test_another_python_gets_a_venv_of_its_own(clone: Clone) -> None:
    clone.make("setup")
    clone.asked()

    clone.make("setup", python=clone.a_python("3.13.0"))

    assert clone.asked() == EVERYTHING


def test_python_that_was_named_once_is_kept(clone: Clone) -> None:
    clone.make("setup", python=clone.a_python("3.13.0"))
    clone.asked()

    clone.make("setup")

    assert clone.asked() == []


@pytest.mark.parametrize("lock", [RUNTIME, BUILD, DEV])
def test_changed_lock_leaves_nothing_behind_that_it_no_longer_names(
    clone: Clone, lock: str
) -> None:
    clone.make("setup")
    clone.asked()
    clone.touch(lock)

    clone.make("setup")

    assert clone.asked() == EVERYTHING


def test_changed_dev_lock_is_nothing_to_the_demo(clone: Clone) -> None:
    clone.make("demo")
    clone.asked()
    clone.touch(DEV)

    clone.make("demo")

    assert clone.asked() == []


def test_python_without_packages_in_the_locks_is_refused_in_words(clone: Clone) -> None:
    done = clone.make("demo", python=clone.a_python("3.10.1", is_refused=True))

    assert done.returncode != 0
    assert "Python 3.11 to 3.14 is needed" in done.stderr
    assert clone.asked() == []
