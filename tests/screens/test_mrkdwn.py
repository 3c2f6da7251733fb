"""What goes into a message as text stays text."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.slack_markup import is_escaped, marks, unescaped
from bot.screens import mrkdwn
from tests.builders import NOON


@given(st.text(), st.integers(1, 50))
def test_escaped_text_has_no_markup_and_reads_as_it_was(text: str, most: int) -> None:
    escaped = mrkdwn.escaped(text, most)

    assert is_escaped(escaped)
    assert not list(marks(escaped))
    assert unescaped(escaped) == mrkdwn.clipped(text, most)
    assert len(unescaped(escaped)) <= most


def test_what_cannot_be_shown_or_turns_the_direction_is_left_out() -> None:
    assert mrkdwn.clipped(" a\x00b\u202ec\n", 10) == "abc"


@given(st.text(alphabet="<>&|abc;", max_size=60), st.integers(2, 20))
def test_finished_text_is_never_cut_within_an_entity_or_a_mark(text: str, most: int) -> None:
    finished = mrkdwn.escaped(text, 60) + "<https://a.example|b>"

    short = mrkdwn.shortened(finished, most)

    assert len(short) <= most
    assert "<" not in short
    assert html.unescape(short) == html.unescape(short.replace("&amp;", "&"))


def test_quotation_shows_its_first_lines() -> None:
    assert mrkdwn.quoted("one\n\n two\nthree", 100, 2) == ">one\n>two …"


@pytest.mark.parametrize(
    ("user_id", "shown"), [("U0ANA", "<@U0ANA>"), ("U-ADA", "<@U-ADA>"), ("!here", "!here")]
)
def test_mention_is_of_a_person_or_plain_text(user_id: str, shown: str) -> None:
    assert mrkdwn.user(user_id) == shown


@pytest.mark.parametrize(
    ("channel_id", "shown"), [("C1", "<#C1>"), ("G1", "<#G1>"), ("D1", None), ("C1|x", None)]
)
def test_only_channels_have_a_name_to_show(channel_id: str, shown: str | None) -> None:
    assert mrkdwn.channel(channel_id) == shown


def test_moment_has_words_for_clients_that_cannot_say_it() -> None:
    (mark,) = marks(mrkdwn.time(NOON))

    assert mark.words == "2026-11-23 12:00 UTC"
    seconds = mark.target.split("^")[1]
    assert datetime.fromtimestamp(int(seconds), UTC) == NOON


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/b?c=1&d=2", "<https://a.example/b?c=1&amp;d=2|here>"),
        ("https://a.example/<|>", "<https://a.example/%3C%7C%3E|here>"),
        ("javascript:alert(1)", None),
        ("https://user@a.example/", None),
        ("https://a.example/ b", None),
        ("https://a.example/" + "&" * 2_000, None),
        (None, None),
    ],
)
def test_link_is_a_web_address_that_fits_or_none(url: str | None, shown: str | None) -> None:
    assert mrkdwn.link(url, "here") == shown
