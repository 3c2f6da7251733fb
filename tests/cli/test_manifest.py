"""video-bot manifest: ready to paste, for Socket Mode or for an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
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
    ],
    ids=["neither", "both", "http", "no scheme", "no host", "no file"],
)
def test_wrong_options_are_answered_with_a_sentence(options: list[str]) -> None:
    result = CliRunner().invoke(app, ["manifest", "--path", str(MANIFEST), *options])

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.strip().endswith(".")
    assert "Traceback" not in result.stderr
