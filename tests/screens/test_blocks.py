"""The parts of every screen: whatever people wrote, slack_sdk's models and Slack take them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.views import check_view
from bot.screens.blocks import (
    OPTION_MAX_CHARS,
    SECTION_MAX_CHARS,
    checkboxes,
    context,
    dicts,
    field,
    menu,
    modal,
    option,
    plain_section,
    section,
    text_input,
)
from tests.screens.any_words import WORDS

IDS = st.text(min_size=1, max_size=OPTION_MAX_CHARS).filter(str.isprintable)


def view_with(*blocks: Any) -> dict[str, Any]:
    return modal("Title", "Close", blocks, submit="Go")


@given(WORDS)
def test_paragraphs_of_any_length_are_taken(words: str) -> None:
    view = view_with(section(words), plain_section(words), context(words[:2_000], None, ""))

    assert check_view(view, "modal") == view
    shown = {block["text"]["text"] for block in view["blocks"][:2]}
    assert shown == {words} or all(one.endswith("…") and len(one) <= 3_000 for one in shown)


@pytest.mark.parametrize("open_end", ["&amp;", "<@U12345>", "<https://a.example/|a link>"])
def test_paragraph_is_not_cut_within_what_slack_reads_as_one(open_end: str) -> None:
    words = "x" * (SECTION_MAX_CHARS - 3) + open_end

    (block,) = dicts([section(words)])

    assert block["text"]["text"] == "x" * (SECTION_MAX_CHARS - 3) + "…"


@given(WORDS, IDS, WORDS)
def test_options_of_any_words_are_taken(words: str, value: str, more: str) -> None:
    one = option(words, value, more)

    view = view_with(
        field("menu", "Menu", menu([one], "no such value")),
        field("boxes", "Boxes", checkboxes([one], [])),
    )

    assert check_view(view, "modal") == view
    assert view["blocks"][0]["element"]["initial_option"] == one.to_dict()
    assert "initial_options" not in view["blocks"][1]["element"]


@given(WORDS, st.integers(1, SECTION_MAX_CHARS))
def test_initial_text_is_cut_to_its_field(words: str, most: int) -> None:
    view = view_with(field("prompt", "Prompt", text_input(initial=words, max_chars=most)))

    assert check_view(view, "modal") == view
    assert view["blocks"][0]["element"]["initial_value"] == words[:most]


def test_answers_of_no_are_told_to_slack_and_not_left_to_its_defaults() -> None:
    (block,) = dicts([field("prompt", "Prompt", text_input(), is_optional=False)])

    assert block["optional"] is False
    assert block["element"]["multiline"] is False
    assert block["block_id"] == block["element"]["action_id"] == "prompt"
