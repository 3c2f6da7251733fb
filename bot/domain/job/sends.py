"""Decisions about one send to HeyGen: begun, unanswered, waiting, too late. Pure, like progress.py.

Each that is handed a job which is no longer being submitted changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain import texts
from bot.domain.errors import (
    AttachmentUnusable,
    BotError,
    SlackBusy,
    VideoAgentBusy,
    VideoAgentError,
)
from bot.domain.job import timing
from bot.domain.job.job import Failure, Job, JobState, WaitKind
from bot.domain.job.progress import Change, fail, failure_from, wait_in_queue
from bot.domain.prompt.compose import compose, prompt_overrun
from bot.domain.request.video_request import PROMPT_MAX_CHARS, Attachment

SEND_AGAIN_CAP_S = 600.0
NOT_READY_WAITS = 12  # for one request's own resource to be ready, and for so long
NOT_READY_STEPS = 180  # of POLL_INTERVAL_S: three quarters of an hour at the default
UNREACHABLE_WAITS = 140  # as many as a day has at SEND_AGAIN_CAP_S: no clock that jumped is enough
UNREACHABLE_FOR = timedelta(hours=24)


def idempotency_key(job: Job) -> str:
    """The same for every send of one attempt at a video; an automatic retry is another video."""
    return job.id if job.attempt.number == 0 else f"{job.id}.{job.attempt.number}"


def begin_send(
    job: Job,
    attachments: Sequence[Attachment],
    token_hash: str | None,
    now: datetime,
    padding: float,
) -> Change | None:
    """What is written before the create; `padding` as in prompt/compose.py."""
    if job.state is not JobState.SUBMITTING:
        return None
    text = job.attempt.final_prompt or compose(
        job.id,
        job.request.prompt,
        job.request.orientation,
        job.request.brief,
        attachments,
        is_compact=job.attempt.number > 0,
        padding=padding,
    )
    if overrun := prompt_overrun(text):
        return fail(job, failure_from(_too_long(overrun)), now)
    attempt = replace(
        job.attempt,
        final_prompt=text,
        began_at=job.attempt.began_at or now,  # of the first: its session is looked for too
        sent_at=now,
        send_count=job.attempt.send_count + 1,
        look_count=0,
        callback_token_hash=token_hash,
    )
    sending = replace(job, attempt=attempt, due_at=now + timing.LEASE, updated_at=now)
    return Change(sending, why=f"sending to HeyGen, time {attempt.send_count}", card=None)


def ask_soon(job: Job, error: VideoAgentError, now: datetime) -> Change | None:
    """Nobody knows what became of the send: HeyGen is asked."""
    if job.state is not JobState.SUBMITTING:
        return None
    asking = replace(job, due_at=now, updated_at=now)
    return Change(asking, why=f"no clear answer ({error.code}): asking HeyGen", card="soon")


def fail_if_ours(job: Job, error: BotError, now: datetime) -> Change | None:
    if job.state is not JobState.SUBMITTING:
        return None
    return fail(job, failure_from(error), now)


def wait_for_turn(job: Job, until: datetime, now: datetime) -> Change | None:
    """HeyGen does not answer, or one job goes first: nothing was sent, nothing is lost."""
    if job.state is not JobState.SUBMITTING:
        return None
    if job.attempt.send_count == 0:
        return wait_in_queue(job, until, "waits: HeyGen does not answer", now)
    later = replace(job, due_at=until)  # its looks in vain still count
    return Change(later, why="waits: HeyGen does not answer", card=None)


@dataclass(frozen=True, slots=True)
class Wait:
    """For what, until when. No `kind`: it concerns everybody, and is not counted as this job's."""

    kind: WaitKind | None
    until: datetime
    error: BotError


def wait_and_retry(
    job: Job, wait: Wait, send_count: int, now: datetime, interval_s: float
) -> Change | None:
    """The call had no effect: back to the queue; what waits too long fails in words.

    `send_count` is without a send that had no effect.
    """
    if job.state is not JobState.SUBMITTING:
        return None
    if wait.kind and (failure := _waited_enough(job, wait.kind, wait.error, now, interval_s)):
        return fail(job, failure, now)
    waiting = replace(job, attempt=replace(job.attempt, send_count=send_count))
    return wait_in_queue(waiting, wait.until, f"waits: {wait.error.code}", now, wait.kind)


def _waited_enough(
    job: Job, kind: WaitKind, error: BotError, now: datetime, interval_s: float
) -> Failure | None:
    """Why a job that waits for this kind of thing waits no more; None: it goes on waiting.

    Counted from the first wait of this kind, whatever the job waited for before; neither
    many waits nor much time is enough alone.
    """
    if job.attempt.wait_kind is not kind or job.attempt.wait_since is None:
        return None
    lasts = now - job.attempt.wait_since
    if kind is WaitKind.NOT_READY:
        patience = timedelta(seconds=NOT_READY_STEPS * interval_s)
        is_over = job.attempt.wait_count >= NOT_READY_WAITS and lasts > patience
        words = texts.NEVER_READY
    else:
        is_over = job.attempt.wait_count >= UNREACHABLE_WAITS and lasts > UNREACHABLE_FOR
        words = texts.NEVER_REACHED
    if not is_over:
        return None
    return Failure(error.code, words.format(reason=error.message), texts.NEVER_HINT)


def retry_at(
    job: Job, kind: WaitKind, error: BotError, now: datetime, interval_s: float
) -> datetime:
    """As HeyGen or Slack asked, else after growing pauses."""
    asked = error.retry_after_s if isinstance(error, VideoAgentBusy | SlackBusy) else None
    if asked is not None:
        return now + timedelta(seconds=asked)
    waits = job.attempt.wait_count if job.attempt.wait_kind is kind else 0
    return timing.next_retry_at(now, waits + 1, first_s=interval_s, cap_s=SEND_AGAIN_CAP_S)


def _too_long(overrun: int) -> AttachmentUnusable:
    return AttachmentUnusable(
        texts.TEXTS_TOO_LONG.format(excess=overrun, most=PROMPT_MAX_CHARS),
        code="prompt_too_long",
        hint=texts.TEXTS_TOO_LONG_HINT,
    )
