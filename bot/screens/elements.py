"""Small parts of Block Kit that several views are built of; every text is said in a language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.screens.mrkdwn import clipped

Block = dict[str, Any]
Say = Callable[[str], str]

# Limits of Slack's, FACTS of Slack, section 2.
TEXT_INPUT_MAX_CHARS = 3_000
SECTION_MAX_CHARS = 3_000
OPTION_MAX_CHARS = 75
OPTIONS_MAX = 100
CHECKBOXES_MAX = 10
BLOCKS_MAX = 100


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(text: str) -> Block:
    """A paragraph of mrkdwn."""
    shown = {"type": "mrkdwn", "text": text, "verbatim": True}
    return {"type": "section", "text": shown}


def context(text: str) -> Block:
    """A small line of mrkdwn."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def button(action_id: str, text: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(text)}


def field(
    name: str, label: str, element: Block, *, hint: str = "", is_optional: bool = True
) -> Block:
    """An input whose block_id and action_id are the same word."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {**element, "action_id": name},
        "optional": is_optional,
    }
    return {**block, "hint": plain(hint)} if hint else block


def text_input(
    *,
    initial: str = "",
    placeholder: str = "",
    max_chars: int = TEXT_INPUT_MAX_CHARS,
    is_multiline: bool = False,
    has_focus: bool = False,
) -> Block:
    """A field to type in; a longer initial text is cut to what the field takes."""
    element: Block = {
        "type": "plain_text_input",
        "multiline": is_multiline,
        "max_length": max_chars,
    }
    if has_focus:
        element["focus_on_load"] = True
    if placeholder:
        element["placeholder"] = plain(placeholder)
    if initial:
        element["initial_value"] = initial[:max_chars]
    return element


def option(text: str, value: str, description: str = "") -> Block:
    """One option; foreign text is cut to fit, and its value stands in for what cannot be shown."""
    shown: Block = {
        "text": plain(clipped(text, OPTION_MAX_CHARS) or clipped(value, OPTION_MAX_CHARS)),
        "value": value,
    }
    described = clipped(description, OPTION_MAX_CHARS)
    return {**shown, "description": plain(described)} if described else shown


def menu(options: Sequence[Block], chosen: str) -> Block:
    """A select; `chosen` is the value of one of the options, or the first one is."""
    initial = next((one for one in options if one["value"] == chosen), options[0])
    return {"type": "static_select", "options": list(options), "initial_option": initial}


def checkboxes(options: Sequence[Block], ticked: Sequence[Block]) -> Block:
    element: Block = {"type": "checkboxes", "options": list(options)}
    return {**element, "initial_options": list(ticked)} if ticked else element
