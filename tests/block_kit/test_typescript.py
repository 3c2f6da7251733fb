"""Slack's TypeScript types refuse what is wrong, so that their silence means something."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.block_kit.typescript import errors_of

A_MESSAGE: dict[str, Any] = {
    "text": "Hello",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello", "verbatim": True}}],
}
SPOILED = {
    "excess key": lambda m: m["blocks"][0].update(colour="red"),
    "excess key in a text": lambda m: m["blocks"][0]["text"].update(colour="red"),
    "unknown block": lambda m: m["blocks"].append({"type": "marquee"}),
    "wrong kind of value": lambda m: m["blocks"][0].update(text="Hello"),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_types_of_slack_refuse_what_is_wrong(spoil: Any, tmp_path: Path) -> None:
    message = copy.deepcopy(A_MESSAGE)
    assert errors_of({"message": [message]}, tmp_path) == ""
    (tmp_path / "node_modules").unlink()

    spoil(message)

    assert "sent.ts" in errors_of({"message": [message]}, tmp_path)
