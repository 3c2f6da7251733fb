"""files.info and the two API steps of an upload; the bytes themselves pass by slack_file_routes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.chat_methods import check_thread, visible_channel
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Channel, Json, SlackFile, Upload
from bot.sandbox.slack.workspace import Workspace

Method = Callable[[Workspace, Json], Json]
MAX_FILE_BYTES = 1_000_000_000  # FACTS section 7: 1 GB
ALT_TEXT_MAX_CHARS = 2_000  # as for pictures in blocks; Slack names no limit here


def files_info(state: Workspace, params: Json) -> Json:
    file = state.files.get(str(params.get("file")))
    if file is None:
        raise SlackRefusal("file_not_found")
    if file.deleted:
        raise SlackRefusal("file_deleted")
    return {"file": file.as_json(state.shown_until)}


def _length(params: Json) -> int:
    try:
        length = int(params.get("length") or 0)
    except (TypeError, ValueError):
        raise SlackRefusal("invalid_arguments", ["[ERROR] length must be a number"]) from None
    if length <= 0:
        raise SlackRefusal("missing_argument", ["[ERROR] missing required field: length"])
    if length > MAX_FILE_BYTES:
        raise SlackRefusal("file_upload_size_restricted")
    return length


def _check_rules(state: Workspace, name: str) -> None:
    """What an admin lets nobody bring."""
    ending = name.rpartition(".")[2].lower()
    if word := state.refused_files.get(ending, state.refused_files.get("*")):
        raise SlackRefusal(word)


def _alt_text(params: Json) -> str:
    text = params.get("alt_txt") or ""
    if not isinstance(text, str) or len(text) > ALT_TEXT_MAX_CHARS:
        raise SlackRefusal("alt_txt_too_large")
    return text


def get_upload_url(state: Workspace, params: Json) -> Json:
    name = params.get("filename")
    if not isinstance(name, str) or not name:
        raise SlackRefusal("missing_argument", ["[ERROR] missing required field: filename"])
    length = _length(params)
    _check_rules(state, name)
    file = state.add_file(state.bot, name, length, None)
    file.completed = False
    file.alt_text = _alt_text(params)
    token = secrets.token_hex(16)
    state.uploads[token] = Upload(token, file, length)
    return {"upload_url": f"{state.base_url}/upload/v1/{token}", "file_id": file.id}


def _files_named(state: Workspace, value: Any) -> list[SlackFile]:
    try:
        wanted = json.loads(value) if isinstance(value, str) else value
        names = {item["id"]: item.get("title", "") for item in wanted}
    except (TypeError, KeyError, ValueError, AttributeError):
        raise SlackRefusal("invalid_arguments", ["[ERROR] files must list id and title"]) from None
    files = []
    for name, title in names.items():
        file = state.files.get(name)
        if file is None or file.content is None or file.user_id != state.bot.id:
            raise SlackRefusal("file_not_found")
        file.title = title or file.title
        files.append(file)
    if not files:
        raise SlackRefusal("invalid_arguments", ["[ERROR] files must not be empty"])
    return files


def _upload_channel(state: Workspace, channel_id: str) -> Channel:
    """Files need membership: chat:write.public does not help here."""
    channel = visible_channel(state, channel_id)
    if state.bot.id not in channel.members:
        raise SlackRefusal("not_in_channel")
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    return channel


def _is_lost(state: Workspace, files: list[SlackFile]) -> bool:
    """Slack sometimes answers ok for a file with an alt text and then does not share it."""
    if state.alt_text_shares_to_lose <= 0 or not any(file.alt_text for file in files):
        return False
    state.alt_text_shares_to_lose -= 1
    return True


def complete_upload(state: Workspace, params: Json) -> Json:
    """Completing twice shares twice: Slack promises nothing better, so the worse case is played."""
    listed = f"{params.get('channel_id') or ''},{params.get('channels') or ''}"
    channel_ids = [name for name in listed.split(",") if name]
    channels = [_upload_channel(state, name) for name in channel_ids]
    thread_ts = params.get("thread_ts")
    if thread_ts and len(channels) != 1:
        raise SlackRefusal("invalid_arguments", ["[ERROR] thread_ts needs exactly one channel"])
    threads = [check_thread(channel, thread_ts) for channel in channels]
    files = _files_named(state, params.get("files"))
    for file in files:
        file.completed = True
    answer = [{"id": file.id, "title": file.title or file.name} for file in files]
    comment = str(params.get("initial_comment") or "")
    if _is_lost(state, files):
        return {"files": answer}
    for channel, thread in zip(channels, threads, strict=True):
        state.post(channel, state.bot.id, comment, files=list(files), thread_ts=thread)
    state.changed()
    return {"files": answer}


METHODS: dict[str, Method] = {
    "files.info": files_info,
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
}
