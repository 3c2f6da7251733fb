"""The buttons of a job, and what is behind the dots."""

from __future__ import annotations

import pytest

from bot.domain.job.job import JobState
from bot.domain.request.video_request import Orientation
from bot.screens.messages import message_of
from tests.screens.reading import menu_of, row_of
from tests.slack.builders import a_job, a_notice


@pytest.mark.parametrize(
    ("state", "buttons", "menu"),
    [
        ("queued", ["Cancel"], ["Details"]),
        ("rendering", ["Cancel"], ["Open in HeyGen", "Details"]),
        ("parked", ["Look again", "Send again (may cost twice)", "Cancel"], ["Details"]),
        (
            "completed",
            ["Make a variation", "Edit and run again", "Make it portrait"],
            ["Fresh link", "Open in HeyGen", "Details"],
        ),
        ("failed", ["Try again", "Edit and run again"], ["Open in HeyGen", "Details"]),
        ("cancelled", ["Try again", "Edit and run again"], ["Details"]),
    ],
)
def test_card_has_a_few_buttons_and_the_rest_behind_the_dots(
    state: str, buttons: list[str], menu: list[str]
) -> None:
    has_session = "Open in HeyGen" in menu
    job = a_job(state=JobState(state), session_id="s1" if has_session else None)

    message = message_of(a_notice(job=job))

    shown = [one["text"]["text"] for one in row_of(message) if one["type"] == "button"]
    assert shown == buttons
    assert [label for label, _ in menu_of(message)] == menu


def test_turning_a_portrait_video_is_called_so_and_asks_about_the_cost() -> None:
    job = a_job(state=JobState.COMPLETED, orientation=Orientation.PORTRAIT)

    turn = next(b for b in row_of(message_of(a_notice(job=job))) if "confirm" in b)

    assert turn["text"]["text"] == "Make it landscape"
    assert "costs like any new video" in turn["confirm"]["text"]["text"]
