"""The command line itself: what it lists, and what it does not load to say so."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from bot.cli import app

HEAVY = ("slack_bolt", "slack_sdk", "aiohttp", "httpx", "pydantic", "sqlite_utils", "bot.app")
HELP = f"""
import sys
from bot.cli import main
sys.argv = ["video-bot", "--help"]
try:
    main()
except SystemExit as end:
    assert end.code == 0
print("LOADED", [name for name in {HEAVY} if name in sys.modules])
"""


def test_help_lists_the_commands_and_loads_nothing_for_them() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", HELP],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip

    for command in ("run", "demo", "manifest"):
        assert command in done.stdout
    assert done.stdout.splitlines()[-1] == "LOADED []"
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["run", "demo", "manifest"])
def test_every_command_explains_itself(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"])

    assert told.exit_code == 0
    assert f"video-bot {command}" in told.output


def test_unknown_command_is_refused_with_a_hint() -> None:
    told = CliRunner().invoke(app, ["rum"])

    assert told.exit_code == 2
    assert "No such command" in told.output


def test_no_command_shows_the_help() -> None:
    assert "Commands" in CliRunner().invoke(app, []).output
