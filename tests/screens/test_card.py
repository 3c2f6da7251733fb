"""The card: what it tells of a video in each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import texts
from bot.domain.job.job import JobState
from bot.domain.refusals import REFUSALS
from bot.domain.request.brief import AvatarChoice, Brief, Choice
from bot.screens.language import language_of
from bot.screens.messages import message_of
from tests.screens.reading import everything, menu_of, row_of
from tests.slack.builders import NOON, a_job, a_notice

NO_FILE_CODES = {*texts.NO_FILE_REASONS, *REFUSALS, "outcome_unknown"}


def test_card_tells_who_what_choices_place_and_why_it_waits() -> None:
    notice = a_notice(place=3, attachment_count=2, waiting_for="The HeyGen balance is used up.")

    words = everything(message_of(notice))

    for part in (
        "<@U0ANA>",
        "A short welcome",
        "Landscape",
        "2 attachments",
        "number 3 in the queue",
        "balance is used up",
        "Time so far: 3 min 20 s",
    ):
        assert part in words


def test_rendering_card_says_its_progress_in_words_and_leads_to_the_session() -> None:
    job = a_job(state=JobState.RENDERING, progress=40, session_id="s1")

    message = message_of(a_notice(job=job))

    assert "40 percent" in message["text"]
    assert "█" not in message["text"]
    assert "40 percent" in everything(message)
    assert ("Open in HeyGen", "https://app.heygen.com/video-agent/s1") in menu_of(message)


def test_card_names_what_was_chosen_and_nothing_that_was_left_open() -> None:
    brief = Brief(
        length_s=90,
        language="German",
        avatar=AvatarChoice("a1", "Anna"),
        voice=Choice("v1", "Warm voice"),
        style=Choice("s1", "Bauhaus"),
        brand_kit=Choice("b1", "Our colours"),
    )

    chosen = message_of(a_notice(job=a_job(brief=brief), attachment_count=1))["blocks"][3]
    nothing = message_of(a_notice())["blocks"][3]

    assert chosen["elements"][0]["text"] == (
        "Landscape · about 1 min 30 s · in German · avatar Anna · voice Warm voice · "
        "style Bauhaus · brand kit Our colours · 1 attachment"
    )
    assert nothing["elements"][0]["text"] == "Landscape"


def test_card_of_a_variation_names_the_job_it_was_made_after() -> None:
    job = a_job(parent_id="job-0", brief=Brief(change="Make it shorter."))

    message = message_of(a_notice(job=job))

    assert "Made after job job-0" in everything(message)
    assert "With this change:\n>Make it shorter." in everything(message)
    assert "“Make it shorter.”" in message["text"]


def test_card_counts_the_attachments_that_are_uploaded() -> None:
    job = a_job(state=JobState.SUBMITTING)
    notice = a_notice(job=job, file_count=5, ready_count=2)

    for words in (message_of(notice)["text"], everything(message_of(notice))):
        assert "Uploading attachments: 2 of 5" in words


@pytest.mark.parametrize("code", sorted(NO_FILE_CODES | {"brand_new_error"}))
def test_finished_card_says_why_the_file_is_missing_and_what_to_use(code: str) -> None:
    job = a_job(state=JobState.COMPLETED)

    message = message_of(a_notice(job=job, no_file=code))

    for words in (message["text"], everything(message)):
        assert "video file" in words
        assert "The links in the reply below lead to the video." in words
        assert (code in words) == (code == "brand_new_error")


def test_card_of_a_german_speaks_german() -> None:
    job = a_job(state=JobState.RENDERING, progress=40, locale="de-DE")

    message = message_of(a_notice(job=job))

    assert (
        message["text"]
        != message_of(a_notice(job=replace(job, request=replace(job.request, locale=""))))["text"]
    )
    assert row_of(message)[0]["text"]["text"] == language_of("de")(texts.BUTTON_CANCEL)


def test_long_prompt_is_cut_with_an_ellipsis() -> None:
    message = message_of(a_notice(job=a_job(prompt="word " * 500)))

    quote = message["blocks"][1]["text"]["text"]
    assert quote.endswith("…")
    assert len(quote) <= 301


def test_prompt_of_many_lines_shows_the_first_ones_as_a_quotation() -> None:
    prompt = "\n\n".join(f"line {n}" for n in range(20))

    quote = message_of(a_notice(job=a_job(prompt=prompt)))["blocks"][1]["text"]["text"]

    lines = quote.split("\n")
    assert len(lines) == 6
    assert all(line.startswith(">") for line in lines)
    assert quote.endswith("line 5 …")


def test_finished_card_shows_the_time_it_took_and_no_place() -> None:
    done_at = NOON - timedelta(seconds=80)
    job = a_job(state=JobState.COMPLETED, state_since=done_at)

    words = everything(message_of(a_notice(job=job, place=1)))

    assert "Time taken: 2 min" in words
    assert "queue" not in words
