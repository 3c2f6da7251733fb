"""The limits of a request, each with a sentence beside its field."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.video_request import (
    MEDIA_TYPES,
    SLACK_FILE_MAX_BYTES,
    TEXT_FILE_MAX_BYTES,
    TEXT_TYPES,
    Orientation,
    SlackThread,
    VideoRequest,
    faults_of,
)
from tests.builders import an_attachment


def faults(prompt: str = "Hello.", channel: str = "C1", files: Any = ()) -> dict[str, str]:
    thread = SlackThread("T1", channel)
    return faults_of(VideoRequest("k", "U1", thread, prompt, Orientation.PORTRAIT, tuple(files)))


@pytest.mark.parametrize("prompt", ["", "  \n\t "], ids=["empty", "white space"])
def test_empty_prompt_is_refused(prompt: str) -> None:
    assert set(faults(prompt)) == {"prompt"}


def test_prompt_of_the_greatest_length_is_taken_and_one_more_is_not() -> None:
    assert faults("x" * 10_000) == {}
    assert "10,001" in faults("x" * 10_001)["prompt"]
    assert "Shorten it by 1." in faults("x" * 10_001)["prompt"]


def test_ten_files_are_taken_and_eleven_are_not() -> None:
    files = [an_attachment(f"F{n}") for n in range(11)]

    assert faults(files=files[:10]) == {}
    assert "11 files" in faults(files=files)["attachments"]


@pytest.mark.parametrize("filetype", [*MEDIA_TYPES, *TEXT_TYPES])
def test_types_that_can_be_used_are_taken(filetype: str) -> None:
    assert faults(files=[an_attachment(filetype=filetype)]) == {}


REFUSED: dict[str, dict[str, Any]] = {
    **{
        mode: {"mode": mode}
        for mode in ("external", "post", "quip", "canvas", "tombstone", "hidden_by_limit")
    },
    "type": {"filetype": "exe"},
    "no type": {"filetype": ""},
    "size 0": {"size_bytes": 0},
    "too large": {"size_bytes": SLACK_FILE_MAX_BYTES + 1},
    "text too long": {"filetype": "txt", "size_bytes": TEXT_FILE_MAX_BYTES + 1},
    "empty text": {"filetype": "md", "size_bytes": 0},
}


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED)
def test_file_that_cannot_be_used_is_refused_by_name(fields: dict[str, Any]) -> None:
    sentence = faults(files=[an_attachment("F1"), an_attachment("F2", name="x.y", **fields)])

    assert "“x.y”" in sentence["attachments"]
    assert sentence["attachments"].endswith(".")


TAKEN: dict[str, dict[str, Any]] = {
    "largest": {"size_bytes": SLACK_FILE_MAX_BYTES},
    "longest text": {"filetype": "txt", "size_bytes": TEXT_FILE_MAX_BYTES},
    "size unknown": {"size_bytes": None},
    "not described yet": {"mode": "file_access", "name": "", "filetype": "", "size_bytes": None},
}


@pytest.mark.parametrize("fields", TAKEN.values(), ids=TAKEN)
def test_file_at_the_limit_or_unknown_is_taken(fields: dict[str, Any]) -> None:
    assert faults(files=[an_attachment(**fields)]) == {}


def test_every_fault_is_told_at_once() -> None:
    bad = an_attachment(filetype="exe")

    assert set(faults("", "", [bad])) == {"prompt", "attachments", "channel"}
