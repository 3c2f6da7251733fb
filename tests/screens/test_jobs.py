"""Jobs as lines, for their requester and for others."""

from __future__ import annotations

from bot.domain import texts
from bot.domain.job.job import Failure, JobState
from bot.domain.job.pages import JobPage, ListedJob
from bot.domain.request.brief import Brief
from bot.screens.jobs import job_progress, job_state, job_title, list_text, status_text
from bot.screens.language import language_of
from tests.builders import a_job

ENGLISH, URL = language_of(""), "https://acme.slack.com/"


def test_title_is_of_one_line_that_no_star_ends() -> None:
    assert job_title(a_job(prompt="A *bold*\n<plan>"), ENGLISH) == "*A bold &lt;plan&gt;*"
    assert job_title(a_job(prompt="*"), ENGLISH) == f"*{texts.NO_PROMPT}*"


def test_title_of_a_variation_is_what_is_different() -> None:
    assert job_title(a_job(brief=Brief(change="Shorter")), ENGLISH) == "*Shorter*"


def test_failed_job_says_why() -> None:
    failure = Failure("moderation", "Not <allowed>.", "")

    assert job_state(a_job(state=JobState.FAILED, failure=failure), ENGLISH).endswith(
        "Not &lt;allowed&gt;."
    )


def test_progress_is_a_percentage_or_a_place() -> None:
    rendering = ListedJob(a_job(state=JobState.RENDERING, progress=40), None, None)

    assert "40 percent" in job_progress(rendering, ENGLISH)
    assert "number 3" in job_progress(ListedJob(a_job(), None, 3), ENGLISH)


def test_no_videos_is_said_with_what_to_do() -> None:
    assert list_text(JobPage(0, (), has_older=False), ENGLISH, URL) == texts.LIST_EMPTY


def test_reason_to_wait_is_said_once_below_a_list() -> None:
    waiting = [ListedJob(a_job(f"job-{n}"), None, n, "The balance is used up.") for n in (1, 2)]

    said = list_text(JobPage(0, tuple(waiting), has_older=False), ENGLISH, URL)

    assert said.count("The balance is used up.") == 1


def test_status_tells_others_neither_words_nor_links() -> None:
    listed = ListedJob(a_job(prompt="Our secret plan"), None, None)

    assert "Our secret plan" in status_text(listed, ENGLISH, URL, is_own=True)
    others = status_text(listed, ENGLISH, URL, is_own=False)
    assert "secret" not in others
    assert "job-1" in others
