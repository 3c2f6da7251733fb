"""What is taken in: measured as it will be sent, not as it was typed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain import texts
from bot.domain.errors import RequestRefused
from bot.domain.prompt.compose import compose
from bot.domain.request.brief import Brief
from bot.domain.request.video_request import (
    PROMPT_MAX_CHARS,
    Orientation,
    Submission,
)
from bot.workflow.intake import Intake, NoKey, new_job_id
from bot.workflow.status_updates import Signals
from store import open_store
from tests.builders import a_job, a_request
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock

BRIEF = Brief(length_s=90, call_to_action="Ask for a trial")


def a_submission(prompt: str) -> Submission:
    return Submission(a_request(prompt=prompt, brief=BRIEF))


def room() -> int:
    """How long a prompt may be beside this brief."""
    prompt = "a" * PROMPT_MAX_CHARS
    composed = compose(new_job_id(), prompt, Orientation.LANDSCAPE, BRIEF)
    return 2 * PROMPT_MAX_CHARS - len(composed)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Any]:
    write_empty_database(tmp_path / "bot.db")
    store = open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    yield store
    await store.close()


def intake(store: Any, **how: Any) -> Intake:
    return Intake(store, FakeClock(), Signals(), **how)


async def test_prompt_that_just_fits_with_the_other_answers_is_taken(store: Any) -> None:
    job = await intake(store).accept(a_submission("a" * room()))

    composed = compose(job.id, job.request.prompt, job.request.orientation, job.request.brief)
    assert len(composed) == PROMPT_MAX_CHARS


async def test_prompt_that_the_other_answers_make_too_long_is_refused_with_the_excess(
    store: Any,
) -> None:
    with pytest.raises(RequestRefused) as refused:
        await intake(store).accept(a_submission("a" * (room() + 7)))

    assert refused.value.faults == {
        "prompt": texts.PROMPT_TOO_LONG_COMPOSED.format(most=PROMPT_MAX_CHARS, excess=7)
    }


async def test_length_is_padded_as_it_will_be_when_it_is_sent(store: Any) -> None:
    """90 seconds are told as 125: one figure more, for which there is no room."""
    with pytest.raises(RequestRefused) as refused:
        intake(store, length_padding=1.4).check(a_submission("a" * room()))

    assert "Shorten it by 1." in refused.value.faults["prompt"]


# -- without a HeyGen key


async def test_without_a_key_nothing_is_taken_in_and_the_sentence_says_whom_to_ask(
    store: Any,
) -> None:
    with pytest.raises(NoKey) as refused:
        await intake(store, has_key=lambda: False).accept(a_submission(""))

    assert refused.value.faults == {"prompt": texts.NO_KEY}
    assert await store.jobs.recent(1) == []


async def test_without_a_key_nothing_is_made_once_more(store: Any) -> None:
    await store.jobs.add(a_job("job-1"), [])

    with pytest.raises(NoKey):
        await intake(store, has_key=lambda: False).accept_again(
            a_request(key="again", parent_id="job-1"), "U1"
        )

    assert len(await store.jobs.recent(2)) == 1


async def test_person_of_another_workspace_learns_nothing_of_a_missing_key(store: Any) -> None:
    submission = Submission(a_request(), is_outsider=True)

    with pytest.raises(RequestRefused) as refused:
        intake(store, has_key=lambda: False).check(submission)

    assert str(texts.OUTSIDER) in refused.value.faults["prompt"]


def test_form_may_be_opened_while_there_is_a_key() -> None:
    any_store: Any = None
    has_key = [True]
    door = intake(any_store, has_key=lambda: has_key[0])
    door.check_key()

    has_key[0] = False

    with pytest.raises(NoKey):
        door.check_key()
