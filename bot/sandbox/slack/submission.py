"""What Slack does with the answer to a submitted view: close it, show errors, change it, go on."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.delivery import Answer, ViewErrors
from bot.sandbox.slack.refusals import SandboxRefusal, SlackRefusal
from bot.sandbox.slack.state import Json, View
from bot.sandbox.slack.views import (
    MAX_STACK,
    change_view,
    check_external_id,
    check_view,
    make_view,
    open_view,
)
from bot.sandbox.slack.workspace import Workspace

KEYS = {
    "errors": {"response_action", "errors"},
    "update": {"response_action", "view"},
    "push": {"response_action", "view"},
    "clear": {"response_action"},
}


def apply_submission_answer(state: Workspace, view: View, answer: Answer) -> Answer:
    """The answer itself, or ViewErrors. A failed or late one leaves the view open."""
    if not answer.ok:
        return answer
    body = answer.body
    if body in ("", {}):
        state.close_view(view)
        return answer
    if not isinstance(body, dict) or body.get("response_action") not in KEYS:
        raise SandboxRefusal(f"no answer to a submission: {body!r}")
    if set(body) != KEYS[body["response_action"]]:
        raise SandboxRefusal(f"wrong keys in the answer to a submission: {sorted(body)}")
    if body["response_action"] == "errors":
        return _with_errors(view, answer, body["errors"])
    _go_on(state, view, body)
    return answer


def _with_errors(view: View, answer: Answer, errors: Any) -> ViewErrors:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise SandboxRefusal("errors must map block ids to sentences")
    for block_id, sentence in errors.items():
        if block_id not in inputs:
            raise SandboxRefusal(f"errors names {block_id!r}, which is no input block of the view")
        if not isinstance(sentence, str) or not sentence:
            raise SandboxRefusal(f"the error beside {block_id!r} is no text")
    fields = {key: value for key, value in vars(answer).items() if key != "errors"}
    return ViewErrors(**fields, errors=errors)


def _go_on(state: Workspace, view: View, body: Json) -> None:
    if body["response_action"] == "clear":
        state.close_all_views(view.user_id)
        return
    is_update = body["response_action"] == "update"
    try:
        definition = check_view(body["view"], "modal")
        check_external_id(state, definition, but=view if is_update else None)
    except SlackRefusal as refusal:
        raise SandboxRefusal(f"the view in the answer is refused: {refusal}") from refusal
    if is_update:
        change_view(state, view, definition)
        return
    if len(state.stack(view.user_id)) >= MAX_STACK:
        raise SandboxRefusal("push_limit_reached: three views are open already")
    user = state.users[view.user_id]
    pushed = make_view(state, user, definition, channel_id=view.channel_id, on=view)
    open_view(state, pushed, push=True)
