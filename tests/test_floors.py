"""Imports point down, and rooms of one floor are strangers: the picture in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
FLOORS = {
    **dict.fromkeys(["bot.domain", "bot.observe"], 0),
    **dict.fromkeys(["bot.screens", "bot.files"], 1),
    **dict.fromkeys(["bot.heygen", "bot.slack", "store", "bot.sandbox"], 2),
    "bot.workflow": 3,
    **dict.fromkeys(["handlers", "bot.web"], 4),
    **dict.fromkeys(["bot.app", "bot.config"], 5),
    **dict.fromkeys(["bot.__main__", "bot.cli"], 6),
}
OPENED = {("bot.app", "bot.config"), ("bot.__main__", "bot.cli")}  # the doors on one floor
ONLY = {  # rooms that see less than everything below them
    "bot.sandbox": (),
    "bot.workflow": ("bot.domain", "bot.observe"),
    "handlers": ("bot.workflow", "bot.slack", "bot.screens", "bot.domain", "bot.observe"),
    "bot.web": ("bot.workflow", "bot.heygen.webhook", "bot.domain", "bot.observe"),
}
ONLY_BY_APP = ("handlers", "store")


def is_in(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def room_of(name: str) -> str | None:
    return next((room for room in FLOORS if is_in(name, room)), None)


def imports(source: str, package: str) -> Iterator[str]:
    """Every name that is imported anywhere in the file, written out in full."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join([*above, node.module or ""]).strip(".")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def fault(room: str, name: str) -> str | None:
    """Why this room must not import this name."""
    top = name.partition(".")[0]
    if top not in ("bot", "handlers", "store"):
        is_foreign = room == "bot.domain" and top not in sys.stdlib_module_names
        return "the standard library only" if is_foreign or top in ("tests", "tools") else None
    target = room_of(name)
    if target == room:
        return None
    if target is None:
        return "no room of that name"
    if target in ONLY_BY_APP and room != "bot.app":
        return "only bot/app may"
    if room in ONLY and not any(is_in(name, seen) for seen in ONLY[room]):
        return "not among what this room may see"
    if FLOORS[target] >= FLOORS[room] and (room, target) not in OPENED:
        return "same floor" if FLOORS[target] == FLOORS[room] else "looks up"
    return None


def faults(path: str, source: str) -> list[str]:
    module = path.removesuffix(".py").replace("/", ".")
    package = module.removesuffix(".__init__") if "__init__" in path else module.rpartition(".")[0]
    room = room_of(module)
    if room is None:
        empty = path == "bot/__init__.py" and not list(imports(source, package))
        return [] if empty else [f"{path}: has no floor"]
    named = ((name, fault(room, name)) for name in imports(source, package))
    return [f"{path} imports {name}: {why}" for name, why in named if why]


def test_imports_point_down() -> None:
    files = [p for top in ("bot", "handlers", "store") for p in (PROJECT / top).rglob("*.py")]

    found = [
        line
        for path in files
        for line in faults(path.relative_to(PROJECT).as_posix(), path.read_text("utf-8"))
    ]

    assert len(files) > 50
    assert found == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bot/domain/job/job.py", "import httpx"),
        ("bot/domain/job/job.py", "def late():\n    from bot.observe import configure_logging"),
        ("bot/slack/threads.py", "from bot.heygen import client"),
        ("bot/slack/threads.py", "from ..workflow import gate"),
        ("bot/sandbox/faults.py", "from bot.domain import job"),
        ("bot/workflow/gate.py", "from store import open_store"),
        ("bot/workflow/gate.py", "from bot.slack import ids"),
        ("handlers/home.py", "from bot.web.server import web_app"),
        ("bot/web/health.py", "from bot.heygen.client import HeyGenClient"),
        ("bot/config.py", "from bot import app"),
        ("bot/cli/jobs.py", "import store.sqlite"),
        ("bot/app.py", "from tests.builders import a_job"),
        ("bot/helpers.py", ""),
    ],
)
def test_a_wrong_import_is_named_with_its_file(path: str, source: str) -> None:
    found = faults(path, source)

    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bot/app.py", "from bot.config import Settings\nfrom handlers import register"),
        ("bot/slack/threads.py", "from . import messages\nimport httpx"),
        ("bot/web/heygen_webhook.py", "from bot.heygen import webhook"),
        (
            "bot/cli/demo.py",
            "from bot.sandbox.media import media_path\nfrom bot.screens import ids",
        ),
        (
            "handlers/home.py",
            "from .payloads import video_request\nfrom bot.screens import home_tab",
        ),
    ],
)
def test_a_rightful_import_is_let_through(path: str, source: str) -> None:
    assert faults(path, source) == []
