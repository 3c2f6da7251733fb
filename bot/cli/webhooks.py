"""video-bot webhooks: register, list, rotate and delete HeyGen's webhook endpoints.

A new secret is printed once and written nowhere: not to a log, not to the database.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
from collections.abc import Awaitable, Callable, Sequence

import typer
from rich.markup import escape

from bot.app.bot import open_endpoints
from bot.cli.output import console, print_json, table
from bot.config import WHERE_TO_GET, Settings, SettingsError, load_settings
from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
)
from bot.heygen.endpoints import Endpoint, WebhookEndpoints
from bot.observe import configure_logging

EXIT_SETTINGS = 2
PATH = "/heygen/webhook"  # where bot/web takes the news
SETTING = "HEYGEN_WEBHOOK_SECRET"

NO_ADDRESS = "Say where HeyGen reaches the bot: set PUBLIC_URL, or use --url https://the-address-of-your-bot."
ASKED_FIRST = (
    "HeyGen asks the address before it takes it: the bot must be running and be reached there from "
    "the internet."
)
ONLY_NOW = (
    "HeyGen shows the secret only now. Put this line into the bot's .env and restart the bot:"
)
OTHERS_STAY = "The other secrets in it stay good for the endpoints they belong to."
OLD_STAYS = (
    "The old secret stays behind the new one for now, because HeyGen may still repeat older news. "
    "Take it out after 24 hours."
)
OLD_UNKNOWN = (
    "If the bot has the old secret, keep it behind the new one, after a comma, for 24 hours: "
    "HeyGen may still repeat older news."
)

Work = Callable[[WebhookEndpoints, Settings], Awaitable[None]]


class CannotDo(Exception):
    """Nothing was changed; the message says why and what to do."""


def register_endpoint(url: str | None, *, as_json: bool) -> int:
    async def work(endpoints: WebhookEndpoints, settings: Settings) -> None:
        if settings.public_url is None:
            raise SettingsError([NO_ADDRESS])
        address = settings.public_url.removesuffix(PATH) + PATH
        _refuse_second(address, await endpoints.list_all())
        made = await endpoints.register(address)
        secrets = (made.secret, *settings.webhook_secrets)
        done = f"Endpoint {made.endpoint.id} is registered for {address}."
        note = OTHERS_STAY if settings.webhook_secrets else ""
        _tell_secret(done, made.endpoint.id, secrets, note, as_json)

    return _run(work, url, if_refused=ASKED_FIRST)


def list_endpoints(*, as_json: bool) -> int:
    async def work(endpoints: WebhookEndpoints, settings: Settings) -> None:
        found = await endpoints.list_all()
        if as_json:
            print_json([dataclasses.asdict(one) for one in found])
        elif found:
            _print_endpoints(found)
        else:
            typer.echo("No endpoint is registered for this HeyGen account.")

    return _run(work)


def rotate_secret(endpoint_id: str, *, as_json: bool) -> int:
    async def work(endpoints: WebhookEndpoints, settings: Settings) -> None:
        secrets = (await endpoints.rotate(endpoint_id), *settings.webhook_secrets)
        done = f"Endpoint {endpoint_id} has a new secret; the old one signs nothing any more."
        note = OLD_STAYS if settings.webhook_secrets else OLD_UNKNOWN
        _tell_secret(done, endpoint_id, secrets, note, as_json)

    return _run(work)


def delete_endpoint(endpoint_id: str, *, as_json: bool) -> int:
    async def work(endpoints: WebhookEndpoints, settings: Settings) -> None:
        await endpoints.delete(endpoint_id)
        if as_json:
            print_json({"deleted": endpoint_id})
        else:
            typer.echo(f"Endpoint {endpoint_id} is deleted. Take its secret out of {SETTING}.")

    return _run(work)


def _run(work: Work, url: str | None = None, *, if_refused: str = "") -> int:
    """Exit code: 0 when it is done, 1 when not, 2 for wrong settings.

    `url` takes the place of PUBLIC_URL; `if_refused` is said when HeyGen refuses the request
    itself.
    """
    environ = os.environ if url is None else {**os.environ, "PUBLIC_URL": url}
    try:
        settings = load_settings(environ, needs_slack=False)
        configure_logging("error", settings.log_format, settings.secrets)
        asyncio.run(_with_endpoints(work, settings))
    except SettingsError as error:
        given = "PUBLIC_URL" if url is None else "--url"
        typer.echo("These settings need your attention:", err=True)
        for fault in error.faults:
            typer.echo(re.sub("^PUBLIC_URL(?= must)", given, fault), err=True)
        return EXIT_SETTINGS
    except CannotDo as error:
        typer.echo(str(error), err=True)
        return 1
    except VideoAgentError as error:
        typer.echo(_sentence(error, if_refused), err=True)
        return 1
    return 0


async def _with_endpoints(work: Work, settings: Settings) -> None:
    async with open_endpoints(settings) as endpoints:
        await work(endpoints, settings)


def _refuse_second(address: str, known: Sequence[Endpoint]) -> None:
    """A second endpoint would tell the bot everything twice, and cannot show the first's secret."""
    first = next((one for one in known if one.url.rstrip("/").lower() == address.lower()), None)
    if first is not None:
        raise CannotDo(
            f"{address} is registered already: endpoint {first.id}, {first.status}. HeyGen does "
            f"not show its secret again; `video-bot webhooks rotate {first.id}` makes a new one."
        )


def _sentence(error: VideoAgentError, if_refused: str) -> str:
    """What went wrong and what to do, for an operator: hints of the tree are for a video."""
    if isinstance(error, VideoAgentNotFound):
        hint = "`video-bot webhooks list` shows the endpoints that there are."
    elif isinstance(error, VideoAgentBlocked):
        hint = f"Check HEYGEN_API_KEY and the account: {WHERE_TO_GET['HEYGEN_API_KEY']}"
    elif isinstance(error, VideoAgentOutcomeUnknown):
        hint = (
            "`video-bot webhooks list` shows what became of it; `video-bot webhooks rotate` makes "
            "a new secret for an endpoint whose secret you did not see."
        )
    elif isinstance(error, VideoAgentRefused):
        hint = if_refused
    else:
        hint = "Try again in a minute."
    return f"{error.message} {hint}".strip()


def _tell_secret(
    done: str, endpoint_id: str, secrets: Sequence[str], note: str, as_json: bool
) -> None:
    line = f"{SETTING}={','.join(dict.fromkeys(secrets))}"
    if as_json:
        print_json({"endpoint_id": endpoint_id, "secret": secrets[0], "env": line, "note": note})
    else:
        typer.echo("\n".join([done, ONLY_NOW, "", line, *(["", note] if note else [])]))


def _print_endpoints(endpoints: Sequence[Endpoint]) -> None:
    lines = table("endpoint", "status", "since", "address", "events", folded=("events",))
    for one in endpoints:
        events = "all" if one.events is None else ", ".join(one.events)
        lines.add_row(*map(escape, (one.id, one.status, one.created_at, one.url, events)))
    console().print(lines)
