"""Slack's markup, mark by mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.slack_markup import (
    Kind,
    Mark,
    is_escaped,
    link_words,
    marks,
    unescaped,
    with_words,
)


@pytest.mark.parametrize(
    ("written", "mark"),
    [
        ("<@U1>", Mark(Kind.PERSON, "U1", "")),
        ("<@U1|ana>", Mark(Kind.PERSON, "U1", "ana")),
        ("<#C1|general>", Mark(Kind.CHANNEL, "C1", "general")),
        ("<#C1|>", Mark(Kind.CHANNEL, "C1", "")),
        ("<!here>", Mark(Kind.SPECIAL, "here", "")),
        ("<!subteam^S1|@team>", Mark(Kind.SPECIAL, "subteam^S1", "@team")),
        ("<https://a.example?b|c|d>", Mark(Kind.LINK, "https://a.example?b", "c|d")),
    ],
)
def test_mark_is_read_with_its_label(written: str, mark: Mark) -> None:
    assert list(marks(f"one {written}, two")) == [mark]
    assert mark.is_by_slack


@pytest.mark.parametrize(
    "written",
    ["<b>", "</b>", "<>", "<@>", "<!>", "<@ana>", "<x@y.example>", "<!one\ntwo>", "<@U1|one\ntwo>"],
)
def test_what_slack_never_writes_can_be_told_apart(written: str) -> None:
    (mark,) = marks(written)

    assert not mark.is_by_slack


@pytest.mark.parametrize("text", ["a < b", "&lt;@U1&gt;", "3 > 2 < 4", "<@U1", "plain"])
def test_text_without_marks_has_none(text: str) -> None:
    assert list(marks(text)) == []


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("<@U1|ana>", "@ana"),
        ("<@U1|@ana>", "@ana"),
        ("<@U1>", "@U1"),
        ("<#C1|general>", "#general"),
        ("<!channel>", "@channel"),
        ("<!subteam^S1>", "@subteam"),
        ("<!date^1392734382^{date}|18 February>", "18 February"),
        ("<tel:112>", "112"),
        ("<https://a.example|the plan>", "the plan (https://a.example)"),
    ],
)
def test_mark_becomes_the_words_that_people_see(written: str, words: str) -> None:
    assert with_words(f"({written})", lambda mark: mark.words) == f"({words})"


def test_mark_without_words_stays_as_it_stands() -> None:
    text = "<b>bold</b> by <@U1|ana> at <https://a.example|x|y>"

    assert with_words(text, lambda _: None) == text


@pytest.mark.parametrize(
    ("url", "label", "words"),
    [
        ("https://a.example", "", "https://a.example"),
        ("https://a.example", " https://a.example ", "https://a.example"),
        ("https://a.example/b", "a.example", "https://a.example/b"),
        ("mailto:a@b.example", "a@b.example", "a@b.example"),
        ("mailto:a@b.example", "Ana", "Ana (a@b.example)"),
    ],
)
def test_link_keeps_its_address_and_says_it_once(url: str, label: str, words: str) -> None:
    assert link_words(url, label) == words


@pytest.mark.parametrize(
    ("text", "once", "wholly"),
    [
        ("fish &amp; chips, 3 &lt; 4 &gt; 2", "fish & chips, 3 < 4 > 2", None),
        ("&amp;lt;", "&lt;", "<"),
        ("&amp;amp;amp;", "&amp;amp;", "&"),
        ("&quot; &copy=1 &#39;", "&quot; &copy=1 &#39;", None),
    ],
)
def test_slack_s_three_entities_become_characters(text: str, once: str, wholly: str | None) -> None:
    assert unescaped(text) == once
    assert unescaped(text, wholly=True) == (wholly or once)


@pytest.mark.parametrize("text", ["&", "a < b", "b > a", "&quot;", "&amp; & more", "<@U1>"])
def test_bare_characters_show_that_a_text_is_not_escaped(text: str) -> None:
    assert not is_escaped(text)


@given(st.text(alphabet="<>@#!|&;^ampltUC1: \n"))
def test_marks_are_found_where_words_go(text: str) -> None:
    seen: list[Mark] = []

    kept = with_words(text, seen.append)

    assert (kept, seen) == (text, list(marks(text)))


@given(st.text())
def test_escaped_text_is_read_back_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert is_escaped(escaped)
    assert not list(marks(escaped))
    assert unescaped(escaped) == text
