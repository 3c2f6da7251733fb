"""views.open, views.push, views.update and views.publish."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Json, Trigger, View
from bot.sandbox.slack.views import (
    MAX_STACK,
    change_view,
    check_external_id,
    check_view,
    make_view,
    open_view,
)
from bot.sandbox.slack.workspace import TRIGGER_LIFE_S, Workspace

Method = Callable[[Workspace, Json], Json]


def take_trigger(state: Workspace, params: Json) -> Trigger:
    """The trigger, which is spent by this; a bad one is refused by its own code."""
    trigger = state.triggers.get(str(params.get("trigger_id", "")))
    if trigger is None:
        raise SlackRefusal("invalid_trigger_id" if "trigger_id" in params else "invalid_arguments")
    if trigger.used:
        raise SlackRefusal("exchanged_trigger_id")
    if state.now() - trigger.at > TRIGGER_LIFE_S:
        raise SlackRefusal("expired_trigger_id")
    return trigger


def views_open(state: Workspace, params: Json) -> Json:
    definition = check_view(params.get("view"), "modal")
    check_external_id(state, definition)
    trigger = take_trigger(state, params)
    trigger.used = True
    user = state.users[trigger.user_id]
    view = make_view(state, user, definition, channel_id=trigger.channel_id)
    open_view(state, view)
    return {"view": view.as_json()}


def views_push(state: Workspace, params: Json) -> Json:
    definition = check_view(params.get("view"), "modal")
    check_external_id(state, definition)
    trigger = take_trigger(state, params)
    below = state.views.get(trigger.view_id or "")
    if below is None or not below.is_open or below.definition["type"] != "modal":
        raise SlackRefusal("invalid_trigger_id", ["[ERROR] the trigger is not from an open modal"])
    if len(state.stack(trigger.user_id)) >= MAX_STACK:
        raise SlackRefusal("push_limit_reached")
    trigger.used = True
    user = state.users[trigger.user_id]
    view = make_view(state, user, definition, channel_id=below.channel_id, on=below)
    open_view(state, view, push=True)
    return {"view": view.as_json()}


def _view_to_update(state: Workspace, params: Json) -> View:
    for view in state.views.values():
        named = view.id == params.get("view_id") or (
            "external_id" in params and view.definition.get("external_id") == params["external_id"]
        )
        if named and view.is_open and view.definition["type"] == "modal":
            return view
    raise SlackRefusal("not_found")


def views_update(state: Workspace, params: Json) -> Json:
    definition = check_view(params.get("view"), "modal")
    view = _view_to_update(state, params)
    check_external_id(state, definition, but=view)
    if "hash" in params and params["hash"] != view.hash:
        raise SlackRefusal("hash_conflict")
    change_view(state, view, definition)
    return {"view": view.as_json()}


def views_publish(state: Workspace, params: Json) -> Json:
    definition = check_view(params.get("view"), "home")
    user = state.users.get(str(params.get("user_id")))
    if user is None:
        raise SlackRefusal("invalid_arguments", ["[ERROR] user_id is nobody here"])
    view = state.homes.get(user.id)
    if view is not None and "hash" in params and params["hash"] != view.hash:
        raise SlackRefusal("hash_conflict")
    if view is None:
        view = state.homes[user.id] = make_view(state, user, definition)
    else:
        change_view(state, view, definition)
    state.changed()
    return {"view": view.as_json()}


METHODS: dict[str, Method] = {
    "views.open": views_open,
    "views.push": views_push,
    "views.update": views_update,
    "views.publish": views_publish,
}
