"""The shapes and limits of Block Kit's text objects, options and interactive elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.checks import (
    Check,
    Report,
    anything,
    boolean,
    integer,
    list_of,
    one_of,
    shape,
    string,
    typed,
)

ID = string(255, shortest=1)
OPTION_VALUE = string(75)  # the older reference says 75, the newer 150: the stricter one holds here


def text(longest: int, *kinds: str) -> Check:
    """A text object of one of these kinds (plain_text when none is named)."""
    words = {"type": anything, "text": string(longest, shortest=1)}
    shapes = {
        "plain_text": shape(words, {"emoji": boolean}),
        "mrkdwn": shape(words, {"verbatim": boolean}),
    }
    return typed(shapes, kinds or ("plain_text",), "text")


ANY_TEXT = ("plain_text", "mrkdwn")
OPTION = shape({"text": text(75), "value": OPTION_VALUE}, {"description": text(75)})
MARKED_OPTION = shape(  # radio buttons and checkboxes may use mrkdwn
    {"text": text(75, *ANY_TEXT), "value": OPTION_VALUE}, {"description": text(75, *ANY_TEXT)}
)
OVERFLOW_OPTION = shape(
    {"text": text(75), "value": OPTION_VALUE}, {"description": text(75), "url": string(3000)}
)
OPTION_GROUP = shape({"label": text(75), "options": list_of(OPTION, 1, 100)}, {})
CONFIRM = shape(
    {"title": text(100), "text": text(300, *ANY_TEXT), "confirm": text(30), "deny": text(30)},
    {"style": one_of("primary", "danger")},
)
DISPATCH = shape(
    {}, {"trigger_actions_on": list_of(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}
)
FILTER = shape(
    {},
    {
        "include": list_of(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def flat_options(element: Mapping[str, Any]) -> list[Any]:
    """All options of an element, out of their groups."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(o for g in groups for o in g["options"])]


def _options_agree(element: Any, pointer: str, report: Report) -> None:
    if ("options" in element) == ("option_groups" in element):
        report.add(pointer, "exactly one of options and option_groups is required")
        return
    options = flat_options(element)
    values = [option["value"] for option in options]
    if len(set(values)) != len(values):
        report.add(pointer, "option values must be unique")
    initial = element.get("initial_options") or [element.get("initial_option")]
    for option in initial:
        if option is not None and option not in options:
            report.add(f"{pointer}/initial_option", "must be one of the options")


def _both_lengths(element: Any, pointer: str, report: Report) -> None:
    lowest, highest = element.get("min_length", 0), element.get("max_length", 3000)
    if lowest > highest:
        report.add(f"{pointer}/min_length", "must be no more than max_length")
    if len(element.get("initial_value", "")) > highest:
        report.add(f"{pointer}/initial_value", f"must be less than {highest + 1} characters")


TYPE: dict[str, Check] = {"type": anything}
FIELD: dict[str, Check] = {
    "action_id": ID,
    "placeholder": text(150),
    "focus_on_load": boolean,
    "confirm": CONFIRM,
}
PICK: dict[str, Check] = {"action_id": ID, "focus_on_load": boolean, "confirm": CONFIRM}
OPTIONS: dict[str, Check] = {
    "options": list_of(OPTION, 1, 100),
    "option_groups": list_of(OPTION_GROUP, 1, 100),
}
TYPED: dict[str, Check] = {
    "action_id": ID,
    "placeholder": text(150),
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH,
    "initial_value": string(3000),
}
PLACE: dict[str, Check] = {"response_url_enabled": boolean}
MANY: dict[str, Check] = {"max_selected_items": integer(1, 100)}
MARKED: dict[str, Check] = {"options": list_of(MARKED_OPTION, 1, 10)}
CONVERSATION: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": FILTER}

ELEMENTS: dict[str, Check] = {
    "button": shape(
        TYPE | {"text": text(75)},
        {
            "action_id": ID,
            "url": string(3000),
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "image": shape(TYPE | {"alt_text": string(2000), "image_url": string(3000)}, {}),
    "overflow": shape(
        TYPE | {"options": list_of(OVERFLOW_OPTION, 1, 5)}, {"action_id": ID, "confirm": CONFIRM}
    ),
    "plain_text_input": shape(
        TYPE,
        TYPED
        | {
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        _both_lengths,
    ),
    "url_text_input": shape(TYPE, TYPED),
    "email_text_input": shape(TYPE, TYPED),
    "number_input": shape(
        TYPE | {"is_decimal_allowed": boolean},
        TYPED | {"min_value": string(50), "max_value": string(50)},
    ),
    "rich_text_input": shape(
        TYPE,
        TYPED
        | {"initial_value": anything, "min_lines": integer(1, 100), "max_lines": integer(1, 100)},
    ),
    "static_select": shape(TYPE, FIELD | OPTIONS | {"initial_option": OPTION}, _options_agree),
    "multi_static_select": shape(
        TYPE, FIELD | OPTIONS | MANY | {"initial_options": list_of(OPTION, 1, 100)}, _options_agree
    ),
    "external_select": shape(
        TYPE, FIELD | {"initial_option": OPTION, "min_query_length": integer(0, 100)}
    ),
    "multi_external_select": shape(
        TYPE,
        FIELD
        | MANY
        | {"initial_options": list_of(OPTION, 1, 100), "min_query_length": integer(0, 100)},
    ),
    "radio_buttons": shape(TYPE | MARKED, PICK | {"initial_option": MARKED_OPTION}, _options_agree),
    "checkboxes": shape(
        TYPE | MARKED, PICK | {"initial_options": list_of(MARKED_OPTION, 1, 10)}, _options_agree
    ),
    "conversations_select": shape(
        TYPE, FIELD | PLACE | CONVERSATION | {"initial_conversation": string(20)}
    ),
    "multi_conversations_select": shape(
        TYPE,
        FIELD | MANY | CONVERSATION | {"initial_conversations": list_of(string(20), 1, 100)},
    ),
    "channels_select": shape(TYPE, FIELD | PLACE | {"initial_channel": string(20)}),
    "users_select": shape(TYPE, FIELD | {"initial_user": string(20)}),
    "datepicker": shape(TYPE, FIELD | {"initial_date": string(10)}),
    "timepicker": shape(TYPE, FIELD | {"initial_time": string(5), "timezone": string(60)}),
    "file_input": shape(
        TYPE,
        {
            "action_id": ID,
            "filetypes": list_of(string(20, shortest=1), 1, 100),
            "max_files": integer(1, 10),
        },
    ),
    "feedback_buttons": shape(
        TYPE | {"positive_button": anything, "negative_button": anything}, {"action_id": ID}
    ),
    "icon_button": shape(
        TYPE | {"icon": one_of("trash"), "text": text(75)},
        {"action_id": ID, "value": string(2000), "confirm": CONFIRM},
    ),
}

SELECTS = tuple(kind for kind in ELEMENTS if kind.endswith("_select"))
PICKS = (*SELECTS, "radio_buttons", "checkboxes", "datepicker", "timepicker")
IN_ACTIONS = ("button", "overflow", *PICKS)
IN_SECTION = (*IN_ACTIONS, "image")
IN_INPUT = (
    "plain_text_input",
    "url_text_input",
    "email_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
    *PICKS,
)


def element(*kinds: str) -> Check:
    return typed(ELEMENTS, kinds, "element")
