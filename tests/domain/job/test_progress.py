"""What HeyGen says, and what becomes of the job: the whole table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import Change, Pace, on_session, on_silence, on_unknown, on_video
from bot.domain.news import SessionNews, SessionStatus, VideoNews, VideoStatus
from tests.builders import NOON, a_job, changed

S, V = SessionStatus, VideoStatus
PACE = Pace(15)
NOW = NOON + timedelta(minutes=1)
NEXT = NOW + timedelta(seconds=15)
NOT_RENDERING = [s for s in JobState if s is not JobState.RENDERING]


def rendering(**fields: object) -> Job:
    known: dict[str, object] = {"session_id": "s", "video_id": "v", "due_at": NOW}
    return a_job(state=JobState.RENDERING, **known | fields)


def session(status: SessionStatus, **fields: object) -> SessionNews:
    return replace(SessionNews("s", status), **fields)  # type: ignore[arg-type]


def video(status: VideoStatus, **fields: object) -> VideoNews:
    return replace(VideoNews("v", status), **fields)  # type: ignore[arg-type]


def told(change: Change | None) -> tuple[str, str | None, tuple[str, ...]]:
    assert change is not None
    failure = change.job.outcome.failure
    return change.job.state, failure and failure.code, change.owed


STILL = ("rendering", None, ())


@pytest.mark.parametrize("is_hurried", [False, True])
@pytest.mark.parametrize(("asked_s", "pause_s"), [(0.0, 15), (5.0, 15), (300.0, 300)])
def test_next_question_waits_as_long_as_heygen_asks(
    is_hurried: bool, asked_s: float, pause_s: float
) -> None:
    pace = Pace(15, is_hurried=is_hurried, asked_s=asked_s)

    assert pace.next_poll_at(rendering(state_since=NOW), NOW) == NOW + timedelta(seconds=pause_s)


@pytest.mark.parametrize(
    ("status", "video_id", "reason", "outcome"),
    [
        (S.RUNNING, None, None, STILL),
        (S.RUNNING, "v", None, STILL),
        (S.WAITING, None, None, STILL),
        (S.COMPLETED, None, None, STILL),
        (S.COMPLETED, "v", None, STILL),
        (S.FAILED, "v", None, STILL),  # the video has the word
        (S.FAILED, "v", "No.", STILL),
        (S.FAILED, None, "No.", ("failed", "render_failed", ("failure",))),
        (S.FAILED, None, None, ("queued", None, ())),
    ],
)
def test_session_says(
    status: SessionStatus, video_id: str | None, reason: str | None, outcome: object
) -> None:
    news = session(status, video_id=video_id, error_text=reason)

    assert told(on_session(rendering(video_id=None), news, NOW, PACE)) == outcome


@pytest.mark.parametrize("status", list(S))
def test_session_of_a_known_video_leaves_the_end_to_the_video(status: SessionStatus) -> None:
    change = on_session(rendering(), session(status, error_text="No."), NOW, PACE)

    assert told(change) == STILL
    assert change is not None
    assert (change.job.due_at, change.job.render.video_id) == (NEXT, "v")


def test_session_that_ended_sends_us_to_its_video_at_once() -> None:
    change = on_session(rendering(video_id=None), session(S.COMPLETED, video_id="v"), NOW, PACE)

    assert change is not None
    assert change.job.due_at == NOW


LINK = {"video_url": "https://x/v.mp4"}
PAGE = {"page_url": "https://x/v"}
PICTURE = {"thumbnail_url": "https://x/v.png"}
REASON = {"failure_code": "bad_avatar", "failure_message": "No avatar."}


@pytest.mark.parametrize(
    ("status", "fields", "session_error", "outcome"),
    [
        (V.RUNNING, {}, None, STILL),
        (V.NOT_FOUND, {}, None, STILL),
        (V.COMPLETED, LINK | PAGE, None, ("completed", None, ("result", "file", "captions"))),
        (V.COMPLETED, LINK | PICTURE, None, ("completed", None, ("result", "file", "captions"))),
        (V.COMPLETED, PAGE, None, STILL),
        (V.COMPLETED, {}, None, STILL),
        (V.FAILED, REASON, None, ("failed", "bad_avatar", ("failure",))),
        (V.FAILED, {"failure_code": "x"}, None, ("failed", "x", ("failure",))),
        (V.FAILED, {}, "Session says no.", ("failed", "render_failed", ("failure",))),
        (V.FAILED, {}, None, ("queued", None, ())),
    ],
)
def test_video_says(
    status: VideoStatus, fields: dict[str, str], session_error: str | None, outcome: object
) -> None:
    change = on_video(rendering(), video(status, **fields), NOW, PACE, session_error)

    assert told(change) == outcome


@pytest.mark.parametrize(
    ("fields", "owed"),
    [
        (LINK | PICTURE, ("result", "thumbnail", "captions")),
        (LINK, ("result", "captions")),
    ],
    ids=["its picture", "no picture either"],
)
def test_file_that_is_not_to_be_delivered_is_not_owed(
    fields: dict[str, str], owed: tuple[str, ...]
) -> None:
    news = video(V.COMPLETED, **fields)

    change = on_video(rendering(), news, NOW, PACE, delivers_file=False)

    assert told(change) == ("completed", None, owed)


@pytest.mark.parametrize("state", NOT_RENDERING)
def test_news_of_a_job_that_is_not_rendering_changes_nothing(state: JobState) -> None:
    job = a_job(state=state, session_id="s", video_id="v")

    assert on_session(job, session(S.FAILED), NOW, PACE) is None
    assert on_video(job, video(V.COMPLETED, **LINK), NOW, PACE) is None
    assert on_silence(job, NOW, PACE) is None


def test_news_of_an_earlier_session_or_video_changes_nothing() -> None:
    job = rendering(session_id="s2", video_id="v2")

    assert on_session(job, session(S.FAILED), NOW, PACE) is None
    assert on_video(job, video(V.FAILED), NOW, PACE) is None


def test_same_news_again_changes_nothing_that_is_shown() -> None:
    news = session(S.RUNNING, video_id="v", progress=40)
    first = on_session(rendering(), news, NOW, PACE)
    assert first is not None
    again = on_session(first.job, news, NOW, PACE)

    assert again is not None
    assert (first.card, again.card, again.owed) == ("soon", None, ())


def test_progress_never_goes_back() -> None:
    change = on_session(rendering(progress=60), session(S.RUNNING, progress=10), NOW, PACE)

    assert change is not None
    assert change.job.render.progress == 60


def test_retry_without_a_reason_begins_anew_and_happens_once() -> None:
    first = on_video(rendering(final_prompt="long", attempt_count=2), video(V.FAILED), NOW, PACE)
    assert first is not None
    again = first.job
    assert (again.render.session_id, again.render.video_id, again.attempt.final_prompt) == (
        None,
        None,
        None,
    )
    assert (again.attempt.number, again.attempt.send_count, again.due_at) == (1, 0, NOW)

    second = on_video(rendering(retry_count=1), video(V.FAILED), NOW, PACE)

    assert told(second) == ("failed", "no_reason", ("failure",))


def test_failure_without_a_reason_after_some_progress_is_not_retried() -> None:
    change = on_video(rendering(progress=30), video(V.FAILED), NOW, PACE)

    assert told(change) == ("failed", "no_reason", ("failure",))


def test_link_that_is_late_is_read_for_half_an_hour_then_told() -> None:
    job, pauses, now = rendering(), [], NOW
    while (change := on_video(job, video(V.COMPLETED), now, PACE)) and not change.job.is_final:
        job = change.job
        assert job.due_at is not None
        pauses.append((job.due_at - now).total_seconds())
        now = job.due_at

    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert told(change) == ("failed", "no_link", ("failure",))


def test_link_that_somebody_asks_for_again_and_again_has_half_an_hour_all_the_same() -> None:
    job, now = rendering(), NOW
    for _ in range(50):
        change = on_video(job, video(V.COMPLETED), now, PACE)
        assert told(change) == STILL
        assert change is not None
        job, now = change.job, now + timedelta(seconds=2)


def test_page_alone_is_enough_in_the_end() -> None:
    job = rendering(link_reads=12, watched_s=1_500)
    change = on_video(job, video(V.COMPLETED, **PAGE), NOW, PACE)

    assert told(change) == ("completed", None, ("result", "captions"))


@pytest.mark.parametrize("minutes", [9.9, 10, 60])
def test_slow_note_comes_once_from_ten_minutes_on(minutes: float) -> None:
    seen_at = NOON + timedelta(minutes=minutes)
    job = rendering(watched_s=minutes * 60 - 60, updated_at=seen_at)
    now = seen_at + timedelta(minutes=1)
    change = on_session(job, session(S.RUNNING), now, PACE)
    assert change is not None
    again = on_session(change.job, session(S.RUNNING), now, PACE)

    assert change.owed == (("slow",) if minutes >= 10 else ())
    assert again is not None
    assert again.owed == ()


@pytest.mark.parametrize(
    "decide",
    [
        lambda job, now: on_unknown(job, now, PACE),
        lambda job, now: on_session(job, session(S.RUNNING), now, PACE),
        lambda job, now: on_video(job, video(V.RUNNING), now, PACE),
        lambda job, now: on_video(job, video(V.NOT_FOUND), now, PACE),
    ],
    ids=["unknown", "session", "video", "no such video"],
)
def test_job_times_out_after_a_day_of_answers_without_a_video(decide: object) -> None:
    assert callable(decide)
    now = NOON + timedelta(minutes=5)
    nearly = rendering(watched_s=86_400 - 301, is_slow_told=True)
    job = changed(nearly, watched_s=nearly.render.watched_s + 1)

    assert told(decide(nearly, now)) == STILL
    assert told(decide(job, now)) == ("failed", "timed_out", ("failure",))


def test_no_answer_is_no_verdict_however_long_it_lasts() -> None:
    job = rendering(watched_s=86_340)
    for _ in range(100):
        change = on_silence(job, job.updated_at + timedelta(hours=1), PACE)
        assert told(change) == STILL
        assert change is not None
        job = change.job

    assert job.render.watched_s == 86_340


@pytest.mark.parametrize("hours", [-1, 25, 48], ids=["back", "ahead", "two days without power"])
def test_time_that_nobody_watched_is_hardly_counted(hours: int) -> None:
    later = NOON + timedelta(hours=hours)

    change = on_session(rendering(is_slow_told=True), session(S.RUNNING), later, PACE)

    assert told(change) == STILL
    assert change is not None
    assert 0 <= change.job.render.watched_s <= 600


def test_session_that_has_ended_is_followed_to_its_video_and_never_times_out() -> None:
    job = rendering(watched_s=86_400, video_id=None)

    change = on_session(job, session(S.COMPLETED, video_id="v"), NOW, PACE)

    assert told(change) == STILL


def test_video_that_ends_after_a_day_is_still_delivered() -> None:
    change = on_video(rendering(), video(V.COMPLETED, **LINK), NOON + timedelta(hours=25), PACE)

    assert told(change)[0] == "completed"
