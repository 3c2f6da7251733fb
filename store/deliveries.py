"""Messages owed to threads: what is due, and what became of each.

A card's `shown` is the wish it was posted or last edited for. It is set when posting begins, so
that a wish made while the post was under way is still ahead of it and leads to an edit.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.delivery.notice import Owed, PostedMessage
from bot.domain.job import timing
from bot.domain.job.job import JobState
from store import attachments, jobs, outbox, queue
from store.database import Connection, Database
from store.rows import DELIVERY_COLUMNS, delivery_from, optional_time, time_text
from store.scope import EVERYTHING, Scope

_COLUMNS = ", ".join(DELIVERY_COLUMNS)
_KINDS = list(DeliveryKind)

_IS_FILE = "kind IN ('file', 'captions', 'thumbnail')"  # word for word as in the index
_IS_DUE = "(due_at <= ?1 OR due_at > ?2)"  # what is due too late for any pause is due, too
# A message has no thread before its job's card is posted; a dropped card never comes.
_HAS_THREAD = """
(kind = 'card' OR EXISTS (
    SELECT 1 FROM deliveries AS card WHERE card.job_id = deliveries.job_id
    AND card.kind = 'card' AND card.state IN ('posted', 'dropped')))
"""
# Of one workspace; of files also of one account, whose key fetches them.
_OF_TEAM = """
({n} = '*' OR EXISTS (SELECT 1 FROM jobs WHERE jobs.id = deliveries.job_id AND team_id = {n}))
"""
_OF_ACCOUNT = """
({n} = '*' OR EXISTS (
    SELECT 1 FROM jobs WHERE jobs.id = deliveries.job_id AND team_id = {n} AND account = {m}))
"""
_DUE = f"""
SELECT {_COLUMNS} FROM (
    SELECT {_COLUMNS}, -1 AS turn FROM deliveries
    WHERE ?5 AND state = 'posting' AND {_IS_DUE} AND NOT {_IS_FILE}
    AND {_OF_TEAM.format(n="?6")}
    UNION ALL
    SELECT {_COLUMNS}, CASE kind WHEN 'result' THEN 0 WHEN 'failure' THEN 1 WHEN 'parked' THEN 2
        WHEN 'slow' THEN 3 ELSE 4 END
    FROM deliveries WHERE state = 'due' AND {_IS_DUE} AND NOT {_IS_FILE} AND {_HAS_THREAD}
    AND {_OF_TEAM.format(n="?6")}
    UNION ALL
    SELECT {_COLUMNS}, 5 FROM deliveries
    WHERE ?4 AND state = 'posted' AND wanted > shown AND {_IS_DUE}
    AND {_OF_TEAM.format(n="?6")}
) AS everything ORDER BY turn, due_at, id LIMIT ?3
"""
_NEXT_POST = f"""
SELECT due_at FROM deliveries WHERE state = 'due' AND NOT {_IS_FILE} AND {_HAS_THREAD}
AND {_OF_TEAM.format(n="?1")} ORDER BY due_at LIMIT 1
"""
_NEXT_EDIT = f"""
SELECT due_at FROM deliveries WHERE state = 'posted' AND wanted > shown
AND {_OF_TEAM.format(n="?1")} ORDER BY due_at LIMIT 1
"""
_NEXT_LOOK = f"""
SELECT due_at FROM deliveries WHERE state = 'posting' AND NOT {_IS_FILE}
AND {_OF_TEAM.format(n="?1")} ORDER BY due_at LIMIT 1
"""
# First the message that says that the video is ready, then the video, then what belongs to it.
_MAY_BE_SENT = f"""
{_IS_FILE} AND state IN ('due', 'posting') AND (state = 'posting' OR NOT EXISTS (
    SELECT 1 FROM deliveries AS first WHERE first.job_id = deliveries.job_id
    AND first.state IN ('due', 'posting')
    AND (first.kind = 'result' OR (first.kind = 'file' AND deliveries.kind <> 'file'))))
"""
_DUE_FILES = f"""
SELECT {_COLUMNS} FROM deliveries WHERE {_MAY_BE_SENT} AND {_IS_DUE}
AND {_OF_ACCOUNT.format(n="?4", m="?5")} ORDER BY state = 'due', due_at, id LIMIT ?3
"""
_NEXT_FILE = f"""
SELECT due_at FROM deliveries WHERE {_MAY_BE_SENT} AND due_at > ?1
AND {_OF_ACCOUNT.format(n="?2", m="?3")} ORDER BY due_at LIMIT 1
"""
_ONE = f"SELECT {_COLUMNS} FROM deliveries WHERE id = ?1 AND {_OF_TEAM.format(n='?2')}"
_OF_JOB = f"SELECT {_COLUMNS} FROM deliveries WHERE job_id = ?1 AND {_OF_TEAM.format(n='?2')}"

# After the first attempt we cannot know which attempt's message is found: `shown` stays, and
# the worst is one edit that changes nothing. Whoever finds it in posting after a crash looks for
# it at once, and begins to count the looks.
_MARK_POSTING = f"""
UPDATE deliveries SET state = 'posting', attempts = attempts + 1, looks = 0,
    shown = CASE attempts WHEN 0 THEN wanted ELSE shown END
WHERE id = ?3 AND state = 'due' AND {_IS_DUE}
"""
_MARK_POSTED = """
UPDATE deliveries SET state = 'posted', channel_id = ?, message_ts = ?, due_at = ?
WHERE id = ? AND state IN ('due', 'posting')
"""
_POSTPONE = """
UPDATE deliveries SET state = ?1, due_at = ?2, detour = coalesce(?3, detour),
    attempts = CASE WHEN attempts > ?4 THEN attempts - ?4 ELSE 0 END, looks = looks + ?5
WHERE id = ?6 AND state IN ('due', 'posting')
"""
_POST_AGAIN = """
UPDATE deliveries SET state = 'due', due_at = ?, attempts = 0, channel_id = NULL, message_ts = NULL,
    thread_ts = ?
WHERE id = ? AND state = 'posted'
"""
_KEEP_UPLOAD = f"""
UPDATE deliveries SET file_id = ? WHERE id = ? AND {_IS_FILE} AND state IN ('due', 'posting')
"""
_MARK_SHARED = f"""
UPDATE deliveries SET state = 'posted', channel_id = ?, due_at = ?
WHERE id = ? AND {_IS_FILE} AND state = 'posting'
"""
_DROP = """
UPDATE deliveries SET state = 'dropped', why_dropped = ? WHERE id = ? AND state <> 'dropped'
"""
_JOB_AND_KIND = "SELECT job_id, kind FROM deliveries WHERE id = ?"
_DROP_HISTORY = """
INSERT INTO history (job_id, at, from_state, to_state, why, who, replica)
SELECT job_id, ?, jobs.state, jobs.state, kind || ' not shown: ' || ?, 'deliverer', ?
FROM deliveries JOIN jobs ON jobs.id = deliveries.job_id WHERE deliveries.id = ?
"""
_MARK_SHOWN = """
UPDATE deliveries SET edited_at = ?2, rest_until = ?3,
    shown = CASE WHEN ?1 > wanted THEN wanted WHEN ?1 > shown THEN ?1 ELSE shown END
WHERE id = ?4 AND state = 'posted'
"""
_POSTPONE_EDIT = "UPDATE deliveries SET due_at = ? WHERE id = ? AND state = 'posted'"


class SqlDeliveries:
    """The port Deliveries."""

    def __init__(self, database: Database, replica: str, scope: Scope = EVERYTHING) -> None:
        self._db = database
        self._replica = replica
        self._scope = scope

    async def of(self, job_id: str) -> list[Delivery]:
        return await self._db.ask(of, job_id, self._scope)

    async def due(
        self, now: datetime, limit: int, *, has_edits: bool = True, has_looks: bool = True
    ) -> list[Delivery]:
        return await self._db.ask(due, now, limit, has_edits, has_looks, self._scope)

    async def next_due_at(
        self, *, has_edits: bool = True, has_looks: bool = True
    ) -> datetime | None:
        return await self._db.ask(next_due_at, has_edits, has_looks, self._scope)

    async def owed(self, delivery_id: str) -> Owed | None:
        return await self._db.ask(owed, delivery_id, self._scope)

    async def mark_posting(self, delivery_id: str, now: datetime) -> bool:
        return await self._db.change(mark_posting, delivery_id, now)

    async def mark_posted(self, delivery_id: str, message: PostedMessage, now: datetime) -> None:
        await self._db.change_unflushed(mark_posted, delivery_id, message, now)

    async def postpone(
        self,
        delivery_id: str,
        until: datetime,
        *,
        state: DeliveryState = DeliveryState.DUE,
        detour: str | None = None,
        is_try: bool = True,
        is_look: bool = False,
    ) -> None:
        await self._db.change_unflushed(
            postpone, delivery_id, until, state, detour, is_try, is_look
        )

    async def post_again(
        self, delivery_id: str, now: datetime, *, thread_ts: str | None = None
    ) -> None:
        await self._db.change(post_again, delivery_id, now, thread_ts)

    async def due_files(self, now: datetime, limit: int) -> list[Delivery]:
        return await self._db.ask(due_files, now, limit, self._scope)

    async def next_file_at(self, after: datetime) -> datetime | None:
        return await self._db.ask(next_file_at, after, self._scope)

    async def keep_upload(self, delivery_id: str, file_id: str | None) -> None:
        await self._db.change(keep_upload, delivery_id, file_id)

    async def mark_shared(self, delivery_id: str, channel_id: str, now: datetime) -> None:
        await self._db.change_unflushed(mark_shared, delivery_id, channel_id, now)

    async def drop(
        self, delivery_id: str, why: str, now: datetime, *, instead: DeliveryKind | None = None
    ) -> None:
        await self._db.change(drop, delivery_id, why, now, instead, self._replica)

    async def mark_shown(self, delivery_id: str, shown: int, now: datetime) -> None:
        await self._db.change_unflushed(mark_shown, delivery_id, shown, now)

    async def postpone_edit(self, delivery_id: str, until: datetime) -> None:
        await self._db.change_unflushed(postpone_edit, delivery_id, until)

    async def refresh_cards(self, now: datetime, *states: JobState) -> None:
        await self._db.change_unflushed(outbox.refresh_cards, now, states, self._scope)


def of(db: Connection, job_id: str, scope: Scope = EVERYTHING) -> list[Delivery]:
    found = [delivery_from(row) for row in db.execute(_OF_JOB, (job_id, scope.team_id))]
    return sorted(found, key=lambda delivery: _KINDS.index(delivery.kind))


def _due(now: datetime) -> tuple[str, str]:
    """The two times of _IS_DUE."""
    return time_text(now), time_text(now + timing.DELIVERY_HORIZON)


def due(
    db: Connection,
    now: datetime,
    limit: int,
    has_edits: bool,
    has_looks: bool,
    scope: Scope = EVERYTHING,
) -> list[Delivery]:
    values = (*_due(now), limit, has_edits, has_looks, scope.team_id)
    return [delivery_from(row) for row in db.execute(_DUE, values)]


def next_due_at(
    db: Connection, has_edits: bool, has_looks: bool, scope: Scope = EVERYTHING
) -> datetime | None:
    questions = ((_NEXT_LOOK, has_looks), (_NEXT_POST, True), (_NEXT_EDIT, has_edits))
    asked = [question for question, is_asked in questions if is_asked]
    found = [db.execute(question, (scope.team_id,)).fetchone() for question in asked]
    return optional_time(min((row[0] for row in found if row), default=None))


def owed(db: Connection, id_: str, scope: Scope = EVERYTHING) -> Owed | None:
    row = db.execute(_ONE, (id_, scope.team_id)).fetchone()
    if row is None:
        return None
    delivery = delivery_from(row)
    job = jobs.get(db, delivery.job_id)
    assert job is not None  # the foreign key says so
    is_queued = job.state is JobState.QUEUED
    of_kind = {one.kind: one for one in of(db, job.id)}
    attached = attachments.of(db, job.id)
    files = [attachment for attachment in attached if attachment.url is None]
    return Owed(
        delivery=delivery,
        job=job,
        card=of_kind.get(DeliveryKind.CARD),
        result=of_kind.get(DeliveryKind.RESULT),
        file=of_kind.get(DeliveryKind.FILE),
        attachment_count=len(attached),
        file_count=len(files),
        ready_count=sum(file.is_ready for file in files),
        place=queue.place_in_queue(db, job.id, scope) if is_queued else None,
    )


def mark_posting(db: Connection, id_: str, now: datetime) -> bool:
    return db.execute(_MARK_POSTING, (*_due(now), id_)).rowcount == 1


def mark_posted(db: Connection, id_: str, message: PostedMessage, now: datetime) -> None:
    db.execute(_MARK_POSTED, (message.channel_id, message.ts, time_text(now), id_))


def postpone(
    db: Connection,
    id_: str,
    until: datetime,
    state: DeliveryState,
    detour: str | None,
    is_try: bool,
    is_look: bool,
) -> None:
    values = (state.value, time_text(until), detour, int(not is_try), int(is_look), id_)
    db.execute(_POSTPONE, values)


def post_again(db: Connection, id_: str, now: datetime, thread_ts: str | None) -> None:
    db.execute(_POST_AGAIN, (time_text(now), thread_ts, id_))


def due_files(
    db: Connection, now: datetime, limit: int, scope: Scope = EVERYTHING
) -> list[Delivery]:
    values = (*_due(now), limit, *scope.values)
    return [delivery_from(row) for row in db.execute(_DUE_FILES, values)]


def next_file_at(db: Connection, after: datetime, scope: Scope = EVERYTHING) -> datetime | None:
    row = db.execute(_NEXT_FILE, (time_text(after), *scope.values)).fetchone()
    return optional_time(row[0] if row else None)


def keep_upload(db: Connection, id_: str, file_id: str | None) -> None:
    db.execute(_KEEP_UPLOAD, (file_id, id_))


def mark_shared(db: Connection, id_: str, channel_id: str, now: datetime) -> None:
    db.execute(_MARK_SHARED, (channel_id, time_text(now), id_))


def drop(
    db: Connection,
    id_: str,
    why: str,
    now: datetime,
    instead: DeliveryKind | None,
    replica: str = "",
) -> None:
    """No message for this delivery; the job's history keeps why."""
    if not db.execute(_DROP, (why, id_)).rowcount:
        return
    db.execute(_DROP_HISTORY, (time_text(now), why, replica, id_))
    job_id, kind = db.execute(_JOB_AND_KIND, (id_,)).fetchone()
    if instead is not None:
        outbox.owe(db, job_id, instead, now)
    if kind == DeliveryKind.FILE:
        outbox.refresh_card(db, job_id, now, is_urgent=True)


def mark_shown(db: Connection, id_: str, shown: int, now: datetime) -> None:
    rest_until = now + timing.CARD_EDIT_EVERY
    db.execute(_MARK_SHOWN, (shown, time_text(now), time_text(rest_until), id_))


def postpone_edit(db: Connection, id_: str, until: datetime) -> None:
    db.execute(_POSTPONE_EDIT, (time_text(until), id_))
