"""The modal, judged by the sandbox's own reading of Slack's rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.video_request import ALLOWED_FILETYPES, MODAL_FILES_MAX, Orientation
from bot.sandbox.slack_views import check_view
from bot.slack import ids
from handlers.views.composer import TEXT_INPUT_MAX_CHARS, composer_view
from tests.sandbox.slack_world import Json

FIELDS = [ids.PROMPT, ids.ORIENTATION, ids.ATTACHMENTS, ids.CHANNEL]


def element_of(view: Json, field: str) -> Json:
    (element,) = [b["element"] for b in view["blocks"] if b["block_id"] == field]
    return dict(element)


# A short text said over and over: long prompts at the price of short ones.
prompts = st.builds(lambda text, times: text * times, st.text(max_size=40), st.integers(0, 200))


@settings(max_examples=60, deadline=None)
@given(prompt=prompts, orientation=st.sampled_from(Orientation))
def test_any_prompt_makes_a_view_that_slack_takes(prompt: str, orientation: Orientation) -> None:
    view = composer_view(prompt=prompt, orientation=orientation)

    assert check_view(view, "modal") == view
    shown = element_of(view, ids.PROMPT).get("initial_value", "")
    assert shown == prompt[:TEXT_INPUT_MAX_CHARS]


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param("a", id="ASCII"),
        pytest.param("🎬", id="emoji"),
        pytest.param("👩‍👩‍👧", id="joined emoji"),
        pytest.param("ש", id="right to left"),
        pytest.param("\u202e", id="direction mark"),
        pytest.param("\n", id="newline"),
        pytest.param('"', id="quote"),
        pytest.param("<!channel>", id="mention"),
    ],
)
def test_text_longer_than_the_field_is_cut_to_it(letter: str) -> None:
    view = composer_view(prompt=letter * 3_001)

    assert len(element_of(view, ids.PROMPT)["initial_value"]) == 3_000
    assert check_view(view, "modal")


def test_empty_composer_has_no_initial_text_and_says_landscape() -> None:
    view = composer_view()

    assert "initial_value" not in element_of(view, ids.PROMPT)
    chosen = element_of(view, ids.ORIENTATION)["initial_option"]["value"]
    assert chosen == Orientation.LANDSCAPE


def test_every_input_is_called_the_same_in_block_and_action() -> None:
    blocks = composer_view()["blocks"]

    assert [b["block_id"] for b in blocks] == FIELDS
    assert [b["element"]["action_id"] for b in blocks] == FIELDS


def test_file_field_offers_what_the_bot_takes_and_no_more() -> None:
    element = element_of(composer_view(), ids.ATTACHMENTS)

    assert element["filetypes"] == list(ALLOWED_FILETYPES)
    assert element["max_files"] == MODAL_FILES_MAX


def test_only_prompt_and_orientation_must_be_filled_in() -> None:
    needed = [b["block_id"] for b in composer_view()["blocks"] if not b.get("optional")]

    assert needed == [ids.PROMPT, ids.ORIENTATION]
