"""Follows rendering jobs to their end: one loop for all, many ids in one question.

What has to be asked one by one is asked a few at a time, so that one answer that does not come
keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Protocol

import structlog

from bot.domain.errors import (
    VideoAgentError,
    VideoAgentNotFound,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job import progress, timing
from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import Change, Pace
from bot.domain.news import SessionStatus, VideoNews, VideoStatus
from bot.domain.ports.clock import Clock
from bot.domain.ports.store import Store
from bot.domain.ports.video import VideoAgent
from bot.workflow.gate import Gate
from bot.workflow.guarded_agent import OUTAGE, SESSION, VIDEO
from bot.workflow.loop import Tasks
from bot.workflow.status_updates import Decide, Signals, StatusUpdates

log = structlog.get_logger(__name__)

KINDS = (SESSION, VIDEO)  # of reads
BULK_MAX = 100  # contract: limits.statuses_ids_max
READS_AT_ONCE = 8  # each may wait half a minute for its answer
UNDER_WAY_MOST = 4 * BULK_MAX  # jobs that are being asked about; the rest has its turn after them
BROKEN_STEPS = 2  # of POLL_INTERVAL_S
BULK_TRIES = 2  # failures in a row, before it is found out whether that route alone fails
BULK_REST_STEPS = 20  # of POLL_INTERVAL_S, where it does
PROGRESS_READS_PER_MINUTE = 30  # sessions read only to move a progress bar


class DecideAtPace(Protocol):
    def __call__(self, job: Job, now: datetime, pace: Pace) -> Change | None: ...


class Poller:
    """`step` is run by a Loop and starts tasks. News from callbacks makes its job due."""

    def __init__(
        self,
        *,
        store: Store,
        agent: VideoAgent,
        gate: Gate,
        updates: StatusUpdates,
        signals: Signals,
        clock: Clock,
        interval_s: float,
        jitter: random.Random,
        delivers_file: bool = True,
    ) -> None:
        """`delivers_file`: finished videos are posted as files too (DELIVER_FILE)."""
        self._store = store
        self._agent = agent
        self._gate = gate
        self._updates = updates
        self._signals = signals
        self._clock = clock
        self._interval_s = interval_s
        self._jitter = jitter
        self._delivers_file = delivers_file
        self._is_bulk_useful = True
        self._bulk_failures, self._bulk_again_s = 0, clock.elapsed_s()
        self._progress_reads: deque[datetime] = deque()
        self._under_way: dict[str, object] = {}  # job id: the task that asks about it now
        self._broken: dict[str, datetime] = {}  # job id: not asked about before
        self._lanes = asyncio.Semaphore(READS_AT_ONCE)
        self.tasks = Tasks("poll")

    async def step(self) -> datetime | None:
        """Begin to ask about everything that is due; returns when to look again."""
        now = self._clock.now()
        soon = now + timing.gather_for(self._interval_s)  # many ids for one question
        if (room := UNDER_WAY_MOST - len(self._under_way)) > 0:
            due = await self._due_and_readable(soon, now, room)
            for job in due:
                if job.render.video_id is None:
                    self._start([job], self._follow_session(job))
            self._follow_videos([job for job in due if job.render.video_id is not None])
            if len(due) == BULK_MAX:
                return now
        # What is due already is asked about now, or waits for what is: that one's end wakes us.
        # If somebody else finds HeyGen back before its kind may pass, LONGEST_WAIT lets us see it.
        closed = [at for kind in KINDS if (at := self._gate.reads_again_at(now, kind))]
        next_at = await self._store.jobs.next_due_at(JobState.RENDERING, after=soon)
        return min([*closed, next_at] if next_at else closed, default=None)

    async def _due_and_readable(self, soon: datetime, now: datetime, room: int) -> list[Job]:
        """While HeyGen cannot be read: one, of a kind that may be asked."""
        if not self._gate.is_unreadable:
            return await self._due(soon, min(room, BULK_MAX))
        due = await self._due(soon, room)
        return [job for job in due if not self._gate.reads_again_at(now, _kind(job))][:1]

    async def _due(self, soon: datetime, most: int) -> list[Job]:
        horizon = timing.horizon(soon, self._interval_s)
        self._broken = {i: at for i, at in self._broken.items() if soon < at <= horizon}
        limit = most + len(self._under_way) + len(self._broken)
        jobs = await self._store.jobs.due(JobState.RENDERING, soon, limit, horizon=horizon)
        busy = self._under_way.keys() | self._broken.keys()
        return [job for job in jobs if job.id not in busy][:most]

    def _start(self, jobs: Sequence[Job], work: Coroutine[Any, Any, None]) -> None:
        """Ask about these jobs; until that is done, nobody else does."""
        mine = dict.fromkeys((job.id for job in jobs), object())
        self._under_way |= mine
        self.tasks.spawn(self._asked(mine, work), job_ids=_some(mine))

    async def _asked(self, mine: dict[str, object], work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._lanes:
                await work
        except Exception:
            # A fault of ours, or the database: still due, but not again at once.
            rest = timedelta(seconds=BROKEN_STEPS * self._interval_s)
            self._broken |= dict.fromkeys(mine, self._clock.now() + rest)
            raise
        finally:
            for job_id, task in mine.items():
                if self._under_way.get(job_id) is task:  # else another task goes on with it
                    del self._under_way[job_id]
        self._signals.poll()  # not after an error: what is still due would be asked about at once

    async def _apply(self, read: Job, decide: Decide) -> Job | None:
        """Write what was decided on what HeyGen said about the job as it was `read`.

        Somebody may have made the job due after HeyGen was asked: that look is kept.
        """

        def decide_and_keep_look(job: Job, now: datetime) -> Change | None:
            change = decide(job, now)
            is_asked_for = job.version != read.version and job.due_at and job.due_at <= now
            if change is None or not is_asked_for or change.job.is_final:
                return change
            return replace(change, job=replace(change.job, due_at=job.due_at))

        return await self._updates.apply(read.id, decide_and_keep_look)

    def _pace(self, error: VideoAgentError | None = None) -> Pace:
        """While HeyGen cannot be read, its return is noticed soon; what it asks for, it gets."""
        asked_s = (error and error.retry_after_s) or 0.0
        return Pace(self._interval_s, self._jitter.random(), self._gate.is_unreadable, asked_s)

    async def _follow_session(self, job: Job) -> None:
        try:
            news = await self._agent.get_session(job.render.session_id or "")
        except VideoAgentRefused as error:  # an answer, and there is no video yet
            log.warning("session not shown", job_id=job.id, code=error.code)
            await self._apply(job, partial(progress.on_unknown, pace=self._pace()))
            return
        except VideoAgentError as error:
            await self._unread("session", [job], error)
            return
        pace = self._pace()
        after = await self._apply(job, lambda j, now: progress.on_session(j, news, now, pace))
        if after and after.render.video_id and news.status is SessionStatus.COMPLETED:
            await self._follow_video(after)

    def _follow_videos(self, jobs: Sequence[Job]) -> None:
        if len(jobs) < 2 or not self._may_ask_in_bulk():
            for job in jobs:
                self._start([job], self._follow_video(job))
        else:
            self._start(jobs, self._follow_in_bulk(jobs))

    def _may_ask_in_bulk(self) -> bool:
        return self._is_bulk_useful and self._clock.elapsed_s() >= self._bulk_again_s

    async def _follow_in_bulk(self, jobs: Sequence[Job]) -> None:
        try:
            ids = [j.render.video_id for j in jobs if j.render.video_id]
            statuses = await self._agent.video_statuses(ids)
        except VideoAgentRefused as error:
            self._leave_bulk_alone(error.code)
            statuses = {}
        except VideoAgentError as error:
            if await self._bulk_fails_alone(error, jobs[0]):
                await self._follow_known(jobs, {})
            else:
                await self._unread("statuses", jobs, error)
            return
        self._bulk_failures = 0
        known = {i: s for i, s in statuses.items() if s is not VideoStatus.NOT_FOUND}
        if not known:
            self._leave_bulk_alone("knows none of our videos")
        await self._follow_known(jobs, known)

    async def _bulk_fails_alone(self, error: VideoAgentError, job: Job) -> bool:
        """Whether this route does not answer, again and again, and the one for one video does."""
        if not isinstance(error, VideoAgentUnavailable) or error.code == OUTAGE:
            return False
        self._bulk_failures += 1
        if self._bulk_failures < BULK_TRIES:
            return False
        self._bulk_failures = 0
        try:
            await self._agent.get_video(job.render.video_id or "")
        except VideoAgentNotFound:
            pass
        except VideoAgentError:
            return False
        log.info("HeyGen's bulk route does not answer: asking one by one", code=error.code)
        self._bulk_again_s = self._clock.elapsed_s() + BULK_REST_STEPS * self._interval_s
        return True

    def _leave_bulk_alone(self, why: str) -> None:
        """For the rest of this run: asking one by one works everywhere."""
        self._is_bulk_useful = False
        log.info("HeyGen's bulk route is of no use: asking one by one", why=why)

    async def _follow_known(self, jobs: Sequence[Job], known: Mapping[str, VideoStatus]) -> None:
        """Those with news are asked about one by one, each in a task of its own."""
        running = []
        for job in jobs:
            if known.get(job.render.video_id or "") is not VideoStatus.RUNNING:
                self._start([job], self._follow_video(job))
            elif self._may_read_progress():
                self._start([job], self._read_progress(job))
            else:
                running.append(job)
        await self._nothing_new(running, _still_rendering)

    async def _nothing_new(
        self, jobs: Sequence[Job], decide: DecideAtPace, error: VideoAgentError | None = None
    ) -> None:
        """Write when to ask again, for all of them at once; what is owed meanwhile one by one."""
        quiet = []
        for job in jobs:
            pace = self._pace(error)
            change = decide(job, self._clock.now(), pace=pace)
            if change is not None and change.is_quiet:
                quiet.append(change)
            elif change is not None:
                await self._apply(job, partial(decide, pace=pace))
        if quiet:
            await self._store.jobs.reschedule(quiet)

    async def _unread(
        self,
        what: str,
        jobs: Sequence[Job],
        error: VideoAgentError,
        decide: DecideAtPace = progress.on_silence,
    ) -> None:
        """No news. Those for whom nobody was asked stay due; the gate has said why."""
        if error.code != OUTAGE:
            log.warning(f"{what} not read", code=error.code, job_ids=_some(j.id for j in jobs))
            await self._nothing_new(jobs, decide, error)

    async def _still_running(self, job: Job) -> None:
        if self._may_read_progress():
            await self._read_progress(job)
        else:
            await self._nothing_new([job], _still_rendering)

    async def _read_progress(self, job: Job) -> None:
        """The session tells how far it is; without it the video is just still rendering."""
        try:
            session = await self._agent.get_session(job.render.session_id or "")
        except VideoAgentError as error:
            log.debug("progress not read", code=error.code, job_id=job.id)
            await self._nothing_new([job], _still_rendering, error)
            return
        pace = self._pace()
        await self._apply(job, lambda j, now: progress.on_session(j, session, now, pace))

    def _may_read_progress(self) -> bool:
        now = self._clock.now()
        while self._progress_reads and not _is_recent(self._progress_reads[0], now):
            self._progress_reads.popleft()
        if len(self._progress_reads) >= PROGRESS_READS_PER_MINUTE:
            return False
        self._progress_reads.append(now)
        return True

    async def _follow_video(self, job: Job) -> None:
        assert job.render.video_id is not None
        try:
            news = await self._agent.get_video(job.render.video_id)
        except VideoAgentRefused:
            news = VideoNews(job.render.video_id, VideoStatus.NOT_FOUND)
        except VideoAgentError as error:
            await self._unread("video", [job], error)
            return
        if news.status is VideoStatus.RUNNING:
            await self._still_running(job)
            return
        try:
            reason, pace = await self._reason(job, news), self._pace()
        except VideoAgentError as error:
            await self._unread("session", [job], error, progress.on_unread_reason)
            return

        def decide(current: Job, now: datetime) -> Change | None:
            return progress.on_video(
                current, news, now, pace, reason, delivers_file=self._delivers_file
            )

        await self._apply(job, decide)

    async def _reason(self, job: Job, news: VideoNews) -> str | None:
        """The session's own error message, asked for only when the video gives no reason.

        None: HeyGen gives no reason, and the video may be made, and paid for, once more. So a
        session that does not answer is asked again.
        """
        if news.status is not VideoStatus.FAILED or news.failure_message:
            return None
        try:
            return (await self._agent.get_session(job.render.session_id or "")).error_text
        except VideoAgentNotFound:
            return None


def _kind(job: Job) -> str:
    """Which read tells news of this job."""
    return SESSION if job.render.video_id is None else VIDEO


def _some(job_ids: Iterable[str]) -> str:
    return ", ".join(islice(job_ids, 3))


def _is_recent(read_at: datetime, now: datetime) -> bool:
    """Within a minute; a time to come is none: the clock has jumped back."""
    return timedelta(0) <= now - read_at <= timedelta(minutes=1)


def _still_rendering(job: Job, now: datetime, pace: Pace) -> Change | None:
    news = VideoNews(job.render.video_id or "", VideoStatus.RUNNING)
    return progress.on_video(job, news, now, pace)
