"""The limits of a request, each with a sentence beside its field."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.request.video_request import (
    MEDIA_TYPES,
    SLACK_FILE_MAX_BYTES,
    TEXT_FILE_MAX_BYTES,
    TEXT_TYPES,
    Attachment,
    Orientation,
    SlackThread,
    Submission,
    VideoRequest,
    faults_of,
)
from bot.domain.words import Text
from tests.builders import a_request, an_attachment


def faults(
    prompt: str = "Hello.", channel: str = "C1", files: Any = (), **more: Any
) -> dict[str, str]:
    thread, shape = SlackThread("T1", channel), Orientation.PORTRAIT
    request = VideoRequest("k", "U1", thread, prompt, shape)
    return faults_of(Submission(request, tuple(files), **more))


def a_link(url: str = "https://e.com/a.png") -> Attachment:
    return Attachment(url=url, name="a.png", filetype="png")


@pytest.mark.parametrize("prompt", ["", "  \n\t "], ids=["empty", "white space"])
def test_empty_prompt_is_refused(prompt: str) -> None:
    assert set(faults(prompt)) == {"prompt"}


def test_prompt_of_the_greatest_length_is_taken_and_one_more_is_not() -> None:
    assert faults("x" * 10_000) == {}
    assert "10,001" in faults("x" * 10_001)["prompt"]
    assert "Shorten it by 1." in faults("x" * 10_001)["prompt"]


def test_twenty_files_are_taken_and_one_more_is_not() -> None:
    files = [an_attachment(f"F{n}") for n in range(21)]

    assert faults(files=files[:20]) == {}
    assert "Remove 1." in faults(files=files)["attachments"]


def test_files_and_links_are_counted_together_and_told_beside_the_links() -> None:
    files = [an_attachment(f"F{n}") for n in range(12)]
    links = [a_link(f"https://e.com/{n}.png") for n in range(9)]

    assert faults(files=[*files, *links[:8]]) == {}
    assert faults(files=[*files, *links]) == {
        "links": "These are 21 files and links together; at most 20 fit. Remove 1."
    }


def test_link_that_cannot_be_handed_on_is_refused_beside_its_field() -> None:
    found = faults(files=[a_link(), a_link("https://10.0.0.1/a.png")])

    assert set(found) == {"links"}
    assert "private network" in found["links"]


def test_link_to_the_sandbox_is_taken_only_where_it_is_allowed() -> None:
    link = a_link("http://127.0.0.1:80/a.png")
    submission = Submission(a_request(), (link,))

    assert set(faults_of(submission)) == {"links"}
    assert faults_of(submission, frozenset({"127.0.0.1"})) == {}


def test_note_that_names_no_attachment_is_told_with_the_names_there_are() -> None:
    files = [an_attachment(f"F{n}", name=f"{n}.png") for n in range(7)]

    sentence = faults(files=files, unknown_notes=("logo.png: end card", "x"))["notes"]

    assert "“logo.png: end card” names none" in sentence
    assert "1 0.png, 2 1.png, 3 2.png, 4 3.png, 5 4.png, …" in sentence


def test_note_without_any_attachment_is_told_so() -> None:
    assert "nothing attached" in faults(unknown_notes=("logo.png: end card",))["notes"]


@pytest.mark.parametrize(
    ("filetype", "instead"),
    [
        *[("heic", "JPEG"), ("webp", "PNG"), ("gif", "PNG"), ("mov", "MP4"), ("m4a", "MP3")],
        *[("docx", "PDF"), ("pptx", "PDF")],
    ],
)
def test_type_that_is_near_an_allowed_one_is_refused_with_what_to_save_it_as(
    filetype: str, instead: str
) -> None:
    file = an_attachment(name=f"x.{filetype}", filetype=filetype)

    sentence = faults(files=[file])["attachments"]

    assert f"Save it as {instead}" in sentence
    assert "PNG, JPEG, MP4, WebM, MP3, WAV, PDF or plain text" in sentence


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

    found = faults("", "", [bad, a_link("nothing")], unknown_notes=("x",))

    assert set(found) == {"prompt", "attachments", "links", "notes", "channel"}
    assert all(isinstance(sentence, Text) for sentence in found.values())
