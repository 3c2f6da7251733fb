"""The answer to words for the bot."""

from __future__ import annotations

import pytest

from bot.domain import texts
from bot.domain.job.job import Job
from bot.domain.request.brief import Brief
from bot.domain.request.draft import Draft
from bot.domain.request.mention import Mention
from bot.sandbox.slack.blocks import check_blocks
from bot.screens import ids
from bot.screens.language import language_of, languages
from bot.screens.mention_reply import mention_answer
from tests.builders import a_draft, a_job, an_attachment
from tests.screens.any_words import LONG


def a_revision(change: str) -> Draft:
    return a_draft(key="k", parent_id="job-1", is_variation=True, brief=Brief(change=change))


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("parent", [None, a_job()], ids=["alone", "of a job"])
@pytest.mark.parametrize(
    "draft",
    [
        pytest.param(a_draft(key="k"), id="empty"),
        pytest.param(a_draft(key="k", attachments=(an_attachment(),)), id="file"),
        *[pytest.param(a_draft(key="k", prompt=long), id="words") for long in LONG],
        *[pytest.param(a_revision(long), id="change") for long in LONG],
    ],
)
def test_answer_to_any_words_is_taken_in_every_language(
    draft: Draft, parent: Job | None, code: str
) -> None:
    answer = mention_answer(Mention(draft, parent), language_of(code))

    assert check_blocks(answer["blocks"], "message") == []


def test_change_that_starts_at_once_is_asked_about_first() -> None:
    answer = mention_answer(Mention(a_revision("shorter"), a_job()), language_of(""))

    change, form = answer["blocks"][1]["elements"]
    assert change["confirm"]["text"]["text"] == texts.CONFIRM_CHANGE
    assert [change["action_id"], form["action_id"]] == [ids.MAKE_CHANGE, ids.OPEN_DRAFT]
