"""video-bot manifest: manifest.yml made ready to paste, for Socket Mode or for an address."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
import yaml

from bot.slack.oauth import REDIRECT_PATH, UNINSTALL_EVENTS

EVENTS_PATH = "/slack/events"
NEEDS_ADDRESS = (
    "--oauth needs --url https://the-address-of-your-bot, with --socket, too: Slack sends whoever "
    "has installed the app back to it."
)


def print_manifest(path: Path, *, socket: bool, url: str | None, oauth: bool = False) -> int:
    """Exit code 0, or 2 when the options do not say which of the two it is."""
    if oauth and url is None:
        typer.echo(NEEDS_ADDRESS, err=True)
        return 2
    if not oauth and socket == (url is not None):
        typer.echo("Say either --socket or --url https://the-address-of-your-bot.", err=True)
        return 2
    if url is not None and not (urlsplit(url).scheme == "https" and urlsplit(url).hostname):
        typer.echo(f"{url} is not an https:// address; Slack takes no other.", err=True)
        return 2
    try:
        manifest = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        typer.echo(f"{path} cannot be read: {error.strerror}. Name it with --path.", err=True)
        return 2
    address = (url or "").rstrip("/")
    filled = for_socket_mode(manifest) if socket else for_url(manifest, address)
    if oauth:
        filled = for_workspaces(filled, address)
    typer.echo(yaml.safe_dump(filled, sort_keys=False, allow_unicode=True), nl=False)
    return 0


def for_socket_mode(manifest: dict[str, Any]) -> dict[str, Any]:
    """No addresses at all: Slack brings everything over the socket."""
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = True
    settings["interactivity"] = {"is_enabled": True}
    settings["event_subscriptions"].pop("request_url", None)
    for command in manifest["features"].get("slash_commands", []):
        command.pop("url", None)
    return manifest


def for_url(manifest: dict[str, Any], url: str) -> dict[str, Any]:
    """Every request goes to /slack/events of this address."""
    events_url = url + EVENTS_PATH
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    settings["interactivity"] = {
        "is_enabled": True,
        "request_url": events_url,
        "message_menu_options_url": events_url,
    }
    events = settings["event_subscriptions"]
    settings["event_subscriptions"] = {"request_url": events_url, **events}
    for command in manifest["features"].get("slash_commands", []):
        command["url"] = events_url
    return manifest


def for_workspaces(manifest: dict[str, Any], url: str) -> dict[str, Any]:
    """Any workspace or organisation may install the app, and its tokens rotate."""
    manifest["oauth_config"] = {"redirect_urls": [url + REDIRECT_PATH], **manifest["oauth_config"]}
    settings = manifest["settings"]
    settings["event_subscriptions"]["bot_events"] += UNINSTALL_EVENTS
    settings["org_deploy_enabled"] = True
    settings["token_rotation_enabled"] = True
    return manifest
