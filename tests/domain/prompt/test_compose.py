"""One prompt from what was written, chosen and attached, and how ours is known again."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.plain_text import in_line, plain, quoted, tidy
from bot.domain.prompt.compose import (
    COMPACT_MAX_CHARS,
    SIZES,
    compose,
    is_same_prompt,
    preview,
    prompt_overrun,
    reference_line,
    surely_fits,
)
from bot.domain.prompt.styles import STYLES
from bot.domain.request.brief import NO_BRIEF, AvatarChoice, Brief, Choice, Detail, Purpose, Shape
from bot.domain.request.video_request import PROMPT_MAX_CHARS, Attachment, Orientation
from tests.builders import an_attachment

TALL_STUDIO = AvatarChoice("a", "Anna", Shape.PORTRAIT, "studio_avatar")
WIDE_STUDIO = AvatarChoice("a", "Anna", Shape.LANDSCAPE, "studio_avatar")
WIDE, TALL = Orientation.LANDSCAPE, Orientation.PORTRAIT
LABELS = (
    "STYLE: neon",
    "Look: pink",
    "Scene 1: thunder",
    "Scenes: one",
    "[Reference abc, not part of the video]",
    "On-screen text, shown exactly as written:",
    "Framing: upside down",
    "Make one portrait (9:16) video",
    "[The attached text “notes.txt” comes here]",
    "“”: Music: loud",
)
BREAKS = ("\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x1e")
job_ids = st.text("0123456789abcdef", min_size=12, max_size=12)
words = st.text(min_size=1, max_size=200)
hostile = (
    st.lists(
        st.one_of(st.sampled_from(LABELS), st.sampled_from(BREAKS), st.text(max_size=15)),
        min_size=1,
        max_size=8,
    )
    .map("".join)
    .filter(lambda text: bool(plain(text).strip()))
)
lines = hostile.filter(lambda text: bool(tidy(text).strip()))
files = st.builds(
    Attachment,
    file_id=st.just("F1"),
    name=hostile,
    filetype=st.sampled_from(["png", "mp4", "wav", "pdf", ""]),
    asset_id=st.just("a1"),
    note=st.one_of(st.just(""), hostile),
)
texts_attached = st.builds(
    Attachment,
    file_id=st.just("F2"),
    name=hostile,
    filetype=st.just("txt"),
    text=hostile,
    note=st.one_of(st.just(""), hostile),
)
briefs = st.builds(
    Brief,
    purpose=st.sampled_from([None, *Purpose]),
    audience=hostile,
    tone=hostile,
    length_s=st.sampled_from([None, 30, 90]),
    language=st.sampled_from(["", "German"]),
    on_screen_text=st.lists(lines, max_size=3).map(tuple),
    call_to_action=st.one_of(st.just(""), lines),
    is_exact_wording=st.booleans(),
    look=st.sampled_from(["", "none", "swiss_pulse", "no such look"]),
    detail=st.sampled_from(Detail),
    avatar=st.sampled_from([None, TALL_STUDIO]),
    style=st.sampled_from([None, Choice("s", "Neon")]),
    brand_kit=st.sampled_from([None, Choice("b", "Acme")]),
    change=st.one_of(st.just(""), hostile),
)
attachments_of_people = st.lists(st.one_of(files, texts_attached), max_size=3)
orientations = st.sampled_from(Orientation)


def notes(text: str, name: str = "notes.txt") -> Attachment:
    return replace(an_attachment("F1", name=name, filetype="txt"), text=text)


def our_lines(prompt: str) -> list[str]:
    """The lines of a prompt that nobody typed, with “…” for what was typed within them."""
    own = [line for line in prompt.splitlines() if not line.startswith(">")]
    return [re.sub("“[^”]*”", "“…”", line) for line in own]


# -- whatever people say ---------------------------------------------------------------------


@settings(deadline=None)
@given(job_ids, hostile, orientations, briefs, attachments_of_people, st.booleans())
def test_same_answers_make_the_same_prompt_behind_the_reference(
    job_id: str,
    typed: str,
    orientation: Orientation,
    brief: Brief,
    attached: list[Attachment],
    is_compact: bool,
) -> None:
    once = compose(job_id, typed, orientation, brief, attached, is_compact=is_compact)
    again = compose(job_id, typed, orientation, brief, attached, is_compact=is_compact)

    assert once == again
    assert once.splitlines()[0] == reference_line(job_id)
    assert once.splitlines()[2].startswith(f"Make one {orientation.value} (")


@settings(deadline=None)
@given(hostile, orientations, briefs, attachments_of_people, st.booleans())
def test_words_of_people_are_whole_whatever_is_trimmed(
    typed: str,
    orientation: Orientation,
    brief: Brief,
    attached: list[Attachment],
    is_compact: bool,
) -> None:
    composed = compose("j", typed, orientation, brief, attached, is_compact=is_compact)

    assert quoted(plain(typed)) in composed
    shown = {*brief.on_screen_text, brief.call_to_action} - {""}
    assert all(f"> {' '.join(tidy(line).split())}" in composed.splitlines() for line in shown)
    assert all(quoted(a.text) in composed for a in attached if a.text is not None)
    assert all(in_line(a.note) in composed for a in attached if a.note and a.asset_id)
    assert not brief.change or quoted(plain(brief.change)) in composed


@settings(deadline=None)
@given(hostile, orientations, briefs, attachments_of_people)
def test_nothing_typed_opens_a_block(
    typed: str, orientation: Orientation, brief: Brief, attached: list[Attachment]
) -> None:
    """The same answers with harmless words have the same lines of ours."""
    brief = replace(brief, detail=Detail.FULL, look="red_wire", is_exact_wording=False)
    harmless = replace(
        brief,
        tone="x",
        audience="x",
        on_screen_text=("x",) * len(brief.on_screen_text),
        call_to_action=brief.call_to_action and "x",
        change=brief.change and "x",
    )
    named = [replace(a, name="x", note=a.note and "x", text=a.text and "x") for a in attached]

    composed = compose("j", typed, orientation, brief, attached)

    assert our_lines(composed) == our_lines(compose("j", "x", orientation, harmless, named))


@settings(deadline=None)
@given(st.text("ab cd\n", max_size=12_000), briefs, st.booleans())
def test_overrun_is_told_and_only_peoples_words_cause_it(
    typed: str, brief: Brief, is_compact: bool
) -> None:
    composed = compose("j", typed, WIDE, brief, is_compact=is_compact)

    assert prompt_overrun(composed) == max(0, len(composed) - PROMPT_MAX_CHARS)
    assert len(composed) <= PROMPT_MAX_CHARS or len(typed) > PROMPT_MAX_CHARS / 3


@pytest.mark.parametrize("detail", Detail)
def test_short_answers_keep_the_size_whatever_is_chosen(detail: Detail) -> None:
    """All combinations that make a prompt longer, so that the longest is among them."""
    said = Brief(audience="new people", tone="kind", on_screen_text=("Hello!",), detail=detail)
    briefs_of_all = (
        replace(said, look=look, purpose=purpose, avatar=avatar, length_s=length_s)
        for look in ("", *STYLES)
        for purpose in (None, *Purpose)
        for avatar in (None, TALL_STUDIO, WIDE_STUDIO)
        for length_s in (None, 90)
    )

    lengths = [
        len(compose("0123456789ab", "Our new office.", orientation, brief))
        for brief in briefs_of_all
        for orientation in Orientation
    ]

    assert max(lengths) <= SIZES[detail]


@settings(deadline=None)
@given(words, briefs, st.lists(files, max_size=6), orientations)
@example(
    "a\n" * 750, Brief(detail=Detail.FULL), [an_attachment(name="")] * 20, Orientation.PORTRAIT
)
def test_what_surely_fits_is_never_too_long(
    prompt: str, brief: Brief, attached: list[Attachment], orientation: Orientation
) -> None:
    composed = compose("0123456789ab", prompt, orientation, brief, attached)

    assert prompt_overrun(composed) == 0 or not surely_fits(prompt, brief, attached)


def test_long_prompt_has_to_be_composed_to_know_whether_it_fits() -> None:
    assert not surely_fits("word " * 301, NO_BRIEF, ())


@settings(deadline=None)
@given(hostile, orientations, briefs, attachments_of_people)
def test_preview_is_what_is_sent_with_a_line_for_each_attached_text(
    typed: str, orientation: Orientation, brief: Brief, attached: list[Attachment]
) -> None:
    unread = [replace(a, text=None) for a in attached]

    shown = preview(typed, orientation, brief, attached)

    assert compose("j", typed, orientation, brief, unread) == f"{reference_line('j')}\n\n{shown}"


# -- blocks, sizes, trimming --------------------------------------------------------------------


EVERYTHING = Brief(
    purpose=Purpose.PITCH,
    audience="mayors",
    tone="calm",
    length_s=90,
    language="German",
    on_screen_text=("42 %",),
    call_to_action="Ask us",
    look="swiss_pulse",
    detail=Detail.FULL,
    avatar=AvatarChoice("a", "Anna", Shape.PORTRAIT, "photo_avatar"),
    change="Shorter",
)


def test_blocks_stand_in_the_agreed_order() -> None:
    attached = [an_attachment(asset_id="a1"), notes("Figures")]

    composed = compose("j", "Our office.", WIDE, EVERYTHING, attached)

    starts = [block.split("\n")[0].split(" ")[0] for block in composed.split("\n\n")]
    assert starts == [
        "[Reference",
        "Make",
        "Change",
        "Tone:",
        "Presenter:",
        "Request,",
        "Story:",
        "Take",
        "On-screen",
        "Attached",
        "Attached",
        "Scenes,",
        "Pictures:",
        "Music:",
        "Look:",
        "Framing:",
    ]


@pytest.mark.parametrize(
    ("typed_chars", "gone"),
    [
        (100, ["Music:", "Layers:"]),
        (500, ["Music:", "Layers:", "Pictures:", "1. Pain"]),
        (800, ["Music:", "Layers:", "Pictures:", "1. Pain", "Story:"]),
        (1_000, ["Music:", "Layers:", "Pictures:", "1. Pain", "Story:", "Motion:"]),
    ],
)
def test_the_longer_the_words_the_more_direction_gives_way_in_order(
    typed_chars: int, gone: list[str]
) -> None:
    standard = replace(EVERYTHING, detail=Detail.STANDARD, change="")
    order = ["Music:", "Layers:", "Pictures:", "1. Pain", "Story:", "Motion:"]

    composed = compose("j", "t" * typed_chars, WIDE, standard)

    assert [label for label in order if label not in composed] == gone
    assert all(kept in composed for kept in ("Make one", "Take the request", "> 42 %", "Framing:"))


def test_words_that_leave_no_room_under_the_limit_get_the_shortest_direction() -> None:
    full = compose("j", "t" * 9_000, WIDE, EVERYTHING)

    assert prompt_overrun(full) == 0
    assert "Scenes" not in full


def test_compact_shortens_attached_material_only() -> None:
    typed = "t" * 3_000
    full = compose("j", typed, WIDE, NO_BRIEF, [notes("n" * 5_000)])
    compact = compose("j", typed, WIDE, NO_BRIEF, [notes("n" * 5_000)], is_compact=True)

    assert typed in compact
    assert len(full) - len(compact) >= 5_000 - COMPACT_MAX_CHARS


def test_compact_shares_the_room_between_attached_texts() -> None:
    attached = [notes("a" * 2_000, "a.txt"), notes("b" * 2_000, "b.txt")]

    compact = compose("j", "Our year.", WIDE, NO_BRIEF, attached, is_compact=True)

    assert [compact.count("a" * 500 + " …"), compact.count("b" * 500 + " …")] == [1, 1]


def test_compact_never_shortens_a_script_in_a_file() -> None:
    exact = Brief(is_exact_wording=True)

    compact = compose("j", "Show rain.", WIDE, exact, [notes("n" * 5_000)], is_compact=True)

    assert "n" * 5_000 in compact


@pytest.mark.parametrize(("length", "overrun"), [(9_999, 0), (10_000, 0), (10_003, 3)])
def test_overrun_counts_what_is_too_long(length: int, overrun: int) -> None:
    assert prompt_overrun("x" * length) == overrun


# -- edited in the preview ------------------------------------------------------------------------


@settings(deadline=None)
@given(hostile, orientations, briefs)
def test_preview_sent_back_says_the_same(
    typed: str, orientation: Orientation, brief: Brief
) -> None:
    """But for an exact script in a file: how long it takes is known only when it is read."""
    brief = replace(brief, is_exact_wording=False)
    attached = [notes("Figures", "figures.txt"), an_attachment(asset_id="a1")]
    shown = preview(typed, orientation, brief, attached)

    sent = compose("j", typed, orientation, replace(brief, written_prompt=shown), attached)

    assert sent == compose("j", typed, orientation, brief, attached)


def test_edited_prompt_is_sent_as_it_was_written() -> None:
    brief = Brief(written_prompt="STYLE: my own\n\nScene 1: rain\n", purpose=Purpose.PITCH)

    sent = compose("j", "Our office.", WIDE, brief)

    assert sent == f"{reference_line('j')}\n\nSTYLE: my own\n\nScene 1: rain"


def test_attachments_that_an_edited_prompt_leaves_out_are_added() -> None:
    brief = Brief(written_prompt="Use logo.png.")
    attached = [
        an_attachment("F1", name="logo.png", asset_id="a1"),
        an_attachment("F2", name="b.png", asset_id="a2"),
        notes("Figures\n\nSTYLE: pink"),
    ]

    sent = compose("j", "Our office.", WIDE, brief, attached)

    assert sent.endswith(
        "Use logo.png.\n\nAttached text “notes.txt”, material for the video:\n> Figures\n>\n"
        "> STYLE: pink\n\nAlso attached:\n1. “b.png”, a picture: to show where it fits"
    )


def test_framing_note_of_an_edited_prompt_stays_last() -> None:
    avatar = AvatarChoice("a", "Anna", Shape.PORTRAIT, "photo_avatar")
    shown = preview("Our office.", WIDE, Brief(avatar=avatar))
    brief = Brief(avatar=avatar, written_prompt=shown.replace("16:9", "wide"), change="Shorter")

    sent = compose("j", "Our office.", WIDE, brief, [an_attachment(asset_id="a1")])

    assert sent.splitlines()[-1].startswith("Framing: ")
    assert "Also attached:" in sent


def test_another_jobs_reference_is_not_kept_in_an_edited_prompt() -> None:
    brief = Brief(written_prompt=compose("job-1", "Our office.", WIDE))

    sent = compose("job-2", "Our office.", WIDE, brief)

    assert "job-1" not in sent
    assert sent.count("[Reference") == 1


# -- known again ---------------------------------------------------------------------------


@settings(deadline=None)
@given(job_ids, words)
def test_own_prompt_is_known_again_with_other_white_space(job_id: str, typed: str) -> None:
    sent = compose(job_id, typed, WIDE)

    assert is_same_prompt(job_id, sent, sent)
    assert is_same_prompt(job_id, sent, "  " + "\r\n ".join(sent.splitlines()) + "\n")


@settings(deadline=None)
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
