"""Slack's payloads in our words. The only place that digs in dicts."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.draft import Draft
from bot.domain.video_request import Orientation, SlackThread, VideoRequest
from bot.slack import ids
from bot.slack.files import attachment_of

Payload = Mapping[str, Any]


def command_text(command: Payload) -> str:
    """What was typed after /video, as typed: Slack sends &, < and > as entities."""
    return html.unescape(str(command.get("text") or "")).strip()


def command_draft(command: Payload) -> Draft:
    """What /video was typed with, and where."""
    name = str(command.get("channel_name") or "")
    return Draft(
        key="",
        requester_id=str(command["user_id"]),
        team_id=str(command.get("team_id") or ""),
        prompt=command_text(command),
        is_from_dm=name == "directmessage" or name.startswith("mpdm-"),
    )


def video_request(body: Payload) -> VideoRequest:
    """A submitted composer. Its view's id is the request_key: one view, one video."""
    view = body["view"]
    values = view["state"]["values"]
    requester_id = str(body["user"]["id"])
    team_id = _team_id(body)
    return VideoRequest(
        request_key=f"{team_id}:{view['id']}",
        requester_id=requester_id,
        thread=SlackThread(team_id=team_id, channel_id=_channel(values) or requester_id),
        prompt=_text(values, ids.PROMPT),
        orientation=Orientation(_element(values, ids.ORIENTATION)["selected_option"]["value"]),
        attachments=tuple(attachment_of(file) for file in _files(values)),
    )


@dataclass(frozen=True, slots=True)
class PressedButton:
    action_id: str
    value: str
    user_id: str
    team_id: str = ""  # the workspace of this person, which need not be ours


def pressed_button(body: Payload) -> PressedButton:
    """A click on a button of ours, or on an option of a card's menu, which stands for a button."""
    (action,) = body["actions"]
    action_id, value = str(action["action_id"]), str(action.get("value") or "")
    if option := action.get("selected_option"):
        action_id, _, value = str(option["value"]).partition(":")
    user = body["user"]
    return PressedButton(action_id, value, str(user["id"]), str(user.get("team_id") or ""))


def _team_id(body: Payload) -> str:
    """The workspace that installed the bot; `team` is null for an organisation-wide install."""
    installed = body["view"].get("app_installed_team_id")
    team = body.get("team") or {}
    return str(installed or team.get("id") or body["user"].get("team_id") or "")


def _element(values: Payload, block_id: str) -> dict[str, Any]:
    return dict(values.get(block_id, {}).get(block_id) or {})


def _text(values: Payload, block_id: str) -> str:
    return str(_element(values, block_id).get("value") or "")


def _channel(values: Payload) -> str:
    return str(_element(values, ids.CHANNEL).get("selected_conversation") or "")


def _files(values: Payload) -> list[dict[str, Any]]:
    return list(_element(values, ids.ATTACHMENTS).get("files") or [])
