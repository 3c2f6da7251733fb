"""A message's words without Slack's markup."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.message_words import mentioned_people, message_words

BOT = "U0BOT"


def typed(*parts: dict[str, Any], text: str = "in Slack's markup") -> dict[str, Any]:
    """A message as Slack's client sends it."""
    block = {"type": "rich_text", "elements": list(parts)}
    return {"text": text, "blocks": [block]}


def line(*elements: dict[str, Any], kind: str = "rich_text_section") -> dict[str, Any]:
    return {"type": kind, "elements": list(elements)}


def word(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text, "style": style}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Welcome &lt;all&gt; &amp; sundry", "Welcome <all> & sundry", id="entities"),
        pytest.param(f"<@{BOT}> make a video", "make a video", id="the bot itself"),
        pytest.param(f"make <@{BOT}>  a video", "make a video", id="the bot in between"),
        pytest.param("thank <@U1>", "thank @Ada Byron", id="known person"),
        pytest.param("thank <@U2|ben>", "thank @ben", id="labelled person"),
        pytest.param("thank <@U3>", "thank @someone", id="unknown person"),
        pytest.param("see <#C1|general>", "see #general", id="labelled channel"),
        pytest.param("see <#C1|>", "see #C1", id="channel without a label"),
        pytest.param("<!here> look", "@here look", id="broadcast"),
        pytest.param("<!subteam^S1|@team> look", "@team look", id="user group"),
        pytest.param("on <!date^1^{date}|Monday>", "on Monday", id="date"),
        pytest.param("<https://a.example/b?c&amp;d>", "https://a.example/b?c&d", id="bare link"),
        pytest.param("<https://a.example|our site>", "our site (https://a.example)", id="link"),
        pytest.param("<https://a.example|a.example>", "https://a.example", id="same link"),
        pytest.param("<mailto:a@b.c|a@b.c>", "a@b.c", id="mail"),
        pytest.param("one\n\ntwo", "one\n\ntwo", id="lines"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_markup_becomes_words(text: str, words: str) -> None:
    assert message_words({"text": text}, {"U1": "Ada Byron"}, bot_user_id=BOT) == words


def test_typed_message_is_read_without_its_marks() -> None:
    message = typed(line(word("bold", bold=True), word(" and 2*3*4_x")), text="*bold* and 2*3*4_x")

    assert message_words(message) == "bold and 2*3*4_x"


def test_typed_message_s_people_links_and_pictures_become_words() -> None:
    message = typed(
        line(
            {"type": "user", "user_id": BOT},
            word(" thank "),
            {"type": "user", "user_id": "U1"},
            word(" in "),
            {"type": "channel", "channel_id": "C1"},
            word(" "),
            {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd"},
            {"type": "emoji", "name": "partyparrot"},
            word(" see "),
            {"type": "link", "url": "https://a.example", "text": "this"},
            {"type": "broadcast", "range": "here"},
            {"type": "usergroup", "usergroup_id": "S1"},
            {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "Monday"},
            {"type": "color", "value": "#ff0000"},
            {"type": "made_up_later", "text": "!"},
        ),
        text=f"<@{BOT}> thank <@U1> in <#C1|general>",
    )

    words = message_words(message, {"U1": "Ada"}, bot_user_id=BOT)

    assert words == (
        "thank @Ada in #general 👋🏽:partyparrot: see this (https://a.example)"
        "@here@someoneMonday#ff0000!"
    )


def test_lists_and_quotes_keep_their_lines() -> None:
    items = [line(word("first")), line(word("second"))]
    message = typed(
        line(word("Scenes:\n")),
        {"type": "rich_text_list", "style": "ordered", "elements": items},
        {"type": "rich_text_list", "style": "bullet", "elements": items},
        line(word("quoted"), kind="rich_text_quote"),
        line(word("x = 1"), kind="rich_text_preformatted"),
    )

    assert message_words(message).split("\n") == [
        *("Scenes:", "1. first", "2. second", "- first", "- second", "quoted", "x = 1")
    ]


def test_list_that_goes_on_counts_on() -> None:
    item = {
        "type": "rich_text_list",
        "style": "ordered",
        "offset": 2,
        "elements": [line(word("c"))],
    }

    assert message_words(typed(item)) == "3. c"


def test_app_s_text_goes_before_its_blocks() -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*block*"}}

    assert message_words({"text": "The text", "bot_id": "B1", "blocks": [block]}) == "The text"


def test_app_s_blocks_are_read_when_it_gave_no_text() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Release 3"}},
        {"type": "divider"},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "See <https://a.example|notes> &amp; more"},
            "fields": [{"type": "mrkdwn", "text": "Owner: <@U1>"}],
        },
        {"type": "context", "elements": [{"type": "image", "alt_text": "x"}]},
        {"type": "markdown", "text": "## Soon"},
        {"type": "rich_text", "elements": [line(word("And this."))]},
        "no block",
    ]

    words = message_words({"text": "", "bot_id": "B1", "blocks": blocks}, {"U1": "Ada"})

    assert words.split("\n") == [
        *("Release 3", "See notes (https://a.example) & more", "Owner: @Ada", "## Soon"),
        "And this.",
    ]


def test_app_s_attachments_are_the_last_resort() -> None:
    attachments = [{"title": "Ticket 7", "text": "It is &lt;b&gt; slow"}, {"fallback": "Ticket 8"}]

    words = message_words({"text": "", "bot_id": "B1", "attachments": attachments})

    assert words.split("\n") == ["Ticket 7", "It is <b> slow", "Ticket 8"]


def test_previews_of_a_person_s_links_are_not_their_words() -> None:
    assert message_words({"text": "", "attachments": [{"title": "A page"}]}) == ""


def test_people_are_found_by_their_mentions() -> None:
    text = "<@U1> and <@W2|ben>, &lt;@U3&gt; <!here> <#C1>"

    assert mentioned_people({"text": text}) == {"U1", "W2"}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.text(alphabet="<>@#!|&;UC1 \nab"))
def test_any_text_is_read(text: str) -> None:
    words = message_words({"text": text})

    assert words == words.strip()


@given(st.dictionaries(st.sampled_from(["type", "text", "elements", "unicode"]), json))
def test_blocks_that_slack_makes_up_later_are_read(block: dict[str, Any]) -> None:
    shown = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [block]}]}

    assert isinstance(message_words({"text": "", "blocks": [shown]}), str)
