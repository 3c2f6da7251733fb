"""Follows rendering jobs to their end: one loop for all, many ids in one question."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain import progress
from bot.domain.errors import VideoAgentError, VideoAgentNotFound
from bot.domain.job import Job, JobState
from bot.domain.news import SessionNews, SessionStatus, VideoNews, VideoStatus
from bot.domain.ports import Clock, JobStore, VideoAgent
from bot.domain.progress import Change, Pace
from bot.workflow.status_updates import Decide, StatusUpdates

log = structlog.get_logger(__name__)

BULK_MAX = 100  # contract: limits.statuses_ids_max
PROGRESS_READS_PER_MINUTE = 30  # sessions read only to move a progress bar


class Poller:
    """`step` is run by a Loop. News from callbacks comes in as `look_now`."""

    def __init__(
        self,
        *,
        store: JobStore,
        agent: VideoAgent,
        updates: StatusUpdates,
        clock: Clock,
        interval_s: float,
        jitter: random.Random,
    ) -> None:
        self._store = store
        self._agent = agent
        self._updates = updates
        self._clock = clock
        self._interval_s = interval_s
        self._jitter = jitter
        self._is_bulk_useful = True
        self._progress_reads: deque[datetime] = deque()

    async def look_now(self, job_id: str) -> None:
        """Somebody says there is news of this job: ask HeyGen about it at once."""
        await self._store.make_due(job_id, self._clock.now())

    async def step(self) -> datetime | None:
        """Ask about everything that is due; returns when to look again."""
        now = self._clock.now()
        due = await self._store.due_jobs(JobState.RENDERING, now, BULK_MAX)
        for job in due:
            if job.video_id is None:
                await self._follow_session(job)
        await self._follow_videos([job for job in due if job.video_id is not None])
        if len(due) == BULK_MAX:
            return now
        return await self._store.next_due_at(JobState.RENDERING, after=now)

    async def _apply(self, read: Job, decide: Decide) -> Job | None:
        """Write what was decided on what HeyGen said about the job as it was `read`.

        Somebody may have asked for a look (`look_now`) after HeyGen was asked: that look is kept.
        """

        def decide_and_keep_look(job: Job, now: datetime) -> Change | None:
            change = decide(job, now)
            is_asked_for = job.version != read.version and job.due_at and job.due_at <= now
            if change is None or not is_asked_for or change.job.is_final:
                return change
            return replace(change, job=replace(change.job, due_at=job.due_at))

        return await self._updates.apply(read.id, decide_and_keep_look)

    def _pace(self) -> Pace:
        return Pace(self._interval_s, self._jitter.random())

    async def _follow_session(self, job: Job) -> None:
        session = await self._read_session(job)
        pace = self._pace()
        if session is None:
            await self._apply(job, lambda j, now: progress.on_silence(j, now, pace))
            return
        news = session
        after = await self._apply(job, lambda j, now: progress.on_session(j, news, now, pace))
        if after and after.video_id and news.status is SessionStatus.COMPLETED:
            await self._follow_video(after)

    async def _read_session(self, job: Job) -> SessionNews | None:
        assert job.session_id is not None
        try:
            return await self._agent.get_session(job.session_id)
        except VideoAgentError as error:
            log.warning("session not read", job_id=job.id, code=error.code)
            return None

    async def _follow_videos(self, jobs: Sequence[Job]) -> None:
        if len(jobs) < 2 or not self._is_bulk_useful:
            for job in jobs:
                await self._follow_video(job)
            return
        try:
            statuses = await self._agent.video_statuses([j.video_id for j in jobs if j.video_id])
            is_answered = True
        except VideoAgentError as error:
            log.warning("statuses not read", code=error.code, jobs=len(jobs))
            statuses, is_answered = {}, False
        known = {i: s for i, s in statuses.items() if s is not VideoStatus.NOT_FOUND}
        if is_answered and not known:
            self._is_bulk_useful = False
            log.info("HeyGen's bulk route knows none of our videos: asking one by one")
        for job in jobs:
            status = known.get(job.video_id or "")
            if status is VideoStatus.RUNNING:
                await self._still_running(job)
            else:
                await self._follow_video(job)

    async def _still_running(self, job: Job) -> None:
        pace = self._pace()
        if self._may_read_progress() and (session := await self._read_session(job)):
            await self._apply(job, lambda j, now: progress.on_session(j, session, now, pace))
            return
        news = VideoNews(job.video_id or "", VideoStatus.RUNNING)
        await self._apply(job, lambda j, now: progress.on_video(j, news, now, pace))

    def _may_read_progress(self) -> bool:
        now = self._clock.now()
        while self._progress_reads and now - self._progress_reads[0] > timedelta(minutes=1):
            self._progress_reads.popleft()
        if len(self._progress_reads) >= PROGRESS_READS_PER_MINUTE:
            return False
        self._progress_reads.append(now)
        return True

    async def _follow_video(self, job: Job) -> None:
        assert job.video_id is not None
        pace = self._pace()
        try:
            news = await self._agent.get_video(job.video_id)
        except VideoAgentNotFound:
            news = VideoNews(job.video_id, VideoStatus.NOT_FOUND)
        except VideoAgentError as error:
            log.warning("video not read", job_id=job.id, code=error.code)
            await self._apply(job, lambda j, now: progress.on_silence(j, now, pace))
            return
        if news.status is VideoStatus.RUNNING:
            await self._still_running(job)
            return
        reason = await self._session_error(job, news)

        def decide(current: Job, now: datetime) -> Change | None:
            return progress.on_video(current, news, now, pace, reason)

        await self._apply(job, decide)

    async def _session_error(self, job: Job, news: VideoNews) -> str | None:
        """The session's own error message, asked for only when the video gives no reason."""
        if news.status is not VideoStatus.FAILED or news.failure_message:
            return None
        session = await self._read_session(job)
        return session.error_text if session else None
