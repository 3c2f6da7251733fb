"""Choices from HeyGen's catalogue: what fits together, and what the catalogue knows better."""

from __future__ import annotations

import pytest

from bot.domain import texts
from bot.domain.catalogue import CatalogueKind
from bot.domain.request.brief import AvatarChoice, Brief, Choice, Shape
from bot.domain.request.choices import (
    choice_faults,
    choices_of,
    completed,
    fits,
    speaks,
    with_choices,
)
from bot.domain.request.video_request import Orientation
from tests.builders import an_entry

LANDSCAPE = Orientation.LANDSCAPE
LOOK = an_entry(
    "look-1",
    kind=CatalogueKind.AVATAR,
    name="Mira",
    shape=Shape.PORTRAIT,
    avatar_type="photo_avatar",
)


@pytest.mark.parametrize(
    ("spoken", "wanted", "is_fine"),
    [
        pytest.param("German", "German", True, id="the same"),
        pytest.param("german", "German", True, id="small letters"),
        pytest.param("English", "German", False, id="another"),
        pytest.param("Portuguese (Brazil)", "Portuguese", True, id="variant"),
        pytest.param("Portuguese (Brazil)", "Spanish", False, id="variant of another"),
        pytest.param("Multilingual", "German", True, id="many"),
        pytest.param("", "German", True, id="voice without a language"),
        pytest.param("English", "", True, id="language of the prompt"),
    ],
)
def test_voice_speaks_the_language_as_far_as_both_are_known(
    spoken: str, wanted: str, is_fine: bool
) -> None:
    assert speaks(an_entry(language=spoken), wanted) is is_fine


@pytest.mark.parametrize(
    ("shape", "orientation", "is_fine"),
    [
        pytest.param(None, Orientation.PORTRAIT, True, id="any"),
        pytest.param(Shape.PORTRAIT, Orientation.PORTRAIT, True, id="the same"),
        pytest.param(Shape.PORTRAIT, Orientation.LANDSCAPE, False, id="another"),
        pytest.param(Shape.SQUARE, Orientation.LANDSCAPE, False, id="square"),
    ],
)
def test_style_fits_its_own_shape_only(
    shape: Shape | None, orientation: Orientation, is_fine: bool
) -> None:
    style = an_entry(kind=CatalogueKind.STYLE, shape=shape)

    assert fits(style, orientation) is is_fine


def test_what_the_catalogue_has_not_is_named_beside_its_menu() -> None:
    brief = Brief(voice=Choice("v", "Katja"), style=Choice("s", "Noir"))
    entries = {CatalogueKind.VOICE: an_entry("v")}

    faults = choice_faults(brief, LANDSCAPE, entries)

    assert faults == {"style": texts.CHOICE_GONE.format(name="Noir")}


def test_voice_of_another_language_is_told_with_both_languages() -> None:
    brief = Brief(voice=Choice("v", "Emma"), language="German")
    entries = {CatalogueKind.VOICE: an_entry("v", name="Emma", language="English (US)")}

    (sentence,) = choice_faults(brief, LANDSCAPE, entries).values()

    assert sentence.startswith("“Emma” speaks English, and the video is to be in German.")


@pytest.mark.parametrize("shape", Shape)
def test_style_of_another_shape_says_what_it_is_for(shape: Shape) -> None:
    other = LANDSCAPE if shape is not Shape.LANDSCAPE else Orientation.PORTRAIT
    entries = {CatalogueKind.STYLE: an_entry("s", kind=CatalogueKind.STYLE, shape=shape)}

    faults = choice_faults(Brief(style=Choice("s", "Noir")), other, entries)

    assert f"for {shape.value} videos only" in faults["style"]


def test_nothing_chosen_has_no_faults() -> None:
    assert choice_faults(Brief(language="German"), LANDSCAPE, {}) == {}


def test_look_takes_its_name_shape_and_type_from_the_catalogue() -> None:
    brief = Brief(avatar=AvatarChoice("look-1", "Mira, cut to fi…"), tone="dry")

    whole = completed(brief, {CatalogueKind.AVATAR: LOOK})

    assert whole.avatar == AvatarChoice("look-1", "Mira", Shape.PORTRAIT, "photo_avatar")
    assert whole.tone == "dry"


def test_what_the_catalogue_has_not_is_left_out() -> None:
    brief = Brief(voice=Choice("v", "Katja"), style=Choice("s", "Noir"))

    whole = completed(brief, {CatalogueKind.VOICE: an_entry("v", name="Katja, calm")})

    assert (whole.voice, whole.style) == (Choice("v", "Katja, calm"), None)


def test_choices_put_in_come_out_again() -> None:
    chosen = {kind: Choice(f"id of {kind}", kind.name) for kind in CatalogueKind}

    brief = with_choices(Brief(tone="dry"), chosen)

    found = {kind: (one.id, one.name) for kind, one in choices_of(brief).items()}
    assert found == {kind: (one.id, one.name) for kind, one in chosen.items()}
    assert brief.tone == "dry"
