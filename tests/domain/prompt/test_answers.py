"""The lengths that a prompt tells, and those its scenes are made for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.prompt.answers import Answers, rounded
from bot.domain.request.brief import Brief, Detail, Purpose
from bot.domain.request.estimate import usual_s
from bot.domain.request.video_request import Orientation

EXACT = Brief(is_exact_wording=True)
SCRIPT = "word " * 150


def answers(brief: Brief, prompt: str = "Our office.", padding: float = 1.0) -> Answers:
    return Answers(prompt, Orientation.LANDSCAPE, brief, (), padding)


@pytest.mark.parametrize(("number", "told"), [(0, 5), (2, 5), (8, 10), (62, 60), (63.1, 65)])
def test_seconds_are_told_in_steps_of_five(number: float, told: int) -> None:
    assert rounded(number) == told


def test_length_that_nobody_said_is_none() -> None:
    assert answers(Brief()).length_s is None


def test_wished_length_is_padded_unless_the_wording_is_exact() -> None:
    assert answers(Brief(length_s=60), padding=1.5).length_s == 90
    assert answers(replace(EXACT, length_s=600), SCRIPT, padding=1.5).length_s == 600


def test_exact_script_takes_the_time_it_takes() -> None:
    spoken = answers(EXACT, SCRIPT).script_s

    assert spoken is not None
    assert answers(replace(EXACT, length_s=5), SCRIPT).length_s == rounded(spoken)
    assert answers(Brief(), SCRIPT).script_s is None


@pytest.mark.parametrize(
    ("brief", "scenes_s"),
    [
        (Brief(), None),
        (Brief(length_s=60), None),
        (Brief(length_s=90), 90),
        (Brief(purpose=Purpose.PITCH, length_s=60, detail=Detail.FULL), 60),
        (Brief(purpose=Purpose.PITCH, detail=Detail.FULL), usual_s(Purpose.PITCH)),
    ],
)
def test_scenes_are_for_long_videos_and_for_full_direction(
    brief: Brief, scenes_s: int | None
) -> None:
    assert answers(brief).scenes_s == scenes_s
