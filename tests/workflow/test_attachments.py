"""Attachments on their way to HeyGen: a few at once, each kept as it is done, stopped cleanly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot.domain.errors import (
    AttachmentUnusable,
    SlackUnavailable,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.domain.job.job import Job, JobState
from bot.domain.job.timing import LEASE
from bot.domain.request.links import links_of
from bot.domain.request.video_request import Attachment
from bot.workflow.attachments import UPLOADS_AT_ONCE
from tests.builders import an_attachment
from tests.workflow.fake_world import World

MINUTE_S = 60


def pictures(world: World, count: int, of: str = "F") -> list[Attachment]:
    names = [f"{of}{n}" for n in range(count)]
    return [world.files.add(an_attachment(name, name=f"{name}.png")) for name in names]


async def begin(world: World, files: Sequence[Attachment], who: str = "U-ADA") -> Job:
    """Somebody asks, and the uploads of this job begin; they are held at HeyGen's door."""
    world.agent.uploads.is_held = True
    job = await world.ask(attachments=files, who=who)
    await world.submitter.step()
    return job


async def end_uploads(world: World) -> None:
    world.agent.uploads.open()
    await world.settle()


def left_on_disk(folder: Path) -> list[str]:
    """Downloaded files; beside them only the database and its lock lie there."""
    files = (path.name for path in folder.rglob("*") if path.is_file())
    return [name for name in files if not name.startswith("bot.db")]


async def ready_names(world: World, job: Job) -> set[str]:
    kept = await world.store.jobs.attachments_of(job.id)
    return {attachment.name for attachment in kept if attachment.asset_id}


# -- how many at once ----------------------------------------------------------------------------


async def test_no_more_than_three_of_a_job_are_uploaded_at_once_and_all_in_the_end(
    world: World,
) -> None:
    job = await begin(world, pictures(world, 8))

    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
    for _ in range(5):
        world.agent.uploads.let_go()
        await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
    await end_uploads(world)

    assert world.agent.uploads.most_waiting == UPLOADS_AT_ONCE
    (session,) = world.agent.sessions.values()
    named = [world.agent.assets[asset_id] for asset_id in session.new.asset_ids]
    assert named == [f"F{n}.png" for n in range(8)]
    assert await world.state_of(job.id) is JobState.RENDERING


async def test_no_more_than_three_of_all_jobs_are_uploaded_at_once(world: World) -> None:
    await begin(world, pictures(world, 4, "A"), "U-ADA")
    await begin(world, pictures(world, 4, "B"), "U-BOB")

    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
    for _ in range(5):
        world.agent.uploads.let_go()
        await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
    await end_uploads(world)

    assert world.agent.uploads.most_waiting == UPLOADS_AT_ONCE
    assert len(world.agent.sessions) == 2


async def test_one_file_does_not_wait_for_all_of_somebody_else_s_twenty(world: World) -> None:
    await begin(world, pictures(world, 20, "A"), "U-ADA")
    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
    await begin(world, pictures(world, 1, "B"), "U-BOB")

    for _ in range(4):
        world.agent.uploads.let_go()
        await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)

    assert "B0.png" in world.agent.assets.values()
    await end_uploads(world)


# -- kept one by one -----------------------------------------------------------------------------


async def test_files_that_are_uploaded_are_kept_when_the_bot_dies_among_the_rest(
    world: World,
) -> None:
    job = await begin(world, pictures(world, 6))
    for _ in range(2):
        await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
        world.agent.uploads.let_go()
    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
    kept = await ready_names(world, job)

    await world.submitter.tasks.settle(within_s=0)
    await world.restart()
    await end_uploads(world)

    assert len(kept) == 2
    assert world.agent.calls["upload_asset"] == 6 + UPLOADS_AT_ONCE  # those on their way, again
    assert len(world.agent.assets) == 6
    assert await world.state_of(job.id) is JobState.RENDERING


async def test_card_tells_how_many_are_uploaded(world: World) -> None:
    link = links_of("https://e.com/brief.pdf")
    job = await begin(world, [*link, *pictures(world, 5)])
    await world.message_sender.step()
    rung: list[str] = []
    world.signals.deliver = lambda: rung.append("deliver")
    for _ in range(2):
        await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
        world.agent.uploads.let_go()
    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)

    assert rung == ["deliver", "deliver"]
    world.clock.advance(11)  # a card is edited every 10 s at most
    await world.message_sender.step()

    notice = world.card(job.id).notice
    assert (notice.ready_count, notice.file_count, notice.attachment_count) == (2, 5, 6)
    await end_uploads(world)


async def test_type_of_the_bytes_counts_and_what_the_file_is_for_stays(world: World) -> None:
    jpeg = an_attachment("F1", name="logo.png", filetype="png")
    world.files.add(jpeg, media_type="image/jpeg")
    unknown = an_attachment("F1", name="", filetype="", mode="file_access", note="end card")
    job = await world.ask(attachments=[unknown])

    await world.settle()

    (kept,) = await world.store.jobs.attachments_of(job.id)
    assert (kept.name, kept.filetype, kept.note) == ("logo.png", "jpeg", "end card")


# -- failures ------------------------------------------------------------------------------------


async def test_file_that_can_never_be_used_stops_the_rest_and_nothing_is_left_behind(
    world: World, tmp_path: Path
) -> None:
    job = await begin(world, pictures(world, 8))
    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)
    world.files.fail("download", AttachmentUnusable("A lie.", code="attachment_type"))

    world.agent.uploads.let_go()
    await world.settle()

    assert await world.state_of(job.id) is JobState.FAILED
    assert world.agent.calls["upload_asset"] == UPLOADS_AT_ONCE
    assert len(world.agent.assets) == 1
    assert left_on_disk(tmp_path) == []


async def test_refusal_counts_more_than_trouble_that_passes(world: World) -> None:
    world.agent.fail("upload_asset", VideoAgentUnavailable())
    world.agent.fail("upload_asset", VideoAgentRefused("Not this one.", status=400))
    job = await world.ask(attachments=pictures(world, 2))

    await world.settle()

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.message == "Not this one."


async def test_trouble_that_passes_lets_the_others_finish_and_only_the_rest_comes_again(
    world: World,
) -> None:
    world.files.fail("download", SlackUnavailable())
    job = await begin(world, pictures(world, 8))
    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE - 1)

    await end_uploads(world)

    assert await world.state_of(job.id) is JobState.QUEUED
    assert len(await ready_names(world, job)) == UPLOADS_AT_ONCE - 1
    await world.advance(600)
    assert world.agent.calls["upload_asset"] == 8
    assert await world.state_of(job.id) is JobState.COMPLETED


async def test_upload_whose_answer_was_lost_has_the_same_key_when_it_comes_again(
    world: World,
) -> None:
    world.agent.fail("upload_asset", VideoAgentOutcomeUnknown(), times=3, is_done=True)
    await world.ask(attachments=pictures(world, 3))

    await world.advance(600)

    assert world.agent.calls["upload_asset"] == 6
    assert len(world.agent.assets) == 3


# -- cancelled, and long ones --------------------------------------------------------------------


async def test_cancelled_among_its_uploads_ends_them_at_once(world: World, tmp_path: Path) -> None:
    job = await begin(world, pictures(world, 8))
    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)

    await world.cancel(job.id)
    await world.submitter.step()
    await world.settle()

    assert await world.state_of(job.id) is JobState.CANCELLED
    assert world.agent.calls["upload_asset"] == UPLOADS_AT_ONCE
    assert world.agent.assets == {}
    assert left_on_disk(tmp_path) == []


async def test_uploads_of_others_go_on_when_one_job_is_cancelled(world: World) -> None:
    ada = await begin(world, pictures(world, 2, "A"), "U-ADA")
    bob = await begin(world, pictures(world, 1, "B"), "U-BOB")
    await world.agent.uploads.until_waiting(UPLOADS_AT_ONCE)

    await world.cancel(ada.id)
    await world.submitter.step()
    await end_uploads(world)

    assert await world.state_of(bob.id) is JobState.RENDERING
    assert list(world.agent.assets.values()) == ["B0.png"]


async def test_lease_is_renewed_while_files_are_uploaded(world: World) -> None:
    job = await begin(world, pictures(world, 1))
    await world.agent.uploads.until_waiting(1)

    for _ in range(60):  # five hours, in the steps of a loop that is never woken
        world.clock.advance(5 * MINUTE_S)
        await world.submitter.step()
        due_at = (await world.job(job.id)).due_at
        assert due_at is not None
        assert due_at > world.clock.now() + LEASE / 4
    await end_uploads(world)

    assert world.agent.calls["upload_asset"] == 1
    assert len(world.agent.sessions) == 1


async def test_job_that_somebody_else_holds_is_left_alone_until_its_lease_ends(
    world: World,
) -> None:
    job = await world.ask(attachments=pictures(world, 1))
    now = world.clock.now()
    claimed = await world.store.jobs.claim_next(
        now, limit_running=3, lease_until=now + LEASE, horizon=now + 2 * LEASE
    )
    assert claimed is not None

    world.clock.advance(14 * MINUTE_S)
    await world.submitter.step()
    assert world.agent.calls["upload_asset"] == 0
    world.clock.advance(2 * MINUTE_S)
    await world.settle()

    assert world.agent.calls["upload_asset"] == 1
    assert await world.state_of(job.id) is JobState.RENDERING


# -- links ---------------------------------------------------------------------------------------


async def test_link_is_looked_at_once_and_handed_to_heygen(world: World) -> None:
    links = links_of("https://e.com/a.png: logo\nhttps://e.com/b.mp4")
    await world.ask(attachments=[*pictures(world, 1), *links])

    await world.settle()

    (session,) = world.agent.sessions.values()
    assert session.new.file_urls == ("https://e.com/a.png", "https://e.com/b.mp4")
    assert session.new.asset_ids == ("asset-1",)
    assert world.links.calls["check"] == 2


async def test_link_that_is_no_good_fails_the_job_before_anything_is_uploaded(
    world: World,
) -> None:
    world.links.pages.add("https://e.com/a.png")
    links = links_of("https://e.com/a.png")
    job = await world.ask(attachments=[*pictures(world, 3), *links])

    await world.settle()

    failed = await world.job(job.id)
    assert failed.outcome.failure is not None
    assert failed.outcome.failure.code == "link_page"
    assert world.agent.assets == {}
    assert world.agent.sessions == {}


async def test_link_that_dies_after_an_unclear_create_does_not_hide_the_session(
    world: World,
) -> None:
    """HeyGen may have taken the first send: what is looked for is not given up for a link."""
    world.agent.fail("create_session", VideoAgentOutcomeUnknown())
    job = await world.ask(attachments=links_of("https://e.com/a.png"))
    await world.settle()
    world.links.pages.add("https://e.com/a.png")

    await world.advance(600)

    assert world.links.calls["check"] == 1
    assert await world.state_of(job.id) is JobState.COMPLETED


@pytest.mark.parametrize("count", [1, 4])
async def test_links_alone_need_no_upload(world_of: Callable[..., World], count: int) -> None:
    world = world_of()
    lines = "\n".join(f"https://e.com/{n}.png" for n in range(count))
    await world.ask(attachments=links_of(lines))

    await world.settle()

    (session,) = world.agent.sessions.values()
    assert len(session.new.file_urls) == count
    assert world.agent.calls["upload_asset"] == 0
