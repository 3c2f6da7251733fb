"""The locks are complete, agree with each other and with pyproject.toml, and name no address."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.setup.future import LOCKS, PROJECT, entries

RUNTIME, BUILD, DEV = LOCKS
ALL = (*LOCKS, "tests/setup/oldest-pip.lock")


def text(name: str) -> str:
    return (PROJECT / name).read_text("utf-8")


def blocks(lock: str) -> set[str]:
    """Each entry as it is written, with its hashes."""
    return set(re.split(r"\n(?=\w)", text(lock).rstrip()))


def asked_for(lock: str) -> list[str]:
    """What pyproject.toml wants of this lock."""
    project = tomllib.loads(text("pyproject.toml"))
    groups: dict[str, list[Any]] = project["dependency-groups"]
    direct = {
        RUNTIME: project["project"]["dependencies"],
        BUILD: groups["build"],
        DEV: [each for each in groups["dev"] if isinstance(each, str)],
        ALL[-1]: groups["oldest-pip"],
    }
    return list(direct[lock])


@pytest.mark.parametrize("lock", ALL)
def test_everything_is_pinned_by_hash_and_has_no_address(lock: str) -> None:
    assert entries(text(lock))
    assert "://" not in text(lock)


@pytest.mark.parametrize("lock", ALL)
def test_what_pyproject_asks_for_is_in_its_lock(lock: str) -> None:
    locked = {(each.name, each.version) for each in entries(text(lock))}
    for line in asked_for(lock):
        wanted = Requirement(line)
        fitting = [version for name, version in locked if name == canonicalize_name(wanted.name)]

        assert [each for each in fitting if each in wanted.specifier], f"{line}: run `make lock`"


@pytest.mark.parametrize("lock", [RUNTIME, BUILD])
def test_tests_run_with_what_is_shipped(lock: str) -> None:
    head = blocks(lock) & {each for each in blocks(lock) if each.startswith("#")}

    assert blocks(lock) - head <= blocks(DEV)


def test_node_packages_are_pinned_by_hash_and_have_no_address() -> None:
    lock = json.loads(text("tests/block_kit/package-lock.json"))
    packages = {name: each for name, each in lock["packages"].items() if name}

    assert packages
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert "://" not in json.dumps(packages)
    assert lock["packages"][""]["devDependencies"] == {
        name.removeprefix("node_modules/"): each["version"] for name, each in packages.items()
    }


def test_hooks_before_a_commit_come_from_the_dev_lock() -> None:
    repos = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]

    assert [repo["repo"] for repo in repos] == ["local"]
    for hook in repos[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")
        assert "additional_dependencies" not in hook
