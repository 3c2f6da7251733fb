"""chat.postMessage, chat.update, chat.postEphemeral and chat.getPermalink."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.blocks import (
    BLOCK_CHARS,
    MARKDOWN_CHARS,
    characters,
    check_blocks,
    with_ids,
)
from bot.sandbox.slack.refusals import RateLimited, SlackRefusal
from bot.sandbox.slack.state import Channel, Json, Message, SlackFile
from bot.sandbox.slack.workspace import Workspace

Method = Callable[[Workspace, Json], Json]
CUT_AT = 40_000  # longest text of a new message; the rest is cut off
UPDATE_MAX = 4_000  # longest text an edit may carry
METADATA_CHARS = 8_000  # Slack does not publish its limit; this one is ours


def visible_channel(state: Workspace, channel_id: Any) -> Channel:
    """The channel when the bot may know of it: private ones and DMs only as a member."""
    channel = state.channels.get(str(channel_id))
    if channel is None or (channel.kind != "public" and state.bot.id not in channel.members):
        raise SlackRefusal("channel_not_found")
    return channel


def channel_to_post(state: Workspace, channel_id: Any) -> Channel:
    channel = visible_channel(state, channel_id)
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    if state.bot.id not in channel.members and "chat:write.public" not in state.scopes:
        raise SlackRefusal("not_in_channel")
    if state.now() < channel.limited_until:
        raise RateLimited(channel.retry_after)
    return channel


def check_thread(channel: Channel, thread_ts: Any) -> str | None:
    """A parent's ts, as a string; a reply's ts or an unknown one has no thread."""
    if thread_ts is None:
        return None
    if not isinstance(thread_ts, str):
        raise SlackRefusal("invalid_arguments", ["[ERROR] thread_ts must be a string"])
    parent = channel.find(thread_ts)
    if parent is None or parent.is_reply:
        raise SlackRefusal("cannot_reply_to_message")
    return thread_ts


def _parsed(value: Any, error: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackRefusal(error) from None


def message_blocks(state: Workspace, value: Any) -> list[Json]:
    """The blocks of a message, checked, with the ids Slack fills in."""
    blocks = _parsed(value, "invalid_blocks_format")
    if not blocks:
        return []
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    errors = check_blocks(blocks, "message")
    if errors:
        raise SlackRefusal("invalid_blocks", errors, errors=errors)
    if characters(blocks) > BLOCK_CHARS or characters(blocks, "markdown") > MARKDOWN_CHARS:
        raise SlackRefusal("msg_blocks_too_long")
    return with_ids(blocks, state.new_id)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _is_scalar(inner) and name[:1].islower() for name, inner in value.items()
    )


def message_metadata(value: Any) -> Json | None:
    """Metadata Slack would keep; None for none, `{}` taken as "remove it"."""
    metadata = _parsed(value, "invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload"}:
        raise SlackRefusal("invalid_metadata_format")
    payload = metadata.get("event_payload")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(payload, dict):
        raise SlackRefusal("invalid_metadata_format")
    for name, inner in payload.items():
        items = inner if isinstance(inner, list) else [inner]
        flat = all(_is_scalar(item) or _is_flat(item) for item in items)
        if not flat or not name[:1].islower():
            raise SlackRefusal("invalid_metadata_schema", [f"[ERROR] event_payload.{name}"])
    if len(json.dumps(metadata)) > METADATA_CHARS:
        raise SlackRefusal("metadata_too_large")
    return metadata


def _text(params: Json) -> str:
    text = params.get("text", params.get("markdown_text", ""))
    if not isinstance(text, str):
        raise SlackRefusal("invalid_arguments", ["[ERROR] text must be a string"])
    return text


def _is_true(value: Any) -> bool:
    return value in (True, "true", "1", 1)


def post_message(state: Workspace, params: Json) -> Json:
    channel = channel_to_post(state, params.get("channel"))
    blocks, text = message_blocks(state, params.get("blocks")), _text(params)
    if not text and not blocks and not params.get("attachments"):
        raise SlackRefusal("no_text")
    message = state.post(
        channel,
        state.bot.id,
        text[:CUT_AT],
        blocks=blocks,
        metadata=message_metadata(params.get("metadata")),
        thread_ts=check_thread(channel, params.get("thread_ts")),
        broadcast=_is_true(params.get("reply_broadcast")),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def post_ephemeral(state: Workspace, params: Json) -> Json:
    channel = visible_channel(state, params.get("channel"))
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    if state.bot.id not in channel.members and "chat:write.public" not in state.scopes:
        raise SlackRefusal("not_in_channel")
    if params.get("user") not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    blocks, text = message_blocks(state, params.get("blocks")), _text(params)
    if not text and not blocks:
        raise SlackRefusal("no_text")
    message = state.post(
        channel,
        state.bot.id,
        text[:CUT_AT],
        blocks=blocks,
        thread_ts=check_thread(channel, params.get("thread_ts")),
        ephemeral_to=str(params["user"]),
    )
    return {"message_ts": message.ts}


def _own_message(state: Workspace, params: Json) -> tuple[Channel, Message]:
    channel = visible_channel(state, params.get("channel"))
    message = channel.find(str(params.get("ts")))
    if message is None:
        raise SlackRefusal("message_not_found")
    if message.bot_id != state.bot_id:
        raise SlackRefusal("cant_update_message")
    if channel.is_archived:
        raise SlackRefusal("is_inactive")
    return channel, message


def _files_to_add(state: Workspace, value: Any) -> list[SlackFile]:
    names = _parsed(value, "invalid_arguments") if str(value).startswith("[") else value
    wanted = names.split(",") if isinstance(names, str) and names else names or []
    files = [state.files.get(str(name)) for name in wanted]
    found = [file for file in files if file is not None and file.completed]
    if len(found) != len(files):
        raise SlackRefusal("file_not_found")
    return found


def edit_message(state: Workspace, message: Message, text: str, blocks: list[Json]) -> None:
    """Show something else in the same place; only an edit without blocks leaves a mark."""
    message.text, message.blocks = text, blocks
    message.edited_mark = not blocks
    message.keep_version(state.now())
    state.changed()


def update_message(state: Workspace, params: Json) -> Json:
    channel, message = _own_message(state, params)
    text = _text(params)
    if len(text) > UPDATE_MAX:
        raise SlackRefusal("msg_too_long")
    blocks = message_blocks(state, params.get("blocks"))
    if not text and not blocks and not params.get("file_ids"):
        raise SlackRefusal("no_text")
    if "metadata" in params:
        message.metadata = message_metadata(params["metadata"])
    for file in _files_to_add(state, params.get("file_ids")):
        message.files.append(file)
        file.shares.append((channel.id, channel.kind, message.ts))
    edit_message(state, message, text, blocks)
    body = message.as_json()
    for name in ("ts", "thread_ts"):  # not in Slack's types of this answer; ts stands beside it
        body.pop(name, None)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": body}


def get_permalink(state: Workspace, params: Json) -> Json:
    channel = visible_channel(state, params.get("channel"))
    message = channel.find(str(params.get("message_ts")))
    if message is None:
        raise SlackRefusal("message_not_found")
    link = f"{state.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update_message,
    "chat.getPermalink": get_permalink,
}
