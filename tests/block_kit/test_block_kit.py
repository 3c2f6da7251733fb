"""Runs last (tests/side_by_side.py): what the bot sent in this run is what Slack takes.

The sandbox has refused what it knows to be wrong already; here others judge: Slack's Python SDK,
slackblocks, and Slack's own TypeScript types.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.screens import ids
from tests.block_kit.recorder import Kind, recorded
from tests.block_kit.slackblocks_parser import built
from tests.block_kit.typescript import errors_of

pytestmark = pytest.mark.usefixtures("what_other_workers_sent")
# Only Slack says these, or they stand in metadata.
NOT_SENT = {"COMMAND", "VIDEO_FROM_MESSAGE", "DELIVERY_EVENT", "_MARK", "_KEPT"}
KINDS: tuple[Kind, ...] = get_args(Kind)
A_MESSAGE: dict[str, Any] = {
    "text": "Hello",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello", "verbatim": True}}],
}
SPOILED = {
    "excess_key": lambda m: m["blocks"][0].update(colour="red"),
    "excess_key_in_a_text": lambda m: m["blocks"][0]["text"].update(colour="red"),
    "unknown_block": lambda m: m["blocks"].append({"type": "marquee"}),
    "wrong_kind_of_value": lambda m: m["blocks"][0].update(text="Hello"),
}
Sent = Callable[[Kind], list[dict[str, Any]]]


@pytest.fixture
def is_whole_run(pytestconfig: pytest.Config) -> bool:
    chosen = [Path(each).resolve() for each in pytestconfig.args]
    testpaths: list[str] = pytestconfig.getini("testpaths")
    is_all = chosen == [pytestconfig.rootpath / each for each in testpaths]
    return is_all and not pytestconfig.option.keyword and not pytestconfig.option.markexpr


@pytest.fixture
def sent(is_whole_run: bool) -> Sent:
    def recorded_or_skip(kind: Kind) -> list[dict[str, Any]]:
        if not (payloads := recorded(kind)):
            assert not is_whole_run, f"no {kind} was sent in the whole run"
            pytest.skip(f"no {kind} was sent in this run; `make test` runs everything")
        return payloads

    return recorded_or_skip


@pytest.mark.parametrize("kind", ["message", "modal", "home"])
def test_slack_sdk_takes_every_block(kind: Kind, sent: Sent) -> None:
    for payload in sent(kind):
        for block in Block.parse_all(copy.deepcopy(payload["blocks"])):
            assert block is not None
            block.validate_json()


@pytest.mark.parametrize("kind", ["modal", "home"])
def test_slack_sdk_takes_every_view(kind: Kind, sent: Sent) -> None:
    for view in sent(kind):
        View(**copy.deepcopy(view)).validate_json()


@pytest.mark.parametrize("kind", ["message", "modal", "home"])
def test_slackblocks_takes_everything(kind: Kind, sent: Sent) -> None:
    for payload in sent(kind):
        if kind == "message":
            assert payload["text"], "a message says nothing to a screen reader"
            assert len(payload["blocks"]) <= 50
            for block in payload["blocks"]:
                built(block, "blocks")
        else:
            built(payload)


def test_slackblocks_takes_every_option_list(sent: Sent) -> None:
    for payload in sent("options"):
        assert len(payload.get("options", payload.get("option_groups"))) <= 100
        for key, ones in payload.items():
            for one in ones:
                built(one, key)


@pytest.fixture(scope="module")
def errors(
    what_other_workers_sent: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What tsc says of all that was sent and of what is wrong on purpose; it starts slowly."""
    files = {"sent": {kind: recorded(kind) for kind in KINDS}, "good": {"message": [A_MESSAGE]}}
    for name, spoil in SPOILED.items():
        message = copy.deepcopy(A_MESSAGE)
        spoil(message)
        files[name] = {"message": [message]}
    return errors_of(files, tmp_path_factory.mktemp("types"))


def test_types_of_slack_fit_everything(errors: dict[str, str]) -> None:
    assert any(recorded(kind) for kind in KINDS) or pytest.skip("nothing was sent in this run")

    assert errors["sent"] == ""


@pytest.mark.parametrize("spoiled", SPOILED)
def test_types_of_slack_refuse_what_is_wrong(spoiled: str, errors: dict[str, str]) -> None:
    assert errors["good"] == ""
    assert errors[spoiled] != ""


def test_every_id_was_seen_in_a_whole_run(is_whole_run: bool) -> None:
    if not is_whole_run:
        pytest.skip("not the whole run")
    everything = "".join(str(payload) for kind in KINDS for payload in recorded(kind))
    words = {word for name, word in vars(ids).items() if name.isupper() and name not in NOT_SENT}

    unseen = {word for word in words if not re.search(rf"'{word}[':]", everything)}

    assert unseen == set()
