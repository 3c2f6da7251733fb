"""A file's name for HeyGen: of one piece, readable, of a length that is taken."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.file_names import NAME_MAX_BYTES, plain_file_name


@pytest.mark.parametrize(
    ("given_name", "plain"),
    [
        ("logo.png", "logo.png"),
        ("Our logo (2).PNG", "Our logo (2).PNG"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\pictures\\logo.png", "logo.png"),
        ("/", "attachment"),
        ("", "attachment"),
        ("..", "attachment"),
        (" . ", "attachment"),
        (".htaccess", "htaccess"),
        ("logo.png\r\nX-Evil: 1", "logo.png X-Evil: 1"),
        ("logo\x00.png", "logo.png"),
        ("gnp.\u202egpj.exe", "gnp.gpj.exe"),
        ("half \ud800.png", "half.png"),
        ('a "b" é.png', 'a "b" é.png'),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ("動画.mp4", "動画.mp4"),
        ("a" * 3_943 + ".png", "a" * 251 + ".png"),
        ("語" * 3_943 + ".png", "語" * 83 + ".png"),
        ("a." + "b" * 3_943, "a." + "b" * 253),
    ],
)
def test_name_becomes_plain(given_name: str, plain: str) -> None:
    assert plain_file_name(given_name) == plain


@given(st.text(st.characters(codec=None), max_size=600))
def test_any_name_becomes_one_that_is_taken_and_stays_as_it_is(name: str) -> None:
    plain = plain_file_name(name)

    assert 0 < len(plain.encode()) <= NAME_MAX_BYTES
    assert plain.isprintable()
    assert not set(plain) & set("/\\")
    assert not plain.startswith(".")
    assert unicodedata.is_normalized("NFC", plain)
    assert plain_file_name(plain) == plain
