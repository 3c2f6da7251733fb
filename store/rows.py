"""Rows and our words: Job, Attachment, Delivery and HistoryLine to SQLite's values and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.domain.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.job import Failure, Job, JobState, VideoResult
from bot.domain.ports import HistoryLine
from bot.domain.video_request import Attachment, Orientation

Row = Sequence[Any]  # one row as SQLite gives it, in the order of the columns asked for

# Columns are always named, so that a release reads a database that has newer ones too.
JOB_COLUMNS = (
    *("id", "request_key", "team_id", "channel_id", "thread_ts", "requester_id", "prompt"),
    *("orientation", "created_at", "updated_at", "state", "state_since", "due_at"),
    *("final_prompt", "attempt_count", "attempt_at", "look_count", "wait_count", "retry_count"),
    *("is_slow_told", "session_id", "video_id", "progress", "callback_token_hash"),
    *("result_video_url", "result_page_url", "result_duration_s"),
    *("failure_code", "failure_message", "failure_hint", "parent_id", "version"),
)
ATTACHMENT_COLUMNS = ("file_id", "name", "filetype", "size_bytes", "mode", "asset_id", "text")
DELIVERY_COLUMNS = (
    *("id", "job_id", "kind", "state", "due_at", "attempts", "channel_id", "message_ts"),
    *("thread_ts", "file_id", "wanted", "shown", "edited_at", "detour"),
)


def time_text(at: datetime) -> str:
    """A time as text that sorts: UTC, microseconds, always 32 characters."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def optional_text(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)


def optional_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def job_values(job: Job) -> tuple[object, ...]:
    """One value for each of JOB_COLUMNS."""
    result = job.result or VideoResult(None)
    failure = (
        (None, None, None)
        if job.failure is None
        else (job.failure.code, job.failure.message, job.failure.hint)
    )
    return (
        *(job.id, job.request_key, job.team_id, job.channel_id, job.thread_ts),
        *(job.requester_id, job.prompt, job.orientation.value),
        *(time_text(job.created_at), time_text(job.updated_at), job.state.value),
        *(optional_text(job.state_since), optional_text(job.due_at), job.final_prompt),
        *(job.attempt_count, optional_text(job.attempt_at), job.look_count, job.wait_count),
        *(job.retry_count, int(job.is_slow_told), job.session_id, job.video_id),
        *(job.progress, job.callback_token_hash),
        *(result.video_url, result.page_url, result.duration_s),
        *failure,
        job.parent_id,
        job.version,
    )


def job_from(row: Row) -> Job:
    """The Job of a row of JOB_COLUMNS."""
    cells = dict(zip(JOB_COLUMNS, row, strict=True))
    video_url, page_url = cells.pop("result_video_url"), cells.pop("result_page_url")
    duration_s = cells.pop("result_duration_s")
    failure = tuple(cells.pop(f"failure_{part}") for part in ("code", "message", "hint"))
    for column in ("created_at", "updated_at", "state_since", "due_at", "attempt_at"):
        cells[column] = optional_time(cells[column])
    cells["orientation"] = Orientation(cells["orientation"])
    cells["state"] = JobState(cells["state"])
    cells["is_slow_told"] = bool(cells["is_slow_told"])
    return Job(
        **cells,
        result=VideoResult(video_url, page_url, duration_s) if video_url or page_url else None,
        failure=None if failure[0] is None else Failure(*failure),
    )


def attachment_values(attachment: Attachment) -> tuple[object, ...]:
    """One value for each of ATTACHMENT_COLUMNS."""
    return tuple(getattr(attachment, column) for column in ATTACHMENT_COLUMNS)


def attachment_from(row: Row) -> Attachment:
    """The Attachment of a row of ATTACHMENT_COLUMNS."""
    return Attachment(**dict(zip(ATTACHMENT_COLUMNS, row, strict=True)))


def delivery_from(row: Row) -> Delivery:
    """The Delivery of a row of DELIVERY_COLUMNS."""
    cells = dict(zip(DELIVERY_COLUMNS, row, strict=True))
    cells["kind"] = DeliveryKind(cells["kind"])
    cells["state"] = DeliveryState(cells["state"])
    cells["due_at"] = datetime.fromisoformat(cells["due_at"])
    cells["edited_at"] = optional_time(cells["edited_at"])
    return Delivery(**cells)


def history_line_from(row: Row) -> HistoryLine:
    """The HistoryLine of a row of (at, from_state, to_state, why, who)."""
    at, from_state, to_state, why, who = row
    return HistoryLine(
        at=datetime.fromisoformat(at),
        from_state=None if from_state is None else JobState(from_state),
        to_state=JobState(to_state),
        why=why,
        who=who,
    )
