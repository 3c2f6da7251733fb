"""The details of a job: all that is known, within Slack's limits for any input."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.job.job import Failure, JobState, VideoResult
from bot.domain.job.story import HistoryLine, JobStory
from bot.domain.request.brief import AvatarChoice, Brief, Choice, Detail, Purpose
from bot.screens.blocks import SECTION_MAX_CHARS
from bot.screens.details import HISTORY_MAX, details_view
from bot.screens.language import language_of
from tests.builders import NOON, a_job, an_attachment

ENGLISH = language_of("")
LONG = ["<" * 9_000, "a\n" * 5_000, "x" * 12_000, "<!channel> & <@U1>"]
WORDS = st.text() | st.sampled_from(LONG)
STATES = tuple(JobState)


def a_story(**how: Any) -> JobStory:
    values: dict[str, Any] = {"attachments": [], "history": [], "deliveries": []}
    return JobStory(how.pop("job", None) or a_job(), **(values | how))


def move(n: int, to: JobState, who: str = "bot", before: JobState | None = None) -> HistoryLine:
    return HistoryLine(NOON + timedelta(seconds=n), before, to, "why", who)


def texts_of(view: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"]]


def words_of(story: JobStory) -> str:
    return "\n".join(texts_of(details_view(story, ENGLISH)))


@st.composite
def stories(draw: st.DrawFn) -> JobStory:
    job = a_job(
        prompt=draw(WORDS),
        final_prompt=draw(st.none() | WORDS),
        state=draw(st.sampled_from(STATES)),
        session_id=draw(st.none() | WORDS),
        parent_id=draw(st.none() | WORDS),
        failure=Failure("x", draw(WORDS), "y"),
        brief=Brief(
            change=draw(WORDS),
            audience=draw(WORDS),
            on_screen_text=tuple(draw(st.lists(WORDS, max_size=2))),
            language=draw(WORDS),
            look=draw(WORDS),
            avatar=AvatarChoice("a1", draw(WORDS)),
        ),
    )
    attachment = an_attachment(name=draw(WORDS), note=draw(WORDS))
    who, states = draw(WORDS), st.lists(st.sampled_from(STATES), min_size=60, max_size=60)
    history = [move(n, state, who) for n, state in enumerate(draw(states))]
    return a_story(job=job, attachments=[attachment] * 20, history=history)


@given(stories(), st.sampled_from(["", "de-DE"]))
@settings(max_examples=30, deadline=None)
def test_any_job_fits_into_the_modal(story: JobStory, locale: str) -> None:
    view = details_view(story, language_of(locale))

    assert all(0 < len(text) <= SECTION_MAX_CHARS for text in texts_of(view))
    assert len(view["blocks"]) <= 100
    assert len(json.dumps(view).encode()) < 250_000
    assert len(view["title"]["text"]) <= 24
    assert len(view["close"]["text"]) <= 24
    for block in view["blocks"]:
        if block["text"]["type"] == "mrkdwn":
            assert "<!channel>" not in block["text"]["text"]


@pytest.mark.parametrize("prompt", ["One line.\n\nTwo & <three>.", "word " * 1_900, "x" * 9_999])
def test_prompt_as_sent_stands_there_word_for_word(prompt: str) -> None:
    view = details_view(a_story(job=a_job(final_prompt=prompt)), ENGLISH)

    plain = [b["text"]["text"] for b in view["blocks"] if b["text"]["type"] == "plain_text"]
    assert "".join("".join(plain).split()) == "".join(prompt.split())
    assert "The prompt as it was sent to HeyGen" in words_of(a_story(job=a_job(final_prompt="p")))


def test_prompt_that_is_not_sent_yet_is_not_called_so() -> None:
    words = words_of(a_story())

    assert "*The prompt*" in words
    assert "sent to HeyGen" not in words


def test_facts_tell_who_when_how_long_and_after_which_job() -> None:
    job = a_job(
        requester_id="U0ANA",
        state=JobState.COMPLETED,
        state_since=NOON + timedelta(seconds=75),
        result=VideoResult("https://x.test/v.mp4", duration_s=42.0),
        session_id="s1",
        parent_id="job-0",
    )

    words = words_of(a_story(job=job))

    for part in (
        *("Job job-1", "<@U0ANA>", "Time taken: 1 min 15 s", "It is 42 s long"),
        *("Made after job job-0", "<https://app.heygen.com/video-agent/s1|"),
    ):
        assert part in words
    assert "below" not in words


def test_choices_stand_under_the_names_of_the_form() -> None:
    brief = Brief(
        purpose=Purpose.PITCH, length_s=90, language="German", voice=Choice("v", "Anna <b>")
    )

    words = words_of(a_story(job=a_job(brief=brief)))

    voice = "Voice: Anna &lt;b&gt;"
    for part in ("Kind of video: Pitch", "Length in seconds: 90", "German", voice):
        assert part in words
    assert "Audience" not in words


def test_history_tells_moves_in_words_and_people_by_name() -> None:
    history = [
        move(0, JobState.QUEUED, "U0ANA"),
        move(1, JobState.SUBMITTING, before=JobState.QUEUED),
        move(2, JobState.SUBMITTING, before=JobState.SUBMITTING),
        move(3, JobState.CANCELLED, "U0BOSS", before=JobState.SUBMITTING),
    ]

    words = words_of(a_story(history=history))

    assert "put into the queue (<@U0ANA>)" in words
    assert words.count("being handed to HeyGen") == 1
    assert "cancelled (<@U0BOSS>)" in words
    assert "(bot)" not in words


def test_long_history_shows_its_end() -> None:
    history = [move(n, STATES[n % 2]) for n in range(HISTORY_MAX * 2)]

    lines = [line for line in words_of(a_story(history=history)).split("\n") if "<!date^" in line]

    assert len(lines) == HISTORY_MAX + 1  # and when it was asked for


def test_file_that_is_not_in_the_thread_is_accounted_for() -> None:
    file = Delivery("d", "job-1", DeliveryKind.FILE, DeliveryState.DROPPED, NOON)

    words = words_of(a_story(deliveries=[replace(file, why_dropped="storage_limit_reached")]))

    assert "no room left for files" in words


def test_attachments_are_named_with_what_they_are_for() -> None:
    files = [
        an_attachment(name="logo.png", note="end card"),
        an_attachment("", name="", url="https://x.test/a.pdf"),
    ]

    words = words_of(a_story(attachments=files))

    assert "logo.png: end card" in words
    assert "https://x.test/a.pdf" in words


def test_how_closely_heygen_is_directed_is_told_unless_it_is_as_usual() -> None:
    def words(detail: Detail) -> str:
        return words_of(a_story(job=a_job(brief=Brief(detail=detail))))

    assert "How closely HeyGen is directed: In detail, scene by scene" in words(Detail.FULL)
    assert "How closely" not in words(Detail.STANDARD)
