"""Block Kit in one room: the small parts that every screen is built of, as slack_sdk's models.

Texts come in, said in a language, and models go out; a screen makes plain dicts of them once, when
it is whole. The models leave out what is empty and refuse what is too long for Slack, whoever
wrote it: what is not a text of ours is cut before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    InputBlock,
    InputInteractiveElement,
    InteractiveElement,
    MarkdownTextObject,
    Option,
    OptionGroup,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.screens.mrkdwn import clipped, shortened

# Limits of Slack's, FACTS of Slack, section 2.
TEXT_INPUT_MAX_CHARS = 3_000
SECTION_MAX_CHARS = 3_000
OPTION_MAX_CHARS = 75
OPTIONS_MAX = 100
CHECKBOXES_MAX = 10


# -- views and messages


def modal(
    title: str,
    close: str,
    blocks: Sequence[Block],
    *,
    submit: str = "",
    callback_id: str = "",
    private_metadata: str = "",
) -> dict[str, Any]:
    """A whole modal as Slack takes it; only a form has the other three."""
    return View(
        type="modal",
        title=plain(title),
        close=plain(close),
        blocks=blocks,
        submit=plain(submit) if submit else None,
        callback_id=callback_id,
        private_metadata=private_metadata,
    ).to_dict()


def home(blocks: Sequence[Block]) -> dict[str, Any]:
    """A whole Home tab as Slack takes it."""
    return View(type="home", blocks=blocks).to_dict()


def dicts(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """The blocks of a message as Slack takes them."""
    return [block.to_dict() for block in blocks]


# -- texts


def plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text)


def mrkdwn_text(text: str) -> MarkdownTextObject:
    # verbatim: Slack makes no links or mentions of its own out of the words.
    return MarkdownTextObject(text=text, verbatim=True)


# -- blocks


def section(text: str) -> SectionBlock:
    """A paragraph of mrkdwn; what Slack would not take of it is cut off."""
    return SectionBlock(text=mrkdwn_text(shortened(text, SECTION_MAX_CHARS)))


def plain_section(text: str) -> SectionBlock:
    """A paragraph in which nothing is markup, cut likewise."""
    return SectionBlock(text=plain(shortened(text, SECTION_MAX_CHARS)))


def context(*texts: str | None) -> ContextBlock:
    """Small print in mrkdwn, at most 10 parts."""
    return ContextBlock(elements=[mrkdwn_text(text) for text in texts if text])


def header(text: str) -> HeaderBlock:
    return HeaderBlock(text=plain(text))


def actions(elements: Sequence[InteractiveElement]) -> ActionsBlock:
    """A row of buttons and menus."""
    return ActionsBlock(elements=elements)


def field(
    name: str,
    label: str,
    element: InputInteractiveElement,
    *,
    hint: str = "",
    is_optional: bool = True,
) -> InputBlock:
    """An input whose block_id and action_id are the same word; the element gets its name here."""
    element.action_id = name
    return InputBlock(
        block_id=name,
        label=plain(label),
        element=element,
        hint=plain(hint) if hint else None,
        optional=is_optional,
    )


# -- elements


def button(
    action_id: str,
    text: str,
    *,
    value: str | None = None,
    style: str | None = None,
    confirm: ConfirmObject | None = None,
) -> ButtonElement:
    return ButtonElement(
        action_id=action_id, text=plain(text), value=value, style=style, confirm=confirm
    )


def confirm(title: str, question: str, yes: str, no: str) -> ConfirmObject:
    """What Slack asks before a click counts."""
    return ConfirmObject(
        title=plain(title), text=plain(question), confirm=plain(yes), deny=plain(no)
    )


def text_input(
    *,
    initial: str = "",
    placeholder: str = "",
    max_chars: int = TEXT_INPUT_MAX_CHARS,
    is_multiline: bool = False,
    has_focus: bool = False,
) -> PlainTextInputElement:
    """A field to type in; a longer initial text is cut to what the field takes."""
    return PlainTextInputElement(
        multiline=is_multiline,
        max_length=max_chars,
        initial_value=initial[:max_chars],
        placeholder=plain(placeholder) if placeholder else None,
        focus_on_load=has_focus or None,
    )


def option(text: str, value: str, description: str = "", *, url: str = "") -> Option:
    """One option; foreign text is cut to fit, and its value stands in for what cannot be shown."""
    shown = clipped(text, OPTION_MAX_CHARS) or clipped(value, OPTION_MAX_CHARS)
    described = clipped(description, OPTION_MAX_CHARS)
    return Option(
        text=plain(shown),
        value=value,
        description=plain(described) if described else None,
        url=url or None,
    )


def option_group(label: str, options: Sequence[Option]) -> OptionGroup:
    return OptionGroup(label=plain(label), options=options)


def chosen_of(options: Sequence[Option], value: str) -> Option:
    """The option with this value, or the first one."""
    return next((one for one in options if one.value == value), options[0])


def menu(options: Sequence[Option], chosen: str) -> StaticSelectElement:
    """A select; `chosen` is the value of one of the options, or the first one is."""
    return StaticSelectElement(options=options, initial_option=chosen_of(options, chosen))


def checkboxes(options: Sequence[Option], ticked: Sequence[Option]) -> CheckboxesElement:
    return CheckboxesElement(options=options, initial_options=ticked)
