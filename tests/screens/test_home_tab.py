"""The Home tab keeps Slack's limits for any jobs, and offers what fits each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import texts
from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.job.job import Failure, Job, JobState, VideoResult
from bot.domain.job.pages import JobPage, ListedJob
from bot.domain.request.brief import Brief
from bot.domain.request.video_request import Orientation
from bot.sandbox.slack.blocks import find_elements
from bot.sandbox.slack.views import check_view
from bot.screens import ids
from bot.screens.home_tab import home_view
from bot.screens.language import language_of, languages
from tests.builders import NOON, a_job, changed

URL = "https://acme.slack.com/"
ENGLISH = language_of("")


def listed(job: Job) -> ListedJob:
    card = Delivery(
        f"{job.id}.card", job.id, DeliveryKind.CARD, DeliveryState.POSTED, NOON, channel_id="C1"
    )
    return ListedJob(job, replace(card, message_ts="1764000000.000100"), None)


def view_of(*jobs: Job, number: int = 0, has_older: bool = False) -> dict[str, Any]:
    page = JobPage(number, tuple(map(listed, jobs)), has_older)
    return check_view(home_view(page, ENGLISH, URL), "home")


def buttons(view: dict[str, Any]) -> list[str]:
    return [one["action_id"] for _, one in find_elements(view["blocks"])]


def words(view: dict[str, Any]) -> str:
    return str(view["blocks"])


def test_home_without_videos_says_how_to_get_one() -> None:
    view = view_of()

    assert buttons(view) == [ids.NEW_VIDEO]
    assert "You have not asked for a video yet." in words(view)


def test_page_beyond_the_oldest_video_leads_back() -> None:
    view = view_of(number=3)

    assert buttons(view) == [ids.NEW_VIDEO, ids.HOME_NEWER]
    assert "There are no older videos." in words(view)


@pytest.mark.parametrize(
    ("number", "has_older", "paging"),
    [
        (0, False, {}),
        (0, True, {ids.HOME_OLDER: "1"}),
        (1, True, {ids.HOME_NEWER: "0", ids.HOME_OLDER: "2"}),
        (2, False, {ids.HOME_NEWER: "1"}),
    ],
)
def test_pages_lead_to_their_neighbours(
    number: int, has_older: bool, paging: dict[str, str]
) -> None:
    view = view_of(a_job(), number=number, has_older=has_older)

    found = {one["action_id"]: one.get("value") for _, one in find_elements(view["blocks"])}
    assert {name: found[name] for name in found if name.startswith("home_")} == paging
    assert ("Page" in words(view)) == bool(paging)


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (JobState.RENDERING, {ids.CANCEL_JOB}),
        (JobState.PARKED, {ids.LOOK_AGAIN, ids.SEND_AGAIN, ids.CANCEL_JOB}),
        (JobState.FAILED, {ids.RETRY_JOB, ids.EDIT_JOB}),
        (JobState.COMPLETED, {ids.VARY_JOB, ids.EDIT_JOB, ids.OTHER_ORIENTATION}),
    ],
)
def test_job_offers_the_buttons_of_its_card(state: JobState, offered: set[str]) -> None:
    view = view_of(a_job(state=state))

    assert set(buttons(view)) == {ids.NEW_VIDEO, ids.JOB_MENU, *offered}


def test_finished_video_is_linked_beside_its_thread() -> None:
    done = a_job(state=JobState.COMPLETED, result=VideoResult(None, "https://e.com/page"))

    shown = words(view_of(done))

    assert "<https://e.com/page|Watch the video>" in shown
    assert "<https://acme.slack.com/archives/C1/p1764000000000100|Open its thread>" in shown


def test_variation_is_named_for_what_is_different() -> None:
    shown = words(view_of(a_job(parent_id="job-0", brief=Brief(change="Make it shorter"))))

    assert "*Make it shorter*" in shown


foreign = st.text(max_size=400) | st.sampled_from(
    ["<!channel>", "*" * 300, "‮" * 300, "👩‍👩‍👧" * 400]
)


@given(foreign, foreign, st.sampled_from(list(JobState)), st.integers(0, 100))
def test_any_ten_jobs_keep_slack_s_limits(
    prompt: str, page_url: str, state: JobState, progress: int
) -> None:
    job = a_job(prompt=prompt, state=state, progress=progress, session_id="s" * 200)
    jobs = [
        changed(job, id=f"{n:012x}", result=VideoResult("u", page_url or "p")) for n in range(10)
    ]

    view = view_of(*jobs, number=1, has_older=True)

    assert len(view["blocks"]) <= 100
    assert "<!channel>" not in words(view)


def test_job_with_the_longest_words_of_all_still_fits() -> None:
    long = "&" * 1_000  # each of them five characters when it is shown
    job = a_job(prompt=long, failure=Failure("code", long, long))
    waiting = replace(listed(job), waiting_for=long)

    view = check_view(home_view(JobPage(0, (waiting,), False), ENGLISH, URL), "home")

    assert max(len(b["text"]["text"]) for b in view["blocks"] if b["type"] == "section") > 2_990


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("orientation", Orientation)
def test_every_button_and_its_question_fit_in_every_language(
    code: str, state: JobState, orientation: Orientation
) -> None:
    job = a_job(state=state, orientation=orientation, session_id="s1")

    view = home_view(JobPage(1, (listed(job),), True), language_of(code), URL)

    assert check_view(view, "home") == view


def test_job_says_why_it_waits() -> None:
    waiting = replace(listed(a_job()), waiting_for=texts.HEYGEN_OUTAGE)

    view = check_view(home_view(JobPage(0, (waiting,), False), ENGLISH, URL), "home")

    assert texts.HEYGEN_OUTAGE in str(view)
