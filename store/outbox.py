"""What a change of a job leaves for those who post, in the same transaction: messages, edits.

A card that is posted is edited; each wish counts, so that none is missed while one is under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.delivery.delivery import DeliveryKind, delivery_id
from bot.domain.job.job import JobState
from store.database import Connection
from store.rows import time_text
from store.scope import EVERYTHING, Scope

_OWE = """
INSERT INTO deliveries (id, job_id, kind, state, due_at, wanted) VALUES (?, ?, ?, 'due', ?, ?)
ON CONFLICT (job_id, kind) DO NOTHING
"""
_REFRESH_NOW = """
UPDATE deliveries SET wanted = wanted + 1,
    due_at = CASE state WHEN 'posted' THEN ?1 ELSE due_at END
WHERE job_id = ?2 AND kind = 'card'
"""
# An edit that already waits takes this wish along, when its own time comes.
_SOON = """
wanted = wanted + 1,
due_at = CASE
    WHEN state <> 'posted' OR wanted <> shown THEN due_at
    WHEN rest_until > ?1 THEN rest_until
    ELSE ?1 END
"""
_REFRESH_SOON = f"UPDATE deliveries SET {_SOON} WHERE job_id = ?2 AND kind = 'card'"
_REFRESH_CARDS = f"""
UPDATE deliveries SET {_SOON} WHERE kind = 'card' AND state IN ('posted', 'posting')
AND job_id IN (SELECT id FROM jobs WHERE state IN ({{states}}) AND ?2 IN ('*', team_id))
"""


def owe(db: Connection, job_id: str, kind: DeliveryKind, now: datetime) -> None:
    """One message of this kind for this job, however often it is owed."""
    wanted = 1 if kind is DeliveryKind.CARD else 0
    values = (delivery_id(job_id, kind), job_id, kind.value, time_text(now), wanted)
    db.execute(_OWE, values)


def refresh_card(db: Connection, job_id: str, now: datetime, *, is_urgent: bool) -> None:
    db.execute(_REFRESH_NOW if is_urgent else _REFRESH_SOON, (time_text(now), job_id))


def refresh_cards(
    db: Connection, now: datetime, states: Sequence[JobState], scope: Scope = EVERYTHING
) -> None:
    words = ", ".join(f"'{state.value}'" for state in states)
    db.execute(_REFRESH_CARDS.format(states=words), (time_text(now), scope.team_id))
