"""Payloads as Slack sends them: commands, interactions, option requests, shortcuts, events."""

from __future__ import annotations

import html
import re
import secrets

from bot.sandbox.slack.state import Channel, Json, Message, User, View
from bot.sandbox.slack.workspace import Workspace

VERIFICATION_TOKEN = "sandbox-verification-token"  # old, unused, but still in every payload


def escape(text: str) -> str:
    """`&`, `<` and `>` travel as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_MARKUP = re.compile(r"(<[^<>]*>)")


def rich_text(state: Workspace, text: str) -> Json:
    """The block that Slack's client makes of what a person types."""
    parts = [_inline(part) for part in _MARKUP.split(text) if part]
    section = {"type": "rich_text_section", "elements": parts}
    return {"type": "rich_text", "block_id": state.new_id("b"), "elements": [section]}


def _inline(part: str) -> Json:
    target, _, label = part.strip("<>").partition("|")
    if not (part.startswith("<") and part.endswith(">")):
        return {"type": "text", "text": html.unescape(part)}
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    return {"type": "link", "url": html.unescape(target)} | ({"text": label} if label else {})


def as_typed(state: Workspace, message: Message) -> Json:
    """A person's message comes with the words as rich_text too; an app's with its own blocks."""
    body = message.as_json()
    if message.bot_id is None and message.text and not message.blocks:
        body["blocks"] = [rich_text(state, message.text)]
    return body


def channel_name(channel: Channel) -> str:
    return "directmessage" if channel.kind == "im" else channel.name


def command(state: Workspace, user: User, channel: Channel, name: str, text: str) -> Json:
    """The form fields of a slash command; it never knows a thread."""
    enterprise = state.enterprise
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": user.team_id,
        "team_domain": state.team_of(user).domain,
        **(
            {"enterprise_id": enterprise.id, "enterprise_name": enterprise.name}
            if enterprise
            else {}
        ),
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": escape(text),
        "api_app_id": state.app_id,
        "is_enterprise_install": "true" if state.is_org_wide else "false",
        "response_url": state.new_response_url(user, channel.id),
        "trigger_id": state.new_trigger(user, channel.id).id,
    }


def _common(state: Workspace, user: User, kind: str, *, in_view: bool = False) -> Json:
    """`team` is whose installation it is; for a view the person's own (FACTS section 2)."""
    enterprise = state.enterprise
    return {
        "type": kind,
        "team": _team(state, user, in_view=in_view),
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": _user_team_id(state, user),
        },
        "api_app_id": state.app_id,
        "token": VERIFICATION_TOKEN,
        "enterprise": {"id": enterprise.id, "name": enterprise.name} if enterprise else None,
        "is_enterprise_install": state.is_org_wide,
    }


def _team(state: Workspace, user: User, *, in_view: bool) -> Json | None:
    if state.is_org_wide and not state.org_payloads.team:
        return None
    team = state.team_of(user) if in_view or state.is_org_wide else state.team
    body = {"id": team.id, "domain": team.domain}
    if state.enterprise is not None and state.is_own(user):
        body |= {
            "enterprise_id": state.enterprise.id,
            "enterprise_name": state.enterprise.name,
        }
    return body


def _user_team_id(state: Workspace, user: User) -> str:
    is_told_so = state.org_payloads.enterprise_as_user_team
    if state.is_org_wide and is_told_so and state.is_own(user):
        return state.team_id
    return user.team_id


def _action_ts(state: Workspace) -> str:
    return f"{state.now():.6f}"


def view_submission(
    state: Workspace, user: User, view: View, values: Json, response_urls: list[Json]
) -> Json:
    return {
        **_common(state, user, "view_submission", in_view=True),
        "trigger_id": state.new_trigger(user, view.channel_id, view).id,
        "view": view.as_json() | {"state": {"values": values}},
        "response_urls": response_urls,
    }


def view_closed(state: Workspace, user: User, view: View, *, is_cleared: bool) -> Json:
    return {
        **_common(state, user, "view_closed", in_view=True),
        "view": view.as_json(),
        "is_cleared": is_cleared,
    }


def view_action(state: Workspace, user: User, view: View, action: Json) -> Json:
    return {
        **_common(state, user, "block_actions", in_view=True),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": state.new_trigger(user, view.channel_id, view).id,
        "view": view.as_json(),
        "actions": [action | {"action_ts": _action_ts(state)}],
    }


def message_action(
    state: Workspace, user: User, channel: Channel, message: Message, action: Json
) -> Json:
    """A click in a message."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    body: Json = {
        **_common(state, user, "block_actions"),
        "container": container,
        "trigger_id": state.new_trigger(user, channel.id).id,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": {}},
        "response_url": state.new_response_url(user, channel.id, message.ts),
        "actions": [action | {"action_ts": _action_ts(state)}],
    }
    if message.ephemeral_to is None:  # an ephemeral comes without its message
        body["message"] = message.as_json()
    return body


def suggestion(
    state: Workspace, user: User, view: View, block_id: str, action_id: str, typed: str
) -> Json:
    return {
        **_common(state, user, "block_suggestion", in_view=True),
        "container": {"type": "view", "view_id": view.id},
        "action_id": action_id,
        "block_id": block_id,
        "value": typed,
        "view": view.as_json(),
    }


def message_shortcut(
    state: Workspace, user: User, channel: Channel, message: Message, callback_id: str
) -> Json:
    return {
        **_common(state, user, "message_action"),
        "action_ts": _action_ts(state),
        "callback_id": callback_id,
        "trigger_id": state.new_trigger(user, channel.id).id,
        "response_url": state.new_response_url(user, channel.id, message.ts),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message_ts": message.ts,
        "message": as_typed(state, message),
    }


def global_shortcut(state: Workspace, user: User, callback_id: str) -> Json:
    return {
        **_common(state, user, "shortcut"),
        "action_ts": _action_ts(state),
        "callback_id": callback_id,
        "trigger_id": state.new_trigger(user).id,
    }


def event(
    state: Workspace, event_body: Json, user: User | None = None, channel: Channel | None = None
) -> Json:
    """The envelope around every event; `user` is who caused it, `channel` where."""
    enterprise_id = state.enterprise.id if state.enterprise else None
    team_id = _event_team_id(state, user)
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team_id,
        **({"enterprise_id": enterprise_id} if enterprise_id else {}),
        "context_team_id": team_id,
        "context_enterprise_id": enterprise_id,
        "api_app_id": state.app_id,
        "event": event_body,
        "type": "event_callback",
        "event_id": state.new_id("Ev"),
        "event_time": int(state.now()),
        "authorizations": [authorization(state, team_id)],
        "is_ext_shared_channel": channel is not None and channel.is_ext_shared,
        "event_context": f"4-{secrets.token_hex(8)}",
    }


def authorization(state: Workspace, team_id: str | None) -> Json:
    """The installation that an event is for."""
    if state.is_org_wide and not state.org_payloads.team_in_authorizations:
        team_id = None
    return {
        "enterprise_id": state.enterprise.id if state.enterprise else None,
        "team_id": team_id,
        "user_id": state.bot.id,
        "is_bot": True,
        "is_enterprise_install": state.is_org_wide,
    }


def _event_team_id(state: Workspace, user: User | None) -> str | None:
    """The team in which it happened; None for what concerns a whole organisation."""
    if not state.is_org_wide:
        return state.team_id
    return user.team_id if user is not None and state.is_own(user) else None


def message_event(state: Workspace, kind: str, channel: Channel, message: Message) -> Json:
    """app_mention, or message in a DM; files come as ids only."""
    user = state.users[message.user_id]
    body: Json = {
        "type": kind,
        "user": message.user_id,
        "text": message.text,
        "ts": message.ts,
        "channel": channel.id,
        "event_ts": message.ts,
        "team": user.team_id,
    }
    if not state.is_own(user):  # as Slack Connect sends them
        body |= {"user_team": user.team_id, "source_team": user.team_id}
        if kind == "app_mention":  # Bolt's tests of its request internals
            body["team"] = state.team_id
    if message.text:
        body["blocks"] = [rich_text(state, message.text)]
    if kind == "message":
        body["channel_type"] = "im"
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
    if message.files:
        body["files"] = [{"id": file.id} for file in message.files]
        body |= {"subtype": "file_share"} if kind == "message" else {}
    return event(state, body, user, channel)


def app_uninstalled(state: Workspace) -> Json:
    return event(state, {"type": "app_uninstalled", "event_ts": _action_ts(state)})


def tokens_revoked(state: Workspace) -> Json:
    """Names the bot users whose tokens are gone, not the tokens."""
    tokens = {"bot": [state.bot.id]}
    body = {"type": "tokens_revoked", "tokens": tokens, "event_ts": _action_ts(state)}
    return event(state, body)


def home_opened(state: Workspace, user: User, tab: str) -> Json:
    channel = state.direct_channel(state.bot.id, user.id)
    body: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": _action_ts(state),
    }
    if tab == "home" and user.id in state.homes:
        body["view"] = state.homes[user.id].as_json()
    return event(state, body, user)
