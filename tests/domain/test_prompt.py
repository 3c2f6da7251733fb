"""One prompt from what was written and attached, and how ours is known again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.prompt import (
    COMPACT_MAX_CHARS,
    compose,
    is_same_prompt,
    prompt_overrun,
    reference_line,
)
from bot.domain.video_request import Orientation
from tests.builders import an_attachment

WIDE = Orientation.LANDSCAPE
job_ids = st.text("0123456789abcdef", min_size=12, max_size=12)
words = st.text(min_size=1, max_size=200)


def notes(text: str) -> object:
    return replace(an_attachment("F1", name="notes.txt", filetype="txt"), text=text)


@given(job_ids, words, st.sampled_from(Orientation), st.booleans())
def test_same_answers_make_the_same_prompt(
    job_id: str, typed: str, orientation: Orientation, is_compact: bool
) -> None:
    once = compose(job_id, typed, orientation, [notes("x")], is_compact=is_compact)

    assert once == compose(job_id, typed, orientation, [notes("x")], is_compact=is_compact)
    assert once.splitlines()[0] == reference_line(job_id)
    assert f"Make one {orientation.value} video." in once


@given(st.text("ab \n", min_size=1, max_size=50).map(str.strip).filter(bool))
def test_what_was_typed_is_kept_in_full_even_when_compact(typed: str) -> None:
    compact = compose("j", typed, WIDE, [notes("n" * 5_000)], is_compact=True)

    assert " ".join(typed.split()) in " ".join(compact.split())


def test_compact_shortens_what_was_attached_only() -> None:
    typed = "t" * 3_000
    full = compose("j", typed, WIDE, [notes("n" * 5_000)])
    compact = compose("j", typed, WIDE, [notes("n" * 5_000)], is_compact=True)

    assert typed in compact
    assert len(full) - len(compact) >= 5_000 - COMPACT_MAX_CHARS


def test_uploaded_files_are_named_in_their_order() -> None:
    files = [an_attachment(f"F{n}", name=f"{n}.png", asset_id=f"a{n}") for n in range(2)]

    assert compose("j", "t", WIDE, files).endswith(
        "Attached files, in this order:\n"
        "- 0.png: picture to show where it fits\n- 1.png: picture to show where it fits"
    )


@pytest.mark.parametrize(("length", "overrun"), [(9_999, 0), (10_000, 0), (10_003, 3)])
def test_overrun_counts_what_is_too_long(length: int, overrun: int) -> None:
    assert prompt_overrun("x" * length) == overrun


# -- known again ---------------------------------------------------------------------------


@given(job_ids, words)
def test_own_prompt_is_known_again_with_other_white_space(job_id: str, typed: str) -> None:
    sent = compose(job_id, typed, WIDE)

    assert is_same_prompt(job_id, sent, sent)
    assert is_same_prompt(job_id, sent, "  " + "\r\n ".join(sent.splitlines()) + "\n")


@given(job_ids, job_ids, words)
def test_another_jobs_prompt_with_the_same_words_is_not_ours(
    job_id: str, other_id: str, typed: str
) -> None:
    sent, others = compose(job_id, typed, WIDE), compose(other_id, typed, WIDE)

    assert is_same_prompt(job_id, sent, others) is (job_id == other_id)


def test_another_jobs_prompt_that_quotes_ours_is_not_ours() -> None:
    ours = compose("job-1", "Our office.", WIDE)
    others = compose("job-2", ours, WIDE)

    assert not is_same_prompt("job-1", ours, others)
    assert is_same_prompt("job-2", others, others)


@pytest.mark.parametrize(
    "message", ["", "Our office.", "Make one landscape video.\n\nOur office.", "[Reference job-1"]
)
def test_foreign_message_is_not_ours(message: str) -> None:
    assert not is_same_prompt("job-1", compose("job-1", "Our office.", WIDE), message)


def test_prompt_that_heygen_put_a_line_before_is_ours() -> None:
    sent = compose("job-1", "Our office.", WIDE)

    assert is_same_prompt("job-1", sent, "User request:\n" + sent)
