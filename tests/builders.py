"""Values for tests: every keyword has a sensible default, name only what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.job.job import Job
from bot.domain.request.draft import Draft
from bot.domain.request.video_request import Attachment, Orientation, SlackThread, VideoRequest

THREAD_FIELDS = ("team_id", "channel_id", "thread_ts")
REQUEST_FIELDS = (
    *("request_key", "requester_id", "prompt", "orientation", "brief", "locale", "parent_id"),
    *THREAD_FIELDS,
)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_job(id: str = "job-1", **fields: Any) -> Job:
    """A queued job of Ada's, asked for at NOON; request_key and `updated_at` follow from the rest.

    Fields of its request are named like its own:
    `a_job("job-2", requester_id="U2", state=JobState.RENDERING)`
    """
    created_at = fields.pop("created_at", NOON)
    asked = {name: fields.pop(name) for name in REQUEST_FIELDS if name in fields}
    job = Job(
        id=id,
        request=a_request(f"view-{id}", **asked),
        created_at=created_at,
        updated_at=created_at,
        state_since=created_at,
    )
    return replace(job, **fields)


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
