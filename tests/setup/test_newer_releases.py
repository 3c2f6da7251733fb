"""The set-up on the day when every package has a newer release, with the oldest pip we promise.

The very lines of Makefile and Dockerfile run, offline, against an index made here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.setup.future import OLDEST_PIP, PROJECT, Future, versions
from tools.docker_check import Image
from tools.dockerfile import stages

PAGES = ("Makefile", "Dockerfile", ".dockerignore", "pyproject.toml", "README.md", "LICENSE")
PACKAGES = ("bot", "handlers", "store")
# A Python whose `venv` brings the oldest pip, as that of its first release does; unpacked, since
# a pip that installs itself out of its wheel takes five seconds.
PYTHON = """\
#!/bin/sh
set -e
case "$*" in "-m venv"*)
    shift 2
    "{python}" -m venv --without-pip "$@"
    for folder; do :; done
    "$folder/bin/python" -m zipfile -e "{wheel}" "$folder"/lib/python3*/site-packages
    "$folder/bin/python" -m pip --version >> "{said}"
    exit
esac
exec "{python}" "$@"
"""


@pytest.fixture
def future(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Future:
    """The index that pip asks in this test, and no other."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "MAKE", "MFLAGS"))]:
        monkeypatch.delenv(name)
    index = tmp_path / "index"
    index.mkdir()
    settings = {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": str(index)}
    for name, value in {**settings, "NO_COMPILE": "1"}.items():  # not compiling only saves time
        monkeypatch.setenv(f"PIP_{name}", value)
    return Future(index)


@pytest.fixture
def python(tmp_path: Path) -> Path:
    (wheel,) = OLDEST_PIP.glob("pip-*.whl")
    path = tmp_path / "python3"
    text = PYTHON.format(python=sys.executable, wheel=wheel, said=tmp_path / "pips")
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path


def clone(folder: Path, future: Future) -> Path:
    """As much of the project as is needed to set it up, with the locks of this index."""
    for name in PACKAGES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").touch()
    for name in PAGES:
        shutil.copy(PROJECT / name, folder / name)
    for name, text in future.locks.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "tests/setup").mkdir(parents=True)
    shutil.copy(PROJECT / "tests/setup/oldest-pip.lock", folder / "tests/setup")
    (folder / "manifest.yml").touch()
    return folder


def installed(venv: Path) -> dict[str, str]:
    """All but ourselves, and what the venv of Python 3.11 comes with."""
    (packages,) = venv.glob("lib/python3*/site-packages")
    found = [(canonicalize_name(each.name), each) for each in distributions(path=[str(packages)])]
    ours = ("video-bot", "setuptools")
    return {name: each.version for name, each in found if name not in ours}


def oldest_pip() -> str:
    (wheel,) = OLDEST_PIP.glob("pip-*.whl")
    return wheel.name.split("-")[1]


def make(folder: Path, *words: str) -> None:
    done = subprocess.run(
        ["make", *words], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.timeout(240)  # a hundred wheels, several times
def test_make_installs_what_the_locks_name_though_all_of_it_has_newer_releases(
    tmp_path: Path, future: Future, python: Path
) -> None:
    folder = clone(tmp_path / "a clone", future)

    make(folder, ".venv/.runtime", f"PYTHON={python}")
    for_the_demo = installed(folder / ".venv")
    make(folder, "setup")

    runtime, build, dev = (versions(text) for text in future.locks.values())
    assert f"pip {oldest_pip()} " in (tmp_path / "pips").read_text("utf-8")
    assert for_the_demo == runtime | build
    assert installed(folder / ".venv") == dev


@pytest.mark.timeout(240)
def test_image_gets_what_the_locks_name_though_all_of_it_has_newer_releases(
    tmp_path: Path, future: Future, python: Path
) -> None:
    folder = clone(tmp_path / "clone", future)
    first = stages((folder / "Dockerfile").read_text("utf-8"))[0]
    image = Image(tmp_path / "image", folder, python)

    image.build(first)

    runtime, build, _ = (versions(text) for text in future.locks.values())
    assert f"pip {oldest_pip()} " in (tmp_path / "pips").read_text("utf-8")
    runtime.pop("pip")  # checked with it, shipped without
    assert installed(image.root / "opt/video-bot") == runtime
    assert installed(image.root / "opt/tools") == build
