"""A web page is told from a file by its first bytes."""

from __future__ import annotations

import pytest

from bot.files.web_page import is_html


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html><html>",
        b"<html lang='en'>",
        b"\xef\xbb\xbf\r\n <!doctype HTML>",
        b"<!-- a --><!-- b -->\n<html>",
    ],
)
def test_web_page_is_known(head: bytes) -> None:
    assert is_html(head)


@pytest.mark.parametrize(
    "head", [b"", b"\x89PNG", b"<svg><html>", b"<!-- no end <html>", b"I like <html>"]
)
def test_what_is_no_web_page_is_let_through(head: bytes) -> None:
    assert not is_html(head)
