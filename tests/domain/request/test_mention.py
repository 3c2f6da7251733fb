"""What may be made of words to the bot."""

from __future__ import annotations

import pytest

from bot.domain.request.draft import Draft
from bot.domain.request.mention import Mention
from tests.builders import a_draft, a_job, an_attachment

CHANGE = a_draft(parent_id="job-1", is_variation=True)
WITH_FILE = a_draft(parent_id="job-1", is_variation=True, attachments=(an_attachment(),))


@pytest.mark.parametrize(
    ("draft", "is_revision", "may_start"),
    [
        pytest.param(a_draft(prompt="Hello"), False, False, id="a new video"),
        pytest.param(CHANGE, True, True, id="a change in words"),
        pytest.param(WITH_FILE, True, False, id="a change with a file"),
    ],
)
def test_only_a_change_in_words_needs_no_form(
    draft: Draft, is_revision: bool, may_start: bool
) -> None:
    mention = Mention(draft, a_job())

    assert (mention.is_revision, mention.may_start_at_once) == (is_revision, may_start)
