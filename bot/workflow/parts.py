"""The workflow wired, once: workers, controls and signals from (ports, policy, clock).

bot/app hands in the real outside, every test's world a small one of its own.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Protocol, TypeVar

from bot.domain.addresses import NO_HOSTS
from bot.domain.ports.clock import Clock
from bot.domain.ports.files import Links
from bot.domain.ports.slack import HomeTabs, SlackFiles, SlackThreads, SlackUploads
from bot.domain.ports.store import Store
from bot.domain.ports.video import CatalogueSource, VideoAgent, VideoDownloads
from bot.workflow.attachments import Attachments
from bot.workflow.callbacks import Callbacks
from bot.workflow.catalogue import Catalogue, CatalogueReader
from bot.workflow.controls import Controls
from bot.workflow.drafts import DraftKeeper
from bot.workflow.file_sender import FileSender
from bot.workflow.fresh_links import FreshLinks
from bot.workflow.gate import Gate
from bot.workflow.guarded_agent import GuardedAgent
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.home import HomePublisher
from bot.workflow.intake import Intake, new_job_id
from bot.workflow.loop import Tasks
from bot.workflow.mentions import Mentions
from bot.workflow.message_sender import MessageSender
from bot.workflow.overview import Overview
from bot.workflow.poller import Poller
from bot.workflow.recovery import Reconciler
from bot.workflow.requests_first import RequestsFirst
from bot.workflow.result_files import ResultFiles
from bot.workflow.session_search import SessionSearch
from bot.workflow.status_updates import Signals, StatusUpdates
from bot.workflow.stopper import Stopper
from bot.workflow.submitter import Submitter
from bot.workflow.sweeper import Sweeper

Step = Callable[[], Awaitable[datetime | None]]
CATALOGUE = "catalogue"  # the step that nothing waits for


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside, by what it does for us (domain/ports)."""

    store: Store
    agent: VideoAgent
    catalogue: CatalogueSource
    downloads: VideoDownloads
    threads: SlackThreads
    uploads: SlackUploads
    files: SlackFiles
    tabs: HomeTabs
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator chose (bot/config.py)."""

    max_concurrent_videos: int = 3
    interval_s: float = 15.0
    public_url: str | None = None  # where HeyGen may call back
    delivers_file: bool = True
    video_max_bytes: int = 1_000_000_000
    link_hosts: Collection[str] = NO_HOSTS
    length_padding: float = 1.0


class Worker(Protocol):
    """Who runs a step: a Loop, or what a test puts in its place."""

    def wake(self) -> None: ...


W = TypeVar("W", bound=Worker)


class Parts:
    """Everything between the ports. Nothing runs before somebody runs the `steps`."""

    def __init__(
        self,
        ports: Ports,
        policy: Policy,
        clock: Clock,
        *,
        dice: random.Random | None = None,
        new_id: Callable[[], str] = new_job_id,
        requests_first: RequestsFirst | None = None,
        waiting_for: Callable[[], str | None] | None = None,
        gate: Gate | None = None,
        heygen_key: WorkspaceKey | None = None,
    ) -> None:
        """`dice` jitters the times of questions; `new_id` names new jobs.

        `requests_first` are other Parts', whose listeners note people's requests. `waiting_for`
        tells why nothing is sent where another process does that. `gate` is the one of the HeyGen
        account, where other Parts have the same account; `heygen_key` is that of a workspace among
        several, whose admins connect one.
        """
        dice = dice or random.Random()
        self._store = ports.store
        self.clock = clock
        self.policy = policy
        self.requests_first = requests_first or RequestsFirst()
        self.signals = Signals()
        self.updates = StatusUpdates(ports.store, clock, self.signals)
        self.gate = gate or Gate(policy.max_concurrent_videos, policy.interval_s)
        self.heygen_key = heygen_key
        self._asked_why = waiting_for or (lambda: self.gate.waiting_for)
        self._wire_heygen(ports, dice)
        self._wire_slack(ports)
        self._wire_people(ports, new_id)

    def _wire_heygen(self, ports: Ports, dice: random.Random) -> None:
        store, clock, interval_s = ports.store, self.clock, self.policy.interval_s
        self.agent = agent = GuardedAgent(ports.agent, self.gate, clock, store)
        search = SessionSearch(
            store=store, agent=agent, gate=self.gate, clock=clock, interval_s=interval_s
        )
        reconciler = Reconciler(
            store=store,
            agent=agent,
            search=search,
            updates=self.updates,
            gate=self.gate,
            clock=clock,
            interval_s=interval_s,
        )
        self.submitter = Submitter(
            store=store,
            agent=agent,
            attachments=Attachments(
                store=store,
                agent=agent,
                files=ports.files,
                links=ports.links,
                clock=clock,
                signals=self.signals,
            ),
            updates=self.updates,
            signals=self.signals,
            gate=self.gate,
            reconciler=reconciler,
            search=search,
            clock=clock,
            interval_s=interval_s,
            public_url=self.policy.public_url,
            length_padding=self.policy.length_padding,
        )
        self.poller = Poller(
            store=store,
            agent=agent,
            gate=self.gate,
            updates=self.updates,
            signals=self.signals,
            clock=clock,
            interval_s=interval_s,
            jitter=dice,
            delivers_file=self.policy.delivers_file,
        )
        self.stopper = Stopper(
            store=store,
            agent=agent,
            updates=self.updates,
            search=search,
            clock=clock,
            interval_s=interval_s,
        )
        self.sweeper = Sweeper(
            store=store,
            agent=agent,
            updates=self.updates,
            search=search,
            clock=clock,
            interval_s=interval_s,
        )
        self.catalogue_reader = CatalogueReader(
            store=store.catalogue,
            source=ports.catalogue,
            clock=clock,
            interval_s=interval_s,
            jitter=dice,
        )

    def _wire_slack(self, ports: Ports) -> None:
        store, clock, signals = ports.store, self.clock, self.signals
        interval_s = self.policy.interval_s
        self.overview = Overview(store, self._waiting_for)
        self.message_sender = MessageSender(
            store=store,
            threads=ports.threads,
            waiting_for=self._waiting_for,
            clock=clock,
            interval_s=interval_s,
            let_requests_pass=self.requests_first.wait,
            wake_files=lambda: signals.files(),
        )
        self.file_sender = FileSender(
            store=store,
            files=ResultFiles(
                self.agent, ports.downloads, video_max_bytes=self.policy.video_max_bytes
            ),
            uploads=ports.uploads,
            threads=ports.threads,
            clock=clock,
            interval_s=interval_s,
            wake=lambda: signals.files(),
            wake_messages=lambda: signals.deliver(),
        )
        self.home = HomePublisher(
            store=store,
            tabs=ports.tabs,
            overview=self.overview,
            clock=clock,
            signals=signals,
            interval_s=interval_s,
            let_requests_pass=self.requests_first.wait,
        )

    def _wire_people(self, ports: Ports, new_id: Callable[[], str]) -> None:
        store, clock, signals = ports.store, self.clock, self.signals
        self.intake = Intake(
            store,
            clock,
            signals,
            link_hosts=self.policy.link_hosts,
            length_padding=self.policy.length_padding,
            new_id=new_id,
            has_key=self._has_key,
        )
        self.controls = Controls(store, self.updates, self.intake)
        self.callbacks = Callbacks(store, clock, signals)
        self.catalogue = Catalogue(store.catalogue)
        self.drafts = DraftKeeper(store, self.catalogue, clock)
        self.mentions = Mentions(store, ports.files, clock)
        self.fresh_links = FreshLinks(store, ports.agent)

    def _has_key(self) -> bool:
        return self.heygen_key is None or self.heygen_key.has_any

    def _waiting_for(self) -> str | None:
        said = self._asked_why()
        return said if self.heygen_key is None else self.heygen_key.why_it_waits(said)

    async def recover(self) -> None:
        """Before the first step, where nobody else works: what was begun is taken up at once."""
        await self._store.jobs.release_claims(self.clock.now())

    @property
    def steps(self) -> dict[str, Step]:
        """What is to be run again and again, by the name of its signal where it has one."""
        return {
            "submit": self.submitter.step,
            "poll": self.poller.step,
            "deliver": self.message_sender.step,
            "stop": self.stopper.step,
            "look": self.stopper.look_step,
            "sweep": self.sweeper.step,
            "files": self.file_sender.step,
            "home": self.home.step,
            CATALOGUE: self.catalogue_reader.step,
        }

    @property
    def tasks(self) -> tuple[Tasks, ...]:
        """What the steps have begun and goes on by itself."""
        return (self.submitter.tasks, self.poller.tasks, self.file_sender.tasks)

    def employ(self, worker: Callable[[str, Step], W]) -> dict[str, W]:
        """A worker for each step, by name. A signal wakes its own; time alone wakes the others."""
        workers = {name: worker(name, step) for name, step in self.steps.items()}
        for signal in fields(self.signals):
            setattr(self.signals, signal.name, workers[signal.name].wake)
        return workers


@dataclass(frozen=True, slots=True)
class OperatorTools:
    """What an operator sees and may do, beside a bot that runs or does not."""

    controls: Controls
    overview: Overview


def operator_tools(store: Store, policy: Policy, clock: Clock) -> OperatorTools:
    """Over the store alone: a running bot notices what is done here."""
    signals = Signals()
    intake = Intake(
        store, clock, signals, link_hosts=policy.link_hosts, length_padding=policy.length_padding
    )
    return OperatorTools(
        Controls(store, StatusUpdates(store, clock, signals), intake), Overview(store)
    )
