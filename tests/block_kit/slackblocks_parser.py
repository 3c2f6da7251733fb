"""What the bot sent, built anew with slackblocks, whose constructors know Slack's limits.

slackblocks cannot read blocks with elements yet, so this hands each object's fields to the class
of its type. An unknown key, a missing one, a text that is too long: each raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slackblocks
from slackblocks import elements
from slackblocks.elements import Image
from slackblocks.objects import (
    Confirm,
    ConversationFilter,
    DispatchActionConfiguration,
    Markdown,
    Option,
    OptionGroup,
    PlainText,
    SlackFile,
)
from slackblocks.views import HomeTabView, ModalView

Json = dict[str, Any]


def _static_select(**fields: Any) -> elements.StaticSelectMenu:
    """slackblocks wants a group as the first choice of a grouped menu, where Slack has an option
    (@slack/types: StaticSelect.initial_option is a PlainTextOption): it is left out here."""
    if "option_groups" in fields:
        fields.pop("initial_option", None)
    return elements.StaticSelectMenu(**fields)


_OF_TYPE: dict[str, Callable[..., Any]] = {
    "plain_text": PlainText,
    "mrkdwn": Markdown,
    "actions": slackblocks.ActionsBlock,
    "alert": slackblocks.AlertBlock,
    "context": slackblocks.ContextBlock,
    "divider": slackblocks.DividerBlock,
    "header": slackblocks.HeaderBlock,
    "input": slackblocks.InputBlock,
    "section": slackblocks.SectionBlock,
    "button": elements.Button,
    "checkboxes": elements.CheckboxGroup,
    "conversations_select": elements.ConversationSelectMenu,
    "external_select": elements.ExternalSelectMenu,
    "file_input": elements.FileInput,
    "number_input": elements.NumberInput,
    "overflow": elements.OverflowMenu,
    "plain_text_input": elements.PlainTextInput,
    "radio_buttons": elements.RadioButtonGroup,
    "static_select": _static_select,
    "modal": ModalView,
    "home": HomeTabView,
}
_OF_KEY: dict[str, Callable[..., Any]] = {
    "confirm": Confirm,
    "filter": ConversationFilter,
    "dispatch_action_config": DispatchActionConfiguration,
    "slack_file": SlackFile,
    "options": Option,
    "initial_option": Option,
    "initial_options": Option,
    "option_groups": OptionGroup,
}


def built(thing: Json, key: str = "") -> Any:
    """The slackblocks object for this JSON object; `key` is where it stood."""
    fields = {name: _value(name, value) for name, value in thing.items() if name != "type"}
    if thing.get("type") == "image":
        made = slackblocks.ImageBlock if key == "blocks" else Image
        return made(**fields)
    return (_OF_TYPE[thing["type"]] if "type" in thing else _OF_KEY[key])(**fields)


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return built(value, key)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [built(one, key) for one in value]
    return value
