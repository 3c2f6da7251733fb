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
from bot.workflow.intake import Intake, new_job_id
from bot.workflow.status_updates import Signals
from store import open_store
from tests.builders import a_request
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


def intake(store: Any, **how: float) -> Intake:
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
