"""How long a video becomes and what it may cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.request.brief import NO_BRIEF, Brief, Purpose
from bot.domain.request.estimate import Estimate, cost_range_usd, estimate, words_in
from bot.domain.request.video_request import Attachment

EXACT = Brief(is_exact_wording=True)
SCRIPT = Attachment(file_id="F1", name="script.txt", filetype="txt", text="word " * 450)


@pytest.mark.parametrize(
    ("words", "brief", "expected"),
    [
        (150, NO_BRIEF, Estimate(60, 150)),
        (5, NO_BRIEF, Estimate(30, 75)),
        (5, Brief(purpose=Purpose.EXPLAINER), Estimate(75, 188)),
        (300, Brief(purpose=Purpose.EXPLAINER), Estimate(120, 300)),
        (300, Brief(length_s=45), Estimate(45, 112)),
        (5, EXACT, Estimate(2, 5)),
        (300, EXACT, Estimate(120, 300)),
        (300, replace(EXACT, length_s=45), Estimate(120, 300)),
        (75, replace(EXACT, length_s=45), Estimate(45, 75)),
    ],
    ids=[
        "speech of the prompt",
        "at least the shortest common length",
        "at least the common length of its purpose",
        "speech beyond the common length",
        "the wished length",
        "a script takes its time however short",
        "a script takes its time",
        "a script longer than the wish",
        "a script shorter than the wish",
    ],
)
def test_length_of_a_request(words: int, brief: Brief, expected: Estimate) -> None:
    assert estimate("word " * words, brief) == expected


def test_exact_script_in_a_file_counts_and_the_prompt_beside_it_does_not() -> None:
    assert estimate("Show rain.", EXACT, [SCRIPT]) == Estimate(180, 450)


@pytest.mark.parametrize(
    "attached",
    [replace(SCRIPT, text=None), replace(SCRIPT, url="https://example.com/a.txt", text=None)],
    ids=["not read yet", "a link"],
)
def test_text_that_is_not_here_counts_nothing(attached: Attachment) -> None:
    assert estimate("Show rain.", EXACT, [attached]).words <= 75


def test_material_in_a_file_is_not_spoken() -> None:
    noted = replace(SCRIPT, note="figures")

    assert estimate("word " * 150, NO_BRIEF, [SCRIPT]) == Estimate(60, 150)
    assert estimate("word " * 150, EXACT, [noted]) == Estimate(60, 150)


def test_languages_without_blanks_are_counted_by_their_signs() -> None:
    assert words_in("我们的新同事 welcome") == 5


def test_cost_is_a_range_around_the_wished_length() -> None:
    low, high = cost_range_usd(60, 0.0333)

    assert (round(low, 2), round(high, 2)) == (1.58, 3.48)
