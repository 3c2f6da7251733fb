"""What a person decided about a job -> the next job; and what a cancelled job still owes HeyGen.

A cancelled job that may have a session at HeyGen keeps a `due_at`: until then nobody has told
HeyGen to stop (workflow/stopper.py does). Everything is pure, like progress.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.job import timing
from bot.domain.job.job import Job, JobState, move
from bot.domain.job.progress import Change
from bot.domain.news import SessionNews


def cancel(job: Job, now: datetime) -> Change:
    """Cancelled for the person at once. What may run at HeyGen is stopped afterwards."""
    cancelled = move(job, JobState.CANCELLED, now, due_at=now if _may_run(job) else None)
    sweep_at = now if job.attempt.send_count > 1 else job.attempt.sweep_at
    attempt = replace(job.attempt, look_count=0, wait_count=0, sweep_at=sweep_at, sweep_count=0)
    return Change(replace(cancelled, attempt=attempt), why="cancelled")


def _may_run(job: Job) -> bool:
    """Whether a session may be running: a known one, or an attempt that we have no answer to."""
    is_sent = job.attempt.send_count > 0 and job.attempt.final_prompt is not None
    return job.render.session_id is not None or is_sent


def look_again(job: Job, now: datetime) -> Change:
    """A timed-out job is followed for another 24 hours; a parked one is looked for at once."""
    if job.state is JobState.PARKED:
        looking = replace(job, updated_at=now, due_at=now)
        return Change(looking, why="asked to look again", card="soon")
    following = move(job, JobState.RENDERING, now, due_at=now)
    render = replace(job.render, link_reads=0, watched_s=0.0)
    following = replace(following, render=render, outcome=replace(job.outcome, failure=None))
    return Change(following, why="asked to look again")


def send_again(job: Job, now: datetime) -> Change:
    """A parked job is sent once more, though the earlier sends may have arrived."""
    sending = move(job, JobState.SUBMITTING, now, due_at=now)
    sending = replace(sending, attempt=replace(job.attempt, began_at=None, look_count=0))
    return Change(sending, why="asked to send again, though it may cost twice")


def owe_stop(job: Job, session: SessionNews, now: datetime) -> Change | None:
    """The session of a cancelled job is known now: it is to be stopped; None for other jobs."""
    if job.state is not JobState.CANCELLED or job.render.session_id is not None:
        return None
    found = replace(
        job,
        attempt=replace(job.attempt, began_at=None, look_count=0),
        render=replace(job.render, session_id=session.session_id, video_id=session.video_id),
        updated_at=now,
        due_at=now,
    )
    return Change(found, why="cancelled, but HeyGen has it: stopping its session", card="soon")


def settle_stop(job: Job, why: str, now: datetime) -> Change | None:
    """Nothing more can or need be stopped."""
    if job.state is not JobState.CANCELLED or job.due_at is None:
        return None
    settled = replace(job, attempt=replace(job.attempt, began_at=None), due_at=None, updated_at=now)
    return Change(settled, why=why, card="soon")


def stop_later(job: Job, at: datetime, now: datetime, *, is_look: bool = False) -> Change | None:
    """HeyGen could not be told; or does not show the session (yet), that `is_look`."""
    if job.state is not JobState.CANCELLED or job.due_at is None:
        return None
    attempt = replace(job.attempt, look_count=job.attempt.look_count + is_look)
    later = replace(job, attempt=attempt, due_at=at, updated_at=now)
    return Change(later, why="not stopped yet", card=None, is_lasting=False)


def note_second_session(job: Job, session: SessionNews, outcome: str, now: datetime) -> Change:
    """HeyGen took more than one send of this job: what was found beside its own session."""
    why = f"a second session of this video, {session.session_id}: {outcome}"
    noted = replace(job, updated_at=now)
    return Change(noted, why=why, card="soon", second_sessions=(session.session_id,))


def swept(job: Job, now: datetime, interval_s: float) -> Change:
    """One look for a second session is done; the list may lag, so there are a few."""
    count = job.attempt.sweep_count + 1
    later = timing.next_sweep_at(now, count, interval_s)
    done = replace(job, attempt=replace(job.attempt, sweep_count=count, sweep_at=later))
    return Change(done, why="looked for a second session", card=None)


def sweep_later(job: Job, at: datetime, unread: tuple[str, ...]) -> Change:
    """HeyGen could not be asked about a second session, or did not show `unread`: no look."""
    later = replace(job, attempt=replace(job.attempt, sweep_at=at, unread_sessions=unread))
    return Change(later, why="no look for a second session", card=None, is_lasting=False)
