"""A Text reads as English and remembers how it came about."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.words import Text, from_plain, joined, to_plain

FILES = Text("{count} files", one="1 file")
INNER = Text("Remove {excess}.").format(excess=1_234)
OUTER = Text("{name}: {hint}").format(name="a {b}", hint=INNER)


def parts(text: object) -> object:
    """All that a Text remembers, its values' too."""
    if not isinstance(text, Text):
        return text
    return str(text), text.template, text.one, {k: parts(v) for k, v in text.values.items()}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (Text("Plain."), "Plain."),
        (Text("Braces {} stay {as} they are"), "Braces {} stay {as} they are"),
        (FILES.format(count=1), "1 file"),
        (FILES.format(count=2), "2 files"),
        (FILES.format(count=12_000), "12,000 files"),
        (Text("{size} MB").format(size=2.55), "2.5 MB"),
        (Text("{size} MB").format(size=1234.5), "1,234.5 MB"),
        (OUTER, "a {b}: Remove 1,234."),
        (OUTER.format(name="c"), "c: Remove 1,234."),
        (joined("One.", "", Text("Two."), "Three."), "One. Two. Three."),
        (joined(), ""),
        (joined("", ""), ""),
    ],
)
def test_text_reads_as_english(text: Text, read: str) -> None:
    assert text == read


def test_text_with_a_value_missing_is_refused() -> None:
    with pytest.raises(KeyError):
        Text("{a} {b}").format(a=1)


@pytest.mark.parametrize("text", [Text("x"), FILES.format(count=1), OUTER, joined(OUTER, INNER)])
@pytest.mark.parametrize(
    "again",
    [
        copy.copy,
        copy.deepcopy,
        lambda text: pickle.loads(pickle.dumps(text)),
        lambda text: from_plain(json.loads(json.dumps(to_plain(text)))),
    ],
    ids=["copy", "deepcopy", "pickle", "json"],
)
def test_copied_text_remembers_all(text: Text, again: Callable[[Text], Text]) -> None:
    assert parts(again(text)) == parts(text)


@given(st.text(), st.integers() | st.text() | st.booleans())
def test_values_are_never_read_as_templates(word: str, value: object) -> None:
    text = Text("{word} {inner}").format(word=word, inner=Text("({value})").format(value=value))

    assert text.startswith(word)
    assert parts(from_plain(json.loads(json.dumps(to_plain(text))))) == parts(text)
