"""What the soak found: the sandboxes' books beside the bot's, and what does not agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.texts.card import STATES
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message
from bot.screens.ids import DELIVERY_EVENT
from tests.crash.books import Books

FINAL_WORD = {"completed": "result", "failed": "failure", "parked": "parked"}
EVIDENCE_LINES = 40


@dataclass(frozen=True)
class Findings:
    """Counts of what was there, and a line for each thing that is missing or there twice."""

    jobs: int
    sessions: int
    stopped: int  # second ones, taken while the list lagged
    messages: Counter[str]  # by kind; "file" for shared videos
    states: Counter[str]
    lost: list[str]
    paid_twice: list[str]
    posted_twice: list[str]
    on_hold: list[str]  # a person has to decide
    stories: list[str]  # what happened to the jobs of which there are two sessions

    @property
    def evidence(self) -> list[str]:
        return [*self.lost, *self.paid_twice, *self.posted_twice, *self.on_hold]

    @property
    def is_good(self) -> bool:
        return not self.evidence


def find(slack: SlackSandbox, heygen: HeyGenSandbox, books: Books, taken: set[str]) -> Findings:
    """Compare what people were promised with what HeyGen and Slack have."""
    states = books.states()
    owed = Counter(str(id_) for (id_,) in books.ask("SELECT id FROM deliveries"))
    posted = Counter(_delivery_ids(slack))
    sessions = Counter(_session_keys(heygen))
    requests = {str(key): str(id_) for id_, key in books.ask("SELECT id, request_key FROM jobs")}
    lost = [f"view {view}: no job" for view in taken if not any(view in key for key in requests)]
    for job_id, state in states.items():
        word = FINAL_WORD.get(state)
        if word is None or posted[f"{job_id}.{word}"] == 0:
            lost.append(f"job {job_id}: {state}, {word} not posted")
        if f"{job_id}.file" in owed and state == "completed" and not posted[f"{job_id}.file"]:
            lost.append(f"job {job_id}: file not shared")
        if state == "failed":  # nothing here fails at HeyGen: it was the weather
            lost.append(f"job {job_id}: failed")
        if state == "completed" and sum(sessions[key] for key in sessions if job_id in key) == 0:
            lost.append(f"job {job_id}: completed without a session")
    posted_twice = [f"{id_}: {n} times in Slack" for id_, n in posted.items() if n > 1]
    paid_twice = [f"session of {key}: {n} ran to their end" for key, n in sessions.items() if n > 1]
    if len(states) > len(taken):
        paid_twice.append(f"{len(states)} jobs for {len(taken)} requests")
    doubled = {key.partition(".")[0] for key, n in sessions.items() if n > 1}
    return Findings(
        jobs=len(states),
        sessions=len(heygen.sessions),
        stopped=sum(session.halted for session in heygen.sessions.values()),
        messages=Counter(id_.rpartition(".")[2] for id_ in posted.elements()),
        states=Counter(states.values()),
        lost=lost,
        paid_twice=paid_twice,
        posted_twice=posted_twice,
        on_hold=[f"job {job_id}: on hold" for job_id, state in states.items() if state == "parked"],
        stories=[line for job_id in sorted(doubled) for line in _story(job_id, heygen, books)],
    )


def stale_cards(slack: SlackSandbox, books: Books) -> list[str]:
    """A line for each card of a finished job that still says what was true before."""
    says = {job: str(STATES[state]) for job, state in books.states().items() if state in FINAL_WORD}
    return [
        f"card of job {job}: {message.text}"
        for channel in slack.channels.values()
        for message in channel.messages
        if message.user_id == slack.bot.id and not message.files
        for job, _, kind in [_mark(message).rpartition(".")]
        if kind == "card" and says.get(job, "") not in message.text
    ]


def _story(job_id: str, heygen: HeyGenSandbox, books: Books) -> list[str]:
    """A job's history and its sessions, in the order of their times."""
    history = "SELECT at, who, why FROM history WHERE job_id = ?"
    lines = [f"{at}  {who}: {why}" for at, who, why in books.ask(history, job_id)]
    for session in heygen.sessions.values():
        if str(session.idempotency_key).partition(".")[0] == job_id:
            began = datetime.fromtimestamp(session.created_at, UTC).isoformat()
            end = "stopped" if session.halted else "ran to its end"
            listed_s = session.outcome.listed_after_s
            lines.append(f"{began}  HeyGen: {session.session_id}, listed {listed_s} s later, {end}")
    return sorted(lines)


def _session_keys(heygen: HeyGenSandbox) -> Iterator[str]:
    """The idempotency key of each session that ran to its end: the job's id, and one more part

    after a retry by design. A second one that was found and stopped is no video twice.
    """
    ran = (session for session in heygen.sessions.values() if not session.halted)
    return (str(session.idempotency_key) for session in ran)


def _delivery_ids(slack: SlackSandbox) -> Iterator[str]:
    """The delivery of every message of the bot; a shared video counts as its job's file."""
    for channel in slack.channels.values():
        by_ts = {message.ts: message for message in channel.messages}
        for message in channel.messages:
            if message.user_id != slack.bot.id:
                continue
            if message.files:
                card = by_ts.get(message.thread_ts or "", message)
                yield f"{_mark(card).rpartition('.')[0]}.file"
            else:
                yield _mark(message)


def _mark(message: Message) -> str:
    metadata = message.metadata or {}
    assert metadata.get("event_type") == DELIVERY_EVENT, message.text
    return str(metadata["event_payload"]["delivery_id"])
