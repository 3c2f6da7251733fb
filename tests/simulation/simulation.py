"""One world: people, a bot that may die at any moment, HeyGen and Slack, from one seed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.errors import NotPossible, StoreUnavailable
from bot.domain.job.job import JobState
from bot.domain.job.permissions import Who
from bot.domain.job.sends import idempotency_key
from bot.domain.news import NewSession
from bot.domain.ports.store import Store
from bot.domain.request.video_request import Orientation, SlackThread, Submission, VideoRequest
from bot.workflow import loop
from bot.workflow.intake import JOB_ID_BYTES
from bot.workflow.loop import Loop, Tasks
from bot.workflow.parts import Step
from tests.builders import NOON, an_attachment
from tests.fakes import Crash, FakeLinks, FakeSession
from tests.simulation import fronts
from tests.simulation.books import LIVE, Books
from tests.simulation.disk import Disk, new_folder
from tests.simulation.fronts import Front
from tests.simulation.outside import (
    LyingDownloads,
    LyingThreads,
    LyingUploads,
    LyingVideoAgent,
    OuterPower,
    SlowFiles,
)
from tests.simulation.virtual_time import JumpyClock, VirtualClock, run
from tests.simulation.weather import Weather
from tests.workflow.fake_world import World

T = TypeVar("T")

# Every job is at its end so soon after the weather has cleared, and each round of the gate that is
# still to come adds one rendering, with its automatic retry. The 45 minutes are the longest chain
# of pauses that the rules make: a Retry-After or a back-off of 10 minutes, then four looks for a
# lost session (15 minutes), the way to the result, and a back-off of Slack's of 10 minutes. What
# is on hold, or may be put on hold, has longer: see `_ends_within_s`.
ENDS_WITHIN_S = 45 * 60.0
PARKED_AFTER_S = 3_600.0  # with a session that cannot be read for so long
PARKED_LOOK_S = 600.0  # from one look for a job on hold to the next
ROUND_S = 2 * (150.0 + 60.0)
LONG_ROUND_S = 2 * (1_200.0 + 300.0)  # with renderings as long as a lagging list needs them
CALM_WITH_HANGS_S = 30 * 3600.0
LOOK_EVERY_S = 120.0
SURE_TO_BE_SEEN_S = 120.0
LONGEST_WAIT = timedelta(minutes=5)  # nobody else writes here: a lost wake-up shows
PUBLIC_URL = "https://bot.test"
_OWED = """
SELECT 1 FROM deliveries WHERE state IN ('due', 'posting') OR wanted > shown LIMIT 1
"""


class DicedPower(OuterPower):
    """Goes off after a number of effects that the seed tells, and at a point that it names."""

    def __init__(self, weather: Weather) -> None:
        super().__init__()
        self._weather = weather
        self.went_off = asyncio.Event()
        self.again_at, self.times = "", 0  # "before create_session", and how often yet
        self.restore()

    def before(self, name: str) -> None:
        self._die_again_at(f"before {name}")

    def cut(self, why: str) -> None:
        self.is_off, self.died_at = True, why
        self.went_off.set()

    def _die_again_at(self, point: str) -> None:
        if self.times and self.again_at == point and not self._weather.is_fair:
            self.times -= 1
            self._weather.seen[f"{fronts.KILLED_AGAIN}"] += 1
            self.cut(point)
            raise Crash(point)

    def after_effect(self, name: str) -> None:
        self.check()
        self._die_again_at(f"after {name}")
        self.count += 1
        if self.off_at is not None and self.count >= self.off_at and not self._weather.is_fair:
            self.cut(name)
            raise Crash(name)

    def restore(self, off_at: int | None = None) -> None:
        super().restore(off_at)
        self.went_off.clear()
        if mean := self._weather.effects_per_crash:
            dice = self._weather.dice
            soon = dice.random() < 0.2  # again, in the middle of cleaning up after the last one
            self.off_at = 1 + int(dice.expovariate(1 / (8 if soon else mean)))


class WatchedTasks(Tasks):
    """Tasks of which any error but a full disk is a mistake in the product."""

    def __init__(self, name: str, on_mistake: Callable[[BaseException], None]) -> None:
        super().__init__(name)
        self._on_mistake = on_mistake

    async def _supervised(self, work: Coroutine[Any, Any, Any], context: dict[str, str]) -> None:
        try:
            await work
        except (Crash, StoreUnavailable):
            return
        except Exception as error:
            self._on_mistake(error)


@dataclass
class Outcome:
    """What one world came to, in figures."""

    seed: int
    digest: str
    wrong: str | None
    figures: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    quiet_after_s: float = 0.0  # from the end of the bad weather


class Simulation(World):
    """Everything outside the bot lives on while the bot dies and starts again."""

    def __init__(
        self, seed: int, folder: Path, *, keeps_trace: bool = False, only: str | None = None
    ) -> None:
        # Not super().__init__: this world's clock, power and platforms are others.
        self.seed = seed
        self.dice = random.Random(f"people {seed}")
        self.weather = Weather(seed, only=only)
        self.weather.fronts.time_s = time_s = asyncio.get_running_loop().time
        self.books = Books(self.weather.limit, time_s, keeps_trace=keeps_trace)
        self.books.on_wrong = self._stop
        self.books.may_be_parked = self._may_be_parked
        self.books.may_be_second = self._may_be_second
        self.books.ran_to_its_end = self._ran_to_its_end
        self.right_clock = VirtualClock()
        self.clock = JumpyClock()  # type: ignore[assignment]
        self.clock.offset_s = self.weather.skew_s
        self.bot_clock = self.clock  # type: ignore[assignment]
        self.power: DicedPower = DicedPower(self.weather)
        self.disk = Disk(self.books.read_notes)
        self.agent: LyingVideoAgent = LyingVideoAgent(
            self.right_clock, self.power, self.weather, self._session_made
        )
        self.threads: LyingThreads = LyingThreads(
            self.right_clock, self.power, self.weather, self._message_appeared
        )
        self.files: SlowFiles = SlowFiles(folder, self.power, self.weather)
        self.links = FakeLinks(self.power)
        self.downloads: LyingDownloads = LyingDownloads(
            folder, self.power, self.weather, self.agent.age_of_file_s
        )
        self.uploads: LyingUploads = LyingUploads(
            self.right_clock, self.power, self.weather, self._file_seen
        )
        self._limit = self.weather.limit
        self._public_url = PUBLIC_URL if self.weather.with_callbacks else None
        self._delivers_file = self.weather.delivers_file
        self._video_max_bytes = 1_000
        self.uploads.loses_alt_text = self.weather.loses_alt_text
        self.uploads.told_after_s = self.weather.told_after_s
        self.figures: Counter[str] = Counter()
        self._is_over = asyncio.Event()
        self._outside: set[asyncio.Task[Any]] = set()
        self._calls: set[asyncio.Task[Any]] = set()
        self._is_up = False
        self._open = 0  # requests not yet accepted
        self._quiet_after_s = 0.0

    def _stop(self) -> None:
        self._is_over.set()

    def _mistake(self, error: BaseException) -> None:
        self.books.check(False, f"unexpected {type(error).__name__}: {error}")

    # -- the bot ---------------------------------------------------------------------------

    def _open_store(self) -> Store:
        return self.disk.open()

    def _watch_tasks(self) -> None:
        self.submitter.tasks = WatchedTasks("submit", self._mistake)
        self.file_sender.tasks = WatchedTasks("file", self._mistake)
        self.poller.tasks = WatchedTasks("poll", self._mistake)

    def _worker(self, name: str, step: Step) -> Loop:
        return Loop(name, self._watched(step), self.clock)

    def _new_id(self) -> str:
        return self.dice.randbytes(JOB_ID_BYTES).hex()

    def _watched(
        self, step: Callable[[], Awaitable[datetime | None]]
    ) -> Callable[[], Awaitable[datetime | None]]:
        async def watched() -> datetime | None:
            try:
                return await step()
            except StoreUnavailable:
                raise
            except Exception as error:
                self._mistake(error)
                raise

        return watched

    async def _keep_running(self) -> None:
        """What an operator's service manager does."""
        while True:
            self._build()
            running: list[asyncio.Task[Any]] = []
            try:
                await self.store.jobs.release_claims(self.clock.now())
            except (Crash, StoreUnavailable):
                self.power.went_off.set()
            else:
                self._is_up = True
                running = [asyncio.create_task(self._mortal(each.run())) for each in self.workers]
            await self.power.went_off.wait()
            await self._drop(running)
            await asyncio.sleep(self._down_s())
            self.power.restore()

    def _down_s(self) -> float:
        """From a death to the next start; without power that takes as long as it takes."""
        down_s = self.weather.dice.uniform(0.2, self.weather.longest_down_s)
        if dark := self.weather.fronts.now(fronts.NO_POWER):
            return max(down_s, dark.ends_s - asyncio.get_running_loop().time())
        return down_s

    async def _mortal(self, work: Coroutine[Any, Any, T]) -> T | None:
        try:
            return await work
        except Crash:
            return None

    async def _drop(self, running: list[asyncio.Task[Any]]) -> None:
        """Nothing of the process stays; what it had asked for and not heard of is lost."""
        self._is_up = False
        self.power.is_off = True
        self.books.tell(f"the bot dies after {self.power.died_at}")
        self.figures["crashes"] += 1
        await self._real_store.close()
        for task in [*running, *self._calls]:
            task.cancel()
        await asyncio.gather(*running, *self._calls, return_exceptions=True)
        for tasks in (self.submitter.tasks, self.poller.tasks, self.file_sender.tasks):
            await tasks.settle(0)

    async def _ask_bot(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """What the bot answers; None when it is down, dies meanwhile, or cannot write."""
        if not self._is_up:
            return None
        call = asyncio.create_task(ask())
        self._calls.add(call)
        try:
            await asyncio.wait([call])
            return call.result()
        except (Crash, StoreUnavailable, asyncio.CancelledError):
            return None
        finally:
            self._calls.discard(call)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._outside.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._outside.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._mistake(error)

    # -- people ----------------------------------------------------------------------------

    async def _person_asks(self, number: int) -> None:
        dice = self.dice
        await asyncio.sleep(dice.uniform(0, self.weather.storm_s) * dice.choice([0.1, 1.0]))
        who, key = f"U-{dice.randrange(self.weather.people)}", f"view-{number}"
        prompt = f"A minute about matter {number}."
        if dice.random() < 0.05 and self.books.accepted:  # copied from somebody's card
            other = dice.choice(list(self.books.accepted.values()))
            prompt += f"\n[Reference {other}, not part of the video]"
        files = [self.files.add(an_attachment(f"F{number}"))] if dice.random() < 0.2 else []
        request = VideoRequest(
            key=key,
            requester_id=who,
            thread=SlackThread("T1", f"C{dice.randrange(4)}"),
            prompt=prompt,
            orientation=Orientation.LANDSCAPE,
        )
        submission = Submission(request, tuple(files))
        tries = 0
        while (job := await self._ask_bot(lambda: self.intake.accept(submission))) is None:
            tries += 1
            self.figures["requests sent again"] += 1
            # Nobody clicks every few seconds through a weekend.
            await asyncio.sleep(dice.uniform(1, 30) * min(60.0, 1.5 ** (tries // 5)))
        self.books.accept(key, job.id)
        self._open -= 1
        if dice.random() < 0.1:  # Slack delivers it once more
            await asyncio.sleep(dice.uniform(0, 5))
            if again := await self._ask_bot(lambda: self.intake.accept(submission)):
                self.books.accept(key, again.id)
        if dice.random() < 0.06:
            await asyncio.sleep(dice.uniform(0, 200))
            await self._press("cancel", job.id, who)
        elif dice.random() < 0.5:
            await self._decide_when_parked(job.id, who)

    async def _decide_when_parked(self, job_id: str, who: str) -> None:
        while self.books.state[job_id] not in (JobState.COMPLETED, JobState.FAILED):
            await asyncio.sleep(600)
            if self.weather.is_fair:
                return
            if self.books.state[job_id] is JobState.PARKED:
                await self._press(self.dice.choice(["look_again", "send_again"]), job_id, who)

    async def _press(self, button: str, job_id: str, who: str) -> None:
        """A person presses a button of the card."""
        person = Who(who)
        if button == "send_again" and (job := await self._ask_bot(lambda: self.job(job_id))):
            self.books.allowed[idempotency_key(job)] += 1  # told that it may cost twice
        self.books.allowed[job_id] += 1
        self.books.tell(f"{who} presses {button} of {job_id}")
        with suppress(NotPossible):
            if await self._ask_bot(lambda: getattr(self.controls, button)(job_id, person)):
                self.figures[f"pressed {button}"] += 1

    # -- platforms -------------------------------------------------------------------------

    def _session_made(self, session: FakeSession) -> None:
        if session.new.key.startswith("other-tool"):
            return
        self.figures["sessions paid"] += 1
        self.books.pay(session)
        dice = self.weather.fronts.dice
        if self.weather.fronts.now(fronts.DATABASE_BUSY) and dice.random() < 0.3:
            self._lock_disk(dice.uniform(*fronts.LOCKED_FOR_S))  # as the answer comes back
        if session.new.callback_url and not self.weather.is_fair:
            self._spawn(self._call_back(session))

    async def _call_back(self, session: FakeSession) -> None:
        """Once, not at all, twice, too early, by token or by id."""
        dice = self.weather.dice
        token = (session.new.callback_url or "").rpartition("/")[2]
        for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
            await asyncio.sleep(min(3600.0, session.fate.render_s) * dice.uniform(0.3, 1.1))
            self.figures["callbacks"] += 1
            if dice.random() < 0.3:
                ids = {"session_id": session.session_id, "video_id": session.video_id}
                await self._ask_bot(lambda ids=ids: self.callbacks.by_id(**ids))  # type: ignore[misc]
            else:
                await self._ask_bot(lambda: self.callbacks.by_token(token))

    def _message_appeared(self, message: Any) -> None:
        delivery_id = message.notice.delivery_id
        self.books.allowed[delivery_id] += delivery_id in self.threads.blind
        self.threads.blind.discard(delivery_id)
        self.figures[f"{message.notice.kind} messages"] += 1
        self.books.read_message(message)
        if self.weather.deletes_cards and self.dice.random() < 0.1 and not self.weather.is_fair:
            self._spawn(self._delete(message))

    def _lock_disk(self, for_s: float) -> None:
        self.weather.seen["database locked"] += 1
        self.disk.locked_until_s = asyncio.get_running_loop().time() + for_s

    def _may_be_parked(self) -> bool:
        """The evidence contradicts itself: a session of the list that cannot be read."""
        owned = {row[0] for row in self.disk.read("SELECT session_id FROM sessions")}
        return any(
            self.agent.is_unreadable(session) and self.agent.is_listed(session)
            for session in self.agent.sessions.values()
            if session.session_id not in owned
        )

    def _may_be_second(self, earlier: FakeSession) -> bool:
        """Whether the newest send of this key can have missed the session of an earlier one.

        Its last look was right before it: what the list had shown for two minutes by then would
        have been found. And it was not sent before a minute had passed.
        """
        if not self.weather.fronts.of(fronts.LIST_LAGS):
            return False
        sent_at = [at_s for key, at_s in self.agent.sends if key == earlier.new.key]
        made_s = (earlier.created_at - NOON).total_seconds()
        shown_s = made_s + earlier.fate.listed_after_s
        return shown_s > sent_at[-1] - SURE_TO_BE_SEEN_S and sent_at[-1] - sent_at[0] > 59

    def _ran_to_its_end(self, session: FakeSession) -> bool:
        stopped_at = self.agent.stopped_at.get(session.session_id)
        if stopped_at is None:
            return True
        return (stopped_at - session.created_at).total_seconds() >= session.fate.render_s

    def _file_seen(self, name: str) -> None:
        self.figures["files shared"] += 1
        self.books.see_file(name)

    async def _delete(self, message: Any) -> None:
        await asyncio.sleep(self.dice.uniform(1, 120))
        if message.notice.kind == "card" and message in self.threads.messages:
            self.threads.delete(message)
            self.books.allowed[message.notice.delivery_id] += 1
            self.weather.seen["card deleted"] += 1

    async def _other_tool(self) -> None:
        """Somebody else makes videos on this account."""
        for number in range(4):
            await asyncio.sleep(self.dice.uniform(1, 400))
            prompt = "A minute about matter 1."
            self.agent.add_session(NewSession(f"other-tool-{number}", prompt, Orientation.PORTRAIT))

    async def _spell(
        self, when: tuple[float, float] | None, name: str, switch: Callable[[bool], None]
    ) -> None:
        if when is None:
            return
        await asyncio.sleep(when[0])
        self.weather.seen[name] += 1
        switch(True)
        await asyncio.sleep(when[1])
        switch(False)

    def _archive(self, is_on: bool) -> None:
        self.threads.refusals = {"C0": "is_archived"} if is_on else {}

    async def _set_clock(self) -> None:
        while self.weather.jump_s and not self.weather.is_fair:
            await asyncio.sleep(self.dice.uniform(5, 200))
            jump_s = self.dice.uniform(-1, 1) * self.weather.jump_s
            self.clock.offset_s = self.weather.skew_s + jump_s
            self.weather.seen["clock set"] += 1
            self._notice_clock()

    def _begin_trouble(self) -> None:
        weather = self.weather
        self._begin_fronts()
        self._spawn(self._other_tool())
        self._spawn(self._set_clock())
        self._spawn(self._spell(weather.blocked, "HeyGen blocked", self._block))
        self._spawn(self._spell(weather.revoked, "bot uninstalled", self._revoke))
        self._spawn(self._spell(weather.archived, "channel archived", self._archive))
        for when in weather.disk_full:
            self._spawn(self._spell(when, "disk full", self._fill_disk))
        if weather.not_joined:
            self.threads.not_joined = {"C1"}
        if weather.unreadable:
            self.threads.unreadable = {"C2"}

    def _begin_fronts(self) -> None:
        acts = {
            fronts.NO_POWER: self._go_dark,
            fronts.CLOCK_JUMPS: self._jump_clock,
            fronts.DATABASE_BUSY: self._trouble_database,
            fronts.KILLED_AGAIN: self._kill_again,
        }
        for front in self.weather.fronts.all:
            if front.name in acts:
                self._spawn(self._later(front.at_s, acts[front.name](front)))
            else:
                self.weather.seen[front.name] += 1

    async def _later(self, at_s: float, act: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.sleep(at_s)
        except asyncio.CancelledError:
            act.close()
            raise
        await act

    async def _go_dark(self, front: Front) -> None:
        self.weather.seen[front.name] += 1
        self.power.cut("a power cut")

    async def _jump_clock(self, front: Front) -> None:
        """The wall clock is set wrong, and right again some time later."""
        self.weather.seen[f"{front.name}: {front.kind} s"] += 1
        self.clock.offset_s = self.weather.skew_s + float(front.kind)
        self._notice_clock()
        await asyncio.sleep(front.for_s)
        self.clock.offset_s = self.weather.skew_s
        self._notice_clock()

    def _notice_clock(self) -> None:
        for each in self.workers:  # they notice a changed clock some time
            each.wake()

    async def _trouble_database(self, front: Front) -> None:
        """Again and again for some seconds."""
        dice = self.weather.fronts.dice
        while self.weather.fronts.now(front.name):
            await asyncio.sleep(dice.uniform(5, 60))
            for_s = dice.uniform(*fronts.LOCKED_FOR_S)
            if front.kind == "locked":
                self._lock_disk(for_s)
            else:
                self.weather.seen["disk full"] += 1
                self._fill_disk(True)
                await asyncio.sleep(for_s)
                self._fill_disk(False)

    async def _kill_again(self, front: Front) -> None:
        self.power.again_at, self.power.times = front.kind, self.dice.choice([2, 3])

    def _block(self, is_on: bool) -> None:
        self.weather.is_blocked = is_on

    def _revoke(self, is_on: bool) -> None:
        self.threads.is_revoked = is_on

    def _fill_disk(self, is_on: bool) -> None:
        self.disk.is_full = is_on

    # -- the whole story -------------------------------------------------------------------

    async def live(self) -> Outcome:
        weather = self.weather
        self._open = weather.lives
        self._begin_trouble()
        for number in range(weather.lives):
            self._spawn(self._person_asks(number))
        bot = asyncio.create_task(self._keep_running())
        bot.add_done_callback(lambda task: task.cancelled() or self._stop())
        try:
            await self._wait(weather.clears_s)
            weather.is_fair = True
            self.disk.is_full, self.disk.locked_until_s = False, 0.0
            await self._wait_until_quiet()
        finally:
            await self._end(bot)
        if self.books.wrong is None:
            self._close_books()
        return self._outcome()

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), seconds)

    async def _wait_until_quiet(self) -> None:
        time_s = asyncio.get_running_loop().time
        clears_s, ends_s = time_s(), time_s() + self._ends_within_s()
        self.books.tell(f"fair weather, to be quiet within {ends_s - clears_s:.0f} s")
        while not self._is_over.is_set():
            await self._wait(LOOK_EVERY_S)
            self._quiet_after_s = time_s() - clears_s
            if time_s() >= ends_s or self._is_quiet():
                return

    def _ends_within_s(self) -> float:
        """ENDS_WITHIN_S, and a rendering for each round of the gate that is still to come."""
        if self.weather.hangs:
            return CALM_WITH_HANGS_S
        may_go_on = LIVE | {JobState.PARKED}
        open_jobs = self._open + sum(state in may_go_on for state in self.books.state.values())
        is_long = self.weather.fronts.of(fronts.LIST_LAGS)
        rounds = 1 + open_jobs // self._limit
        contradicted_s = PARKED_AFTER_S if self._may_be_parked() else 0.0
        contradicted_s = max(contradicted_s, self.agent.hangs_for_s) + PARKED_LOOK_S
        return ENDS_WITHIN_S + contradicted_s + rounds * (LONG_ROUND_S if is_long else ROUND_S)

    def _is_quiet(self) -> bool:
        states = self.books.state.values()
        if self._open or any(state in LIVE for state in states):
            return False
        if JobState.PARKED in states and not self._may_be_parked():
            return False  # goes on by itself, for nothing contradicts itself any more
        return not self.disk.read(_OWED)

    async def _end(self, bot: asyncio.Task[Any]) -> None:
        tasks = [bot, *self._outside]
        for task in self._outside:
            task.remove_done_callback(self._ended)
        for task in tasks:
            task.cancel()
        if self._is_up:
            await self._drop([])
            self.figures["crashes"] -= 1
        await asyncio.gather(*tasks, return_exceptions=True)
        if bot.done() and not bot.cancelled() and (error := bot.exception()):
            self._mistake(error)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _close_books(self) -> None:
        weather = self.weather
        self.books.check(not self._open, f"{self._open} requests were never taken")
        ours = [s for s in self.agent.sessions.values() if not s.new.key.startswith("other-tool")]
        self.books.close(
            self.disk,
            self.threads.messages,
            ours,
            may_be_untold=bool(weather.archived or weather.revoked or weather.deletes_cards),
        )

    def _outcome(self) -> Outcome:
        self.figures["lives"] = len(self.books.accepted)
        self.figures["worlds"] = 1
        self.figures["commits"] = self.disk.commits
        self.figures["changes"] = self.disk.changes
        self.figures["transactions refused"] = self.disk.refused
        self.figures["went on from hold by themselves"] = self.books.went_on
        self.figures.update(f"ended {state}" for state in self.books.state.values())
        return Outcome(
            self.seed,
            self.books.digest,
            self.books.wrong,
            self.figures,
            self.weather.seen,
            self.books.lines,
            self._quiet_after_s,
        )


def live(
    seed: int,
    *,
    keeps_trace: bool = False,
    kind: type[Simulation] = Simulation,
    only: str | None = None,
) -> Outcome:
    """The whole life of one world; with `only` in no other bad weather than this front."""

    async def story() -> Outcome:
        world = kind(seed, Path(folder), keeps_trace=keeps_trace, only=only)
        try:
            return await world.live()
        finally:
            world.disk.end()

    with new_folder() as folder:
        usual, loop.LONGEST_WAIT = loop.LONGEST_WAIT, LONGEST_WAIT
        try:
            return run(story())
        finally:
            loop.LONGEST_WAIT = usual
