"""What each purpose asks of a video."""

from __future__ import annotations

import pytest

from bot.domain.prompt.shapes import ANY_SHAPE, SHAPES, SceneKind, scene_count, shape_of
from bot.domain.request.brief import Purpose


def test_without_a_purpose_nothing_is_known_of_the_length() -> None:
    assert shape_of(None) is ANY_SHAPE
    assert ANY_SHAPE.usual_s is None


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_a_shape_with_a_story(purpose: Purpose) -> None:
    shape = shape_of(purpose)

    assert set(SHAPES) == set(Purpose)
    assert shape.usual_s is not None
    assert shape.usual_s[0] < shape.usual_s[1]
    assert shape.arc
    assert SceneKind.B_ROLL in {scene.kind for scene in shape.scenes}


@pytest.mark.parametrize(("seconds", "count"), [(30, 6), (60, 8), (120, 12), (180, 17)])
def test_longer_videos_have_more_scenes(seconds: int, count: int) -> None:
    assert scene_count(seconds) == count
