"""What people typed as plain lines that can pass for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.plain_text import in_line, plain, quoted, tidy

typed = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            [
                "<@U1|ada>",
                "<!here>",
                "<https://x.com|y>",
                "<",
                ">",
                "|",
                "&amp;",
                "&",
                "lt;",
                "\u2028",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("encoded", "shown"),
    [
        ("<@U0ABC12|ada>", "@ada"),
        ("<@W0ABC12>", "@W0ABC12"),
        ("<#C0ABC12|design>", "#design"),
        ("<#C0ABC12|>", "#C0ABC12"),
        ("<!here> <!channel|channel>", "@here channel"),
        ("<!subteam^S1|@writers>", "@writers"),
        ("<!date^1392734382^{date}|18 February>", "18 February"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com|the plan>", "the plan (https://example.com)"),
        ("<https://example.com|https://example.com>", "https://example.com"),
        ("<mailto:ada@example.com|ada@example.com>", "ada@example.com"),
        ("fish &amp; chips, 3 &lt; 4", "fish & chips, 3 < 4"),
    ],
)
def test_slack_markup_becomes_what_people_see(encoded: str, shown: str) -> None:
    assert plain(encoded) == shown


@pytest.mark.parametrize(
    "text",
    ["a < b > c", "if x <y and y> z", "write & as &amp; in HTML", "<b>bold</b> costs &lt; 5", "<3"],
)
def test_what_was_typed_into_a_form_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", ["&lt;@U1|ada&gt;", "&amp;amp; &lt;!here&gt;", "<!a|<!b|c>>"])
def test_markup_within_markup_leaves_nothing_for_a_second_time(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_lines_of_a_script_stay_and_empty_ones_become_one() -> None:
    assert tidy("\n\n One\r\nTwo  \r\n\r\n\n\nThree\x00\n") == " One\nTwo\n\nThree"


@settings(deadline=None)
@given(typed)
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert plain(plain(text)) == plain(text)


@settings(deadline=None)
@given(typed)
def test_every_quoted_line_shows_that_it_is_quoted(text: str) -> None:
    lines = quoted(text).splitlines()

    assert all(line == ">" or line.startswith("> ") for line in lines)
    assert "\n".join(line[2:] for line in lines) == tidy(text)


@settings(deadline=None)
@given(typed)
def test_words_in_a_line_stay_within_their_quotation_marks(text: str) -> None:
    quotation = in_line(text)

    assert len(quotation.splitlines()) == 1
    assert (quotation[0], quotation[-1]) == ("“", "”")
    assert not set(quotation[1:-1]) & set('“”"')
