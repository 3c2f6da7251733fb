"""The books of one world: what must agree after every commit, create and post, and at the end.

A wrong entry is kept, not raised: whoever made it may catch errors. The world stops at the first.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.job.job import ALLOWED_MOVES, JobState
from tests.fakes import NEVER, FakeMessage, FakeSession
from tests.simulation.disk import Disk, Note

NEVER_S = NEVER.total_seconds()
LIVE = frozenset({JobState.QUEUED, JobState.SUBMITTING, JobState.RENDERING})
ENDED = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.PARKED})
DELIVERY_MOVES = {
    (None, "due"),
    ("due", "posting"),
    ("due", "posted"),  # its message was found
    ("due", "dropped"),
    ("posting", "posted"),
    ("posting", "due"),
    ("posting", "dropped"),
}
# What a thread may be told, and the state of the job that the message speaks of.
STATE_TOLD = {
    DeliveryKind.RESULT: JobState.COMPLETED,
    DeliveryKind.FAILURE: JobState.FAILED,
}

# What HeyGen said of the request or of the video; everything else would be time or weather.
LAWFUL_FAILURES = frozenset({"no_reason", "render_failed", "invalid", "no_link"})
_FAILED = "SELECT id, failure_code, session_id FROM jobs WHERE state = 'failed'"
_EVIDENCE = """
SELECT jobs.id, max(length(history.why)) FROM jobs LEFT JOIN history
ON history.job_id = jobs.id AND history.to_state = 'parked'
WHERE jobs.state = 'parked' GROUP BY jobs.id
"""


@dataclass
class Waiting:
    """A job in the queue, as the gate sees it."""

    created_at: str
    requester_id: str
    due_at: str


class Books:
    def __init__(self, limit: int, time_s: Callable[[], float], *, keeps_trace: bool) -> None:
        self.wrong: str | None = None
        self.on_wrong: Callable[[], None] = lambda: None
        # What only the world knows.
        self.may_be_parked: Callable[[], bool] = lambda: False
        self.may_be_second: Callable[[FakeSession], bool] = lambda earlier: False
        self.ran_to_its_end: Callable[[FakeSession], bool] = lambda session: True
        self.accepted: dict[str, str] = {}  # request_key: job id
        self.state: dict[str, JobState] = {}
        self.sessions: dict[str, list[FakeSession]] = {}  # by attempt key
        self.messages: Counter[str] = Counter()  # by delivery id
        self.allowed: Counter[str] = Counter()  # second ones that a person asked for
        self.went_on = 0  # jobs on hold, by themselves
        self.lines: list[str] = []
        self._limit = limit
        self._time_s = time_s
        self._keeps_trace = keeps_trace
        self._hash = hashlib.blake2b(digest_size=16)
        self._requester: dict[str, str] = {}
        self._running: Counter[str] = Counter()  # by person
        self._queue: dict[str, Waiting] = {}

    # -- the trace -------------------------------------------------------------------------

    def tell(self, what: str) -> None:
        line = f"{self._time_s():.6f} {what}"
        self._hash.update(line.encode())
        if self._keeps_trace:
            self.lines.append(line)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def check(self, is_right: object, sentence: str) -> None:
        if not is_right and self.wrong is None:
            self.wrong = f"{self._time_s():.3f} s: {sentence}"
            self.tell(f"WRONG {sentence}")
            self.on_wrong()

    # -- as it happens ---------------------------------------------------------------------

    def accept(self, request_key: str, job_id: str) -> None:
        self.tell(f"accepted {request_key} as {job_id}")
        first = self.accepted.setdefault(request_key, job_id)
        self.check(first == job_id, f"{request_key} became two jobs: {first} and {job_id}")
        self.check(job_id in self.state, f"{job_id} was accepted and is not on disk")

    def pay(self, session: FakeSession) -> None:
        """A second session is lawful only if the list showed the first too late; see `close`."""
        key = session.new.key
        earlier = self.sessions.setdefault(key, [])
        earlier.append(session)
        self.tell(f"HeyGen: {session.session_id} for {key}")
        if len(earlier) > 1 + self.allowed[key] and not self.may_be_second(earlier[-2]):
            self.check(False, f"paid twice: {len(earlier)} sessions for {key}")

    def read_message(self, message: FakeMessage) -> None:
        notice = message.notice
        self.messages[notice.delivery_id] += 1
        self.tell(f"Slack: {notice.delivery_id} in {message.channel_id}")
        count, most = self.messages[notice.delivery_id], 1 + self.allowed[notice.delivery_id]
        self.check(count <= most, f"posted {count} times: {notice.delivery_id}")
        told = STATE_TOLD.get(notice.kind, notice.job.state)
        self.check(notice.job.state is told, f"{notice.delivery_id} tells of {notice.job.state}")

    def see_file(self, name: str) -> None:
        """A file in a thread; every job's file has a name of its own."""
        self.messages[name] += 1
        self.tell(f"Slack: file {name}")
        self.check(self.messages[name] == 1, f"shared {self.messages[name]} times: {name}")

    def read_notes(self, notes: list[Note]) -> None:
        """What one transaction changed."""
        for note in notes:
            self.tell(" ".join(map(str, note)))
            if note[0] == "job":
                self._job_changed(*note[1:])
            else:
                self._delivery_changed(*note[1:])

    def _job_changed(
        self,
        id: str,
        old: str | None,
        new: str,
        due_at: str | None,
        updated_at: str,
        requester_id: str,
        created_at: str,
        old_session: str | None,
        session: str | None,
        old_retries: int,
        retries: int,
    ) -> None:
        state = self.state[id] = JobState(new)
        if old is not None and old != new:
            self.check(state in ALLOWED_MOVES[JobState(old)], f"{id} went from {old} to {new}")
        self.check(state not in LIVE or due_at, f"{id} is {new} and nobody will look at it")
        if old == JobState.PARKED and state in (JobState.RENDERING, JobState.QUEUED):
            self.went_on += 1
        if state is JobState.PARKED and old != state:
            self.check(due_at, f"{id} is on hold and nobody will look at it")
            self.check(self.may_be_parked(), f"{id} was parked though nothing contradicts itself")
        if old_session is not None and session != old_session:
            self.check(retries > old_retries, f"{id} forgot session {old_session}")
        if (old, state) == (JobState.QUEUED, JobState.SUBMITTING):
            self._check_turn(id, requester_id, created_at, updated_at)
        self._count_running(id, old, state, requester_id)
        if state is JobState.QUEUED:
            self._queue[id] = Waiting(created_at, requester_id, due_at or "")
        else:
            self._queue.pop(id, None)

    def _check_turn(self, id: str, requester_id: str, created_at: str, now: str) -> None:
        """The oldest due job of the person with the fewest running goes next."""
        mine = (self._running[requester_id], created_at, id)
        for other, waiting in self._queue.items():
            if waiting.due_at <= now and other != id:
                theirs = (self._running[waiting.requester_id], waiting.created_at, other)
                self.check(mine < theirs, f"{id} was taken before {other}, whose turn it was")

    def _count_running(self, id: str, old: str | None, new: JobState, requester_id: str) -> None:
        running = (JobState.SUBMITTING, JobState.RENDERING)
        was, is_now = old in running, new in running
        self._running[requester_id] += is_now - was
        if is_now and not was and old == JobState.QUEUED:
            running = self._running.total()
            self.check(running <= self._limit, f"{running} jobs run, {self._limit} may")

    def _delivery_changed(self, id: str, kind: str, old: str | None, new: str) -> None:
        is_again = kind == DeliveryKind.CARD and (old, new) == ("posted", "due")
        self.check((old, new) in DELIVERY_MOVES or is_again, f"{id} went from {old} to {new}")

    # -- at the end ------------------------------------------------------------------------

    def close(
        self,
        disk: Disk,
        messages: list[FakeMessage],
        sessions: list[FakeSession],
        *,
        may_be_untold: bool,
    ) -> None:
        """Everything at once, from the file itself and from what the platforms hold."""
        jobs = disk.read("SELECT id, request_key, state, session_id, retry_count FROM jobs")
        by_key = {key: id for id, key, *_ in jobs}
        for key, job_id in self.accepted.items():
            self.check(by_key.get(key) == job_id, f"{key} was accepted and is missing")
        told: dict[str, list[tuple[str, str]]] = {}
        for job_id, kind, state in disk.read("SELECT job_id, kind, state FROM deliveries"):
            told.setdefault(job_id, []).append((kind, state))
        showing = {m.notice.delivery_id: m for m in messages}
        owners = dict(disk.read("SELECT session_id, job_id FROM sessions"))
        by_job: dict[str, list[str]] = {}
        for key in self.sessions:
            by_job.setdefault(key.split(".")[0], []).append(key)
        for job_id, _key, state, session_id, retry_count in jobs:
            self._close_job(job_id, JobState(state), told.get(job_id, []), showing, may_be_untold)
            keys = by_job.get(job_id, [])
            self.check(len(keys) <= 1 + retry_count, f"{job_id} sent as {keys}")
            if state == JobState.COMPLETED:
                self.check(owners.get(session_id) == job_id, f"{job_id} has no session of its own")
        for session in sessions:
            job_id = session.new.key.split(".")[0]
            is_known = owners.get(session.session_id) == job_id
            ends_unclear = self.state.get(job_id) in (JobState.PARKED, JobState.CANCELLED)
            self.check(
                is_known or ends_unclear or self.allowed[session.new.key],
                f"{session.session_id} of {job_id} ({self.state.get(job_id)}) was paid and lost",
            )
        for key, made in self.sessions.items():
            ran = [each.session_id for each in made if self.ran_to_its_end(each)]
            most = 1 + self.allowed[key]
            self.check(len(ran) <= most, f"paid twice and not stopped: {', '.join(ran)} of {key}")
        self._close_failed(disk, sessions)
        self._close_parked(disk)
        self.check(
            JobState.PARKED not in self.state.values() or self.may_be_parked(),
            "on hold at the end though nothing contradicts itself any more",
        )

    def _close_failed(self, disk: Disk, sessions: list[FakeSession]) -> None:
        """No job fails by time alone, and none whose video is there."""
        ended_well = {s.session_id for s in sessions if not s.fate.fails and not s.is_stopped}
        for job_id, code, session_id in disk.read(_FAILED):
            hangs = any(s.fate.render_s == NEVER_S for s in sessions if s.session_id == session_id)
            self.check(
                hangs if code == "timed_out" else code in LAWFUL_FAILURES,
                f"{job_id} failed with {code}",
            )
            self.check(
                hangs or code == "no_link" or session_id not in ended_well,
                f"{job_id} failed ({code}), its video is there",
            )

    def _close_parked(self, disk: Disk) -> None:
        for job_id, evidence in disk.read(_EVIDENCE):
            self.check(evidence, f"{job_id} is parked without evidence")

    def _close_job(
        self,
        job_id: str,
        state: JobState,
        told: list[tuple[str, str]],
        showing: dict[str, FakeMessage],
        may_be_untold: bool,
    ) -> None:
        self.check(state in ENDED, f"{job_id} never ended: {state}")
        kinds = Counter(kind for kind, _ in told)
        self.check(all(n == 1 for n in kinds.values()), f"{job_id} owes {kinds}")
        owed = {"card"} | {
            JobState.COMPLETED: {"result"},
            JobState.FAILED: {"failure"},
            JobState.PARKED: {"parked"},
        }.get(state, set())
        self.check(owed <= set(kinds), f"{job_id} is {state} and owes only {sorted(kinds)}")
        told_too_much = {"result", "failure"} - owed
        if state is not JobState.COMPLETED and not self.allowed[job_id]:
            self.check(not told_too_much & set(kinds), f"{job_id} is {state}, owes {kinds}")
        for kind, delivery_state in told:
            may_be_dropped = may_be_untold or kind == DeliveryKind.CAPTIONS  # often there are none
            done = ("posted", "dropped") if may_be_dropped else ("posted",)
            self.check(delivery_state in done, f"{job_id}.{kind} is {delivery_state} at the end")
        card = showing.get(f"{job_id}.card")
        if card is not None and not may_be_untold:
            shown = card.notice.job.state
            self.check(shown is state, f"the card of {job_id} shows {shown}, it is {state}")
