"""What a person chose from HeyGen's catalogue: completed from it, and checked for what fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import texts
from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.request.brief import AvatarChoice, Brief, Choice
from bot.domain.request.video_request import Orientation
from bot.domain.words import Text

# Seconds a person may wish for. HeyGen's v1 took up to 300 (FACTS section 15), v3 names no limit;
# ten minutes cost about 20 US dollars.
LENGTH_MIN_S, LENGTH_MAX_S = 5, 600

Entries = Mapping[CatalogueKind, CatalogueEntry]  # what the catalogue has of the chosen ids


def choices_of(brief: Brief) -> dict[CatalogueKind, Choice]:
    """What was chosen, by kind; what HeyGen is to decide is not in it."""
    chosen = {
        CatalogueKind.AVATAR: brief.avatar,
        CatalogueKind.VOICE: brief.voice,
        CatalogueKind.STYLE: brief.style,
        CatalogueKind.BRAND_KIT: brief.brand_kit,
    }
    return {kind: choice for kind, choice in chosen.items() if choice is not None}


def with_choices(brief: Brief, chosen: Mapping[CatalogueKind, Choice]) -> Brief:
    """The brief with these choices and no others."""
    avatar = chosen.get(CatalogueKind.AVATAR)
    if avatar is not None and not isinstance(avatar, AvatarChoice):
        avatar = AvatarChoice(avatar.id, avatar.name)
    return replace(
        brief,
        avatar=avatar,
        voice=chosen.get(CatalogueKind.VOICE),
        style=chosen.get(CatalogueKind.STYLE),
        brand_kit=chosen.get(CatalogueKind.BRAND_KIT),
    )


def completed(brief: Brief, entries: Entries) -> Brief:
    """The brief with names, shape and type as the catalogue has them; what it has not is out."""
    chosen = choices_of(brief)
    known = {
        kind: choice_of(entries[kind])
        for kind, choice in chosen.items()
        if kind in entries and entries[kind].id == choice.id
    }
    return with_choices(brief, known) if chosen else brief


def choice_of(entry: CatalogueEntry) -> Choice:
    """An entry as the choice of it."""
    if entry.kind is CatalogueKind.AVATAR:
        return AvatarChoice(entry.id, entry.name, entry.shape, entry.avatar_type)
    return Choice(entry.id, entry.name)


def choice_faults(brief: Brief, orientation: Orientation, entries: Entries) -> dict[str, Text]:
    """What HeyGen would not make, as {field: one sentence}; fields are the words of the kinds."""
    faults = {
        kind.value: texts.CHOICE_GONE.format(name=choice.name)
        for kind, choice in choices_of(brief).items()
        if kind not in entries
    }
    voice, style = entries.get(CatalogueKind.VOICE), entries.get(CatalogueKind.STYLE)
    if voice is not None and not speaks(voice, brief.language):
        faults[CatalogueKind.VOICE.value] = texts.VOICE_SPEAKS_OTHER.format(
            name=voice.name,
            language=_shown_language(voice.language),
            wanted=_shown_language(brief.language),
        )
    if style is not None and not fits(style, orientation):
        sentence = texts.STYLE_FOR_ONE_SHAPE[style.shape or ""]
        faults[CatalogueKind.STYLE.value] = sentence.format(name=style.name)
    return faults


def speaks(voice: CatalogueEntry, language: str) -> bool:
    """Whether a voice speaks this language, as far as both are known.

    HeyGen names variants too, such as "Portuguese (Brazil)"; a voice of a language that we have no
    word for ("Multilingual") may speak them all.
    """
    spoken = _known_language(voice.language)
    return not spoken or not language or spoken == language


def fits(style: CatalogueEntry, orientation: Orientation) -> bool:
    """Whether a style may be used in this orientation; most styles have no shape of their own."""
    return style.shape is None or style.shape.value == orientation.value


def _known_language(name: str) -> str:
    first = name.replace("(", " ").split()[:1]
    return first[0].capitalize() if first and first[0].capitalize() in texts.LANGUAGES else ""


def _shown_language(name: str) -> str:
    return texts.LANGUAGES.get(_known_language(name), name)
