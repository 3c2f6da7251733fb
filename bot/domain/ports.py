"""What the workflow needs of the outside world: one Protocol for each room of floor 1."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.job.job import Job, JobState
from bot.domain.job.progress import Change
from bot.domain.job.story import HistoryLine
from bot.domain.news import ListedSession, NewSession, SessionNews, VideoNews, VideoStatus
from bot.domain.request.draft import Draft
from bot.domain.request.video_request import Attachment


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC. Somebody may set it, back or ahead."""
        ...

    def elapsed_s(self) -> float:
        """Seconds since some moment, by a clock that nobody sets; begins anew with the process."""
        ...


@dataclass(frozen=True, slots=True)
class FileContent:
    """A downloaded file on this machine, gone when its context ends."""

    path: Path
    name: str
    media_type: str  # from the bytes, e.g. "image/png"; "text/plain" for text
    size_bytes: int
    sha256: str = ""  # hex, where it was worked out on the way here


class VideoAgent(Protocol):
    """HeyGen. Every method raises VideoAgentError (bot/domain/errors.py) and nothing else."""

    async def upload_asset(self, content: FileContent, key: str) -> str:
        """Upload one file; returns its asset_id. The same key may be sent again safely."""
        ...

    async def create_session(self, new: NewSession) -> SessionNews:
        """Start one video. Paid: never repeated by the client itself."""
        ...

    async def get_session(self, session_id: str) -> SessionNews: ...

    async def list_sessions(self, since: datetime) -> list[ListedSession]:
        """Sessions created at `since` or later, newest first, all pages."""
        ...

    async def get_video(self, video_id: str) -> VideoNews: ...

    async def video_statuses(self, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        """The status of up to 100 videos; an id that HeyGen left out is not in the answer."""
        ...

    async def stop_session(self, session_id: str) -> None: ...

    async def ping(self) -> None:
        """The cheapest read there is, once: whether HeyGen answers at all."""
        ...


class VideoDownloads(Protocol):
    """Files of finished videos behind HeyGen's links; the API key never goes there.

    Raises VideoAgentNotFound for a link that is refused or has expired, VideoAgentRefused for one
    that must not be followed or a file of more than `most_bytes` (code "too_large"),
    VideoAgentBusy, VideoAgentUnavailable.
    """

    def download(
        self, url: str, name: str, most_bytes: int
    ) -> AbstractAsyncContextManager[FileContent]:
        """The file's bytes on disk, streamed there, never none; removed when the context ends."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """One message for a thread, as values; bot/screens/messages.py gives it its looks."""

    kind: DeliveryKind
    delivery_id: str
    job: Job
    now: datetime
    place: int | None = None  # in the queue, 1 is next
    attachment_count: int = 0
    file_count: int = 0  # of the attachments, those that are uploaded or read
    ready_count: int = 0  # of the files, those that are done
    waiting_for: str | None = None  # why nothing is sent to HeyGen at the moment
    detour: str | None = None  # Slack's reason why this goes elsewhere, see Delivery
    no_file: str | None = None  # why the video file is not in the thread, see Delivery


@dataclass(frozen=True, slots=True)
class PostedMessage:
    channel_id: str
    ts: str


class SlackThreads(Protocol):
    """Messages in Slack. Every method raises SlackError (bot/domain/errors.py) and nothing else."""

    async def post(self, channel_id: str, thread_ts: str | None, notice: Notice) -> PostedMessage:
        """Post once, without repeats of its own; the message carries the delivery's id."""
        ...

    async def update(self, channel_id: str, ts: str, notice: Notice) -> None: ...

    async def find(
        self, channel_id: str, thread_ts: str | None, delivery_id: str, since: datetime
    ) -> PostedMessage | None:
        """The message that carries this delivery's id, if it is there.

        Raises SlackRefused where the bot may not read.
        """
        ...

    async def join(self, channel_id: str) -> None: ...

    async def open_dm(self, user_id: str) -> str:
        """The id of the direct-message channel with this person."""
        ...


class SlackUploads(Protocol):
    """Files that the bot brings. Every method raises SlackError and nothing else."""

    async def upload(self, content: FileContent, *, alt_text: str = "", locale: str = "") -> str:
        """Stream the bytes to Slack; returns the file's id. Nobody sees it before `share`.

        `alt_text` says what a picture shows, in the language of `locale`. Slack may then lose the
        share without a word: ask `is_shared` afterwards.
        """
        ...

    async def share(self, file_id: str, channel_id: str, thread_ts: str | None) -> None:
        """Show an uploaded file, once: shared again it is there twice."""
        ...

    async def is_shared(self, file_id: str, channel_id: str) -> bool:
        """Whether this file is in this channel; Slack may say so a little late.

        Raises SlackRefused with code file_not_found for an upload that is gone.
        """
        ...


class SlackFiles(Protocol):
    """Files that people attached. Raises AttachmentUnusable, SlackBusy, SlackUnavailable."""

    async def describe(self, file_id: str) -> Attachment:
        """What Slack knows of a file, asked for anew."""
        ...

    def download(self, attachment: Attachment) -> AbstractAsyncContextManager[FileContent]:
        """The file's bytes on disk, streamed there; removed when the context ends."""
        ...


class Links(Protocol):
    """Links that people gave as attachments. No key, token or cookie of ours goes there."""

    async def check(self, url: str) -> None:
        """Look at the first bytes of what is there, for HeyGen will fetch it later.

        Raises AttachmentUnusable: a web page, a type or size that HeyGen does not take from a
        link, an address that is not public, no answer (asked for twice).
        """
        ...


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery with all that it takes to say it, read at one moment."""

    delivery: Delivery
    job: Job
    card: Delivery | None  # the job's card, None only for a job that owes none
    result: Delivery | None  # the job's result, None before it is owed
    file: Delivery | None  # the video itself, None before it is owed or where it never is
    attachment_count: int
    file_count: int  # of the attachments, those that are uploaded or read
    ready_count: int  # of the files, those that are done
    place: int | None  # in the queue, 1 is next; None when the job does not wait there


class Drafts(Protocol):
    """What modals were opened with. Raises StoreUnavailable."""

    async def keep(self, draft: Draft, now: datetime) -> bool:
        """On disk when this returns, for DRAFT_LIFE. False: the key is taken, nothing changed."""
        ...

    async def get(self, key: str) -> Draft | None: ...


@dataclass(frozen=True, slots=True)
class Home:
    """The Home tab of one person and the page it shows; 0 is the newest."""

    user_id: str
    page: int


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


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One job among others; `card` is where it is told of, `place` its turn in the queue."""

    job: Job
    card: Delivery | None
    place: int | None
    waiting_for: str | None = None  # why nothing is sent to HeyGen at the moment


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of one person's jobs, newest first; page 0 is the newest."""

    number: int
    jobs: tuple[ListedJob, ...]
    has_older: bool


class HomeTabs(Protocol):
    """The Home tab in Slack. Raises SlackError and nothing else."""

    async def publish(self, user_id: str, page: JobPage) -> None:
        """Show this person this page; done twice it shows the same."""
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


class CatalogueSource(Protocol):
    """Where the catalogue is read. Raises VideoAgentError."""

    def catalogue_pages(self, kind: CatalogueKind) -> AsyncIterator[list[CatalogueEntry]]:
        """All entries of one kind in HeyGen's order, the account's own first, page by page."""
        ...


class JobStore(Protocol):
    """One method per question the workflow asks.

    Every write is one transaction, and a killed process loses nothing of it. What could be paid
    for or posted twice also outlives a power cut: add_job, save_attachment, save (unless its
    Change says otherwise), mark_posting, post_again, keep_upload,
    drop_delivery. The rest is found out or done
    again. Raises StoreUnavailable when the database cannot take a write; nothing is changed then.
    """

    @property
    def drafts(self) -> Drafts: ...

    @property
    def catalogue(self) -> CatalogueStore: ...

    @property
    def homes(self) -> Homes: ...

    async def add_job(
        self, job: Job, attachments: Sequence[Attachment], *, who: str | None = None
    ) -> tuple[Job, bool]:
        """Store a new job with its attachments and the card it owes; (job, True).

        A request_key that is already there changes nothing: (the first job, False). `who` asked
        for it, if not the requester.
        """
        ...

    async def get_job(self, job_id: str) -> Job | None: ...

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

    async def claim_next_queued(
        self, now: datetime, *, limit_running: int, lease_until: datetime, horizon: datetime
    ) -> Job | None:
        """Move the next queued job to submitting, unless `limit_running` jobs are running.

        Next is the oldest due job of the person with the fewest running jobs; `horizon` as in
        `due_jobs`.
        """
        ...

    async def release_leases(self, now: datetime) -> int:
        """Make every job in submitting due now; only where no other process can hold one."""
        ...

    async def due_jobs(
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

    async def job_by_callback_token_hash(self, token_hash: str) -> Job | None: ...

    async def jobs_by_heygen_id(self, *, session_id: str, video_id: str) -> list[Job]: ...

    async def known_sessions(self, session_ids: Sequence[str]) -> set[str]:
        """Those of the given session ids that some job already owns or owned."""
        ...

    async def jobs_of(self, requester_id: str, limit: int, *, offset: int = 0) -> list[Job]:
        """The newest jobs of one person, without the `offset` newest."""
        ...

    async def job_of_thread(self, channel_id: str, thread_ts: str) -> Job | None:
        """The newest job that is told of in this thread, or whose card began it."""
        ...

    async def recent_jobs(self, limit: int, state: JobState | None = None) -> list[Job]:
        """The newest jobs, all or those in one state."""
        ...

    async def place_in_queue(self, job: Job) -> int | None:
        """1 for the job that is claimed next; None when it is not queued."""
        ...

    async def count_by_state(self) -> dict[JobState, int]: ...

    async def history_of(self, job_id: str) -> list[HistoryLine]: ...

    async def deliveries_of(self, job_id: str) -> list[Delivery]: ...

    async def due_deliveries(
        self, now: datetime, limit: int, *, has_edits: bool = True, has_looks: bool = True
    ) -> list[Delivery]:
        """What to do now: unclear posts to look for, messages to post, cards to edit. No files.

        Without edits or looks while Slack asks these to wait: they stay due.

        Unclear ones (in posting: a crash, a lost answer) come first, then results before cards,
        oldest first. A message whose card is not posted yet is not due: it has no thread.
        """
        ...

    async def next_delivery_at(
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

    async def postpone_delivery(
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

    async def drop_delivery(
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

    async def wish_cards(self, now: datetime, *states: JobState) -> None:
        """Every card of jobs in these states is out of date: edit them soon."""
        ...

    async def close(self) -> None: ...
