"""video-bot run: settings, the bot, signals."""

from __future__ import annotations

import asyncio
import gc
import signal

import typer

from bot.app.bot import build
from bot.config import Settings, SettingsError, load_settings
from bot.domain.errors import BotError, DatabaseLost
from bot.observe import configure_logging, quiet_about_files
from bot.slack.connection import TokenRefused
from bot.web.visitors import raise_open_files

EXIT_SETTINGS = 2
# New objects before Python looks for cycles. Its own choice is 700; with 20,000 the bodies of four
# hundred strangers who hold theirs back stayed 50 MB longer (make strangers).
COLLECT_AFTER = 1_500


def run_bot() -> int:
    """Exit code: 0 after SIGTERM or Ctrl-C, 1 if it cannot start or go on, 2 for wrong settings."""
    try:
        settings = load_settings()
    except SettingsError as error:
        _complain("These settings need your attention:", error.faults)
        return EXIT_SETTINGS
    configure_logging(settings.log_level, settings.log_format, settings.secrets)
    raise_open_files()
    try:
        asyncio.run(_run(settings))
    except TokenRefused as error:
        _complain("Slack does not let the bot in:", [str(error)])
        return EXIT_SETTINGS
    except DatabaseLost as error:
        _complain("The bot cannot go on:", [error.sentence])
        return 1
    except BotError as error:
        _complain("The bot cannot start:", [error.sentence])
        return 1
    except OSError as error:
        what = f"Cannot listen on {settings.host}:{settings.port}: {error.strerror or error}."
        _complain("The bot cannot start:", [f"{what} Set HOST and PORT to a free address."])
        return 1
    return 0


async def _run(settings: Settings) -> None:
    stop, lost = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    quiet_about_files(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def lose_database() -> None:
        loop.call_soon_threadsafe(lost.set)
        loop.call_soon_threadsafe(stop.set)

    bot = build(settings, on_lost=lose_database)
    try:
        await bot.start()
        _spare_the_collector()
        await stop.wait()
    finally:
        await bot.stop()
    if lost.is_set():
        raise DatabaseLost


def _spare_the_collector() -> None:
    """What is there now stays, and needs not be gone through again and again (DECISIONS 48)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


def _complain(title: str, faults: list[str]) -> None:
    typer.echo(title, err=True)
    for fault in faults:
        typer.echo(f"  - {fault}", err=True)
