"""kill -9 at every step of one request, then start again: each message and each file once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.crash.bots import AWAY, KILLED, bot
from tests.crash.crash_world import BIG_PICTURE, CREATE, DOWNLOAD, SEND_BYTES, SHARE, UPLOAD, World


@dataclass(frozen=True)
class Point:
    """Where the bot dies: by its own hand (`die_at`), or when a request arrives at HeyGen."""

    name: str
    die_at: str = ""
    on_arrival: str = ""
    again: str = ""  # where the restarted bot dies, too
    has_attachment: bool = False
    is_outcome_unknown: bool = False  # a session exists that the bot does not know of
    delivers_file: bool = True  # DELIVER_FILE


POINTS = (
    # intake: Slack hears nothing, the person presses the button again
    Point("before the job is written", "before add_job"),
    Point("in the transaction of the job", "after add_job_statements"),
    Point("job on disk, before ack", "after add_job"),
    Point("after ack", "hold workers"),
    # the card
    Point("before the card is noted", "before mark_posting card"),
    Point("card noted, before its post", "before post CARD"),
    Point("after card post, before ts kept", "after post CARD"),
    Point("after the card's ts is kept", "after mark_posted card"),
    # to HeyGen
    Point("claimed, nothing sent", "after claim Job("),
    Point("before upload", "before upload", has_attachment=True),
    Point("during upload", on_arrival=UPLOAD, has_attachment=True),
    Point("after upload, before asset id kept", "after upload", has_attachment=True),
    Point("after asset id", "after save_attachment", has_attachment=True),
    Point("before the attempt is noted", "before save sending"),
    Point("attempt noted, before create", "before create"),
    Point("after create, before reply", on_arrival=CREATE, is_outcome_unknown=True),
    Point("after reply, before commit", "after create", is_outcome_unknown=True),
    Point("in the commit", "after save_statements RENDERING", is_outcome_unknown=True),
    Point("after commit", "after save RENDERING"),
    Point(
        "after create, and again between the looks",
        "after create",
        again="after save HeyGen,",  # "not found at HeyGen, look 1 of 2"
        is_outcome_unknown=True,
    ),
    Point("before create, and again before the resend", "before create", again="after save once"),
    # the way to the result
    Point("while polling", "before get_video"),
    Point("after HeyGen's news, before commit", "after get_video COMPLETED"),
    Point("in the commit of the result", "after save_statements COMPLETED"),
    Point("result owed, before it is noted", "before mark_posting result"),
    Point("before result post", "before post RESULT"),
    Point("after result post, before ts kept", "after post RESULT"),
    Point("after the result's ts is kept", "after mark_posted result"),
    Point("while the card is edited", "after update COMPLETED"),
    # the video itself
    Point("between link and file", "before mark_posting file"),
    Point("while the video is fetched", on_arrival=DOWNLOAD),
    Point("before file upload", "before upload_video"),
    Point("during file upload", on_arrival=SEND_BYTES),
    Point("after file upload, before its id is kept", "after upload_video"),
    Point("after the file's id is kept", "after keep_upload"),
    Point("before completeUpload", "before share"),
    Point("completeUpload under way", on_arrival=SHARE),
    Point("after completeUpload, before it is noted", "after share"),
    Point("after the share is noted", "after mark_shared"),
    # what belongs to it
    Point("captions owed, before it is noted", "before mark_posting captions"),
    Point("after captions upload, before its id is kept", "after upload_video .srt"),
    Point("after the captions' id is kept", "after keep_upload captions"),
    Point("after the captions' share is noted", "after mark_shared captions"),
    # the picture in place of the video, with an alt text that may cost the share
    Point("picture owed, before it is noted", "before mark_posting thumbnail", delivers_file=False),
    Point("after the picture's id is kept", "after keep_upload thumbnail", delivers_file=False),
    Point("after the picture's share", "after share", delivers_file=False),
    Point("while Slack is asked about the picture", "before is_shared", delivers_file=False),
    Point("after the picture's share is noted", "after mark_shared thumbnail", delivers_file=False),
)


# One of each kind: a bot that starts after a killed one waits there for 3 s.
ON_POSTGRES = (
    *(
        "in the transaction of the job",
        "job on disk, before ack",
        "after card post, before ts kept",
    ),
    *("during upload", "attempt noted, before create", "after create, before reply"),
    *("in the commit", "after create, and again between the looks"),
    *("after result post, before ts kept", "after completeUpload, before it is noted"),
)


# The others are for `make attacks`: each waits for a lease to run out.
QUICK = {
    "job on disk, before ack",
    "after create, before reply",
    "after result post, before ts kept",
}


@pytest.mark.parametrize("point", [pytest.param(p, id=p.name) for p in POINTS])
async def test_bot_killed_there_makes_one_video_and_posts_it_once(
    world: World, point: Point
) -> None:
    await one_video_in_spite_of(point, world)


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.heavy)
        for name in ON_POSTGRES
    ],
)
async def test_replica_killed_there_makes_one_video_and_posts_it_once(
    postgres_world: World, name: str
) -> None:
    (point,) = (point for point in POINTS if point.name == name)
    await one_video_in_spite_of(point, postgres_world)


async def one_video_in_spite_of(point: Point, world: World) -> None:
    if point.is_outcome_unknown:
        world.hide_sessions_from_the_first_look()
    picture = world.slack.add_file(world.ana.user, name="big.png", content=BIG_PICTURE)
    files = [picture] if point.has_attachment else []
    world.environ["DELIVER_FILE"] = "auto" if point.delivers_file else "never"

    async with bot(world.environ, world.folder, die_at=point.die_at) as doomed:
        world.when_asked(point.on_arrival, doomed.kill)  # the other side goes on, unheard
        view = await world.open_composer()
        answer = await world.submit(view, files)
        if point.die_at.startswith("hold"):
            doomed.kill()
        assert await doomed.wait() == KILLED
    if point.again:
        async with bot(world.environ, world.folder, die_at=point.again, away=AWAY) as doomed:
            assert await doomed.wait() == KILLED
    async with bot(world.environ, world.folder, away=2 * AWAY):
        if not answer.ok:
            assert (await world.submit(view, files)).ok
        await world.wait_for_result()

    assert list(world.books.states().values()) == ["completed"]
    assert len(world.heygen.sessions) == 1
    assert len(world.heygen.assets) == len(files)
    assert (len(world.cards()), len(world.results())) == (1, 1)
    endings = sorted(name.rpartition(".")[2] for name in world.shared_files())
    assert endings == (["mp4", "srt"] if point.delivers_file else ["png", "srt"])
    assert world.other_replies() == []
    looked_again = any("not found at HeyGen, look 1" in line for line in world.books.history())
    assert looked_again or not point.is_outcome_unknown
