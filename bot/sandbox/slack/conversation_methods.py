"""users.info and the conversations methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.chat_methods import visible_channel
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Channel, Json, Message
from bot.sandbox.slack.workspace import Workspace

Method = Callable[[Workspace, Json], Json]
PREFIX = {"public": "channels", "private": "groups", "im": "im"}


def need_scope(state: Workspace, scope: str) -> None:
    if scope not in state.scopes:
        provided = ",".join(sorted(state.scopes))
        raise SlackRefusal("missing_scope", needed=scope, provided=provided)


def users_info(state: Workspace, params: Json) -> Json:
    user = state.users.get(str(params.get("user")))
    if user is None:
        raise SlackRefusal("user_not_found")
    body = user.as_json()
    if not _is_true(params.get("include_locale")):
        body.pop("locale")
    return {"user": body}


def conversations_info(state: Workspace, params: Json) -> Json:
    channel = visible_channel(state, params.get("channel"))
    need_scope(state, f"{PREFIX[channel.kind]}:read")
    return {"channel": channel.as_json(state.bot.id)}


def conversations_join(state: Workspace, params: Json) -> Json:
    channel = visible_channel(state, params.get("channel"))
    if channel.kind != "public":
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    if channel.is_limited_access:
        raise SlackRefusal("channel_is_limited_access")
    channel.members.add(state.bot.id)
    state.changed()
    told = channel.as_json(state.bot.id)
    del told["num_members"]  # told by conversations.info only
    return {"channel": told}


def conversations_open(state: Workspace, params: Json) -> Json:
    if params.get("channel"):
        channel = visible_channel(state, params["channel"])
    else:
        channel = _open_with(state, str(params.get("users") or ""))
    return {"channel": {"id": channel.id}}


def _open_with(state: Workspace, users: str) -> Channel:
    if not users:
        raise SlackRefusal("users_list_not_supplied")
    if "," in users:
        need_scope(state, "mpim:write")
        raise SlackRefusal("not_enough_users")
    user = state.users.get(users)
    if user is None:
        raise SlackRefusal("user_not_found")
    if user.deleted:
        raise SlackRefusal("user_disabled")
    return state.direct_channel(state.bot.id, user.id)


def _is_true(value: Any) -> bool:
    return value in (True, "true", "1", 1)


def _readable(state: Workspace, params: Json) -> Channel:
    channel = visible_channel(state, params.get("channel"))
    need_scope(state, f"{PREFIX[channel.kind]}:history")
    if state.bot.id not in channel.members:
        raise SlackRefusal("not_in_channel")
    if channel.is_limited_access:
        raise SlackRefusal("channel_is_limited_access")
    return channel


def _settled(state: Workspace, messages: list[Message]) -> list[Message]:
    """What Slack shows by now; the newest may be missing for a while."""
    return [m for m in messages if float(m.ts) <= state.shown_until]


def _window(messages: list[Message], params: Json) -> list[Message]:
    oldest, latest = str(params.get("oldest") or ""), str(params.get("latest") or "")
    inclusive = _is_true(params.get("inclusive"))

    def inside(message: Message) -> bool:
        ts = message.ts
        after = not oldest or float(ts) > float(oldest) or (inclusive and ts == oldest)
        before = not latest or float(ts) < float(latest) or (inclusive and ts == latest)
        return after and before

    return [message for message in messages if inside(message)]


def _page(messages: list[Message], params: Json) -> Json:
    """One page; the cursor is the place to go on from."""
    try:
        limit, start = int(params.get("limit") or 100), int(params.get("cursor") or 0)
    except ValueError:
        raise SlackRefusal("invalid_cursor") from None
    if not 1 <= limit <= 1000:
        raise SlackRefusal("invalid_limit")
    with_metadata = _is_true(params.get("include_all_metadata"))
    shown = messages[start : start + limit]
    more = start + limit < len(messages)
    body: Json = {
        "messages": [message.as_json(with_metadata=with_metadata) for message in shown],
        "has_more": more,
    }
    if more:
        body["response_metadata"] = {"next_cursor": str(start + limit)}
    return body


def conversations_history(state: Workspace, params: Json) -> Json:
    """Newest first, without replies that were not also sent to the channel."""
    channel = _readable(state, params)
    shown = [m for m in channel.messages if not m.is_reply or m.broadcast]
    return _page(_window(_settled(state, shown), params)[::-1], params)


def conversations_replies(state: Workspace, params: Json) -> Json:
    """The parent, then its replies, oldest first."""
    channel = _readable(state, params)
    ts = str(params.get("ts"))
    parent = channel.find(ts)
    if parent is None:
        raise SlackRefusal("thread_not_found")
    thread = [parent] if parent.is_reply else channel.thread(ts)
    rest = _window(_settled(state, thread[1:]), params)
    return _page([parent, *rest], params)


METHODS: dict[str, Method] = {
    "users.info": users_info,
    "conversations.info": conversations_info,
    "conversations.join": conversations_join,
    "conversations.open": conversations_open,
    "conversations.history": conversations_history,
    "conversations.replies": conversations_replies,
}
