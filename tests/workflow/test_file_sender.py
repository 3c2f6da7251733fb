"""The video itself in the thread: once, beside the result, whatever breaks on the way there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.delivery.delivery import DeliveryKind, DeliveryState
from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import (
    SlackBusy,
    SlackOutcomeUnknown,
    SlackUnavailable,
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.slack.errors import refused
from bot.workflow.file_sender import AT_ONCE, LATER_STEPS, OUTAGE_TRIES, UNKNOWN_TRIES
from bot.workflow.pauses import TRIES
from bot.workflow.result_files import file_name
from tests.builders import a_job
from tests.fakes import Crash, Fate, words_for
from tests.workflow.conftest import Logs
from tests.workflow.fake_world import World

LIFE_S = 600
STEPS = (
    "download",
    "begin_upload",
    "upload",
    "deliveries.keep_upload",
    "share",
    "deliveries.mark_shared",
)


async def file_state(
    world: World, job_id: str, kind: DeliveryKind = DeliveryKind.FILE
) -> DeliveryState | None:
    """None when no such file is owed."""
    owed = await world.store.deliveries.of(job_id)
    return next((one.state for one in owed if one.kind is kind), None)


def shared_in_thread_of(world: World, job_id: str) -> list[bytes]:
    """The bytes of every file in the card's thread."""
    thread = world.card(job_id).ts
    return [data for _, thread_ts, data in world.uploads.shared if thread_ts == thread]


async def test_video_follows_its_result_in_the_same_thread(world: World) -> None:
    job = await world.ask()

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [world.downloads.content]
    assert await file_state(world, job.id) is DeliveryState.POSTED


async def test_file_waits_until_the_result_is_posted(world: World) -> None:
    await world.ask()
    await world.advance(10)
    world.threads.fail_always("post", SlackUnavailable())
    await world.advance(LIFE_S)
    assert world.uploads.shared == []

    world.threads.behave()
    await world.advance(LIFE_S)

    assert len(world.uploads.shared) == 1


async def test_result_in_the_direct_messages_has_its_file_beside_it(world: World) -> None:
    await world.ask()
    await world.advance(30)
    world.threads.refusals["C1"] = "is_archived"

    await world.advance(LIFE_S)

    assert world.uploads.shared == [("D-U-ADA", None, world.downloads.content)]


async def test_dropped_result_does_not_hold_the_file_back(world: World) -> None:
    job = await world.ask()
    await world.advance(30)
    world.threads.fail_always("post", refused("is_archived"))

    await world.advance(LIFE_S)

    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_some_files_at_once_and_the_others_after_them(world_of: Callable[..., World]) -> None:
    world = world_of(limit=9)
    for n in range(AT_ONCE + 3):
        await world.ask(who=f"U-{n}")

    await world.advance(LIFE_S)

    assert len(world.uploads.shared) == AT_ONCE + 3


async def test_slow_file_holds_up_no_message(world: World) -> None:
    first = await world.ask()
    await world.advance(110)
    world.downloads.fail_always("download", VideoAgentUnavailable())
    second = await world.ask(who="U-BEN")

    await world.advance(LIFE_S)

    assert world.uploads.shared == []
    assert [m.notice.job.id for m in world.threads.of_kind("result")] == [first.id, second.id]


# -- the download --------------------------------------------------------------------------


async def test_expired_link_is_asked_for_anew_once(world: World) -> None:
    job = await world.ask()
    await world.advance(30)
    fresh = "https://files.heygen.test/video-of-session-1.mp4"
    world.downloads.fail("download", VideoAgentNotFound())

    await world.advance(LIFE_S)

    assert world.downloads.asked == [fresh]
    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_video_that_heygen_no_longer_has_is_left_to_its_links(
    world: World, logs: Logs
) -> None:
    world.downloads.expired.add("https://files.heygen.test/video-of-session-1.mp4")
    job = await world.ask()

    await world.advance(LIFE_S + 30 * 60)

    endings = [url[-4:] for url in world.downloads.asked]
    assert endings == [".mp4"] * 14 + [".png"], "the link and a fresh one, seven times"
    assert await file_state(world, job.id) is DeliveryState.DROPPED
    assert [line["code"] for line in logs if line["event"] == "file not shown"] == ["link_expired"]


@pytest.mark.parametrize("not_served", [2, 6, 12])
async def test_video_that_is_not_served_in_its_first_minutes_comes_a_little_later(
    world: World, not_served: int
) -> None:
    world.downloads.fail("download", VideoAgentNotFound(code="link_expired"), times=not_served)
    job = await world.ask()

    await world.advance(LIFE_S + 30 * 60)

    assert len(shared_in_thread_of(world, job.id)) == 1
    assert world.threads.of_kind("thumbnail") == []


async def test_trouble_before_does_not_shorten_the_patience_with_a_file_not_served(
    world: World,
) -> None:
    world.downloads.fail("download", VideoAgentUnavailable(), times=9)
    world.downloads.fail("download", VideoAgentNotFound(code="link_expired"), times=8)
    job = await world.ask()

    await world.advance(3 * 3_600)

    assert len(shared_in_thread_of(world, job.id)) == 1


@pytest.mark.parametrize("days", [0.5, 2.5])
async def test_file_outlasts_an_outage_of_heygen_s_storage(world: World, days: float) -> None:
    world.downloads.fail_always("download", VideoAgentUnavailable(status=503))
    job = await world.ask()
    await world.advance(days * 86_400)
    world.downloads.behave()

    await world.advance(3_600)

    assert len(shared_in_thread_of(world, job.id)) == 1


@pytest.mark.parametrize(
    "error",
    [VideoAgentUnavailable(), VideoAgentBusy(), VideoAgentBusy(retry_after_s=7)],
    ids=["away", "busy", "busy for a time"],
)
async def test_download_that_fails_is_tried_again(world: World, error: Exception) -> None:
    world.downloads.fail("download", error, times=2)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_refused_key_when_asking_for_a_fresh_link_only_delays(world: World) -> None:
    job = await world.ask()
    await world.advance(30)
    world.threads.fail_always("post", SlackUnavailable())
    await world.advance(LIFE_S)  # the job is completed, its result is not posted
    world.threads.behave()
    world.downloads.fail("download", VideoAgentNotFound())
    world.agent.fail("get_video", VideoAgentBlocked())

    await world.advance(3_600)

    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_video_larger_than_slack_takes_is_left_to_its_links(world: World) -> None:
    world.downloads.fail("download", VideoAgentRefused(code="too_large"))
    job = await world.ask()

    await world.advance(LIFE_S)

    assert await file_state(world, job.id) is DeliveryState.DROPPED
    assert "file not shown: too_large" in await world.history(job.id)
    assert len(world.threads.of_kind("result")) == 1


async def test_download_that_always_fails_is_given_up_and_told_once(
    world: World, logs: Logs
) -> None:
    world.downloads.fail_always("download", VideoAgentUnavailable())
    job = await world.ask()

    await world.advance(7 * 86_400)

    assert set(world.downloads.calls) == {"download"}
    assert world.downloads.calls["download"] > OUTAGE_TRIES, "the video's, then its picture's"
    assert await file_state(world, job.id) is DeliveryState.DROPPED
    assert len([line for line in logs if line["event"] == "file not shown"]) == 1


async def test_busy_answers_use_up_no_try(world: World) -> None:
    world.downloads.fail("download", VideoAgentBusy(retry_after_s=60), times=2 * TRIES)
    job = await world.ask()

    await world.advance(4 * 3_600)

    assert len(shared_in_thread_of(world, job.id)) == 1


# -- upload and share ----------------------------------------------------------------------


@pytest.mark.parametrize("step", ["begin_upload", "upload", "share"])
@pytest.mark.parametrize("error", [SlackUnavailable(), SlackBusy(20)], ids=["away", "busy"])
async def test_step_that_had_no_effect_is_tried_again(
    world: World, step: str, error: Exception
) -> None:
    world.uploads.fail(step, error, times=2)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_share_that_waits_uploads_nothing_again(world: World) -> None:
    world.uploads.fail("share", SlackBusy(20), times=3)
    await world.ask()

    await world.advance(LIFE_S)

    assert len(world.uploads.uploads) == 1


@pytest.mark.parametrize("is_done", [True, False], ids=["it was shared", "it was not"])
@pytest.mark.parametrize("told_after_s", [0, 45], ids=["told at once", "told late"])
@pytest.mark.parametrize("knows_unshared", [True, False], ids=["kept unseen", "hidden unseen"])
async def test_share_with_unknown_outcome_is_there_once(
    world: World, is_done: bool, told_after_s: float, knows_unshared: bool
) -> None:
    world.uploads.told_after_s = told_after_s
    world.uploads.knows_unshared = knows_unshared
    world.uploads.fail("share", SlackOutcomeUnknown(), is_done=is_done)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert len(shared_in_thread_of(world, job.id)) == 1
    assert await file_state(world, job.id) is DeliveryState.POSTED


@pytest.mark.parametrize("error", [SlackUnavailable(), SlackBusy(40)], ids=["away", "busy"])
async def test_question_about_an_unclear_share_is_asked_again(
    world: World, error: Exception
) -> None:
    world.uploads.fail("share", SlackOutcomeUnknown(), is_done=True)
    world.uploads.fail("is_shared", error, times=2)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_unclear_share_that_nobody_can_ask_about_is_never_repeated(world: World) -> None:
    world.uploads.fail("share", SlackOutcomeUnknown(), is_done=True)
    world.uploads.fail_always("is_shared", refused("missing_scope"))
    job = await world.ask()

    await world.advance(LIFE_S)

    assert len(world.uploads.shared) == 1
    assert "file not shown: outcome_unknown" in await world.history(job.id)
    assert world.card(job.id).notice.no_file == "outcome_unknown"


async def test_upload_that_vanished_is_done_anew(world: World) -> None:
    world.uploads.fail("share", refused("file_not_found"))
    job = await world.ask()

    await world.advance(LIFE_S)

    assert len(world.uploads.uploads) == 2
    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_public_channel_is_joined_once_before_the_file_is_shared(world: World) -> None:
    world.uploads.fail("share", refused("not_in_channel"))
    job = await world.ask()

    await world.advance(LIFE_S)

    assert world.threads.calls["join"] == 1
    assert len(world.uploads.uploads) == 1
    assert len(shared_in_thread_of(world, job.id)) == 1


@pytest.mark.parametrize("joins", [True, False], ids=["joined in vain", "not to be joined"])
async def test_channel_that_stays_closed_to_files_keeps_the_links(
    world: World, joins: bool
) -> None:
    world.uploads.not_joined.add("C1")
    if not joins:
        error = refused("method_not_supported_for_channel_type")
        world.threads.fail_always("join", error)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert world.threads.calls["join"] == 2  # once for the video, once for its picture
    assert await file_state(world, job.id) is DeliveryState.DROPPED
    assert len(world.threads.of_kind("result")) == 1


@pytest.mark.parametrize("step", ["begin_upload", "share"])
@pytest.mark.parametrize("code", [*words_for(Reaction.FILE_REFUSED), "missing_scope"])
async def test_workspace_that_takes_no_such_file_keeps_the_links(
    world: World, logs: Logs, code: str, step: str
) -> None:
    world.uploads.fail_always(step, refused(code))
    job = await world.ask()

    await world.advance(LIFE_S)

    assert world.uploads.shared == []
    assert f"file not shown: {code}" in await world.history(job.id)
    warnings = [line for line in logs if line["event"] == "file not shown"]
    assert [(line["code"], line["log_level"]) for line in warnings] == [(code, "warning")]
    assert len(world.threads.of_kind("result")) == 1


@pytest.mark.parametrize("code", words_for(Reaction.UNINSTALLED))
async def test_uninstalled_bot_keeps_the_file_for_later(world: World, code: str) -> None:
    world.uploads.fail_always("begin_upload", refused(code))
    job = await world.ask()
    await world.advance(3 * 3_600)

    world.uploads.behave()
    await world.advance(1_200)

    assert len(shared_in_thread_of(world, job.id)) == 1


# -- crashes -------------------------------------------------------------------------------


@pytest.mark.parametrize("knows_unshared", [True, False], ids=["kept unseen", "hidden unseen"])
@pytest.mark.parametrize("moment", STEPS)
async def test_crash_after_each_step_leaves_one_file(
    world: World, moment: str, knows_unshared: bool
) -> None:
    world.uploads.knows_unshared = knows_unshared
    job = await world.ask()
    await world.advance(30)
    crashes_at(world, moment)
    with pytest.raises(Crash):
        await world.advance(LIFE_S)

    await world.restart()
    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [world.downloads.content]
    assert len(world.threads.of_kind("result")) == 1
    assert await file_state(world, job.id) is DeliveryState.POSTED


def crashes_at(world: World, moment: str) -> None:
    """The power goes off right after this effect, the next time it happens."""
    after_effect = world.power.after_effect

    def watch(name: str) -> None:
        if name == moment:
            world.power.after_effect = after_effect  # type: ignore[method-assign]
            world.power.off_at = world.power.count + 1
        after_effect(name)

    world.power.after_effect = watch  # type: ignore[method-assign]


# -- captions ------------------------------------------------------------------------------


@pytest.mark.parametrize("after_s", [0, 12, 50, 170])
async def test_captions_follow_the_video_even_when_heygen_makes_them_later(
    world: World, after_s: float
) -> None:
    world.agent.fate = Fate(captions_after_s=after_s)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [world.downloads.content, b"captions"]
    assert names_shared(world) == [".mp4", ".srt"]
    assert await file_state(world, job.id, DeliveryKind.CAPTIONS) is DeliveryState.POSTED


async def test_video_without_captions_is_asked_about_a_few_times_and_nobody_is_told(
    world: World, logs: Logs
) -> None:
    job = await world.ask()
    await world.advance(125)
    asked_before = world.agent.calls["get_video"]

    await world.advance(4 * 3_600)

    assert world.agent.calls["get_video"] - asked_before == len(LATER_STEPS[DeliveryKind.CAPTIONS])
    assert await file_state(world, job.id, DeliveryKind.CAPTIONS) is DeliveryState.DROPPED
    assert [line for line in logs if line["log_level"] in ("warning", "error")] == []
    assert world.card(job.id).notice.no_file is None


async def test_captions_wait_for_the_video(world: World) -> None:
    world.agent.fate = Fate(captions_after_s=0)
    job = await world.ask()
    await world.advance(110)
    world.downloads.fail("download", VideoAgentUnavailable(), times=3)

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [world.downloads.content, b"captions"]


async def test_captions_come_where_the_workspace_takes_no_video(world: World) -> None:
    world.agent.fate = Fate(captions_after_s=0)
    world.uploads.fail("begin_upload", refused("file_type_not_allowed"))
    await world.ask()

    await world.advance(LIFE_S)

    assert sorted(names_shared(world)) == [".png", ".srt"]


# -- the picture in place of the video -----------------------------------------------------


async def test_picture_with_words_for_it_comes_where_files_are_never_delivered(
    world_of: Callable[..., World],
) -> None:
    world = world_of(delivers_file=False)
    job = await world.ask("A minute about our new office.")

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [b"a picture"]
    assert await file_state(world, job.id) is None
    assert await file_state(world, job.id, DeliveryKind.THUMBNAIL) is DeliveryState.POSTED
    (upload,) = world.uploads.uploads.values()
    assert "A minute about our new office." in upload.alt_text
    assert world.card(job.id).notice.no_file is None  # the operator wished it so


@pytest.mark.parametrize("told_after_s", [0, 45], ids=["told at once", "told late"])
async def test_picture_whose_share_is_told_late_is_there_once(
    world_of: Callable[..., World], told_after_s: float
) -> None:
    world = world_of(delivers_file=False)
    world.uploads.told_after_s = told_after_s
    job = await world.ask()

    await world.advance(LIFE_S)

    assert len(shared_in_thread_of(world, job.id)) == 1


async def test_picture_whose_share_slack_loses_goes_without_words_for_it(
    world_of: Callable[..., World],
) -> None:
    world = world_of(delivers_file=False)
    world.uploads.loses_alt_text = True
    job = await world.ask()

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [b"a picture"]
    lost, shown = world.uploads.uploads.values()
    assert (bool(lost.alt_text), shown.alt_text) == (True, "")


async def test_video_above_the_limit_leaves_its_picture_and_a_card_that_says_why(
    world_of: Callable[..., World],
) -> None:
    world = world_of(video_max_bytes=5)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [b"a picture"]
    assert world.card(job.id).notice.no_file == "too_large"


async def test_preview_that_is_no_picture_is_left_out(world_of: Callable[..., World]) -> None:
    world = world_of(delivers_file=False)
    world.downloads.others[".png"] = (b"<svg/>", "text/plain")
    job = await world.ask()

    await world.advance(LIFE_S)

    assert world.uploads.shared == []
    assert "thumbnail not shown: no_picture" in await world.history(job.id)


async def test_refusal_without_a_rule_is_tried_again_before_the_links_have_to_do(
    world: World,
) -> None:
    world.uploads.fail("begin_upload", refused("brand_new_error"), times=2)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [world.downloads.content]


async def test_refusal_without_a_rule_that_lasts_leaves_the_links_and_says_so(
    world: World,
) -> None:
    world.uploads.fail("begin_upload", refused("brand_new_error"), times=UNKNOWN_TRIES)
    job = await world.ask()

    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [b"a picture"]
    assert world.card(job.id).notice.no_file == "brand_new_error"


@pytest.mark.parametrize("moment", STEPS)
async def test_crash_after_each_step_leaves_one_picture(
    world_of: Callable[..., World], moment: str
) -> None:
    world = world_of(delivers_file=False)
    world.uploads.loses_alt_text = True
    job = await world.ask()
    await world.advance(30)
    crashes_at(world, moment)
    with pytest.raises(Crash):
        await world.advance(LIFE_S)

    await world.restart()
    await world.advance(LIFE_S)

    assert shared_in_thread_of(world, job.id) == [b"a picture"]


def names_shared(world: World) -> list[str]:
    """The endings of the files that people see."""
    return [up.name[-4:] for up in world.uploads.uploads.values() for _ in up.shares]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A minute about our new office.", "A-minute-about-our-new-office.mp4"),
        ("../../etc/passwd", "etc-passwd.mp4"),
        ("Grüße aus der Bäckerei", "Grüße-aus-der-Bäckerei.mp4"),
        ("???", "video.mp4"),
        ("x" * 500, "x" * 60 + ".mp4"),
    ],
)
def test_file_is_named_after_the_prompt(prompt: str, name: str) -> None:
    assert file_name(DeliveryKind.FILE, a_job(prompt=prompt), "video/mp4") == name
