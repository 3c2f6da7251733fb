"""A web page, told from its first bytes: what comes instead of a file when a login is missing."""

from __future__ import annotations

_HTML_STARTS = (b"<!doctype html", b"<html")
_COMMENT = (b"<!--", b"-->")


def is_html(head: bytes) -> bool:
    """Whether these first bytes are a web page, such as Slack's login page."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    while text.startswith(_COMMENT[0]) and _COMMENT[1] in text:
        text = text.partition(_COMMENT[1])[2].lstrip()
    return text.startswith(_HTML_STARTS)
