"""Attachments of jobs: what came along, and what HeyGen called it once it was there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.request.video_request import Attachment
from store import outbox
from store.database import Connection
from store.rows import ATTACHMENT_COLUMNS, attachment_from, attachment_values
from store.scope import EVERYTHING, OF_MY_JOB, Scope

_OF_JOB = f"""
SELECT {", ".join(ATTACHMENT_COLUMNS)} FROM attachments
WHERE job_id = ?1 AND {OF_MY_JOB} ORDER BY position
"""
_INSERT = f"""
INSERT INTO attachments (job_id, position, {", ".join(ATTACHMENT_COLUMNS)})
VALUES (?, ?, {", ".join("?" * len(ATTACHMENT_COLUMNS))})
"""
_UPDATE = f"""
UPDATE attachments SET {", ".join(f"{column} = ?" for column in ATTACHMENT_COLUMNS)}
WHERE job_id = ? AND position = ?
"""


def add(db: Connection, job_id: str, attachments: Sequence[Attachment]) -> None:
    rows = [(job_id, n, *attachment_values(a)) for n, a in enumerate(attachments)]
    db.executemany(_INSERT, rows)


def save(db: Connection, job_id: str, position: int, attachment: Attachment, now: datetime) -> None:
    """The card tells how many are ready."""
    db.execute(_UPDATE, (*attachment_values(attachment), job_id, position))
    outbox.refresh_card(db, job_id, now, is_urgent=False)


def of(db: Connection, job_id: str, scope: Scope = EVERYTHING) -> list[Attachment]:
    return [attachment_from(row) for row in db.execute(_OF_JOB, (job_id, scope.team_id))]
