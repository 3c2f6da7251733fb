"""Slack's answers as its own SDK's types know them, with what an answer must hold besides.

slack-web-api.json is made from the types of @slack/web-api (tools/slack_types), in which every
field is optional and no other may come; what must come is said here, by Slack's reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

TYPES: Mapping[str, Any] = json.loads(
    (Path(__file__).parent / "slack-web-api.json").read_text("utf-8")
)
# Method -> what a success must have; a dot leads into an object.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "auth.test": ("url", "team", "user", "team_id", "user_id", "bot_id"),
    "apps.connections.open": ("url",),
    "chat.postMessage": ("channel", "ts", "message.ts", "message.text"),
    "chat.update": ("channel", "ts", "text"),
    "chat.postEphemeral": ("message_ts",),
    "chat.getPermalink": ("channel", "permalink"),
    "conversations.info": ("channel.id",),
    "conversations.join": ("channel.id",),
    "conversations.open": ("channel.id",),
    "conversations.history": ("messages", "has_more"),
    "conversations.replies": ("messages", "has_more"),
    "users.info": ("user.id",),
    "views.open": ("view.id", "view.hash", "view.state", "view.root_view_id"),
    "views.update": ("view.id", "view.hash", "view.state", "view.root_view_id"),
    "views.push": ("view.id", "view.hash", "view.state", "view.root_view_id"),
    "views.publish": ("view.id", "view.hash"),
    "files.info": ("file.id",),
    "files.getUploadURLExternal": ("upload_url", "file_id"),
    "files.completeUploadExternal": ("files",),
}


def wrong_with_answer(method: str, answer: Mapping[str, Any]) -> list[str]:
    """What Slack would not answer so; nothing is held against a method that Slack does not have."""
    if answer.get("ok") is not True:
        told = answer.get("ok") is False and isinstance(answer.get("error"), str)
        return [] if told else ["a refusal has ok: false and an error"]
    if method not in TYPES["methods"]:
        return ["a success of a method whose types nobody made: see tools/slack_types"]
    wrong = [f"{fault.json_path} {fault.message[:200]}" for fault in _fits(method, answer)]
    return wrong + [f"{one} is missing" for one in REQUIRED[method] if not _has(answer, one)]


def _fits(method: str, answer: Mapping[str, Any]) -> list[Any]:
    return list(_validator(method).iter_errors(_without_nulls(answer)))


def _without_nulls(value: Any) -> Any:
    """Slack writes null for what is not there (its samples of views); the types never say so."""
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return value


def _has(answer: Any, place: str) -> bool:
    for name in place.split("."):
        if not isinstance(answer, dict) or name not in answer:
            return False
        answer = answer[name]
    return True


@cache
def _validator(method: str) -> Draft202012Validator:
    return Draft202012Validator({**TYPES["methods"][method], "$defs": TYPES["$defs"]})
