"""The modal with fresh links."""

from __future__ import annotations

from bot.domain.job.job import JobState
from bot.sandbox.slack.views import check_view
from bot.screens.fresh_links import links_view
from bot.screens.language import language_of
from bot.screens.messages import fresh_links
from tests.slack.builders import RESULT, a_job


def test_modal_says_the_lines_of_the_message() -> None:
    job, say = a_job(state=JobState.COMPLETED, result=RESULT), language_of("")

    view = check_view(links_view(job, say), "modal")

    assert [block["text"]["text"] for block in view["blocks"]] == fresh_links(job, say)
