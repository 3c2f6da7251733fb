"""Every error can be read by a person, and keeps what the machine needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain import texts
from bot.domain.errors import (
    BotError,
    RequestRefused,
    SlackBusy,
    VideoAgentBusy,
    VideoAgentRefused,
)
from bot.domain.job.timing import LONGEST_PAUSE_S, SHORTEST_PAUSE_S


def tree(error: type[BotError]) -> Iterator[type[BotError]]:
    yield error
    for below in error.__subclasses__():
        yield from tree(below)


@pytest.mark.parametrize("error", [*tree(BotError)], ids=lambda error: error.__name__)
def test_every_error_has_a_code_and_a_sentence_by_itself(error: type[BotError]) -> None:
    assert error.code == error.code.lower()
    assert " " not in error.code
    assert error.message.strip()


def test_error_says_what_happened_and_then_what_to_do() -> None:
    error = BotError(texts.HEYGEN_REFUSED, hint=texts.CHANGE_REQUEST, code="odd")

    assert str(error.sentence) == f"{texts.HEYGEN_REFUSED} {texts.CHANGE_REQUEST}"
    assert str(error).startswith("odd: ")


def test_own_words_leave_those_of_the_class_alone() -> None:
    BotError(texts.HEYGEN_REFUSED, code="odd")

    assert (BotError().code, BotError().message) == ("error", texts.WENT_WRONG)


def test_refused_request_says_every_fault_and_keeps_them_by_field() -> None:
    faults = {"prompt": texts.HEYGEN_REFUSED, "length": texts.CHANGE_REQUEST}

    error = RequestRefused(faults)

    assert error.faults == faults
    assert all(fault in error.message for fault in faults.values())


def test_heygen_s_status_and_field_are_kept() -> None:
    error = VideoAgentRefused(code="invalid_parameter", status=400, param="prompt")

    assert (error.code, error.status, error.param) == ("invalid_parameter", 400, "prompt")
    assert not error.retryable


def test_pause_that_heygen_asks_for_is_kept_as_it_was_asked() -> None:
    assert VideoAgentBusy(retry_after_s=7_000.0).retry_after_s == 7_000.0
    assert VideoAgentBusy().retry_after_s is None


@pytest.mark.parametrize(
    ("asked_s", "kept_s"), [(0, SHORTEST_PAUSE_S), (30, 30), (86_400, LONGEST_PAUSE_S)]
)
def test_pause_that_slack_asks_for_is_believed_within_reason(asked_s: float, kept_s: float) -> None:
    assert SlackBusy(asked_s).retry_after_s == kept_s
