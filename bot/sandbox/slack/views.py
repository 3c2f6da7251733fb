"""What a modal or Home tab must look like, and how a view is made and changed."""

from __future__ import annotations

import json
import secrets
from typing import Any

from bot.sandbox.slack.blocks import Surface, check_blocks, find_elements, with_ids
from bot.sandbox.slack.checks import Check, Report, anything, boolean, one_of, shape, string
from bot.sandbox.slack.elements import text
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Json, User, View
from bot.sandbox.slack.workspace import Workspace

MAX_VIEW_BYTES = 250_000
MAX_STACK = 3

SHARED: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
MODAL = shape(
    {"type": one_of("modal"), "title": text(24), "blocks": anything},
    SHARED
    | {
        "submit": text(24),
        "close": text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
HOME = shape({"type": one_of("home"), "blocks": anything}, SHARED)


def check_view(view: Any, kind: str) -> Json:
    """The view as JSON when Slack would take it; otherwise Slack's refusal."""
    if isinstance(view, str):
        try:
            view = json.loads(view)
        except ValueError:
            raise SlackRefusal("invalid_arguments", ["[ERROR] view is no valid JSON"]) from None
    report = Report()
    (HOME if kind == "home" else MODAL)(view, "/view", report)
    if not report.errors:
        surface: Surface = "home" if kind == "home" else "modal"
        report.errors += check_blocks(view["blocks"], surface, "/view/blocks")
    if not report.errors and kind == "modal":
        _check_submit(view, report)
    if report.errors:
        raise SlackRefusal("invalid_arguments", report.errors)
    if len(json.dumps(view, ensure_ascii=False).encode()) > MAX_VIEW_BYTES:
        raise SlackRefusal("view_too_large")
    checked: Json = view
    return checked


def _check_submit(view: Json, report: Report) -> None:
    has_input = any(block["type"] == "input" for block in view["blocks"])
    if has_input and "submit" not in view:
        report.add("/view", "missing required field: submit (the view has input blocks)")


def check_external_id(state: Workspace, definition: Json, but: View | None = None) -> None:
    name = definition.get("external_id")
    if not name:
        return
    for view in state.views.values():
        if view is not but and view.is_open and view.definition.get("external_id") == name:
            raise SlackRefusal("duplicate_external_id")


def make_view(
    state: Workspace,
    user: User,
    definition: Json,
    *,
    channel_id: str | None = None,
    on: View | None = None,
) -> View:
    """A new view: `on` is the modal it is pushed on."""
    name = state.new_id("V")
    view = View(
        id=name,
        user_id=user.id,
        team_id=user.team_id,
        app_id=state.app_id,
        bot_id=state.bot_id,
        definition={},
        hash="",
        root_view_id=on.root_view_id if on else name,
        installed_team_id=_installed_team_id(state, user),
        previous_view_id=on.id if on else None,
        channel_id=channel_id,
    )
    state.views[name] = view
    change_view(state, view, definition)
    return view


def _installed_team_id(state: Workspace, user: User) -> str:
    """FACTS section 2: tells whose installation it is when the person is of another workspace."""
    if state.is_org_wide and state.org_payloads.team_as_installed:
        return user.team_id
    return state.team_id


def change_view(state: Workspace, view: View, definition: Json) -> None:
    """Show something else in the same view; inputs keep their values where both ids stay."""
    filled = {**definition, "blocks": with_ids(definition["blocks"], state.new_id)}
    kinds = {
        (block["block_id"], one["action_id"]): one["type"]
        for block, one in find_elements(filled["blocks"])
    }
    kept: dict[str, dict[str, Json]] = {}
    for block_id, actions in view.values.items():
        for action_id, value in actions.items():
            if kinds.get((block_id, action_id)) == value["type"]:
                kept.setdefault(block_id, {})[action_id] = value
    view.values = kept
    view.definition = filled
    view.definitions.append(filled)
    view.hash = f"{int(state.now())}.{secrets.token_hex(4)}"
    state.changed()


def open_view(state: Workspace, view: View, *, push: bool = False) -> None:
    """Put the view before the person: alone, or on top of the modal that is open."""
    if not push:
        state.close_all_views(view.user_id)
    state.stack(view.user_id).append(view)
    state.changed()
