"""Rows and our words: Job, Attachment, Delivery and HistoryLine to a database's values and back.

A Brief is kept as JSON; a failure's sentences too, so that they can still be said in another
language (domain/words.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.job.job import (
    Attempt,
    Failure,
    Job,
    JobState,
    Outcome,
    Render,
    VideoResult,
    WaitKind,
)
from bot.domain.job.story import HistoryLine
from bot.domain.request.brief import NO_BRIEF, Brief
from bot.domain.request.video_request import Attachment, Orientation, SlackThread, VideoRequest
from bot.domain.words import from_plain, to_plain

Cells = Mapping[str, Any]  # a row by the names of its columns
Row = Sequence[Any]  # one row as SQLite gives it, in the order of the columns asked for

# Columns are always named, so that a release reads a database that has newer ones too.
JOB_COLUMNS = (
    *("id", "request_key", "team_id", "channel_id", "thread_ts", "requester_id", "prompt"),
    *("orientation", "created_at", "updated_at", "state", "state_since", "due_at"),
    *("final_prompt", "attempt_count", "attempt_at", "sent_at", "look_count"),
    *("wait_count", "wait_kind", "wait_since", "watched_s", "sweep_at", "sweep_count"),
    *("unread_sessions", "retry_count", "link_reads"),
    *("is_slow_told", "session_id", "video_id", "progress", "callback_token_hash"),
    *("result_video_url", "result_page_url", "result_duration_s"),
    *("result_thumbnail_url", "result_subtitle_url"),
    *("failure_code", "failure_message", "failure_hint"),
    *("parent_id", "brief", "locale", "version"),
)
ATTACHMENT_COLUMNS = (
    *("file_id", "name", "filetype", "size_bytes", "mode", "asset_id", "text", "url", "note"),
)
DELIVERY_COLUMNS = (
    *("id", "job_id", "kind", "state", "due_at", "attempts", "looks"),
    *("channel_id", "message_ts"),
    *("thread_ts", "file_id", "wanted", "shown", "edited_at", "detour", "why_dropped"),
)

_TIMES = (
    *("created_at", "updated_at", "state_since", "due_at", "attempt_at"),
    *("sent_at", "wait_since", "sweep_at"),
)
_BRIEF = TypeAdapter(Brief)
_EMPTY_BRIEF = "{}"
_RESULT = ("video_url", "page_url", "duration_s", "thumbnail_url", "subtitle_url")


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
    request, thread = job.request, job.request.thread
    attempt, render = job.attempt, job.render
    result, failure = job.outcome.result or VideoResult(None), job.outcome.failure
    failed = (
        (None, None, None)
        if failure is None
        else (failure.code, sentence_text(failure.message), sentence_text(failure.hint))
    )
    return (
        *(job.id, request.key, thread.team_id, thread.channel_id, thread.thread_ts),
        *(request.requester_id, request.prompt, request.orientation.value),
        *(time_text(job.created_at), time_text(job.updated_at), job.state.value),
        *(optional_text(job.state_since), optional_text(job.due_at), attempt.final_prompt),
        *(attempt.send_count, optional_text(attempt.began_at), optional_text(attempt.sent_at)),
        *(attempt.look_count, attempt.wait_count, attempt.wait_kind),
        *(optional_text(attempt.wait_since), render.watched_s),
        *(optional_text(attempt.sweep_at), attempt.sweep_count),
        *(json.dumps(attempt.unread_sessions), attempt.number, render.link_reads),
        *(int(render.is_slow_told), render.session_id, render.video_id),
        *(render.progress, attempt.callback_token_hash),
        *(getattr(result, part) for part in _RESULT),
        *failed,
        *(request.parent_id, brief_text(request.brief), request.locale, job.version),
    )


def job_from(row: Row) -> Job:
    """The Job of a row of JOB_COLUMNS."""
    cells = dict(zip(JOB_COLUMNS, row, strict=True))
    for column in _TIMES:
        cells[column] = optional_time(cells[column])
    return Job(
        id=cells["id"],
        request=_request_from(cells),
        created_at=cells["created_at"],
        updated_at=cells["updated_at"],
        state=JobState(cells["state"]),
        state_since=cells["state_since"],
        due_at=cells["due_at"],
        attempt=_attempt_from(cells),
        render=Render(
            session_id=cells["session_id"],
            video_id=cells["video_id"],
            progress=cells["progress"],
            watched_s=cells["watched_s"],
            is_slow_told=bool(cells["is_slow_told"]),
            link_reads=cells["link_reads"],
        ),
        outcome=_outcome_from(cells),
        version=cells["version"],
    )


def _request_from(cells: Cells) -> VideoRequest:
    return VideoRequest(
        key=cells["request_key"],
        requester_id=cells["requester_id"],
        thread=SlackThread(cells["team_id"], cells["channel_id"], cells["thread_ts"]),
        prompt=cells["prompt"],
        orientation=Orientation(cells["orientation"]),
        brief=brief_from(cells["brief"]),
        locale=cells["locale"],
        parent_id=cells["parent_id"],
    )


def _attempt_from(cells: Cells) -> Attempt:
    return Attempt(
        number=cells["retry_count"],
        final_prompt=cells["final_prompt"],
        send_count=cells["attempt_count"],
        began_at=cells["attempt_at"],
        sent_at=cells["sent_at"],
        callback_token_hash=cells["callback_token_hash"],
        look_count=cells["look_count"],
        unread_sessions=tuple(json.loads(cells["unread_sessions"])),
        wait_kind=cells["wait_kind"] and WaitKind(cells["wait_kind"]),
        wait_count=cells["wait_count"],
        wait_since=cells["wait_since"],
        sweep_at=cells["sweep_at"],
        sweep_count=cells["sweep_count"],
    )


def _outcome_from(cells: Cells) -> Outcome:
    result = VideoResult(*(cells[f"result_{part}"] for part in _RESULT))
    code, *sentences = (cells[f"failure_{part}"] for part in ("code", "message", "hint"))
    return Outcome(
        result=result if result.video_url or result.page_url else None,
        failure=None if code is None else Failure(code, *map(sentence_from, sentences)),
    )


def brief_text(brief: Brief) -> str:
    """A Brief as JSON; one that says nothing is `{}`."""
    if brief == NO_BRIEF:
        return _EMPTY_BRIEF
    return _BRIEF.dump_json(brief, exclude_defaults=True).decode()


def brief_from(text: str) -> Brief:
    """The Brief that `brief_text` wrote; fields of a newer release are left out."""
    return NO_BRIEF if text == _EMPTY_BRIEF else _BRIEF.validate_json(text)


def sentence_text(text: str) -> str:
    """A sentence as JSON, so that it can still be said in another language."""
    return json.dumps(to_plain(text), ensure_ascii=False)


def sentence_from(kept: str) -> str:
    """The sentence that `sentence_text` wrote."""
    sentence: str = from_plain(json.loads(kept))
    return sentence


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
    """The HistoryLine of a row of (at, from_state, to_state, why, who, replica)."""
    at, from_state, to_state, why, who, replica = row
    return HistoryLine(
        at=datetime.fromisoformat(at),
        from_state=None if from_state is None else JobState(from_state),
        to_state=JobState(to_state),
        why=why,
        who=who,
        replica=replica,
    )
