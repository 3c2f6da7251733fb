"""The short-lived addresses in payloads (`response_url`): five uses within thirty minutes."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.chat_methods import edit_message, message_blocks
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Channel, Json, Message, ResponseUrl
from bot.sandbox.slack.workspace import Workspace

USES = 5
LIFE_S = 30 * 60.0


def use_response_url(state: Workspace, token: str, body: Any) -> None:
    """Do what the bot asks; SlackRefusal when the address or the body is no good."""
    known = state.response_urls.get(token)
    if known is None:
        raise SlackRefusal("invalid_url")
    if state.now() - known.at > LIFE_S:
        raise SlackRefusal("expired_url")
    if known.uses >= USES:
        raise SlackRefusal("used_url")
    if not isinstance(body, dict):
        raise SlackRefusal("invalid_payload")
    known.uses += 1
    respond(state, known, body)


def respond(state: Workspace, known: ResponseUrl, body: Json) -> Message | None:
    channel = state.channels[known.channel_id]
    original = _original(channel, known)
    if body.get("delete_original"):
        _delete(state, channel, original)
        return None
    text = str(body.get("text") or "")
    blocks = message_blocks(state, body.get("blocks"))
    if not text and not blocks:
        raise SlackRefusal("no_text")
    if body.get("replace_original") and original is not None:
        edit_message(state, original, text, blocks)
        return original
    in_channel = body.get("response_type") == "in_channel"
    return state.post(
        channel,
        state.bot.id,
        text,
        blocks=blocks,
        thread_ts=body.get("thread_ts"),
        ephemeral_to=None if in_channel else known.user_id,
    )


def _original(channel: Channel, known: ResponseUrl) -> Message | None:
    if known.message_ts is None:
        return None
    ephemeral = (m for m in channel.ephemerals if m.ts == known.message_ts)
    return channel.find(known.message_ts) or next(ephemeral, None)


def _delete(state: Workspace, channel: Channel, original: Message | None) -> None:
    for shelf in (channel.messages, channel.ephemerals):
        if original in shelf:
            shelf.remove(original)
    state.changed()
