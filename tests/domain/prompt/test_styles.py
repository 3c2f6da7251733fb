"""The looks of the menu, the shapes of stories and the framing notes keep the craft's rules."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from bot.domain import texts
from bot.domain.prompt.framing import framing_notes
from bot.domain.prompt.shapes import ANY_SHAPE, SHAPES, SceneKind, StoryShape, scene_count
from bot.domain.prompt.styles import HOUSE_LOOK, STYLES, Look, is_known_look, style_for_tone
from bot.domain.request.brief import AvatarChoice, Purpose, Shape
from bot.domain.request.video_request import Orientation

WIDE, TALL = Orientation.LANDSCAPE, Orientation.PORTRAIT
LOOKS = [HOUSE_LOOK, *(style.look for style in STYLES.values() if style.look)]
ALL_SHAPES = [ANY_SHAPE, *SHAPES.values()]


def test_menu_has_seven_simple_looks_twenty_named_styles_and_none() -> None:
    groups = [style.group for style in STYLES.values()]

    assert [groups.count(group) for group in dict.fromkeys(groups)] == [7, 20, 1]
    assert set(STYLES) == set(texts.LOOKS)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.mood)
def test_every_look_names_colours_by_hex_value_and_a_font(look: Look) -> None:
    named = look.colours.split(", ")

    assert 3 <= len(named) <= 4
    assert all(re.search(r" #[0-9A-F]{6}$", colour) for colour in named)
    assert look.lettering
    assert "\n" not in "".join((look.mood, look.motion, look.transitions, look.music))


def test_only_keys_of_the_menu_are_known() -> None:
    assert is_known_look("swiss_pulse")
    assert is_known_look("none")
    assert not is_known_look("")
    assert not is_known_look("Swiss Pulse")


@pytest.mark.parametrize(
    ("tone", "key"),
    [
        ("Urgent!", "red_wire"),
        ("premium, calm", "velvet_standard"),
        ("raw, intimate and tender", "soft_signal"),
        ("warm and friendly", None),
        ("purgent", None),
        ("", None),
    ],
)
def test_tone_asks_for_a_style_by_whole_words(tone: str, key: str | None) -> None:
    style = style_for_tone(tone)

    assert (style.key if style else None) == key


def test_every_purpose_has_its_shape() -> None:
    assert set(SHAPES) == set(Purpose)


@pytest.mark.parametrize("shape", ALL_SHAPES, ids=lambda shape: shape.kind)
def test_scenes_begin_and_end_with_the_presenter_and_change_kinds(shape: StoryShape) -> None:
    kinds = [scene.kind for scene in shape.scenes]

    assert (kinds[0], kinds[-1]) == (SceneKind.A_ROLL, SceneKind.A_ROLL)
    assert kinds.count(SceneKind.B_ROLL) >= 2
    assert all(one is not other for one, other in pairwise(kinds))


@pytest.mark.parametrize(
    ("seconds", "least", "most"), [(30, 5, 7), (45, 5, 7), (60, 7, 9), (75, 7, 9), (90, 10, 13)]
)
def test_longer_videos_have_more_scenes(seconds: int, least: int, most: int) -> None:
    assert least <= scene_count(seconds) <= most


@pytest.mark.parametrize(
    ("shape", "orientation", "said"),
    [
        (Shape.LANDSCAPE, WIDE, None),
        (Shape.PORTRAIT, WIDE, "chest up"),
        (Shape.SQUARE, WIDE, "chest up"),
        (None, WIDE, "chest up"),
        (Shape.PORTRAIT, TALL, None),
        (Shape.LANDSCAPE, TALL, "head and shoulders"),
        (Shape.SQUARE, TALL, "head and shoulders"),
        (None, TALL, None),
    ],
)
def test_look_that_does_not_fit_the_orientation_is_framed(
    shape: Shape | None, orientation: Orientation, said: str | None
) -> None:
    notes = framing_notes(AvatarChoice("a", "Anna", shape, "photo_avatar"), orientation)

    assert (said or "") in notes
    assert bool(notes) is (said is not None)


def test_studio_look_gets_a_set_before_its_framing() -> None:
    avatar = AvatarChoice("a", "Anna", Shape.PORTRAIT, "studio_avatar")

    first, last = framing_notes(avatar, WIDE).splitlines()
    assert first.startswith("Background:")
    assert last.startswith("Framing:")
    assert framing_notes(avatar, TALL) == first


def test_without_an_avatar_nothing_is_framed() -> None:
    assert framing_notes(None, WIDE) == ""
