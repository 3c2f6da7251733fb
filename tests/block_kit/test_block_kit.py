"""Runs last (tests/conftest.py): what the bot sent in this run is what Slack takes.

The sandbox has refused what it knows to be wrong already; here others judge: Slack's Python SDK,
slackblocks, and Slack's own TypeScript types.
"""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.slack import ids
from tests.block_kit import typescript
from tests.block_kit.recorder import Kind, recorded
from tests.block_kit.slackblocks_parser import built

# Only Slack says these, or they stand in metadata.
NOT_SENT = {"COMMAND", "VIDEO_FROM_MESSAGE", "DELIVERY_EVENT", "_MARK", "_KEPT"}
KINDS: tuple[Kind, ...] = get_args(Kind)
A_MESSAGE: dict[str, Any] = {
    "text": "Hello",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello", "verbatim": True}}],
}


def sent(kind: Kind) -> list[dict[str, Any]]:
    if not (payloads := recorded(kind)):
        pytest.skip(f"no {kind} was sent in this run; `make test` runs everything")
    return payloads


@pytest.mark.parametrize("kind", ["message", "modal", "home"])
def test_slack_sdk_takes_every_block(kind: Kind) -> None:
    for payload in sent(kind):
        for block in Block.parse_all(copy.deepcopy(payload["blocks"])):
            assert block is not None
            block.validate_json()


@pytest.mark.parametrize("kind", ["modal", "home"])
def test_slack_sdk_takes_every_view(kind: Kind) -> None:
    for view in sent(kind):
        View(**copy.deepcopy(view)).validate_json()


@pytest.mark.parametrize("kind", ["message", "modal", "home"])
def test_slackblocks_takes_everything(kind: Kind) -> None:
    for payload in sent(kind):
        if kind == "message":
            assert payload["text"], "a message says nothing to a screen reader"
            assert len(payload["blocks"]) <= 50
            for block in payload["blocks"]:
                built(block, "blocks")
        else:
            built(payload)


def test_slackblocks_takes_every_option_list() -> None:
    for payload in sent("options"):
        assert len(payload.get("options", payload.get("option_groups"))) <= 100
        for key, ones in payload.items():
            for one in ones:
                built(one, key)


def test_types_of_slack_fit_everything(tmp_path: Path) -> None:
    payloads = {kind: recorded(kind) for kind in KINDS}
    assert any(payloads.values()) or pytest.skip("nothing was sent in this run")

    assert errors_of_types(payloads, tmp_path) == ""


SPOILED = {
    "excess key": lambda m: m["blocks"][0].update(colour="red"),
    "excess key in a text": lambda m: m["blocks"][0]["text"].update(colour="red"),
    "unknown block": lambda m: m["blocks"].append({"type": "marquee"}),
    "wrong kind of value": lambda m: m["blocks"][0].update(text="Hello"),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_types_of_slack_refuse_what_is_wrong(spoil: Any, tmp_path: Path) -> None:
    message = copy.deepcopy(A_MESSAGE)
    assert errors_of_types({"message": [message]}, tmp_path) == ""
    (tmp_path / "node_modules").unlink()

    spoil(message)

    assert "sent.ts" in errors_of_types({"message": [message]}, tmp_path)


def test_every_id_was_seen_in_a_whole_run(request: pytest.FixtureRequest) -> None:
    if request.config.args != request.config.getini("testpaths"):
        pytest.skip("not the whole run")
    everything = "".join(str(payload) for kind in KINDS for payload in recorded(kind))
    words = {word for name, word in vars(ids).items() if name.isupper() and name not in NOT_SENT}

    unseen = {word for word in words if not re.search(rf"'{word}[':]", everything)}

    assert unseen == set()


def errors_of_types(payloads: Any, folder: Path) -> str:
    """tsc's words; skipped in words without Node, or without the registry outside `make check`."""
    try:
        return typescript.errors_of(payloads, folder)
    except typescript.NoNode as reason:
        pytest.skip(f"Slack's TypeScript types are not checked: {reason}")
    except typescript.NpmFailed as reason:
        if os.environ.get("MAKE_CHECK"):
            raise
        pytest.skip(f"Slack's TypeScript types are not checked: npm failed: {reason}")
