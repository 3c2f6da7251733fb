"""The store, a port for each noun, as the workflow asks it.

Every write is one transaction, and a killed process loses nothing of it. What could be paid for or
posted twice also outlives a power cut: of Jobs `add`, `save_attachment` and `save` (unless its
Change says otherwise), of Deliveries `mark_posting`, `post_again`, `keep_upload` and `drop`, of
Drafts `keep`. The rest is found out or done again. Every method raises StoreUnavailable when the
database cannot take a write; nothing is changed then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.delivery.notice import Owed, PostedMessage
from bot.domain.job.job import Job, JobState
from bot.domain.job.pages import Home
from bot.domain.job.progress import Change
from bot.domain.job.story import HistoryLine
from bot.domain.lease import LEASE_MOST_S, Lease
from bot.domain.request.draft import Draft
from bot.domain.request.video_request import Attachment
from bot.domain.workspace import HeyGenKey, Installation, SlackToken


class Jobs(Protocol):
    """Jobs, their attachments and their history."""

    async def add(
        self, job: Job, attachments: Sequence[Attachment], *, who: str | None = None
    ) -> tuple[Job, bool]:
        """Store a new job with its attachments and the card it owes; (job, True).

        A request_key that is already there changes nothing: (the first job, False). `who` asked
        for it, if not the requester.
        """
        ...

    async def get(self, job_id: str) -> Job | None: ...

    async def attachments_of(self, job_id: str) -> list[Attachment]: ...

    async def save_attachment(
        self, job_id: str, position: int, attachment: Attachment, now: datetime
    ) -> None:
        """Keep what is now known of one attachment (asset_id, text, name, size); first is 0.

        The card is to tell of it soon.
        """
        ...

    async def save(self, change: Change, *, who: str) -> bool:
        """Write the changed job if nobody changed it since it was read, else False.

        One transaction: the job, a history line if its state or reason is news, a due Delivery
        for each kind owed, and the card's wish to be edited.
        """
        ...

    async def reschedule(self, changes: Sequence[Change]) -> None:
        """Write the new due_at of quiet Changes, all at once, where nobody was faster."""
        ...

    async def claim_next(
        self, now: datetime, *, limit_running: int, lease_until: datetime, horizon: datetime
    ) -> Job | None:
        """Move the next queued job to submitting, unless `limit_running` jobs are running.

        Next is the oldest due job of the person with the fewest running jobs; `horizon` as in
        `due`.
        """
        ...

    async def release_claims(self, now: datetime) -> int:
        """Make every job in submitting due now; only where no other process can hold one."""
        ...

    async def due(
        self, state: JobState, now: datetime, limit: int, *, horizon: datetime
    ) -> list[Job]:
        """Jobs in this state whose due_at has come, most overdue first.

        What is due after `horizon` is due too: no pause is that long, so the clock has jumped.
        """
        ...

    async def due_sweeps(self, now: datetime, limit: int, *, horizon: datetime) -> list[Job]:
        """Jobs whose sweep_at has come and that know their session, or have ended without one."""
        ...

    async def next_sweep_at(self, after: datetime) -> datetime | None:
        """The earliest sweep_at of these, later than `after`."""
        ...

    async def next_due_at(
        self, *states: JobState, after: datetime | None = None
    ) -> datetime | None:
        """The earliest due_at among jobs in these states, later than `after` if given."""
        ...

    async def make_due(self, job_id: str, now: datetime) -> None:
        """Look now at a job that is rendering, or on hold."""
        ...

    async def by_callback_token_hash(self, token_hash: str) -> Job | None: ...

    async def by_heygen_id(self, *, session_id: str, video_id: str) -> list[Job]: ...

    async def known_sessions(self, session_ids: Sequence[str]) -> set[str]:
        """Those of the given session ids that some job already owns or owned."""
        ...

    async def of(self, requester_id: str, limit: int, *, offset: int = 0) -> list[Job]:
        """The newest jobs of one person, without the `offset` newest."""
        ...

    async def of_thread(self, channel_id: str, thread_ts: str) -> Job | None:
        """The newest job that is told of in this thread, or whose card began it."""
        ...

    async def recent(self, limit: int, state: JobState | None = None) -> list[Job]:
        """The newest jobs, all or those in one state."""
        ...

    async def place_in_queue(self, job: Job) -> int | None:
        """1 for the job that is claimed next; None when it is not queued."""
        ...

    async def count_by_state(self) -> dict[JobState, int]: ...

    async def unfinished(self) -> set[tuple[str, str]]:
        """(workspace, account) of jobs that somebody has to do with yet, ended ones included.

        Those under way, and those with a stop, a look for second sessions or a file owed.
        """
        ...

    async def history_of(self, job_id: str) -> list[HistoryLine]: ...


class Deliveries(Protocol):
    """Messages and files that are owed to threads. A move of a job owes them (`Jobs.save`)."""

    async def of(self, job_id: str) -> list[Delivery]: ...

    async def due(
        self, now: datetime, limit: int, *, has_edits: bool = True, has_looks: bool = True
    ) -> list[Delivery]:
        """What to do now: unclear posts to look for, messages to post, cards to edit. No files.

        Without edits or looks while Slack asks these to wait: they stay due.

        Unclear ones (in posting: a crash, a lost answer) come first, then results before cards,
        oldest first. A message whose card is not posted yet is not due: it has no thread.
        """
        ...

    async def next_due_at(
        self, *, has_edits: bool = True, has_looks: bool = True
    ) -> datetime | None:
        """When the earliest of these is due."""
        ...

    async def owed(self, delivery_id: str) -> Owed | None: ...

    async def mark_posting(self, delivery_id: str, now: datetime) -> bool:
        """due -> posting, before the call; False when it was not due (any more).

        What a card will show is fixed here, at the first attempt: read the job afterwards. A
        wish made while it is being posted is an edit afterwards.
        """
        ...

    async def mark_posted(self, delivery_id: str, message: PostedMessage, now: datetime) -> None:
        """posting -> posted, with where it is; a message that was found may also be due."""
        ...

    async def postpone(
        self,
        delivery_id: str,
        until: datetime,
        *,
        state: DeliveryState = DeliveryState.DUE,
        detour: str | None = None,
        is_try: bool = True,
        is_look: bool = False,
    ) -> None:
        """Try later; with `detour`, elsewhere. Unless `is_try` the attempt is not counted.

        `is_look`: it was looked for in vain, which is counted until it is sent again.
        """
        ...

    async def post_again(
        self, delivery_id: str, now: datetime, *, thread_ts: str | None = None
    ) -> None:
        """posted -> due: its message is gone, or can no longer be edited.

        With `thread_ts` it goes on in that thread.
        """
        ...

    async def due_files(self, now: datetime, limit: int) -> list[Delivery]:
        """Files to share, and unclear ones (in posting) to ask about, which come first.

        A file is not due before its job's result is posted or dropped.
        """
        ...

    async def next_file_at(self, after: datetime) -> datetime | None:
        """When the earliest file is due later than `after`."""
        ...

    async def keep_upload(self, delivery_id: str, file_id: str | None) -> None:
        """The upload is complete and may be shared from now on; None: it is gone."""
        ...

    async def mark_shared(self, delivery_id: str, channel_id: str, now: datetime) -> None:
        """A file: posting -> posted, in this channel."""
        ...

    async def drop(
        self, delivery_id: str, why: str, now: datetime, *, instead: DeliveryKind | None = None
    ) -> None:
        """Nobody is told; the history says why, of a video file the card at once too.

        `instead` is owed in its place. All of it is one transaction.
        """
        ...

    async def mark_shown(self, delivery_id: str, shown: int, now: datetime) -> None:
        """The card now shows wish number `shown`."""
        ...

    async def postpone_edit(self, delivery_id: str, until: datetime) -> None: ...

    async def refresh_cards(self, now: datetime, *states: JobState) -> None:
        """Every card of jobs in these states is out of date: edit them soon."""
        ...


class Drafts(Protocol):
    """What modals were opened with. Raises StoreUnavailable."""

    async def keep(self, draft: Draft, now: datetime) -> bool:
        """On disk when this returns, for DRAFT_LIFE. False: the key is taken, nothing changed."""
        ...

    async def get(self, key: str) -> Draft | None: ...


class Homes(Protocol):
    """Home tabs that people opened. Raises StoreUnavailable.

    A Home becomes due with every new job and every move of a job of this person, in the same
    transaction, but not before its `rest_until`.
    """

    async def open(self, user_id: str, page: int, now: datetime) -> None:
        """This person looks at this page: it is due now."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Home]: ...

    async def next_due_at(self) -> datetime | None:
        """When the earliest is due."""
        ...

    async def put_off(self, user_id: str, until: datetime, *, rest_until: datetime) -> None:
        """Due at `until`; a move of a job makes it due sooner, but not before `rest_until`."""
        ...

    async def settle(self, user_id: str, put_off_until: datetime) -> None:
        """Not due any more, unless something happened since it was put off until then."""
        ...

    async def forget(self, user_id: str) -> None:
        """Until it is opened again."""
        ...


class CatalogueStore(Protocol):
    """HeyGen's catalogue as last read. Raises StoreUnavailable.

    A new list comes in page by page beside the one that is shown, and takes its place at once.
    """

    async def search(self, kind: CatalogueKind, text: str, limit: int) -> list[CatalogueEntry]:
        """Entries that have every word of `text`, or begin one of theirs with it; all if empty.

        The account's own first, then by how many of the words are in the name, then in HeyGen's
        order. Capitals and accents make no difference.
        """
        ...

    async def entry(self, kind: CatalogueKind, id_: str) -> CatalogueEntry | None: ...

    async def is_empty(self, kind: CatalogueKind) -> bool: ...

    async def read_at(self, kind: CatalogueKind) -> datetime | None:
        """When the list that is shown was read; None before the first."""
        ...

    async def begin_list(self, kind: CatalogueKind) -> None:
        """Forget what came in of a list that never became complete."""
        ...

    async def add_page(self, kind: CatalogueKind, page: Sequence[CatalogueEntry]) -> None:
        """The next entries of the list that comes in; one that it has already is passed over."""
        ...

    async def finish_list(self, kind: CatalogueKind, now: datetime) -> int:
        """Show the list that came in instead of the old one; how many entries it has."""
        ...


class Leases(Protocol):
    """Which replica works (domain/lease). Raises StoreUnavailable."""

    async def read(self, name: str) -> Lease | None:
        """None: nobody ever had it."""
        ...

    async def take(
        self,
        name: str,
        replica: str,
        seen: Lease | None,
        *,
        length_s: float = LEASE_MOST_S,
        waiting_for: str | None = None,
    ) -> bool:
        """Take or renew the lease for so long, if it is still as it was seen."""
        ...

    async def release(self, name: str, replica: str) -> None:
        """Give it back, if this replica has it."""
        ...


class Installations(Protocol):
    """Workspaces that installed the app; their tokens lie encrypted. Raises StoreUnavailable."""

    async def keep(self, installation: Installation) -> None:
        """Installed, or installed again: in place of what was there. Outlives a power cut."""
        ...

    async def all(self) -> list[Installation]:
        """Also those that were uninstalled, whose `token` is None."""
        ...

    async def get(self, workspace_id: str) -> Installation | None: ...

    async def renew(self, workspace_id: str, used_refresh: str, token: SlackToken) -> bool:
        """A new token, got with this refresh token; False if another is there by now.

        Outlives a power cut.
        """
        ...

    async def forget_token(self, workspace_id: str, access: str) -> bool:
        """Uninstalled, or revoked: this token is gone, from the files of the database, too.

        The workspace's HeyGen key is no longer current, and goes once no video needs it.
        False, and nothing is changed, if another is there by now: it was installed again.
        """
        ...


class HeyGenKeys(Protocol):
    """The workspaces' own HeyGen keys, encrypted. Raises StoreUnavailable."""

    async def keep(self, key: HeyGenKey) -> None:
        """The workspace's key from now on; its queued jobs go with it, those sent stay."""
        ...

    async def retire(self, workspace_id: str, *, instead: str) -> None:
        """The workspace has no key of its own (any more).

        Its queued jobs go to the account `instead`; with NO_ACCOUNT they wait.
        """
        ...

    async def move_waiting(self, workspace_id: str, account: str) -> None:
        """The workspace's queued jobs that no account may have go on with this one."""
        ...

    async def adopt(self, workspace_id: str, lost: str, account: str) -> None:
        """The jobs of an account whose key is gone go on with this one of the workspace."""
        ...

    async def all(self) -> list[HeyGenKey]: ...

    async def forget_unused(self) -> int:
        """Earlier keys that no job needs any more are gone; how many were."""
        ...


class OAuthStates(Protocol):
    """The states of installations under way (OAuth). Raises StoreUnavailable."""

    async def issue(self, state: str, now: datetime, expires_at: datetime) -> None:
        """Kept as a hash; what has expired before `now` is forgotten."""
        ...

    async def consume(self, state: str, now: datetime) -> bool:
        """True once, for a state that was issued and has not expired."""
        ...


class Store(Protocol):
    """All of them, over one database."""

    @property
    def leases(self) -> Leases: ...

    @property
    def installations(self) -> Installations: ...

    @property
    def heygen_keys(self) -> HeyGenKeys: ...

    @property
    def oauth_states(self) -> OAuthStates: ...

    def of_workspace(self, workspace_id: str, account: str) -> Store:
        """The same store, which holds nothing but what is this workspace's.

        Of another one no job, draft, message or Home is found by any id. What workers take up
        (due jobs, sweeps, files) is that of the one HeyGen account, new jobs become that
        account's, and the catalogue is its own. `claim_next` counts and orders the jobs of the
        account in all workspaces, and gives only one of this workspace.
        """
        ...

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """One holder at a time among all replicas; given back when the holder dies."""
        ...

    async def reseal(self) -> int:
        """Encrypt every secret anew with the first of ENCRYPTION_KEYS; how many there are.

        All of them, or none.
        """
        ...

    def while_held(self, lease: str) -> Store:
        """The same store, whose changes raise LeaseLost once another replica has this lease."""
        ...

    @property
    def jobs(self) -> Jobs: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def catalogue(self) -> CatalogueStore: ...

    @property
    def homes(self) -> Homes: ...

    async def notify(self, words: str) -> None:
        """Tell every replica that listens. May get lost: it only shortens a wait."""
        ...

    async def listen(self, on_words: Callable[[str], None]) -> None:
        """Hear what is notified, until cancelled."""
        ...

    async def close(self) -> None: ...
