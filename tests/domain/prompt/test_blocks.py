"""What each block of a prompt says."""

from __future__ import annotations

from bot.domain.prompt.compose import compose
from bot.domain.request.brief import AvatarChoice, Brief, Purpose, Shape
from bot.domain.request.video_request import Orientation

WIDE = Orientation.LANDSCAPE


def test_avatar_is_never_described() -> None:
    avatar = AvatarChoice("a", "Anna in a red dress", Shape.LANDSCAPE, "digital_twin")

    composed = compose("j", "t", WIDE, Brief(avatar=avatar, purpose=Purpose.PITCH))

    assert "Anna" not in composed
    assert "clothes" not in composed
    assert "the selected presenter" in composed
