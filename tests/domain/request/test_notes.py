"""What a person said each attachment is for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.request.notes import noted
from tests.builders import an_attachment

LOGO = an_attachment("F1", name="logo.png")
LARGE_LOGO = an_attachment("F2", name="logo.png large.png")
LINK = an_attachment("", name="brief.pdf", url="https://e.com/brief.pdf")


@pytest.mark.parametrize(
    "line",
    [
        "logo.png: end card",
        "Logo.PNG - end card",
        "logo.png – end card",  # noqa: RUF001 - as people type it
        "logo.png end card",
        "- logo.png, end   card",
        "1: end card",
        "1. end card",
        "1) end card",
    ],
)
def test_line_that_names_an_attachment_becomes_its_note(line: str) -> None:
    (logo, link), unknown = noted([LOGO, LINK], line)

    assert (logo.note, link.note, unknown) == ("end card", "", ())


@pytest.mark.parametrize(
    "line", ["https://e.com/brief.pdf: numbers", "brief.pdf numbers", "2: numbers"]
)
def test_link_is_named_by_itself_its_file_or_its_number(line: str) -> None:
    (_, link), unknown = noted([LOGO, LINK], line)

    assert (link.note, unknown) == ("numbers", ())


def test_longer_name_that_begins_like_another_is_meant() -> None:
    (logo, large), _ = noted([LOGO, LARGE_LOGO], "logo.png large.png: opening\nlogo.png: end card")

    assert (logo.note, large.note) == ("end card", "opening")


def test_attachments_of_one_name_are_noted_in_their_order() -> None:
    pictures = [an_attachment(f"F{n}", name="image.png") for n in range(2)]

    noted_pictures, unknown = noted(pictures, "image.png: first\nimage.png: second\nimage.png: b")

    assert [picture.note for picture in noted_pictures] == ["first; b", "second"]
    assert unknown == ()


@pytest.mark.parametrize(
    "line", ["logo.jpg: end card", "logo.pngs: x", "end card", "3: end card", "0: end card", ": x"]
)
def test_line_that_names_no_attachment_is_handed_back(line: str) -> None:
    attachments, unknown = noted([LOGO, LINK], line)

    assert attachments == (LOGO, LINK)
    assert unknown == (line,)


def test_note_that_came_with_an_attachment_stays_unless_there_is_a_new_one() -> None:
    before = an_attachment("F1", name="logo.png", note="opening")

    assert noted([before], "")[0][0].note == "opening"
    assert noted([before], "logo.png")[0][0].note == "opening"
    assert noted([before], "logo.png: end card")[0][0].note == "end card"


@given(st.text(max_size=200))
def test_whatever_is_typed_changes_nothing_but_notes(text: str) -> None:
    attachments, _ = noted([LOGO, LARGE_LOGO, LINK], text)

    assert [a.name for a in attachments] == [a.name for a in (LOGO, LARGE_LOGO, LINK)]
