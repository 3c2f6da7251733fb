"""Values for tests: every keyword has a sensible default, name only what the test is about."""

from __future__ import annotations

from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.job.job import Attempt, Job, Outcome, Render
from bot.domain.request.draft import Draft
from bot.domain.request.video_request import Attachment, Orientation, SlackThread, VideoRequest

THREAD_FIELDS = ("team_id", "channel_id", "thread_ts")
# As in the database, which has them on one level.
NAMED = {
    "request_key": "key",
    "retry_count": "number",
    "attempt_count": "send_count",
    "attempt_at": "began_at",
}
PARTS = {"request": VideoRequest, "attempt": Attempt, "render": Render, "outcome": Outcome}
PART_OF = {
    **{field.name: part for part, kind in PARTS.items() for field in fields_of(kind)},
    **{name: "attempt" for name in NAMED},
    **dict.fromkeys(("request_key", *THREAD_FIELDS), "request"),
}
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_job(id: str = "job-1", **fields: Any) -> Job:
    """A queued job of Ada's, asked for at NOON; request_key and `updated_at` follow from the rest.

    Fields of its request are named like its own:
    `a_job("job-2", requester_id="U2", state=JobState.RENDERING)`
    """
    created_at = fields.pop("created_at", NOON)
    job = Job(
        id=id,
        request=a_request(f"view-{id}"),
        created_at=created_at,
        updated_at=created_at,
        state_since=created_at,
    )
    return changed(job, **fields)


def changed(job: Job, **fields: Any) -> Job:
    """The job with these fields of its own, or of its request, attempt, render or outcome."""
    own = {name: value for name, value in fields.items() if name not in PART_OF}
    for part in ("request", "attempt", "render", "outcome"):
        news = {n: value for n, value in fields.items() if PART_OF.get(n) == part}
        own[part] = _part(getattr(job, part), **news)
    return replace(job, **own)


def _part(part: Any, **fields: Any) -> Any:
    place = {name: fields.pop(name) for name in THREAD_FIELDS if name in fields}
    if place:
        fields["thread"] = replace(part.thread, **place)
    return replace(part, **{NAMED.get(name, name): value for name, value in fields.items()})


def a_request(key: str = "view-job-1", **fields: Any) -> VideoRequest:
    """Ada's, in a channel, without a thread."""
    place = {"team_id": "T1", "channel_id": "C1"}
    place |= {name: fields.pop(name) for name in THREAD_FIELDS if name in fields}
    request = VideoRequest(
        key=fields.pop("request_key", key),
        requester_id="U-ADA",
        thread=SlackThread(**place),
        prompt="Welcome our new colleagues in a minute.",
        orientation=Orientation.LANDSCAPE,
    )
    return replace(request, **fields)


def an_attachment(file_id: str = "F1", **fields: Any) -> Attachment:
    """A picture that Slack has described and nobody has uploaded yet."""
    picture = Attachment(file_id=file_id, name="logo.png", filetype="png", size_bytes=2_048)
    return replace(picture, **fields)


def an_entry(id_: str = "voice-1", **changes: Any) -> CatalogueEntry:
    """A public voice."""
    entry = CatalogueEntry(CatalogueKind.VOICE, id_, "Anna", words="anna german female")
    return replace(entry, **changes)


def a_draft(**fields: Any) -> Draft:
    """What Ada's /video without words opens the form with."""
    return replace(Draft(key="", requester_id="U-ADA", team_id="T1"), **fields)
