"""A job in words: how long, how far, why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain import texts
from bot.domain.errors import SlackOutcomeUnknown
from bot.domain.job.job import JobState
from bot.domain.request.brief import Brief
from bot.screens import wording
from bot.screens.language import language_of
from tests.builders import NOON, a_job

ENGLISH = language_of("")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h 0 min"),
        (90_000, "25 h 0 min"),
    ],
)
def test_duration_is_told_in_its_largest_units(seconds: float, words: str) -> None:
    assert ENGLISH(wording.duration(seconds)) == words


@pytest.mark.parametrize(("told", "shown"), [(-5, 0), (40, 40), (200, 100)])
def test_progress_stays_between_nothing_and_all(told: int, shown: int) -> None:
    assert wording.percent(a_job(progress=told)) == shown


def test_time_of_an_ended_job_stands_still() -> None:
    ended = a_job(state=JobState.FAILED, state_since=NOON + timedelta(seconds=30))

    later = NOON + timedelta(hours=1)
    assert ENGLISH(wording.elapsed(ended, later)) == "30 s"
    assert ENGLISH(wording.elapsed(a_job(), later)) == "1 h 0 min"


def test_second_try_is_called_so_until_it_is_sent() -> None:
    again = a_job(retry_count=1)

    assert str(texts.RETRYING) in wording.state_words(again)
    rendering = a_job(retry_count=1, state=JobState.RENDERING)
    assert str(texts.RETRYING) not in wording.state_words(rendering)


def test_language_that_we_have_no_word_for_is_named_as_it_was_chosen() -> None:
    job = a_job(brief=Brief(language="<Klingon>"))

    assert "in &lt;Klingon&gt;" in [ENGLISH(one) for one in wording.choices(job, 0)]


def test_variation_is_about_what_is_different() -> None:
    assert "Shorter" in wording.about(a_job(brief=Brief(change="Shorter")))
    assert str(texts.NO_PROMPT) in wording.about(a_job(prompt=" "))


def test_reason_for_a_missing_file_is_told_or_named() -> None:
    assert wording.why_no_file(SlackOutcomeUnknown.code) == texts.FILE_UNCLEAR
    assert "(word_of_tomorrow)" in wording.why_no_file("word_of_tomorrow")


@pytest.mark.parametrize("session_id", [None, "", "a b"])
def test_session_that_is_no_address_is_not_linked(session_id: str | None) -> None:
    job = a_job(session_id=session_id)

    assert wording.session_url(job) is None
    assert wording.session_link(job, ENGLISH) is None
