"""One request from /video to the link, as a person sees it."""

import hashlib
from functools import partial
from pathlib import Path

from bot.domain import texts
from bot.domain.job.job import JobState
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import Outcome
from bot.sandbox.media import media_path
from bot.sandbox.slack.state import Message
from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World, free_port, running


async def test_video_asked_for_in_a_channel_arrives_in_the_card_s_thread(
    either_world: World,
) -> None:
    world = either_world
    answer = await world.ask()

    assert answer.ok
    result = await world.result()
    card = await world.card_says("Finished")
    assert result.thread_ts == card.ts
    assert f"<@{world.ana.user.id}>" in result.text
    video = next(iter(world.heygen.videos.values()))
    assert f"/videos/{video.video_id}" in result.text
    assert f"/files/{video.video_id}.mp4" in result.text
    assert len(world.slack.messages("general")) == 2


async def test_orientation_chosen_is_sent(world: World) -> None:
    await world.ask(orientation="portrait")
    await world.result()

    (session,) = world.heygen.sessions.values()
    assert session.body["orientation"] == "portrait"
    assert PROMPT in session.prompt
    assert session.body["incognito_mode"] is True


async def test_attachments_reach_heygen_byte_for_byte_and_are_named_in_the_prompt(
    world: World,
) -> None:
    names = ["logo.png", "brief.pdf"]
    files = [await world.ana.upload(media_path(name)) for name in names]

    await world.ask(files=files)
    await world.result()

    sent = {asset.sha256: asset.asset_id for asset in world.heygen.assets.values()}
    wanted = [hashlib.sha256(media_path(name).read_bytes()).hexdigest() for name in names]
    assert set(sent) == set(wanted)
    (session,) = world.heygen.sessions.values()
    expected = [{"type": "asset_id", "asset_id": sent[digest]} for digest in wanted]
    assert session.body["files"] == expected
    assert all(name in session.prompt for name in names)


async def test_text_file_becomes_part_of_the_prompt(world: World) -> None:
    script = world.slack.add_file(
        world.ana.user, name="script.txt", content="Grüße aus der Bäckerei.".encode()
    )
    await world.ask(files=[script])
    await world.result()

    (session,) = world.heygen.sessions.values()
    assert "Grüße aus der Bäckerei." in session.prompt
    assert world.heygen.assets == {}


async def test_undescribed_file_of_a_shared_channel_is_asked_about_first(world: World) -> None:
    logo = world.slack.add_file(
        world.ana.user, name="logo.png", content=media_path("logo.png"), check_file_info=True
    )
    await world.ask(files=[logo])
    await world.result()

    assert [asset.mime_type for asset in world.heygen.assets.values()] == ["image/png"]


async def test_no_destination_means_a_direct_message(world: World) -> None:
    world.slack.add_channel("hidden", is_private=True, members=["ana"], bot_is_member=False)
    await world.ask(channel=None)

    message = await world.direct_message("is ready")
    assert message.thread_ts is not None
    assert world.slack.messages("general") == []


async def test_words_after_the_command_are_in_the_form(world: World) -> None:
    view = await world.open_composer("safety & more for the <new> team")

    prompt = next(b for b in view.definition["blocks"] if b["block_id"] == ids.PROMPT)
    assert prompt["element"]["initial_value"] == "safety & more for the <new> team"


async def test_help_is_answered_at_once_and_only_to_the_person(world: World) -> None:
    await world.ana.command("help")
    answer = await world.message(lambda m: "`/video list`" in m.text)

    assert answer.ephemeral_to == world.ana.user.id
    assert world.ana.top_view is None


async def test_failure_at_heygen_is_told_in_plain_words(world: World) -> None:
    world.heygen.script(PROMPT, Outcome(video="failed", failure_message="The voice is missing"))
    await world.ask()

    failure = await world.failure("The voice is missing")
    assert f"<@{world.ana.user.id}>" in failure.text
    assert "“Edit and run again” in the card" in failure.text
    card = await world.card_says("This did not work")
    assert "'text': 'Edit and run again'" in str(card.blocks)


async def test_failure_without_a_reason_is_tried_once_more_and_then_told(world: World) -> None:
    for _ in range(2):
        world.heygen.script(PROMPT, Outcome(fails_at_session=True))
    await world.ask()

    await world.failure("gave no reason")
    assert len(world.heygen.sessions) == 2
    keys = {session.idempotency_key for session in world.heygen.sessions.values()}
    assert len(keys) == 2


async def test_video_id_that_comes_later_is_followed(tmp_path: Path) -> None:
    async with running(tmp_path, render_s=0.3, video_id_delay_s=0.1) as world:
        await world.ask()

        await world.result()


async def test_callback_brings_the_result_long_before_the_next_poll(tmp_path: Path) -> None:
    port = str(free_port())
    more = {"POLL_INTERVAL_S": "600", "PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    async with running(tmp_path, **more) as world:
        await world.ask()
        await world.result()

        about_it = ("GET /v3/video-agents/{session_id}", "GET /v3/videos/")
        reads = [r for r in world.heygen.requests if r.route.startswith(about_it)]
        assert len(reads) <= 2
        assert [c.status for c in world.heygen.callbacks] == [200]


async def test_while_heygen_is_out_status_and_list_say_so(world: World) -> None:
    world.heygen.faults.begin(Fault("status", 503, odd=True))
    for _ in range(3):
        await world.ask()
    await world.card_says("HeyGen does not answer")
    job, *_ = await world.bot.store.jobs.recent(3)

    await world.ana.command(f"status {job.id}")
    await world.ana.command("list")

    for title in (f"*Job {job.id}*", texts.LIST_TITLE):
        told = await world.message(partial(_is_answer, title))
        assert "HeyGen does not answer" in told.text
        assert texts.WHAT_NEXT[JobState.SUBMITTING] not in told.text


def _is_answer(title: str, message: Message) -> bool:
    return bool(message.ephemeral_to) and title in message.text
