"""What the bot sent, as TypeScript that has to fit Slack's own types (@slack/types).

Types only see keys, kinds of values and fixed words, so payloads that differ in nothing else are
checked once. Needs Node.js, and the packages that `make test` installs where npm is.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TSC = "node_modules/typescript/bin/tsc"
TSC_S = 60.0
_OPTIONS = ("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022")

# Slack's View and blocks admit any block of any type; here it must be one that Slack describes.
_HEAD = """\
import type {
  HomeView, KnownBlock, MessageAttachment, ModalView, Option, OptionGroup, PlainTextElement,
} from "@slack/types";
type Message = { text: string; blocks: KnownBlock[] };
type Modal = Omit<ModalView, "blocks"> & { blocks: KnownBlock[] };
type Home = Omit<HomeView, "blocks"> & { blocks: KnownBlock[] };
type Choice = { text: PlainTextElement; value: string; description?: PlainTextElement };
type Options =
  | { options: Choice[] }
  | { option_groups: { label: PlainTextElement; options: Choice[] }[] };
"""
Payloads = Mapping[str, Iterable[object]]
_TYPE_OF = {"message": "Message", "modal": "Modal", "home": "Home", "options": "Options"}
_FIXED_WORDS = frozenset({"type", "style", "include", "source", "level", "trigger_actions_on"})


def errors_of(files: Mapping[str, Payloads], folder: Path) -> dict[str, str]:
    """What tsc says of each file {kind: payloads}, in one run; "" when all in it fit.

    Skips in words where Node.js or the types are not.
    """
    node = _ready()
    for name, payloads in files.items():
        (folder / f"{name}.ts").write_text("\n".join([_HEAD, *_exports(payloads)]), "utf-8")
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    done = subprocess.run(
        [node, str(HERE / TSC), *_OPTIONS, *(f"{name}.ts" for name in files)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TSC_S,
        check=False,
    )
    said = (done.stdout + done.stderr).splitlines()
    found = {name: [line for line in said if line.startswith(f"{name}.ts(")] for name in files}
    assert bool(done.returncode) == any(found.values()), done.stdout + done.stderr
    return {name: "\n".join(lines) for name, lines in found.items()}


def _exports(payloads: Payloads) -> list[str]:
    return [
        f"export const {kind}{n}: {_TYPE_OF[kind]} = {shape};"
        for kind, ones in payloads.items()
        for n, shape in enumerate(sorted({json.dumps(shape_of(one)) for one in ones}))
    ]


def shape_of(value: Any, key: str = "") -> Any:
    """The value with every free text replaced by one letter."""
    if isinstance(value, dict):
        return {name: shape_of(one, name) for name, one in value.items()}
    if isinstance(value, list):
        shapes = [shape_of(one, key) for one in value]
        return [one for n, one in enumerate(shapes) if one not in shapes[:n]]
    return "x" if isinstance(value, str) and key not in _FIXED_WORDS else value


def _ready() -> str:
    """Where node is."""
    if (node := shutil.which("node")) is None:
        pytest.skip("Slack's TypeScript types are not checked: no Node.js on this machine")
    if not _is_installed():
        pytest.skip("Slack's TypeScript types are not checked: `make test` installs them")
    return node


def _is_installed() -> bool:
    kept = HERE / "node_modules/.package-lock.json"
    return kept.is_file() and kept.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime
