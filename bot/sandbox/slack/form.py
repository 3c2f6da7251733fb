"""Filling in a view as Slack's client lets a person do it, and the state that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.slack.blocks import find_elements
from bot.sandbox.slack.elements import flat_options
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.state import Json, SlackFile, View
from bot.sandbox.slack.workspace import Workspace

MAX_INPUT_FILE_BYTES = 10_000_000  # FACTS section 3: 10 MB for each file of a file_input
TYPED = ("plain_text_input", "url_text_input", "email_text_input", "number_input")
ONE_OPTION = ("static_select", "external_select", "radio_buttons")
MANY_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")
# Where the chosen value of the other elements stands in the state
CHOSEN = {
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "users_select": ("selected_user", "initial_user"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}
EMPTY: tuple[Any, ...] = (None, "", [])


def find_element(blocks: list[Json], name: str) -> tuple[Json, Json]:
    """The (block, element) with this action_id or block_id, which must be one."""
    found = [
        (block, one)
        for block, one in find_elements(blocks)
        if name in (one["action_id"], block["block_id"])
    ]
    if len(found) != 1:
        known = sorted(one["action_id"] for _, one in find_elements(blocks))
        raise SandboxRefusal(f"{len(found)} elements are called {name!r}; there are {known}")
    return found[0]


def fill(state: Workspace, view: View, values: Mapping[str, Any]) -> Json:
    """`state.values` for the view when the person enters `values` and leaves the rest."""
    entered = {}
    for name, value in values.items():
        block, one = find_element(view.blocks, name)
        entered[block["block_id"], one["action_id"]] = element_state(state, view, one, value)
    filled: Json = {}
    for block, one in find_elements(view.blocks):
        place = block["block_id"], one["action_id"]
        now = entered.get(place) or current_state(view, block, one)
        if now is not None:
            filled.setdefault(place[0], {})[place[1]] = now
    return filled


def check_required(view: View, values: Json) -> None:
    """Slack's client does not submit while a required input is empty."""
    for block, one in find_elements(view.blocks):
        if block["type"] != "input" or block.get("optional"):
            continue
        chosen = values[block["block_id"]][one["action_id"]]
        if all(value in EMPTY for key, value in chosen.items() if key != "type"):
            label = block["label"]["text"]
            raise SandboxRefusal(f"the client would not submit: {label!r} is required")


def current_state(view: View, block: Json, one: Json) -> Json | None:
    """What the element holds now: what was entered before, else its initial value."""
    kept = view.values.get(block["block_id"], {}).get(one["action_id"])
    return kept or initial_state(view, one)


def initial_state(view: View, one: Json) -> Json | None:
    kind = one["type"]
    if kind in TYPED:
        return {"type": kind, "value": one.get("initial_value")}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": one.get("initial_option")}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": one.get("initial_options", [])}
    if kind == "file_input":
        return {"type": kind, "files": []}
    if kind not in CHOSEN:
        return None
    key, initial = CHOSEN[kind]
    value = one.get(initial)
    if value is None and one.get("default_to_current_conversation"):
        value = view.channel_id
    return {"type": kind, key: value}


def element_state(state: Workspace, view: View, one: Json, value: Any) -> Json:
    """The element's state after the person entered `value`; SandboxRefusal when they could not."""
    kind = one["type"]
    if kind in TYPED:
        return {"type": kind, "value": _typed_text(one, value)}
    if kind in ONE_OPTION:
        return {"type": kind, "selected_option": _option(view, one, value) if value else None}
    if kind in MANY_OPTIONS:
        return {"type": kind, "selected_options": [_option(view, one, v) for v in value or []]}
    if kind == "file_input":
        return {"type": kind, "files": _files(one, value or [])}
    if kind not in CHOSEN:
        raise SandboxRefusal(f"a {kind} takes no value from this stand-in")
    key, _ = CHOSEN[kind]
    return {"type": kind, key: _PLACES.get(kind, _as_given)(state, one, value) if value else None}


def _typed_text(one: Json, value: Any) -> str | None:
    text = "" if value is None else str(value)
    longest, shortest = one.get("max_length", 3000), one.get("min_length", 0)
    if len(text) > longest:
        raise SandboxRefusal(f"the client takes {longest} characters here, not {len(text)}")
    if text and len(text) < shortest:
        raise SandboxRefusal(f"the client wants {shortest} characters at least")
    if text and one["type"] == "url_text_input" and not _is_url(text):
        raise SandboxRefusal(f"the client wants a web address, not {text!r}")
    return text or None


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _option(view: View, one: Json, value: Any) -> Json:
    """The option with this value among those the person can see."""
    options = flat_options(one)
    if one["type"].endswith("external_select"):
        initial = one.get("initial_options") or [one.get("initial_option")]
        loaded = view.loaded_options.get(one["action_id"], [])
        options = [*loaded, *(option for option in initial if option)]
    for option in options:
        if value in (option["value"], option):
            found: Json = option
            return found
    shown = [option["value"] for option in options]
    raise SandboxRefusal(f"{one['action_id']} shows no option {value!r}, but {shown}")


def _files(one: Json, files: list[SlackFile]) -> list[Json]:
    most = one.get("max_files", 10)
    if len(files) > most:
        raise SandboxRefusal(f"the client takes {most} files here, not {len(files)}")
    allowed = one.get("filetypes")
    for file in files:
        if allowed and file.filetype not in allowed:
            raise SandboxRefusal(f"the client takes {allowed} here, not {file.name}")
        if file.size > MAX_INPUT_FILE_BYTES:
            raise SandboxRefusal(f"{file.name} is larger than the 10 MB of a file_input")
    return [file.as_pushed() for file in files]


def _conversation(state: Workspace, one: Json, value: Any) -> str:
    channel = state.channel(value)
    rule = one.get("filter") or {}
    if channel.kind not in rule.get("include", [channel.kind]):
        raise SandboxRefusal(f"the menu leaves out {channel.kind} conversations")
    if rule.get("exclude_external_shared_channels") and channel.is_ext_shared:
        raise SandboxRefusal("the menu leaves out shared channels")
    if rule.get("exclude_bot_users") and state.bot.id in channel.members and channel.kind == "im":
        raise SandboxRefusal("the menu leaves out DMs with bots")
    return channel.id


def _public_channel(state: Workspace, one: Json, value: Any) -> str:
    channel = state.channel(value)
    if channel.kind != "public":
        raise SandboxRefusal("a channels_select shows public channels only")
    return channel.id


def _user(state: Workspace, one: Json, value: Any) -> str:
    return state.user(value).id


def _as_given(state: Workspace, one: Json, value: Any) -> str:
    return str(value)


_PLACES: dict[str, Callable[[Workspace, Json, Any], str]] = {
    "conversations_select": _conversation,
    "channels_select": _public_channel,
    "users_select": _user,
}
