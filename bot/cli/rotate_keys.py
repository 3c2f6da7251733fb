"""video-bot rotate-keys: tokens and keys at rest, encrypted with the newest of ENCRYPTION_KEYS."""

from __future__ import annotations

import asyncio
import base64
import os

import typer

from bot.app.bot import reseal
from bot.config import FERNET_KEY_BYTES, SettingsError, load_sealed_database
from bot.domain.errors import BotError

EXIT_SETTINGS = 2
HOW_TO_USE = (
    "Put it first in ENCRYPTION_KEYS, before the key that is there, with a comma between them. "
    "Restart the bot, then run `video-bot rotate-keys`. Several replicas get it last, are all "
    "restarted, and only then get it first (docs/WORKSPACES.md). Keep it apart from the database: "
    "who has both can read the tokens."
)


def print_new_key() -> int:
    """The key alone on standard output, what to do with it beside."""
    typer.echo(base64.urlsafe_b64encode(os.urandom(FERNET_KEY_BYTES)).decode())
    typer.echo(HOW_TO_USE, err=True)
    return 0


def rotate() -> int:
    """Exit code: 0 when all is encrypted with the first key, 1 when not, 2 for wrong settings."""
    try:
        settings = load_sealed_database()
        count = asyncio.run(reseal(settings.database_url, settings.fernet_keys))
    except SettingsError as error:
        for fault in ("These settings need your attention:", *error.faults):
            typer.echo(fault, err=True)
        return EXIT_SETTINGS
    except BotError as error:
        typer.echo(error.sentence, err=True)
        return 1
    secrets = "1 secret is" if count == 1 else f"{count} secrets are"
    typer.echo(
        f"{secrets} encrypted with the first key now. Once the bot (each replica) runs with it, "
        "you can take the earlier ones out of ENCRYPTION_KEYS."
    )
    return 0
