"""Slack's payloads in our words. The only place that digs in dicts."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from bot.domain.video_request import (
    ALLOWED_FILETYPES,
    Attachment,
    Orientation,
    SlackThread,
    VideoRequest,
)
from bot.slack import ids

Payload = Mapping[str, Any]

# Slack's own words for types where they are not the extension.
_SLACK_FILETYPES = {"text": "txt", "plain_text": "txt", "markdown": "md", "subrip": "srt"}
_UNDESCRIBED = "check_file_info"  # Slack Connect: ask files.info first (FACTS section 3)


def command_text(command: Payload) -> str:
    """What was typed after /video, as typed: Slack sends &, < and > as entities."""
    return html.unescape(str(command.get("text") or "")).strip()


def video_request(body: Payload) -> VideoRequest:
    """A submitted composer. Its view's id is the request_key: one view, one video."""
    view = body["view"]
    values = view["state"]["values"]
    requester_id = str(body["user"]["id"])
    team_id = str((body.get("team") or body["user"]).get("id") or body["user"].get("team_id"))
    return VideoRequest(
        request_key=f"{team_id}:{view['id']}",
        requester_id=requester_id,
        thread=SlackThread(team_id=team_id, channel_id=_channel(values) or requester_id),
        prompt=_text(values, ids.PROMPT),
        orientation=Orientation(_element(values, ids.ORIENTATION)["selected_option"]["value"]),
        attachments=tuple(attachment(file) for file in _files(values)),
    )


def attachment(file: Payload) -> Attachment:
    """One file object; fields that Slack left out stay unknown."""
    if file.get("file_access") == _UNDESCRIBED:
        return Attachment(file_id=str(file["id"]), mode="file_access")
    name = str(file.get("name") or file.get("title") or "")
    return Attachment(
        file_id=str(file["id"]),
        name=name,
        filetype=_filetype(name, str(file.get("filetype") or "")),
        size_bytes=file.get("size"),
        mode="external" if file.get("is_external") else str(file.get("mode") or "hosted"),
    )


def _filetype(name: str, slack_filetype: str) -> str:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension in ALLOWED_FILETYPES or not slack_filetype:
        return extension
    return _SLACK_FILETYPES.get(slack_filetype, slack_filetype)


def _element(values: Payload, block_id: str) -> dict[str, Any]:
    return dict(values.get(block_id, {}).get(block_id) or {})


def _text(values: Payload, block_id: str) -> str:
    return str(_element(values, block_id).get("value") or "")


def _channel(values: Payload) -> str:
    return str(_element(values, ids.CHANNEL).get("selected_conversation") or "")


def _files(values: Payload) -> list[Payload]:
    return list(_element(values, ids.ATTACHMENTS).get("files") or [])
