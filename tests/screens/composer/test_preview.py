"""The preview's views: what they show, in any length."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.request.estimate import Estimate
from bot.sandbox.slack.views import check_view
from bot.screens import ids
from bot.screens.blocks import TEXT_INPUT_MAX_CHARS
from bot.screens.composer.preview import Preview, preview_view, problem_view
from bot.screens.language import language_of, languages
from tests.sandbox.slack.world import Json
from tests.screens.composer.opened import ENGLISH

A_GUESS = Estimate(60, 150)


words = st.builds(lambda text, times: text * times, st.text(max_size=60), st.integers(0, 200))


def shown(prompt: str) -> Json:
    return preview_view(Preview("key", prompt, A_GUESS, (1.58, 3.48)), ENGLISH)


def read_only(view: Json) -> str:
    """The text in the sections that are not ours."""
    sections = [block["text"] for block in view["blocks"] if block["type"] == "section"]
    return "".join(text["text"] for text in sections if text["type"] == "plain_text")


@settings(max_examples=60, deadline=None)
@given(prompt=words, code=st.sampled_from(languages()))
def test_any_prompt_makes_a_preview_that_slack_takes(prompt: str, code: str) -> None:
    view = preview_view(Preview("key", prompt, A_GUESS, (0.5, 1.0)), language_of(code))

    assert check_view(view, "modal") == view


@settings(max_examples=60, deadline=None)
@given(sentences=st.lists(words, min_size=1, max_size=8), code=st.sampled_from(languages()))
def test_any_problems_make_a_view_that_slack_takes(sentences: list[str], code: str) -> None:
    view = problem_view(sentences, language_of(code))

    assert check_view(view, "modal") == view


def test_prompt_that_fits_may_be_edited() -> None:
    prompt = "x" * TEXT_INPUT_MAX_CHARS

    view = shown(prompt)

    assert view["blocks"][0]["element"]["initial_value"] == prompt
    assert read_only(view) == ""


def test_longer_prompt_is_there_to_be_read_whole_with_the_reason() -> None:
    prompt = "0123456789" * 900

    view = shown(prompt)

    assert read_only(view) == prompt
    assert "at most 3,000 characters" in str(view["blocks"])
    assert ids.WRITTEN_PROMPT not in str(view["blocks"])


def test_facts_are_length_seconds_and_cost() -> None:
    facts = shown("x" * 1_200)["blocks"][-1]["elements"][0]["text"]

    length, seconds, cost = facts.splitlines()
    assert length == "1,200 characters; HeyGen takes 10,000."
    assert seconds == "About 60 seconds of video: 150 spoken words at 150 a minute."
    assert "about 1.6 to 3.5 US dollars" in cost
