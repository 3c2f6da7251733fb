"""(job, what HeyGen says, now) -> the next job and what its thread is owed. Nothing else decides.

Every function is pure; the caller writes the Change in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain import texts
from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.errors import BotError
from bot.domain.job import timing
from bot.domain.job.job import Attempt, Failure, Job, JobState, VideoResult, WaitKind, move
from bot.domain.news import SessionNews, SessionStatus, VideoNews, VideoStatus

RETRIES_WITHOUT_REASON = 1  # FACTS section 1.2: once, with the compact prompt, never a loop
# FACTS section 6: completed may come before its link. 2 s, doubling up to 5 minutes: half an hour.
URL_READS, URL_FOR_S = 12, 1_500.0
URL_FIRST_PAUSE_S, URL_PAUSE_MOST_S = 2.0, 300.0
REASON_FOR = timedelta(days=1)  # to read why a video failed, since its rendering began

NO_REASON = Failure(
    code="no_reason",
    message=texts.NO_REASON,
    hint=texts.NO_REASON_HINT,
)
TIMED_OUT = Failure(
    code="timed_out",
    message=texts.TIMED_OUT,
    hint=texts.TIMED_OUT_HINT,
)
NO_LINK = Failure(
    code="no_link",
    message=texts.NO_LINK,
    hint=texts.NO_LINK_HINT,
)


@dataclass(frozen=True, slots=True)
class Change:
    """What one decision writes: the job as it is to be, why, and what its thread is owed.

    `card` says how soon the card must show it: "now" for a change of state, "soon" for progress.
    Without `is_lasting` a power cut may undo it: what HeyGen told can be asked again.
    `second_sessions` are kept as this job's too, beside the one that it follows.
    """

    job: Job
    why: str
    owed: tuple[DeliveryKind, ...] = ()
    card: Literal["now", "soon"] | None = "now"
    is_lasting: bool = True
    second_sessions: tuple[str, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Nothing but the time of the next question has changed."""
        return not self.is_lasting and not self.owed and self.card is None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often this bot polls: POLL_INTERVAL_S and this moment's jitter in [0, 1).

    `asked_s`: the seconds that HeyGen asked us to wait with this question (Retry-After).
    """

    interval_s: float
    jitter: float = 0.0
    is_hurried: bool = False  # HeyGen cannot be read: again soon, whatever the job's age
    asked_s: float = 0.0

    def next_poll_at(self, job: Job, now: datetime) -> datetime:
        since = now if self.is_hurried else job.state_since or job.created_at
        usual = timing.next_poll_at(now, since, self.interval_s, self.jitter)
        return max(usual, now + timedelta(seconds=self.asked_s))


def fail(job: Job, failure: Failure, now: datetime) -> Change:
    """The job has failed for good; the thread is told why."""
    attempt = replace(job.attempt, began_at=None)
    if job.render.session_id is None and attempt.send_count > 1:
        attempt = replace(attempt, sweep_at=now)  # an earlier send may show up yet
    outcome = replace(job.outcome, failure=failure)
    failed = replace(move(job, JobState.FAILED, now), attempt=attempt, outcome=outcome)
    return Change(failed, why=f"failed: {failure.code}", owed=(DeliveryKind.FAILURE,))


def failure_from(error: BotError) -> Failure:
    return Failure(code=error.code, message=error.message, hint=error.hint)


def wait_in_queue(
    job: Job, until: datetime, why: str, now: datetime, kind: WaitKind | None = None
) -> Change:
    """Back to the queue: this send had no effect. `kind` unless everybody has to wait.

    What earlier sends left behind stays: they are looked for again before the next one.
    """
    attempt = job.attempt
    if attempt.send_count == 0:
        attempt = replace(attempt, began_at=None)
    if kind is not None:
        is_same = kind is attempt.wait_kind
        attempt = replace(
            attempt,
            wait_kind=kind,
            wait_count=attempt.wait_count + 1 if is_same else 1,
            wait_since=attempt.wait_since if is_same else now,
        )
    waiting = move(job, JobState.QUEUED, now, due_at=until)
    return Change(replace(waiting, attempt=attempt), why=why)


def rendering(job: Job, session: SessionNews, now: datetime, pace: Pace, why: str) -> Change:
    """HeyGen took the job (or was found to have taken it): follow its session."""
    taken = move(job, JobState.RENDERING, now)
    attempt = replace(
        job.attempt, began_at=None, look_count=0, wait_count=0, wait_kind=None, wait_since=None
    )
    render = replace(
        job.render,
        session_id=session.session_id,
        video_id=session.video_id,
        progress=session.progress,
        watched_s=0.0,
        link_reads=0,
    )
    attempt = _to_be_swept(attempt, now, pace.interval_s)
    taken = replace(taken, attempt=attempt, render=render)
    return Change(replace(taken, due_at=pace.next_poll_at(taken, now)), why=why)


def _to_be_swept(attempt: Attempt, now: datetime, interval_s: float) -> Attempt:
    """What was sent more than once may have two sessions: look for the second one soon."""
    if attempt.send_count < 2:
        return attempt
    return replace(attempt, sweep_at=timing.next_sweep_at(now, 0, interval_s), sweep_count=0)


def park(job: Job, why: str, now: datetime, interval_s: float) -> Change:
    """The evidence contradicts itself: a person may decide, with the evidence in why.

    Until somebody does it is looked at again now and then, and goes on once it is clear.
    """
    look_at = timing.next_parked_look_at(now, 0, interval_s)
    parked = move(job, JobState.PARKED, now, due_at=look_at)
    parked = replace(parked, attempt=replace(job.attempt, look_count=0))
    return Change(parked, why=why, owed=(DeliveryKind.PARKED,))


def still_parked(job: Job, now: datetime, interval_s: float) -> Change:
    """One more look at a job on hold: the evidence still contradicts itself."""
    looks = job.attempt.look_count + 1
    look_at = timing.next_parked_look_at(now, looks, interval_s)
    later = replace(job, attempt=replace(job.attempt, look_count=looks), due_at=look_at)
    return Change(later, why="still on hold", card=None, is_lasting=False)


def on_session(job: Job, news: SessionNews, now: datetime, pace: Pace) -> Change | None:
    """What a session's state means for a rendering job; None when the job is not rendering."""
    if job.state is not JobState.RENDERING or job.render.session_id != news.session_id:
        return None
    video_id = news.video_id or job.render.video_id
    if news.status is SessionStatus.FAILED and video_id is None:
        return _failed_render(job, None, news.error_text, now)
    if news.status is SessionStatus.COMPLETED and video_id and job.render.video_id is None:
        due_at = now  # the video itself is read next, it has the link
    else:
        due_at = pace.next_poll_at(job, now)
    moved_on = replace(
        job,
        render=replace(
            job.render, video_id=video_id, progress=max(job.render.progress, news.progress)
        ),
        updated_at=now,
        due_at=due_at,
    )
    has_ended = video_id is not None and news.status is not SessionStatus.RUNNING
    return _followed(job, moved_on) if has_ended else _still_rendering(job, moved_on, now)


def on_video(
    job: Job,
    news: VideoNews,
    now: datetime,
    pace: Pace,
    session_error: str | None = None,
    *,
    delivers_file: bool = True,
) -> Change | None:
    """What a video's state means for a rendering job; None when the job is not rendering.

    `session_error` is the session's newest message of type error, for failures without a reason;
    without `delivers_file` the thread gets a picture of the video in place of the file.
    """
    if job.state is not JobState.RENDERING or job.render.video_id != news.video_id:
        return None
    if news.status is VideoStatus.COMPLETED:
        return _completed(job, news, now, delivers_file)
    if news.status is VideoStatus.FAILED:
        return _failed_render(job, news, session_error, now)
    moved_on = replace(job, updated_at=now, due_at=pace.next_poll_at(job, now))
    return _still_rendering(job, moved_on, now)


def on_unknown(job: Job, now: datetime, pace: Pace) -> Change | None:
    """HeyGen does not show the session: it may forget one whose video is to come."""
    if job.state is not JobState.RENDERING:
        return None
    moved_on = replace(job, updated_at=now, due_at=pace.next_poll_at(job, now))
    return _still_rendering(job, moved_on, now)


def on_silence(job: Job, now: datetime, pace: Pace) -> Change | None:
    """HeyGen could not be asked: no news, however long it lasts."""
    if job.state is not JobState.RENDERING:
        return None
    return _followed(job, replace(job, updated_at=now, due_at=pace.next_poll_at(job, now)))


def on_unread_reason(job: Job, now: datetime, pace: Pace) -> Change | None:
    """The video has failed, and the session that may know why cannot be read.

    Never made again for that: it would be paid for again. After a day it is told without.
    """
    if job.state is JobState.RENDERING and now - (job.state_since or job.created_at) > REASON_FOR:
        return fail(job, NO_REASON, now)
    return on_silence(job, now, pace)


def _still_rendering(before: Job, job: Job, now: datetime) -> Change:
    """HeyGen has answered, and there is no video yet: only now the time counts."""
    watched_s = before.render.watched_s + timing.watched_s(before.updated_at, now)
    job = replace(job, render=replace(job.render, watched_s=watched_s))
    if watched_s >= timing.VIDEO_TIMEOUT_S:
        return fail(job, TIMED_OUT, now)
    if watched_s >= timing.SLOW_AFTER_S and not job.render.is_slow_told:
        told = replace(job, render=replace(job.render, is_slow_told=True))
        return Change(told, why="slower than usual", owed=(DeliveryKind.SLOW,), card="soon")
    return _followed(before, job)


def _followed(before: Job, job: Job) -> Change:
    after, then = job.render, before.render
    is_news = (after.progress, after.video_id) != (then.progress, then.video_id)
    card: Literal["soon"] | None = "soon" if is_news else None
    return Change(job, why="still rendering", card=card, is_lasting=False)


def _completed(job: Job, news: VideoNews, now: datetime, delivers_file: bool) -> Change:
    if news.video_url is None:
        # Whoever calls makes us read at once: many reads alone are not half an hour.
        reads = job.render.link_reads
        before_s = job.render.watched_s if reads else 0.0
        waited_s = before_s + timing.watched_s(job.updated_at, now) * (reads > 0)
        if reads < URL_READS or waited_s < URL_FOR_S:
            due_at = timing.next_retry_at(
                now, reads + 1, first_s=URL_FIRST_PAUSE_S, cap_s=URL_PAUSE_MOST_S
            )
            render = replace(job.render, link_reads=reads + 1, watched_s=waited_s)
            waiting = replace(job, render=render, updated_at=now, due_at=due_at)
            return Change(waiting, "completed, link not there yet", card=None, is_lasting=False)
        if news.page_url is None:
            return fail(job, NO_LINK, now)
    result = VideoResult(
        news.video_url, news.page_url, news.duration_s, news.thumbnail_url, news.subtitle_url
    )
    done = replace(
        move(job, JobState.COMPLETED, now),
        render=replace(job.render, progress=100, link_reads=0),
        outcome=replace(job.outcome, result=result),
    )
    owed = (DeliveryKind.RESULT, *_files(news, delivers_file), DeliveryKind.CAPTIONS)
    return Change(done, why="HeyGen finished the video", owed=owed)


def _files(news: VideoNews, delivers_file: bool) -> tuple[DeliveryKind, ...]:
    """Slack shows a posted video with a picture of its own; without one there is HeyGen's."""
    if delivers_file and news.video_url:
        return (DeliveryKind.FILE,)
    return (DeliveryKind.THUMBNAIL,) if news.thumbnail_url else ()


def _failed_render(
    job: Job, news: VideoNews | None, session_error: str | None, now: datetime
) -> Change:
    code = news.failure_code if news else None
    reason = (news.failure_message if news else None) or session_error
    if not code and not reason:
        if job.render.progress == 0 and job.attempt.number < RETRIES_WITHOUT_REASON:
            return _retry_compact(job, now)
        return fail(job, NO_REASON, now)
    told = str(reason or code)
    failure = Failure(
        code=code or "render_failed",
        message=texts.RENDER_FAILED.format(
            reason=told if told.endswith((".", "!", "?")) else f"{told}."
        ),
        hint=texts.RENDER_FAILED_HINT,
    )
    return fail(job, failure, now)


def _retry_compact(job: Job, now: datetime) -> Change:
    number = job.attempt.number + 1
    again = replace(
        move(job, JobState.QUEUED, now, due_at=now),
        attempt=replace(
            job.attempt,
            number=number,
            send_count=0,
            final_prompt=None,
            wait_count=0,
            unread_sessions=(),
        ),
        render=replace(job.render, session_id=None, video_id=None, link_reads=0),
    )
    return Change(again, why="failed without a reason: once more with a shorter prompt")
