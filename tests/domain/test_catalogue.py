"""Words as a search compares them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue import words_of


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("Zoë's Büro (DE)",), ["zoe", "s", "buro", "de"]),
        (("photo_avatar", "4K"), ["photo", "avatar", "4k"]),
        (("Straße", "STRASSE"), ["strasse"]),
        (("Łódź", "Ørsted", "Đorđe"), ["lodz", "orsted", "dorde"]),
        (("ISTANBUL", "ıstanbul", "İstanbul"), ["istanbul"]),  # noqa: RUF001 - Turkish
        (("Ærø cœur",), ["aero", "coeur"]),
        (("ｆｕｌｌ ﬁt",), ["full", "fit"]),  # noqa: RUF001 - other forms of the same letters
        (("さくら 東京",), ["さくら", "東京"]),
        (("", " \x00\ud800\n—,;"), []),
    ],
    ids=repr,
)
def test_words(texts: tuple[str, ...], words: list[str]) -> None:
    assert words_of(*texts) == words


@given(st.text(st.characters()))
def test_words_of_words_are_the_same(text: str) -> None:
    words = words_of(text)

    assert words_of(" ".join(words)) == words


@given(st.text())
def test_capitals_make_no_difference(text: str) -> None:
    assert words_of(text.lower().upper().lower()) == words_of(text.lower().upper())
