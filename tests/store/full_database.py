"""A database with something in every table, in every state, and all that a store can be asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot.domain.catalogue import CatalogueKind
from bot.domain.delivery.delivery import DeliveryKind, DeliveryState
from bot.domain.delivery.notice import PostedMessage
from bot.domain.job.job import Failure, JobState, VideoResult, WaitKind
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from bot.domain.request.brief import Brief
from tests.builders import NOON, a_draft, a_job, an_attachment, an_entry, changed
from tests.store.workspaces import a_heygen_key, an_installation

LATER = NOON + timedelta(minutes=5)
NEVER = NOON + timedelta(days=1)
WORDS = "Grüße, Zoë 🎬 — 日本語 \\N \\. \\\\ \t\r\n 'quoted' \"twice\" \x01 \u2028"
LONG = "A very long script. " * 50_000  # 1 MB

MORE: dict[JobState, dict[str, Any]] = {
    JobState.QUEUED: {
        **{"wait_kind": WaitKind.UNREACHABLE, "wait_count": 3, "wait_since": NOON},
        "due_at": NOON,
    },
    JobState.SUBMITTING: {"send_count": 1, "began_at": NOON, "sent_at": NOON, "due_at": LATER},
    JobState.RENDERING: {"progress": 40, "watched_s": 61.1, "due_at": NOON, "sweep_at": NOON},
    JobState.PARKED: {"look_count": 4, "unread_sessions": ("S-a", "\ud83d"), "due_at": LATER},
    JobState.COMPLETED: {
        "result": VideoResult("https://files.test/v.mp4", "https://page.test/v", 0.1 + 0.2),
        "sweep_at": LATER,
    },
    JobState.FAILED: {"failure": Failure("no_reason", f"No {WORDS}", "Try again.")},
    JobState.CANCELLED: {"due_at": LATER, "look_count": 1},
}
SESSION_STATES = (JobState.RENDERING, JobState.COMPLETED, JobState.CANCELLED)


async def fill(store: Store) -> None:
    """A job in each state, a delivery in each, and what is beside them."""
    for number, state in enumerate(JobState):
        id_ = f"job-{state.value}"
        job = a_job(
            id_,
            created_at=NOON + timedelta(seconds=number),
            requester_id=f"U{number % 3}",
            thread_ts="17.1" if number % 2 else None,
            prompt=WORDS,
            locale="de-DE",
            brief=Brief(length_s=90, tone=WORDS),
            final_prompt=LONG if state is JobState.RENDERING else None,
            # The first refers to a job that is made after it, as text sorts.
            parent_id="job-queued" if state is JobState.CANCELLED else None,
        )
        await store.jobs.add(job, [an_attachment(name=WORDS), an_attachment("F2", text=LONG[:99])])
        # Who asked looks at the Home tab, and the move below makes it due.
        await store.homes.open(f"U{number % 3}", number, NOON)
        has_session = state in SESSION_STATES
        job = changed(
            job,
            state=state,
            updated_at=LATER,
            state_since=LATER,
            callback_token_hash=f"hash-{state.value}",
            session_id=f"S-{state.value}" if has_session else None,
            video_id=f"V-{state.value}" if has_session else None,
            **MORE[state],
        )
        owed = {
            JobState.COMPLETED: (DeliveryKind.RESULT, DeliveryKind.FILE, DeliveryKind.CAPTIONS),
            JobState.FAILED: (DeliveryKind.FAILURE,),
        }.get(state, ())
        seconds = (f"S-second-{number}",) if has_session else ()
        assert await store.jobs.save(
            Change(job, f"as it went: {WORDS}", owed, second_sessions=seconds), who="bot"
        )
    await store.jobs.save_attachment(
        "job-queued", 1, an_attachment("F2", asset_id="asset-1", url="https://a.test"), LATER
    )
    await _deliver(store)
    await store.homes.put_off("U1", LATER, rest_until=LATER)
    await store.drafts.keep(a_draft(key="draft-1", prompt=WORDS + "\0"), NOON)
    await store.catalogue.begin_list(CatalogueKind.VOICE)
    await store.catalogue.add_page(
        CatalogueKind.VOICE, [an_entry(), an_entry("voice-2", name="Zoë", words="zoë french")]
    )
    await store.catalogue.finish_list(CatalogueKind.VOICE, NOON)
    await store.catalogue.begin_list(CatalogueKind.AVATAR)
    await store.catalogue.add_page(
        CatalogueKind.AVATAR, [an_entry("half", kind=CatalogueKind.AVATAR)]
    )


async def fill_workspaces(store: Store) -> None:
    """Secrets and what is beside them; the store has an encryption key."""
    await store.installations.keep(an_installation(name=WORDS))
    await store.installations.keep(an_installation("E1", team_id=None, token=None))
    for secret in ("sk-earlier", "sk-now"):
        await store.heygen_keys.keep(a_heygen_key(secret))
    await store.oauth_states.issue("state", NOON, NEVER)


async def _deliver(store: Store) -> None:
    """due, posting, posted and dropped; a file that is uploaded and not shared."""
    cards = [f"job-{state.value}.card" for state in (JobState.COMPLETED, JobState.FAILED)]
    for number, card in enumerate([*cards, "job-completed.result"]):
        assert await store.deliveries.mark_posting(card, LATER)
        await store.deliveries.mark_posted(card, PostedMessage("C1", f"18.{number}"), NOON)
    for unclear in ("job-completed.file", "job-rendering.card"):
        assert await store.deliveries.mark_posting(unclear, LATER)
    await store.deliveries.keep_upload("job-completed.file", "F-video")
    await store.deliveries.drop("job-parked.card", "channel_not_found", NOON)
    await store.deliveries.postpone("job-queued.card", LATER, detour="not_in_channel")


def job_readings(store: Store, id_: str) -> dict[str, Callable[[], Awaitable[Any]]]:
    async def place() -> int | None:
        job = await store.jobs.get(id_)
        return None if job is None else await store.jobs.place_in_queue(job)

    state = id_.rpartition("-")[2]
    return {
        "jobs.get": lambda: store.jobs.get(id_),
        "jobs.attachments_of": lambda: store.jobs.attachments_of(id_),
        "jobs.history_of": lambda: store.jobs.history_of(id_),
        "jobs.place_in_queue": place,
        "jobs.by_callback_token_hash": lambda: store.jobs.by_callback_token_hash(f"hash-{state}"),
        "jobs.by_heygen_id": lambda: store.jobs.by_heygen_id(
            session_id=f"S-{state}", video_id=f"V-{state}"
        ),
        "jobs.due": lambda: store.jobs.due(JobState(state), NEVER, 99, horizon=NEVER),
        "jobs.next_due_at": lambda: store.jobs.next_due_at(JobState(state)),
        "jobs.recent": lambda: store.jobs.recent(99, JobState(state)),
        "deliveries.of": lambda: store.deliveries.of(id_),
    }


def other_readings(store: Store) -> dict[str, Callable[[], Awaitable[Any]]]:
    known = ["S-completed", "S-second-4", "S-nobody"]
    return {
        "jobs.due_sweeps": lambda: store.jobs.due_sweeps(NEVER, 99, horizon=NEVER),
        "jobs.next_sweep_at": lambda: store.jobs.next_sweep_at(NOON),
        "jobs.known_sessions": lambda: store.jobs.known_sessions(known),
        "jobs.of": lambda: store.jobs.of("U1", 99),
        "jobs.of_thread": lambda: store.jobs.of_thread("C1", "17.1"),
        "jobs.count_by_state": lambda: store.jobs.count_by_state(),
        "jobs.unfinished": lambda: store.jobs.unfinished(),
        "deliveries.due": lambda: store.deliveries.due(NEVER, 99),
        "deliveries.next_due_at": lambda: store.deliveries.next_due_at(),
        "deliveries.owed": lambda: store.deliveries.owed("job-completed.file"),
        "deliveries.due_files": lambda: store.deliveries.due_files(NEVER, 99),
        "deliveries.next_file_at": lambda: store.deliveries.next_file_at(NOON),
        "drafts.get": lambda: store.drafts.get("draft-1"),
        "homes.due": lambda: store.homes.due(NEVER, 99),
        "homes.next_due_at": lambda: store.homes.next_due_at(),
        "catalogue.search": lambda: store.catalogue.search(CatalogueKind.VOICE, "zoe", 9),
        "catalogue.entry": lambda: store.catalogue.entry(CatalogueKind.VOICE, "voice-2"),
        "catalogue.is_empty": lambda: store.catalogue.is_empty(CatalogueKind.AVATAR),
        "catalogue.read_at": lambda: store.catalogue.read_at(CatalogueKind.VOICE),
        "installations.all": lambda: store.installations.all(),
        "installations.get": lambda: store.installations.get("T1"),
        "heygen_keys.all": lambda: store.heygen_keys.all(),
    }


async def all_readings(store: Store, *job_ids: str) -> dict[str, Any]:
    """What every question of the port is answered, by the names of the questions."""
    read = {name: await ask() for name, ask in other_readings(store).items()}
    for id_ in job_ids:
        read |= {f"{name} {id_}": await ask() for name, ask in job_readings(store, id_).items()}
    return read


def states_of_deliveries(read: dict[str, Any]) -> set[DeliveryState]:
    of = (value for name, value in read.items() if name.startswith("deliveries.of "))
    return {delivery.state for deliveries in of for delivery in deliveries}
