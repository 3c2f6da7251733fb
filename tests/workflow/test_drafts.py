"""What a modal is opened with, and what has to be on disk for it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.domain.catalogue import CatalogueKind
from bot.domain.errors import StoreUnavailable
from bot.domain.request.brief import NO_BRIEF, Brief, Choice
from bot.domain.request.choices import choice_of, choices_of, with_choices
from bot.domain.request.draft import DRAFT_LIFE, Draft
from bot.domain.request.video_request import Orientation
from bot.workflow.catalogue import Catalogue
from bot.workflow.drafts import DraftKeeper
from store import open_store
from tests.builders import NOON, a_draft, a_job, an_attachment, an_entry
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock

HOLDS = 3_000
KATJA = an_entry("voice-1", name="Katja")
CHOSEN = Brief(voice=Choice("voice-1", "Katja"), look="swiss_pulse", language="German")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Any]:
    write_empty_database(path)
    store = open_store(f"sqlite:///{path}", busy_timeout_s=0.02)
    yield store
    await store.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def keeper(store: Any, clock: FakeClock) -> DraftKeeper:
    return DraftKeeper(store, Catalogue(store.catalogue), clock)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the database and lets nobody write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


async def has_voice(store: Any, *entries: Any) -> None:
    """The catalogue has been read, with these voices."""
    await store.catalogue.begin_list(CatalogueKind.VOICE)
    await store.catalogue.add_page(CatalogueKind.VOICE, entries or [KATJA])
    await store.catalogue.finish_list(CatalogueKind.VOICE, NOON)


async def begun(keeper: DraftKeeper, draft: Draft) -> Draft:
    return (await keeper.begin(draft, holds_chars=HOLDS)).draft


# -- what is kept


async def test_plain_form_needs_no_disk(keeper: DraftKeeper) -> None:
    draft = await begun(keeper, a_draft(key="of-a-button", prompt="x" * HOLDS))

    assert draft == a_draft(prompt="x" * HOLDS)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"channel_id": "C1"}, id="channel"),
        pytest.param({"channel_id": "C1", "thread_ts": "1.2"}, id="thread"),
        pytest.param({"prompt": "x" * (HOLDS + 1)}, id="long prompt"),
        pytest.param({"attachments": (an_attachment(),)}, id="attachments"),
        pytest.param({"parent_id": "job-1"}, id="parent"),
        pytest.param({"is_variation": True}, id="variation"),
        pytest.param({"is_from_dm": True}, id="direct message"),
        pytest.param({"brief": Brief(change="shorter")}, id="brief"),
    ],
)
async def test_what_slack_cannot_hold_is_kept_under_a_key_of_its_own(
    keeper: DraftKeeper, more: dict[str, Any]
) -> None:
    draft = await begun(keeper, a_draft(key="of-a-button", **more))

    assert draft.key not in ("", "of-a-button")
    assert await keeper.get(draft.key) == draft


async def test_form_opened_twice_from_one_button_has_two_drafts(keeper: DraftKeeper) -> None:
    draft = a_draft(key="of-a-button", channel_id="C1")

    first, second = await begun(keeper, draft), await begun(keeper, draft)

    assert first.key != second.key


async def test_draft_is_gone_after_its_week(keeper: DraftKeeper, clock: FakeClock) -> None:
    kept = await keeper.keep(a_draft())
    clock.advance(DRAFT_LIFE.total_seconds() + 1)
    await keeper.keep(a_draft())

    assert await keeper.get(kept.key) is None


# -- the last video's choices


async def test_new_form_offers_the_choices_of_the_person_s_last_video(
    store: Any, keeper: DraftKeeper
) -> None:
    await has_voice(store)
    last = a_job(brief=CHOSEN, orientation=Orientation.PORTRAIT)
    await store.jobs.add(last, [])

    draft = await begun(keeper, a_draft(prompt="New words"))

    assert (draft.brief, draft.orientation) == (CHOSEN, Orientation.PORTRAIT)
    assert draft.prompt == "New words"


@pytest.mark.parametrize("kind", CatalogueKind)
async def test_each_choice_of_the_catalogue_is_offered_again(
    store: Any, keeper: DraftKeeper, kind: CatalogueKind
) -> None:
    entry = an_entry("x-1", kind=kind, name="Chosen")
    await store.catalogue.begin_list(kind)
    await store.catalogue.add_page(kind, [entry])
    await store.catalogue.finish_list(kind, NOON)
    chosen = with_choices(NO_BRIEF, {kind: choice_of(entry)})
    await store.jobs.add(a_job(brief=chosen), [])

    draft = await begun(keeper, a_draft())

    assert choices_of(draft.brief) == {kind: choice_of(entry)}


async def test_what_the_last_video_said_is_not_offered(store: Any, keeper: DraftKeeper) -> None:
    said = Brief(audience="teachers", on_screen_text=("One",), written_prompt="x", length_s=30)
    await store.jobs.add(a_job(brief=said), [])

    assert (await begun(keeper, a_draft())).brief == NO_BRIEF


async def test_video_of_somebody_else_is_not_offered(store: Any, keeper: DraftKeeper) -> None:
    await has_voice(store)
    await store.jobs.add(a_job(brief=CHOSEN, requester_id="U-BEN"), [])

    assert (await begun(keeper, a_draft())).brief == NO_BRIEF


async def test_answers_of_a_former_job_are_not_mixed_with_the_last_one_s(
    store: Any, keeper: DraftKeeper
) -> None:
    await store.jobs.add(a_job(brief=CHOSEN), [])

    assert (await begun(keeper, a_draft(parent_id="job-1"))).brief == NO_BRIEF


async def test_choice_that_heygen_has_no_more_is_named_and_not_offered(
    store: Any, keeper: DraftKeeper
) -> None:
    await has_voice(store, an_entry("another"))
    await store.jobs.add(a_job(brief=CHOSEN), [])

    found = await keeper.begin(a_draft(), holds_chars=HOLDS)

    assert found.gone == (CHOSEN.voice,)
    assert found.draft.brief == Brief(look="swiss_pulse", language="German")


# -- when the disk refuses


async def test_plain_form_opens_without_last_choices_when_nothing_can_be_written(
    store: Any, keeper: DraftKeeper, path: Path
) -> None:
    await has_voice(store)
    await store.jobs.add(a_job(brief=CHOSEN), [])

    with locked(path):
        draft = await begun(keeper, a_draft(prompt="Hello"))

    assert draft == a_draft(prompt="Hello")


async def test_form_that_needs_the_disk_is_refused_without_it(
    keeper: DraftKeeper, path: Path
) -> None:
    with locked(path), pytest.raises(StoreUnavailable):
        await begun(keeper, a_draft(channel_id="C1"))
