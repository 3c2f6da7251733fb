"""What a person typed into the field for links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.request.links import links_of
from bot.domain.request.video_request import Attachment

LOGO = "https://e.com/logo.png"


@pytest.mark.parametrize(
    "line",
    [
        f"{LOGO} end card",
        f"{LOGO} - end card",
        f"{LOGO} – end card",  # noqa: RUF001 - as people type it
        f"{LOGO}: end card",
        f"{LOGO} : end card",
        f"{LOGO}, end card",
        f"  <{LOGO}>   end   card ",
        f"- {LOGO}: end card",
        f"• {LOGO} end card",
        f"1. {LOGO} - end card",
    ],
)
def test_link_and_what_it_is_for_are_told_apart(line: str) -> None:
    (link,) = links_of(line)

    assert (link.url, link.note) == (LOGO, "end card")


def test_each_line_is_an_attachment_that_needs_no_upload() -> None:
    links = links_of(f"{LOGO}\n\n  \nhttps://e.com/My%20Clip.mp4?sig=a.b\r\nhttps://e.com/download")

    assert links == (
        Attachment(url=LOGO, name="logo.png", filetype="png"),
        Attachment(url="https://e.com/My%20Clip.mp4?sig=a.b", name="My Clip.mp4", filetype="mp4"),
        Attachment(url="https://e.com/download", name="download"),
    )
    assert all(link.is_ready for link in links)


def test_several_links_in_one_line_are_several_attachments() -> None:
    links = links_of(f"{LOGO} https://e.com/b.png, <https://e.com/c.png>")

    assert [link.name for link in links] == ["logo.png", "b.png", "c.png"]


def test_what_is_no_link_comes_out_as_it_stands() -> None:
    (link,) = links_of("see my website")

    assert (link.url, link.note) == ("see", "my website")


def test_empty_field_has_no_links() -> None:
    assert links_of(" \n\t\n") == ()


@given(st.text(max_size=200))
def test_whatever_is_typed_can_be_read(text: str) -> None:
    assert all(link.name for link in links_of(text) if link.url)
