"""video-bot move-to-postgres: from the SQLite database of a stopped bot to PostgreSQL."""

from __future__ import annotations

import getpass
import sys

import typer

from bot.app.bot import move_to_postgres
from bot.cli.output import console, table
from bot.config import SettingsError, load_database_url
from bot.domain.errors import BotError

EXIT_SETTINGS = 2
SHORT = 12  # letters of a checksum, enough to compare by eye
NOT_SQLITE = (
    "DATABASE_URL does not name a SQLite database, and that is what is moved. Set it to the old "
    "one, such as sqlite:///video-bot.db, for this command."
)


def move_jobs(url: str) -> int:
    """Exit code: 0 when all is in PostgreSQL (or was before), 1 when not, 2 for wrong settings."""
    try:
        source = load_database_url()
    except SettingsError as error:
        for fault in ("These settings need your attention:", *error.faults):
            typer.echo(fault, err=True)
        return EXIT_SETTINGS
    if not source.startswith("sqlite:///"):
        typer.echo(NOT_SQLITE, err=True)
        return EXIT_SETTINGS
    try:
        moved = move_to_postgres(source, _asked_for() if url == "-" else url)
    except ValueError as error:
        typer.echo(str(error), err=True)
        return EXIT_SETTINGS
    except BotError as error:
        typer.echo(error.sentence, err=True)
        return 1
    lines = table("table", "rows", "checksum")
    lines.columns[1].justify = "right"
    for name, its in moved.sums.items():
        lines.add_row(name, str(its.rows), its.checksum[:SHORT])
    console().print(lines)
    typer.echo("\n".join(["", *_sentences(moved.is_new, moved.target, moved.changed_texts)]))
    typer.echo(
        "\n".join(
            [
                "",
                "What to do now:",
                f"1. Set DATABASE_URL to the PostgreSQL database ({moved.target}).",
                "2. Start the bot: each job goes on where it stood.",
                f"3. Keep {moved.path} as a backup only. It is marked as moved and this release "
                "refuses it; an older release would not, and would pay for videos twice.",
            ]
        )
    )
    return 0


def _sentences(is_new: bool, target: str, changed_texts: int) -> list[str]:
    said = [
        f"All of this is now in {target}: counts and checksums are the same in both databases."
        if is_new
        else f"Nothing to do: {target} holds exactly this already."
    ]
    if is_new and changed_texts:
        said.append(
            f"Texts that PostgreSQL does not take as they were: {changed_texts}. The character "
            "NUL was left out of them, and what was no UTF-8 is now �."
        )
    return said


def _asked_for() -> str:
    """Not shown while it is typed; from a pipe its first line."""
    if sys.stdin.isatty():
        return getpass.getpass("Address of the PostgreSQL database: ").strip()
    return sys.stdin.readline().strip()
