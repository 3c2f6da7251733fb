"""What a prompt says of the files that come with it."""

from __future__ import annotations

from bot.domain.prompt.compose import compose
from bot.domain.request.brief import NO_BRIEF
from bot.domain.request.video_request import Attachment, Orientation
from tests.builders import an_attachment

WIDE = Orientation.LANDSCAPE


def test_files_are_named_in_the_order_in_which_heygen_gets_them() -> None:
    link = Attachment(url="https://example.com/x", name="x")
    attached = [link, an_attachment("F1", name="0.png", asset_id="a0")]

    composed = compose("j", "t", WIDE, NO_BRIEF, attached)

    assert "1. “0.png”, a picture: to show where it fits\n2. “x”, a file: " in composed


def test_linked_text_is_a_file_for_heygen_to_fetch() -> None:
    link = Attachment(url="https://example.com/a.txt", name="a.txt", filetype="txt")

    assert "1. “a.txt”, a file: " in compose("j", "t", WIDE, NO_BRIEF, [link])
