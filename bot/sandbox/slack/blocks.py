"""The shapes and limits of blocks, where each block may stand, and the rules across all blocks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, Literal

from bot.sandbox.slack.checks import (
    Check,
    Report,
    anything,
    boolean,
    list_of,
    one_of,
    shape,
    string,
    typed,
)
from bot.sandbox.slack.elements import (
    ANY_TEXT,
    ELEMENTS,
    ID,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    TYPE,
    element,
    text,
)
from bot.sandbox.slack.state import Json

Surface = Literal["modal", "home", "message"]
BLOCK_CHARS = 13_000  # FACTS section 6: all blocks of a message together, undocumented
MARKDOWN_CHARS = 12_000  # all markdown blocks of a message together
BLOCK: dict[str, Check] = {"block_id": ID}
CONTEXT_PART = typed(
    {
        "image": ELEMENTS["image"],
        "plain_text": text(3000),
        "mrkdwn": text(3000, "mrkdwn"),
    },
    ("image", *ANY_TEXT),
    "element",
)


def _section_says_something(block: Any, pointer: str, report: Report) -> None:
    if "text" not in block and "fields" not in block:
        report.add(pointer, "one of text and fields is required")


def _one_image(block: Any, pointer: str, report: Report) -> None:
    if ("image_url" in block) == ("slack_file" in block):
        report.add(pointer, "exactly one of image_url and slack_file is required")


BLOCKS: dict[str, Check] = {
    "actions": shape(TYPE | {"elements": list_of(element(*IN_ACTIONS), 1, 25)}, BLOCK),
    "alert": shape(
        TYPE | {"text": text(3000, *ANY_TEXT)},
        BLOCK | {"level": one_of("default", "info", "warning", "error", "success")},
    ),
    "context": shape(TYPE | {"elements": list_of(CONTEXT_PART, 1, 10)}, BLOCK),
    "context_actions": shape(
        TYPE | {"elements": list_of(element("feedback_buttons", "icon_button"), 1, 5)}, BLOCK
    ),
    "divider": shape(TYPE, BLOCK),
    "header": shape(TYPE | {"text": text(150)}, BLOCK),
    "image": shape(
        TYPE | {"alt_text": string(2000)},
        BLOCK | {"image_url": string(3000), "slack_file": anything, "title": text(2000)},
        _one_image,
    ),
    "input": shape(
        TYPE | {"label": text(2000), "element": element(*IN_INPUT)},
        BLOCK | {"hint": text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "markdown": shape(TYPE | {"text": string(12_000, shortest=1)}, BLOCK),
    "rich_text": shape(TYPE | {"elements": list_of(anything, 0, 100)}, BLOCK),
    "section": shape(
        TYPE,
        BLOCK
        | {
            "text": text(3000, *ANY_TEXT),
            "fields": list_of(text(2000, *ANY_TEXT), 1, 10),
            "accessory": element(*IN_SECTION),
            "expand": boolean,
        },
        _section_says_something,
    ),
}

EVERYWHERE = ("actions", "context", "divider", "header", "image", "input", "rich_text", "section")
ALLOWED: dict[Surface, tuple[str, ...]] = {
    "modal": (*EVERYWHERE, "alert"),
    "home": EVERYWHERE,
    "message": (*EVERYWHERE, "markdown", "context_actions"),
}
MOST: dict[Surface, int] = {"modal": 100, "home": 100, "message": 50}


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of one block, in the order they show."""
    found = [*block.get("elements", []), block.get("element"), block.get("accessory")]
    return [one for one in found if isinstance(one, dict) and one.get("type") in ELEMENTS]


def find_elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every (block, element) that has an action_id."""
    for block in blocks:
        for one in elements_of(block):
            if "action_id" in one:
                yield block, one


def check_blocks(blocks: Any, surface: Surface, pointer: str = "/blocks") -> list[str]:
    """What Slack would refuse, in its words; empty when all is well."""
    report = Report()
    list_of(typed(BLOCKS, ALLOWED[surface], "block"), 0, MOST[surface])(blocks, pointer, report)
    if not report.errors:
        _check_ids(blocks, pointer, report)
        _check_focus(blocks, surface, pointer, report)
        _check_modal_only(blocks, surface, pointer, report)
    return report.errors


def _check_ids(blocks: list[Json], pointer: str, report: Report) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name in seen:
            report.add(f"{pointer}/{index}/block_id", f"`block_id` {name} already exists")
        if name is not None:
            seen.add(name)
        actions = [one["action_id"] for one in elements_of(block) if "action_id" in one]
        if len(set(actions)) != len(actions):
            report.add(f"{pointer}/{index}/elements", "`action_id` must be unique in a block")


def _check_focus(blocks: list[Json], surface: Surface, pointer: str, report: Report) -> None:
    focused = [one for block in blocks for one in elements_of(block) if one.get("focus_on_load")]
    if len(focused) > 1:
        report.add(pointer, "only one element can have focus_on_load")
    if focused and surface == "message":
        report.add(pointer, "focus_on_load is not for messages")


def _check_modal_only(blocks: list[Json], surface: Surface, pointer: str, report: Report) -> None:
    for index, block in enumerate(blocks):
        for one in elements_of(block):
            where = f"{pointer}/{index}/element"
            if one["type"] == "file_input" and surface != "modal":
                report.add(where, "file_input is for modals only")
            in_modal_input = surface == "modal" and block["type"] == "input"
            if one.get("response_url_enabled") and not in_modal_input:
                report.add(where, "response_url_enabled is for input blocks of modals only")


def characters(blocks: list[Json], kind: str | None = None) -> int:
    """How much text the blocks hold together (only blocks of `kind`, if one is named)."""

    def count(value: Any) -> int:
        if isinstance(value, dict):
            own = len(value["text"]) if isinstance(value.get("text"), str) else 0
            return own + sum(count(inner) for inner in value.values())
        return sum(count(inner) for inner in value) if isinstance(value, list) else 0

    return sum(count(block) for block in blocks if kind in (None, block["type"]))


def with_ids(blocks: list[Json], new_id: Callable[[str], str]) -> list[Json]:
    """A copy in which every block and element has an id, as Slack fills them in."""
    filled = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", new_id("b"))
        for one in elements_of(block):
            if one["type"] != "image":
                one.setdefault("action_id", new_id("a"))
    return filled
