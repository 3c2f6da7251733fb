"""video-bot manifest: ready to paste, for Socket Mode or for an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.slack.oauth import SCOPES
from tests.cli.printing import MANIFEST, printed


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def test_socket_mode_manifest_has_no_address() -> None:
    manifest = printed("--socket")

    assert [key for key in keys_of(manifest) if "url" in key] == []
    assert "://" not in yaml.safe_dump(manifest)
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}


@pytest.mark.parametrize("url", ["https://bot.example.com", "https://bot.example.com/"])
def test_http_manifest_sends_everything_to_the_bot(url: str) -> None:
    manifest = printed("--url", url)
    settings, expected = manifest["settings"], "https://bot.example.com/slack/events"

    assert settings["interactivity"]["request_url"] == expected
    assert settings["interactivity"]["message_menu_options_url"] == expected
    assert {each["url"] for each in manifest["features"]["slash_commands"]} == {expected}
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == expected
    assert settings["event_subscriptions"]["bot_events"]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--socket", "--url", "https://bot.example.com"],
        ["--url", "http://bot.example.com"],
        ["--url", "bot.example.com"],
        ["--url", "https://"],
        ["--socket", "--path", "no-such-file.yml"],
        ["--oauth"],
        ["--oauth", "--socket"],
    ],
    ids=[
        *("neither", "both", "http", "no scheme", "no host", "no file"),
        *("oauth without an address", "oauth over a socket without an address"),
    ],
)
def test_wrong_options_are_answered_with_a_sentence(options: list[str]) -> None:
    result = CliRunner().invoke(app, ["manifest", "--path", str(MANIFEST), *options])

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.strip().endswith(".")
    assert "Traceback" not in result.stderr


def test_manifest_of_an_app_that_workspaces_install() -> None:
    manifest = printed("--oauth", "--url", "https://bot.example.com/")
    settings = manifest["settings"]

    redirects = ["https://bot.example.com/slack/oauth_redirect"]
    assert manifest["oauth_config"]["redirect_urls"] == redirects
    assert tuple(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert settings["token_rotation_enabled"] is True
    assert settings["org_deploy_enabled"] is True
    assert {"app_uninstalled", "tokens_revoked"} < set(
        settings["event_subscriptions"]["bot_events"]
    )
    assert settings["event_subscriptions"]["request_url"] == "https://bot.example.com/slack/events"


def test_over_a_socket_only_the_redirect_has_an_address() -> None:
    manifest = printed("--oauth", "--socket", "--url", "https://bot.example.com")

    assert manifest["settings"]["socket_mode_enabled"] is True
    assert [key for key in keys_of(manifest) if "url" in key] == ["redirect_urls"]


def test_manifest_of_one_workspace_has_nothing_of_it() -> None:
    settings = printed("--socket")["settings"]

    assert settings["token_rotation_enabled"] is False
    assert "app_uninstalled" not in settings["event_subscriptions"]["bot_events"]
