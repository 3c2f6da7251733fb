"""Which server is taken, and what is said where there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.postgres import binaries, fixtures


def programs(folder: Path, version: str, names: tuple[str, ...] = binaries.NEEDED) -> Path:
    """A folder of programs that say this version, whatever they are asked."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n", "utf-8")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any server; returns the folder where Debian's would be."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel")
    return tmp_path / "debian"


def test_machine_without_a_server_has_none(nothing: Path) -> None:
    assert binaries.find() is None


def test_server_on_the_path_is_preferred(nothing: Path) -> None:
    programs(nothing / "17/bin", "17.2")
    real = programs(nothing.parent / "elsewhere", "16.1")
    (nothing.parent / "path").mkdir()
    (nothing.parent / "path/initdb").symlink_to(real / "initdb")

    assert binaries.find() == binaries.Binaries(real, 16)


def test_newest_of_debians_is_taken(nothing: Path) -> None:
    for version in ("9.6", "15", "9", "17"):
        programs(nothing / version / "bin", f"{version}.3 (Debian {version}.3-1)")

    assert binaries.find() == binaries.Binaries(nothing / "17/bin", 17)


@pytest.mark.parametrize("version", ["13.20", "9.6.24", "of another kind"])
def test_server_that_is_too_old_or_unknown_is_passed_over(nothing: Path, version: str) -> None:
    programs(nothing / "17/bin", version)
    programs(nothing / "14/bin", "14beta1")

    assert binaries.find() == binaries.Binaries(nothing / "14/bin", 14)


def test_half_a_server_is_passed_over(nothing: Path) -> None:
    programs(nothing / "17/bin", "17.2", ("initdb", "postgres"))

    assert binaries.find() is None


def test_program_of_another_system_is_passed_over(nothing: Path) -> None:
    folder = programs(nothing / "17/bin", "17.2")
    (folder / "postgres").write_bytes(os.urandom(8))

    assert binaries.find() is None


def test_missing_server_skips_a_test_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"make setup.*postgresql"):
        fixtures.missing(binaries.NONE)


def test_missing_server_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match=r"make setup.*postgresql"):
        fixtures.missing(binaries.NONE)
