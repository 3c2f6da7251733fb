"""The further fields of the modal, behind "More options"; empty ones leave it to HeyGen."""

from __future__ import annotations

from collections.abc import Mapping

from slack_sdk.models.blocks import (
    Block,
    ExternalDataSelectElement,
    InputBlock,
    NumberInputElement,
    Option,
    StaticSelectElement,
)

from bot.domain import texts
from bot.domain.catalogue import CatalogueKind
from bot.domain.prompt.styles import STYLES
from bot.domain.request.brief import Brief, Detail, Purpose
from bot.domain.request.choices import LENGTH_MAX_S, LENGTH_MIN_S, Entries
from bot.domain.request.draft import BegunDraft
from bot.domain.request.video_request import ATTACHMENTS_MAX
from bot.screens import ids
from bot.screens.blocks import (
    checkboxes,
    chosen_of,
    field,
    header,
    menu,
    option,
    option_group,
    text_input,
)
from bot.screens.catalogue_options import catalogue_option, default_option
from bot.screens.language import Language

WORDS_MAX_CHARS = 200  # audience, tone, call to action: a phrase each
ON_SCREEN_MAX_CHARS = 1_000

_MENUS = {
    CatalogueKind.AVATAR: texts.FIELD_AVATAR,
    CatalogueKind.VOICE: texts.FIELD_VOICE,
    CatalogueKind.STYLE: texts.FIELD_STYLE,
    CatalogueKind.BRAND_KIT: texts.FIELD_BRAND_KIT,
}


def option_blocks(begun: BegunDraft, say: Language) -> list[Block]:
    """All further fields, with the draft's answers in them."""
    brief = begun.draft.brief
    return [
        *_attachment_blocks(say),
        header(say(texts.HEADING_CONTENT)),
        *_content_blocks(brief, say),
        header(say(texts.HEADING_LOOKS)),
        *[_catalogue_block(kind, begun.entries, say) for kind in _MENUS],
        _look_block(brief.look, say),
        header(say(texts.HEADING_WORDS)),
        *_word_blocks(brief, say),
    ]


def _attachment_blocks(say: Language) -> list[InputBlock]:
    links_hint = say(texts.FIELD_LINKS_HINT.format(most=ATTACHMENTS_MAX))
    placeholder = say(texts.FIELD_NOTES_PLACEHOLDER)
    notes = text_input(placeholder=placeholder, is_multiline=True)
    links = text_input(is_multiline=True)
    return [
        field(ids.LINKS, say(texts.FIELD_LINKS), links, hint=links_hint),
        field(ids.NOTES, say(texts.FIELD_NOTES), notes, hint=say(texts.FIELD_NOTES_HINT)),
    ]


def _content_blocks(brief: Brief, say: Language) -> list[InputBlock]:
    return [
        _choice_block(
            ids.PURPOSE,
            texts.FIELD_PURPOSE,
            texts.NO_PREFERENCE,
            {purpose.value: texts.PURPOSES[purpose] for purpose in Purpose},
            brief.purpose or "",
            say,
        ),
        _length_block(brief.length_s, say),
        _choice_block(
            ids.LANGUAGE,
            texts.FIELD_LANGUAGE,
            texts.LANGUAGE_OF_PROMPT,
            texts.LANGUAGES,
            brief.language,
            say,
        ),
        _phrase_block(
            ids.AUDIENCE,
            texts.FIELD_AUDIENCE,
            texts.FIELD_AUDIENCE_PLACEHOLDER,
            brief.audience,
            say,
        ),
        _phrase_block(ids.TONE, texts.FIELD_TONE, texts.FIELD_TONE_PLACEHOLDER, brief.tone, say),
    ]


def _word_blocks(brief: Brief, say: Language) -> list[InputBlock]:
    on_screen = text_input(
        initial="\n".join(brief.on_screen_text), max_chars=ON_SCREEN_MAX_CHARS, is_multiline=True
    )
    hint = say(texts.FIELD_ON_SCREEN_TEXT_HINT)
    exact = option(say(texts.EXACT_WORDING_OPTION), ids.EXACT_WORDING)
    wording = checkboxes([exact], [exact] if brief.is_exact_wording else [])
    details = [option(say(texts.DETAILS[detail]), detail.value) for detail in Detail]
    detail = menu(details, brief.detail)
    return [
        field(ids.ON_SCREEN_TEXT, say(texts.FIELD_ON_SCREEN_TEXT), on_screen, hint=hint),
        _phrase_block(
            ids.CALL_TO_ACTION,
            texts.FIELD_CALL_TO_ACTION,
            texts.FIELD_CALL_TO_ACTION_PLACEHOLDER,
            brief.call_to_action,
            say,
        ),
        field(ids.EXACT_WORDING, say(texts.FIELD_EXACT_WORDING), wording),
        field(ids.DETAIL, say(texts.FIELD_DETAIL), detail),
    ]


def _choice_block(
    name: str, label: str, default: str, options: Mapping[str, str], chosen: str, say: Language
) -> InputBlock:
    """A menu whose first option leaves it open."""
    shown = [option(say(default), ids.DEFAULT_CHOICE)]
    shown += [option(say(text), value) for value, text in options.items()]
    return field(name, say(label), menu(shown, chosen))


def _phrase_block(
    name: str, label: str, placeholder: str, initial: str, say: Language
) -> InputBlock:
    element = text_input(initial=initial, placeholder=say(placeholder), max_chars=WORDS_MAX_CHARS)
    return field(name, say(label), element)


def _length_block(length_s: int | None, say: Language) -> InputBlock:
    element = NumberInputElement(
        is_decimal_allowed=False,
        min_value=LENGTH_MIN_S,
        max_value=LENGTH_MAX_S,
        initial_value=length_s,
    )
    hint = say(texts.FIELD_LENGTH_HINT.format(least=LENGTH_MIN_S, most=LENGTH_MAX_S))
    return field(ids.LENGTH, say(texts.FIELD_LENGTH), element, hint=hint)


def _catalogue_block(kind: CatalogueKind, entries: Entries, say: Language) -> InputBlock:
    """A menu that asks us for its options, see handlers/catalogue_menus.py."""
    entry = entries.get(kind)
    chosen = catalogue_option(entry) if entry is not None else None
    element = ExternalDataSelectElement(
        min_query_length=0, initial_option=chosen or default_option(say)
    )
    return field(kind.value, say(_MENUS[kind]), element)


def _look_block(chosen: str, say: Language) -> InputBlock:
    """Our own named looks in their groups, after the default."""
    default = option(say(texts.LOOK_DEFAULT), ids.DEFAULT_CHOICE)
    groups: dict[str, list[Option]] = {texts.GROUP_DEFAULT: [default]}
    for style in STYLES.values():
        shown = option(say(style.name), style.key, say(style.meaning))
        groups.setdefault(style.group, []).append(shown)
    every = [one for options in groups.values() for one in options]
    element = StaticSelectElement(
        option_groups=[option_group(say(label), options) for label, options in groups.items()],
        initial_option=chosen_of(every, chosen),
    )
    return field(ids.LOOK, say(texts.FIELD_LOOK), element, hint=say(texts.FIELD_LOOK_HINT))
