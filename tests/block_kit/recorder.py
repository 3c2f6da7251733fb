"""Every view, message and option list that the bot sent to a sandbox in this test run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # every worker begins with this module
    from bot.sandbox.slack.server import SlackSandbox

Json = dict[str, Any]
Kind = Literal["message", "modal", "home", "options"]

_JSON = ("view", "blocks")
_RECORDED: dict[Kind, dict[str, Json]] = {"message": {}, "modal": {}, "home": {}, "options": {}}


def record(slack: SlackSandbox) -> None:
    """Keep what the bot sent to this workspace; the same thing twice is kept once."""
    for body in map(_unpacked, slack.sent):
        if isinstance(body.get("view"), dict):
            view = body["view"]
            _keep("home" if view.get("type") == "home" else "modal", view)
        if body.get("blocks"):
            _keep("message", {"text": body.get("text"), "blocks": body["blocks"]})
        if "options" in body or "option_groups" in body:
            _keep("options", body)


def recorded(kind: Kind) -> list[Json]:
    return list(_RECORDED[kind].values())


def hand_over(file: Path) -> None:
    """What was recorded in this process, for another one of the same run."""
    file.write_text(json.dumps(_RECORDED), "utf-8")


def take_over(files: list[Path]) -> None:
    for file in files:
        for kind, ones in json.loads(file.read_text("utf-8")).items():
            _RECORDED[kind] |= ones


def _unpacked(body: Json) -> Json:
    """Views and blocks may travel as JSON inside a form."""
    packed = {key: json.loads(v) for key, v in body.items() if key in _JSON and isinstance(v, str)}
    return body | packed


def _keep(kind: Kind, payload: Json) -> None:
    _RECORDED[kind].setdefault(json.dumps(payload, sort_keys=True), payload)
