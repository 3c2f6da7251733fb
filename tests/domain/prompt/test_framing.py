"""How an avatar stands in the picture, by its shape and the orientation."""

from __future__ import annotations

import pytest

from bot.domain.prompt.framing import STUDIO, framing_notes
from bot.domain.request.brief import AvatarChoice, Shape
from bot.domain.request.video_request import Orientation

WIDE, TALL = Orientation.LANDSCAPE, Orientation.PORTRAIT


def test_nobody_chosen_needs_no_note() -> None:
    assert framing_notes(None, WIDE) == ""


@pytest.mark.parametrize(
    ("shape", "orientation", "is_framed"),
    [
        (Shape.LANDSCAPE, WIDE, False),
        (Shape.PORTRAIT, TALL, False),
        (Shape.PORTRAIT, WIDE, True),
        (Shape.LANDSCAPE, TALL, True),
        (Shape.SQUARE, WIDE, True),
        (Shape.SQUARE, TALL, True),
        (None, WIDE, True),
        (None, TALL, False),
    ],
)
def test_avatar_is_framed_where_its_shape_does_not_fit(
    shape: Shape | None, orientation: Orientation, is_framed: bool
) -> None:
    notes = framing_notes(AvatarChoice("a", "Anna", shape, "photo_avatar"), orientation)

    assert notes.startswith("Framing:") is is_framed
    assert bool(notes) is is_framed


def test_studio_avatar_has_a_background_too() -> None:
    fitting = framing_notes(AvatarChoice("a", "Anna", Shape.LANDSCAPE, STUDIO), WIDE)
    other = framing_notes(AvatarChoice("a", "Anna", Shape.LANDSCAPE, STUDIO), TALL)

    assert fitting.startswith("Background:")
    assert [line.partition(":")[0] for line in other.split("\n")] == ["Background", "Framing"]
