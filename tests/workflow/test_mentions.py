"""What people write to the bot is kept once, and in a card's thread as a revision of its video."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import SlackUnavailable, StoreUnavailable
from bot.domain.ports.store import Store
from bot.domain.request.brief import Brief
from bot.domain.request.draft import Draft
from bot.domain.request.video_request import Attachment
from bot.workflow.mentions import Mentions, with_change
from store import open_store
from tests.builders import a_job, an_attachment
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock, FakeSlackFiles

THREAD_TS = "1764000000.000100"
SAID = Draft(
    key="said:T1:C1:1764000000.000200",
    requester_id="U-BEN",
    team_id="T1",
    channel_id="C1",
    thread_ts=THREAD_TS,
    prompt="Make it shorter",
)
PARENT = a_job(
    thread_ts=THREAD_TS,
    brief=Brief(audience="new colleagues", change="warmer"),
)
NAMELESS = Attachment(file_id="F1", mode="file_access")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    write_empty_database(tmp_path / "bot.db")
    opened = open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    yield opened
    await opened.close()


@pytest.fixture
def files(tmp_path: Path) -> FakeSlackFiles:
    return FakeSlackFiles(tmp_path)


@pytest.fixture
def mentions(store: Store, files: FakeSlackFiles) -> Mentions:
    return Mentions(store, files, FakeClock())


async def test_words_outside_a_card_s_thread_are_kept_as_they_were_said(
    mentions: Mentions, store: Store
) -> None:
    mention = await mentions.take(SAID, THREAD_TS)

    assert mention is not None
    assert mention.draft == SAID
    assert not mention.is_revision
    assert await store.drafts.get(SAID.key) == SAID


async def test_same_message_is_taken_once(mentions: Mentions) -> None:
    first = await mentions.take(SAID, None)
    second = await mentions.take(replace(SAID, prompt="edited meanwhile"), None)

    assert first is not None
    assert second is None


async def test_same_message_delivered_twice_at_once_is_taken_once(mentions: Mentions) -> None:
    taken = await asyncio.gather(*(mentions.take(SAID, None) for _ in range(9)))

    assert len([mention for mention in taken if mention is not None]) == 1


async def test_words_in_a_card_s_thread_are_a_change_of_its_video(
    mentions: Mentions, store: Store
) -> None:
    await store.jobs.add(PARENT, [])

    mention = await mentions.take(SAID, THREAD_TS)

    assert mention is not None
    assert mention.may_start_at_once
    draft = mention.draft
    assert (draft.parent_id, draft.is_variation) == (PARENT.id, True)
    assert draft.brief == Brief(change="Make it shorter")
    assert draft.thread_ts == THREAD_TS


def test_form_of_a_revision_has_the_former_answers_and_every_change_so_far() -> None:
    former = replace(
        SAID,
        brief=PARENT.request.brief,
        prompt=PARENT.request.prompt,
        attachments=(an_attachment("F0"),),
    )
    said = replace(SAID, brief=Brief(change="Make it shorter"), attachments=(an_attachment("F1"),))

    form = with_change(former, said)

    assert form.prompt == PARENT.request.prompt
    assert form.brief == replace(PARENT.request.brief, change="warmer\nMake it shorter")
    assert [one.file_id for one in form.attachments] == ["F0", "F1"]


async def test_files_beside_a_change_need_the_form(mentions: Mentions, store: Store) -> None:
    await store.jobs.add(PARENT, [])

    mention = await mentions.take(replace(SAID, attachments=(an_attachment(),)), THREAD_TS)

    assert mention is not None
    assert mention.is_revision
    assert not mention.may_start_at_once


async def test_empty_mention_in_a_card_s_thread_changes_nothing_but_knows_the_video(
    mentions: Mentions, store: Store
) -> None:
    await store.jobs.add(PARENT, [])

    mention = await mentions.take(replace(SAID, prompt=""), THREAD_TS)

    assert mention is not None
    assert not mention.is_revision
    assert mention.parent is not None
    assert mention.parent.id == PARENT.id


async def test_file_that_came_as_an_id_is_asked_about(
    mentions: Mentions, files: FakeSlackFiles
) -> None:
    files.add(an_attachment("F1", name="plan.pdf", filetype="pdf"))

    mention = await mentions.take(replace(SAID, attachments=(NAMELESS,)), None)

    assert mention is not None
    assert [one.name for one in mention.draft.attachments] == ["plan.pdf"]


async def test_file_that_slack_does_not_describe_is_kept_without_a_name(
    mentions: Mentions, files: FakeSlackFiles
) -> None:
    files.fail("describe", SlackUnavailable(code="timeout"))

    mention = await mentions.take(replace(SAID, attachments=(NAMELESS,)), None)

    assert mention is not None
    assert mention.draft.attachments == (NAMELESS,)


async def test_words_that_cannot_be_kept_are_not_taken(mentions: Mentions, store: Store) -> None:
    await store.close()

    with pytest.raises(StoreUnavailable):
        await mentions.take(SAID, None)
