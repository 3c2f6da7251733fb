"""What a person finds in a message or view: its buttons, its menus, and the options on offer."""

from __future__ import annotations

from collections.abc import Iterator

from bot.sandbox.slack.blocks import find_elements
from bot.sandbox.slack.checks import Report, list_of
from bot.sandbox.slack.delivery import Answer
from bot.sandbox.slack.elements import OPTION, OPTION_GROUP, flat_options
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.state import Json, Message, User, View
from bot.sandbox.slack.workspace import Workspace


def find_button(blocks: list[Json], action_id: str, value: str) -> tuple[Json, Json]:
    """The (block, button); `value` picks one of several with the same action_id."""
    found = [
        (block, one)
        for block, one in find_elements(blocks)
        if one["action_id"] == action_id and value in ("", one.get("value"))
    ]
    if len(found) != 1:
        shown = sorted(one["action_id"] for _, one in find_elements(blocks))
        raise SandboxRefusal(f"{len(found)} buttons are called {action_id!r}; there are {shown}")
    if found[0][1]["type"] != "button":
        raise SandboxRefusal(f"{action_id} is a {found[0][1]['type']}, no button: use select")
    return found[0]


def offered_options(answer: Answer) -> list[Json]:
    """The options of an answer to a block_suggestion, if Slack would take them."""
    if not answer.ok:
        seconds = f"{answer.elapsed_s:.1f} s"
        raise SandboxRefusal(f"no options in time: status {answer.status}, {seconds}")
    body = answer.body
    if not isinstance(body, dict) or set(body) not in ({"options"}, {"option_groups"}):
        raise SandboxRefusal(f"neither options nor option_groups: {body!r}")
    report = Report()
    list_of(OPTION, 0, 100)(body.get("options", []), "/options", report)
    list_of(OPTION_GROUP, 0, 100)(body.get("option_groups", []), "/option_groups", report)
    if report.errors:
        raise SandboxRefusal(f"the options are refused: {report.errors}")
    return flat_options(body)


def _chosen_places(view: View, filled: Json) -> Iterator[tuple[Json, Json, str]]:
    for block in view.blocks:
        one = block.get("element", {})
        if one.get("response_url_enabled"):
            state = filled[block["block_id"]][one["action_id"]]
            chosen = state.get("selected_conversation") or state.get("selected_channel")
            if chosen:
                yield block, one, chosen


def response_urls(state: Workspace, user: User, view: View, filled: Json) -> list[Json]:
    """One address for every chosen place whose select asks for it."""
    return [
        {
            "block_id": block["block_id"],
            "action_id": one["action_id"],
            "channel_id": channel_id,
            "response_url": state.new_response_url(user, channel_id),
        }
        for block, one, channel_id in _chosen_places(view, filled)
    ]


def message_as_view(state: Workspace, user: User, message: Message) -> View:
    """A message's menus are filled in like a view's."""
    return View(
        id=message.ts,
        user_id=user.id,
        team_id=user.team_id,
        app_id=state.app_id,
        bot_id=state.bot_id,
        definition={"type": "message", "blocks": message.blocks},
        hash="",
        root_view_id="",
        channel_id=message.channel_id,
    )
