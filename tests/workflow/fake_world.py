"""The whole workflow on a real database, with stand-ins around it and a clock that we turn."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bot.domain.errors import StoreUnavailable
from bot.domain.job.job import Job, JobState
from bot.domain.job.permissions import Who
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from bot.domain.request.video_request import (
    Attachment,
    Orientation,
    SlackThread,
    Submission,
    VideoRequest,
)
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.intake import new_job_id
from bot.workflow.loop import PAUSE_AFTER_ERROR, Tasks
from bot.workflow.parts import Parts, Policy, Ports, Step
from store import open_store
from tests.builders import changed
from tests.empty_database import write_empty_database
from tests.fakes import (
    Crash,
    CrashingStore,
    FakeCatalogueSource,
    FakeClock,
    FakeHomeTabs,
    FakeLinks,
    FakeMessage,
    FakeSlackFiles,
    FakeSlackThreads,
    FakeSlackUploads,
    FakeVideoAgent,
    FakeVideoDownloads,
    Power,
    SkewedClock,
)
from tests.keys import FERNET_KEY

INTERVAL_S = 15.0
NOT_HERE = ("home", "catalogue")  # steps with worlds of their own: test_home.py, test_catalogue.py
STEPS_AT_ONE_MOMENT = 40  # a loop that works more often while time stands still, spins


class Worker:
    """A bot.workflow.loop.Loop without waiting: runs when woken or when its time has come."""

    def __init__(self, name: str, step: Callable[[], Any], clock: SkewedClock) -> None:
        self.name = name
        self._step = step
        self._clock = clock
        self.next_at: datetime | None = None
        self.is_woken = True
        self.steps_now: tuple[datetime, int] = (clock.now(), 0)

    def wake(self) -> None:
        self.is_woken = True

    @property
    def has_work(self) -> bool:
        is_due = self.next_at is not None and self.next_at <= self._clock.now()
        return self.is_woken or is_due

    async def work(self) -> None:
        self.is_woken = False
        try:
            self.next_at = await self._step()
        except StoreUnavailable:  # as a Loop does
            self.next_at = self._clock.now() + PAUSE_AFTER_ERROR
        now = self._clock.now()
        at, count = self.steps_now
        self.steps_now = (now, count + 1 if at == now else 1)
        assert self.steps_now[1] <= STEPS_AT_ONE_MOMENT, f"{self.name} spins: due {self.next_at}"


class MortalTasks(Tasks):
    """Tasks that end quietly when the power goes off; the world notices by itself."""

    def spawn(self, work: Coroutine[Any, Any, Any], **context: str) -> None:
        super().spawn(self._until_crash(work), **context)

    async def _until_crash(self, work: Coroutine[Any, Any, Any]) -> None:
        with suppress(Crash):
            await work


class World:
    """One bot, one HeyGen, one Slack. What the fakes hold outlives a restart of the bot."""

    _heygen_key_of: Callable[[Store], WorkspaceKey] | None = None

    def __init__(
        self,
        folder: Path,
        *,
        limit: int = 3,
        public_url: str | None = None,
        delivers_file: bool = True,
        video_max_bytes: int = 1_000_000_000,
        clock: FakeClock | None = None,
        busy_timeout_s: float = 2.0,
        heygen_key_of: Callable[[Store], WorkspaceKey] | None = None,
    ) -> None:
        """`heygen_key_of`: the key of one workspace among several, over this store."""
        self.database = folder / "bot.db"
        self._url = f"sqlite:///{self.database}"
        self._limit = limit
        self._public_url = public_url
        self._delivers_file = delivers_file
        self._video_max_bytes = video_max_bytes
        self._busy_timeout_s = busy_timeout_s
        self._heygen_key_of = heygen_key_of
        self.clock = clock or FakeClock()
        self.bot_clock = SkewedClock(self.clock)
        self.hanging_polls = 0  # answers that do not come before the test lets them
        self.power = Power()
        self.agent = FakeVideoAgent(self.clock, self.power)
        self.threads = FakeSlackThreads(self.clock, self.power)
        self.files = FakeSlackFiles(folder, self.power)
        self.links = FakeLinks(self.power)
        self.downloads = FakeVideoDownloads(folder, self.power)
        self.uploads = FakeSlackUploads(self.clock, self.power)
        self._requests = 0
        self.workers: list[Any] = []
        self._build()

    def _build(self) -> None:
        self._real_store = self._open_store()
        self.crashing_store = CrashingStore(self._real_store, self.power)
        self.store = cast(Store, self.crashing_store)
        self.parts = parts = Parts(
            self._ports(),
            self._policy(),
            self.bot_clock,
            dice=random.Random(1),
            new_id=self._new_id,
            heygen_key=self._heygen_key_of(self.store) if self._heygen_key_of else None,
        )
        self.signals, self.updates, self.gate = parts.signals, parts.updates, parts.gate
        self.submitter, self.poller = parts.submitter, parts.poller
        self.sweeper, self.stopper = parts.sweeper, parts.stopper
        self.message_sender, self.file_sender = parts.message_sender, parts.file_sender
        self.intake, self.controls, self.callbacks = parts.intake, parts.controls, parts.callbacks
        self._watch_tasks()
        employed = parts.employ(self._worker)
        self.workers = [worker for name, worker in employed.items() if name not in NOT_HERE]
        self._is_started = False

    def _ports(self) -> Ports:
        return Ports(
            store=self.store,
            agent=self.agent,
            catalogue=FakeCatalogueSource(),
            downloads=self.downloads,
            threads=self.threads,
            uploads=self.uploads,
            files=self.files,
            tabs=FakeHomeTabs(),
            links=self.links,
        )

    def _policy(self) -> Policy:
        return Policy(
            max_concurrent_videos=self._limit,
            interval_s=INTERVAL_S,
            public_url=self._public_url,
            delivers_file=self._delivers_file,
            video_max_bytes=self._video_max_bytes,
        )

    def _new_id(self) -> str:
        return new_job_id()

    def _watch_tasks(self) -> None:
        self.submitter.tasks = MortalTasks("submit")
        self.poller.tasks = MortalTasks("poll")
        self.file_sender.tasks = MortalTasks("file")

    def _worker(self, name: str, step: Step) -> Any:
        steps = {"submit": self._submit, "poll": self._poll, "files": self._send_files}
        return Worker(name, steps.get(name, step), self.bot_clock)

    def _open_store(self) -> Store:
        write_empty_database(self.database)
        return open_store(
            self._url, busy_timeout_s=self._busy_timeout_s, encryption_keys=(FERNET_KEY,)
        )

    async def _submit(self) -> datetime | None:
        next_at = await self.submitter.step()
        while self.submitter.tasks:
            await self.submitter.tasks.settle(within_s=30)
        self.power.check()
        return next_at

    async def _poll(self) -> datetime | None:
        next_at = await self.poller.step()
        while len(tasks := self.poller.tasks._tasks) > self.hanging_polls:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self.power.check()
        return next_at

    async def _send_files(self) -> datetime | None:
        next_at = await self.file_sender.step()
        while self.file_sender.tasks:
            await self.file_sender.tasks.settle(within_s=30)
        self.power.check()
        return next_at

    # -- time ------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Let the workers work until nothing is due now; fails when one of them spins."""
        if not self._is_started:
            await self.store.jobs.release_claims(self.bot_clock.now())
            self._is_started = True
        while busy := [w for w in self.workers if w.has_work]:
            for worker in busy:
                await worker.work()
        for worker in self.workers:
            assert worker.next_at is None or worker.next_at > self.bot_clock.now()

    async def advance(self, seconds: float) -> None:
        """Let time pass, stopping wherever somebody has something to do."""
        target = self.clock.now() + timedelta(seconds=seconds)
        await self.settle()
        while stops := [at for at in self._planned() if at <= target]:
            self.clock.move_to(min(stops))
            await self.settle()
        self.clock.move_to(target)
        for worker in self.workers:  # a Loop never waits longer than a minute
            worker.wake()
        await self.settle()

    def _planned(self) -> list[datetime]:
        """When the workers want to be woken, by the world's clock."""
        return [w.next_at - self.bot_clock.offset for w in self.workers if w.next_at]

    async def restart(self, *, off_at: int | None = None) -> None:
        """End the process as it stands, and start another one on the same database."""
        await self._real_store.close()
        self.power.restore(off_at)
        self._build()

    async def close(self) -> None:
        await self._real_store.close()

    # -- people ----------------------------------------------------------------------------

    async def ask(
        self,
        prompt: str = "A minute about our new office.",
        *,
        who: str = "U-ADA",
        key: str | None = None,
        attachments: Sequence[Attachment] = (),
        channel: str = "C1",
        thread_ts: str | None = None,
    ) -> Job:
        """Somebody submits the modal."""
        self._requests += 1
        self.clock.advance(0.001)  # so that everybody has a place in the queue
        request = VideoRequest(
            key=key or f"view-{self._requests}",
            requester_id=who,
            thread=SlackThread("T1", channel, thread_ts),
            prompt=prompt,
            orientation=Orientation.LANDSCAPE,
        )
        submission = Submission(request, tuple(attachments))
        return await self.intake.accept(submission)

    async def cancel(self, job_id: str) -> None:
        """The requester presses Cancel."""
        await self.controls.cancel(job_id, Who((await self.job(job_id)).request.requester_id))

    async def change(self, job_id: str, **fields: Any) -> None:
        """Put a job into a place that would take a long story to come to."""
        await self.updates.apply(
            job_id, lambda job, now: Change(changed(job, **fields), why="as the test wants")
        )

    # -- what is to be seen ----------------------------------------------------------------

    async def job(self, job_id: str) -> Job:
        job = await self.store.jobs.get(job_id)
        assert job is not None
        return job

    async def state_of(self, job_id: str) -> JobState:
        return (await self.job(job_id)).state

    async def history(self, job_id: str) -> list[str]:
        return [line.why for line in await self.store.jobs.history_of(job_id)]

    def card(self, job_id: str) -> FakeMessage:
        (card,) = self.threads.of_kind("card", job_id)
        return card

    @property
    def prompts_sent(self) -> list[str]:
        """The prompt of every session that HeyGen made: each one was paid for."""
        return [s.new.prompt for s in self.agent.sessions.values()]
