"""How commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import typer
from rich.console import Console
from rich.table import Table


def table(*columns: str, folded: Collection[str] = ()) -> Table:
    """Columns that are never cut; the `folded` ones may take several lines."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        made.add_column(name, no_wrap=name not in folded, overflow="fold")
    return made


def console() -> Console:
    """As wide as the terminal; in a pipe as wide as it needs, so that nothing is cut off."""
    here = Console(highlight=False)
    return here if here.is_terminal else Console(highlight=False, width=240)


def print_json(document: Any) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
