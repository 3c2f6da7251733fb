"""When scenes, pictures, sound and look are directed, and when they are left to HeyGen."""

from __future__ import annotations

import pytest

from bot.domain.prompt.compose import compose
from bot.domain.request.brief import Brief, Detail, Purpose
from bot.domain.request.video_request import Orientation

WIDE = Orientation.LANDSCAPE


@pytest.mark.parametrize(
    ("brief", "has_scenes"),
    [
        (Brief(length_s=60), False),
        (Brief(length_s=65), True),
        (Brief(purpose=Purpose.PITCH), False),
        (Brief(detail=Detail.FULL), False),
        (Brief(purpose=Purpose.PITCH, detail=Detail.FULL), True),
        (Brief(length_s=90, detail=Detail.COMPACT), False),
    ],
)
def test_scenes_are_for_longer_videos_and_for_full_direction(
    brief: Brief, has_scenes: bool
) -> None:
    assert ("Scenes" in compose("j", "Our office.", WIDE, brief)) is has_scenes
