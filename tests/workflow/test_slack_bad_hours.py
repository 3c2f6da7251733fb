"""Slack's bad hours over real HTTP, in our own time: slow, forgetful, closed, and in a hurry."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.job.job import Job, JobState
from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message
from bot.slack.client import slack_client, slack_session
from bot.slack.threads import SlackWebThreads
from bot.slack.uploads import SlackWebUploads
from tests.fakes import FakeClock
from tests.scenarios.sandbox_world import free_port
from tests.workflow.conftest import Logs
from tests.workflow.fake_world import World

POST, SHARE = "chat.postMessage", "files.completeUploadExternal"
LIFE_S = 900
LOOKED_S = 125  # the pauses of domain/job/timing.py


class SlackWorld(World):
    """The workflow with the bot's own Slack clients, before a stand-in with the world's clock."""

    def __init__(
        self,
        folder: Path,
        slack: SlackSandbox,
        clock: FakeClock,
        clients: tuple[object, object],
    ) -> None:
        self.slack = slack
        super().__init__(folder, clock=clock)
        self.threads, self.uploads = clients  # type: ignore[assignment]

    async def asked(self, channel: str = "general", who: str = "ana") -> Job:
        """Ana asks for a video, of which this channel is to hear; "" is herself."""
        user_id = self.slack.state.user(who).id
        place = self.slack.channel(channel).id if channel else user_id
        return await self.ask(who=user_id, channel=place)

    def sent(self, channel: str = "general") -> list[Message]:
        place = self.slack.channel(channel) if channel else self._dm()
        return [m for m in place.messages if m.user_id == self.slack.bot.id]

    def kinds(self, channel: str = "general") -> list[str]:
        """Card, result and files of this channel, by their marks."""
        return [_kind(message) for message in self.sent(channel)]

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.slack.calls)

    def _dm(self):  # type: ignore[no-untyped-def]
        return self.slack.state.direct_channel(self.slack.bot.id, self.slack.state.user("ana").id)


def _kind(message: Message) -> str:
    if message.files:
        return message.files[0].name.rpartition(".")[2]
    return str((message.metadata or {})["event_payload"]["delivery_id"]).rpartition(".")[2]


@pytest.fixture
def clock() -> FakeClock:
    """The world's and the stand-in's."""
    return FakeClock()


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(now=lambda: clock.now().timestamp()) as sandbox:
        yield sandbox


@pytest.fixture
async def world(tmp_path: Path, slack: SlackSandbox, clock: FakeClock) -> AsyncIterator[SlackWorld]:
    async with slack_session() as session:
        client = slack_client(slack.bot_token, slack.api_url, session)
        uploads = SlackWebUploads(client)
        world = SlackWorld(tmp_path, slack, clock, (SlackWebThreads(client), uploads))
        await world.restart()
        yield world
        await world.close()
        await uploads.close()


# -- slow: what was sent is shown some time after its answer was lost ------------------------


@pytest.mark.parametrize("shown_after_s", [0, 18, 60, 115])
@pytest.mark.parametrize("channel", ["general", "plans", ""], ids=["member", "no member", "DM"])
async def test_post_that_is_shown_late_is_there_once(
    world: SlackWorld, channel: str, shown_after_s: float
) -> None:
    world.slack.add_channel("plans", members=["ana"], bot_is_member=False)
    world.slack.state.history_lag_s = shown_after_s
    world.slack.faults.add(POST, Fault("drop_after"), times=2)  # the card's and the result's

    job = await world.asked(channel)
    await world.advance(LIFE_S)

    assert world.kinds(channel) == ["card", "result", "mp4"]
    assert await world.state_of(job.id) is JobState.COMPLETED


async def test_post_that_never_arrived_is_sent_again_after_two_minutes_and_not_before(
    world: SlackWorld,
) -> None:
    world.slack.faults.add(POST, Fault("drop_before"))
    await world.asked()

    await world.advance(LOOKED_S - 1)
    assert world.kinds() == []
    await world.advance(2)

    assert world.kinds()[:1] == ["card"]
    assert world.calls("conversations.history") == 5


async def test_restarts_between_the_looks_neither_shorten_nor_begin_them_anew(
    world: SlackWorld,
) -> None:
    world.slack.faults.add(POST, Fault("drop_before"))
    await world.asked()

    for _ in range(5):
        await world.advance((LOOKED_S - 1) / 5)
        await world.restart()
    assert world.kinds() == []
    await world.advance(2)

    assert world.kinds()[:1] == ["card"]


@pytest.mark.parametrize("jump_h", [-1, 25])
async def test_clock_that_jumps_while_a_post_is_in_doubt_posts_nothing_twice(
    world: SlackWorld, jump_h: float
) -> None:
    world.slack.state.history_lag_s = 40
    world.slack.faults.add(POST, Fault("drop_after"))
    await world.asked()
    await world.advance(8)

    world.slack.state.now = _slacks_own(world, jump_h)
    world.clock.advance(jump_h * 3_600)
    await world.advance(LIFE_S)

    assert world.kinds().count("card") == 1


def _slacks_own(world: SlackWorld, jump_h: float):  # type: ignore[no-untyped-def]
    """Slack's clock does not jump with ours."""
    return lambda: (world.clock.now() - timedelta(hours=jump_h)).timestamp()


async def test_post_in_doubt_holds_up_nobody_else(world: SlackWorld) -> None:
    world.slack.add_channel("plans", members=["ana", "ben"])
    world.slack.faults.add(POST, Fault("drop_before"))
    history_is_down = Fault("status", 500, "<html>", "text/html")
    world.slack.faults.add("conversations.history", history_is_down, times=1_000)
    await world.asked()
    await world.asked("plans", "ben")

    await world.advance(300)

    assert world.kinds() == []
    assert world.kinds("plans")[:2] == ["card", "result"]


async def test_messages_in_doubt_that_have_to_wait_for_a_look_stay_due(world: SlackWorld) -> None:
    world.slack.faults.add(POST, Fault("drop_before"), times=5)
    slow_down = Fault("status", 429, '{"ok":false,"error":"ratelimited"}', headers=retry("60"))
    world.slack.faults.add("conversations.history", slow_down)
    jobs = [await world.asked() for _ in range(5)]
    began = world.clock.now()

    await world.advance(30)

    cards = sorted([(await world.store.deliveries.of(job.id))[0].due_at for job in jobs])
    assert world.slack.faults.used["conversations.history"] == 1
    assert all(due_at < began + timedelta(seconds=10) for due_at in cards[:4])
    assert cards[4] > began + timedelta(seconds=60)


async def test_slow_down_while_looking_only_delays_the_look(world: SlackWorld) -> None:
    world.slack.faults.add(POST, Fault("drop_after"))
    slow_down = Fault("status", 429, '{"ok":false,"error":"ratelimited"}', headers=retry("86400"))
    world.slack.faults.add("conversations.history", slow_down)
    await world.asked()

    await world.advance(LIFE_S)

    assert world.kinds()[:2] == ["card", "result"]


@pytest.mark.parametrize("shown_after_s", [0, 18, 60, 115])
async def test_file_that_is_shown_late_is_there_once(
    world: SlackWorld, shown_after_s: float
) -> None:
    world.slack.state.history_lag_s = shown_after_s
    world.slack.faults.add(SHARE, Fault("drop_after"))

    await world.asked()
    await world.advance(LIFE_S)

    assert world.kinds().count("mp4") == 1


async def test_share_that_never_arrived_is_repeated_after_two_minutes(world: SlackWorld) -> None:
    world.slack.faults.add(SHARE, Fault("drop_before"))

    await world.asked()
    await world.advance(LIFE_S)

    assert world.kinds().count("mp4") == 1
    assert world.calls("files.info") == 5
    assert world.calls("files.getUploadURLExternal") == 1


@pytest.mark.parametrize(
    "answer",
    [
        Fault("status_after", 500, '{"ok": false, "error": "fatal_error"}'),
        Fault("status_after", 200, '{"ok": false, "error": "internal_error"}'),
        Fault("status_after", 200, "<html>Something went wrong</html>", "text/html"),
        Fault("status_after", 502, "<html>Bad gateway</html>", "text/html"),
        Fault("status_after", 403, "<html>Forbidden</html>", "text/html"),
        Fault("status_after", 200, "[]"),
        Fault("status_after", 200, '{"ok": true}'),
    ],
    ids=["500", "internal error", "HTML 200", "HTML 502", "HTML 403", "a list", "no ts"],
)
async def test_success_with_a_broken_answer_is_there_once(world: SlackWorld, answer: Fault) -> None:
    world.slack.faults.add(POST, answer, times=2)

    await world.asked()
    await world.advance(LIFE_S)

    assert world.kinds() == ["card", "result", "mp4"]


async def test_refused_connection_is_no_doubt_and_goes_again_at_once(world: SlackWorld) -> None:
    there = world.threads
    async with slack_session() as session:
        nowhere = slack_client(world.slack.bot_token, f"http://127.0.0.1:{free_port()}/", session)
        world.threads = SlackWebThreads(nowhere)  # type: ignore[assignment]
        await world.restart()
        await world.asked()
        await world.advance(10)

        world.threads = there
        await world.restart()
        await world.advance(10)

    assert world.kinds()[:1] == ["card"]
    assert world.calls("conversations.history") == 0


# -- closed: a public channel that the bot is no member of ------------------------------------


async def test_channel_is_joined_before_anybody_looks(world: SlackWorld) -> None:
    world.slack.add_channel("plans", members=["ana"], bot_is_member=False)
    world.slack.faults.add(POST, Fault("drop_after"), times=2)

    await world.asked("plans")
    await world.advance(LIFE_S)

    assert world.kinds("plans") == ["card", "result", "mp4"]
    assert world.calls("conversations.join") == 1


@pytest.mark.parametrize(
    "code",
    [
        *("method_not_supported_for_channel_type", "is_archived", "missing_scope"),
        *("channel_is_limited_access", "not_in_channel"),
    ],
)
async def test_only_where_it_may_not_read_at_all_it_is_sent_again_and_logged(
    world: SlackWorld, logs: Logs, code: str
) -> None:
    world.slack.add_channel("plans", members=["ana"], bot_is_member=False)
    refused = Fault("status", 200, json.dumps({"ok": False, "error": code}))
    world.slack.faults.add("conversations.join", refused)
    world.slack.faults.add(POST, Fault("drop_after"))

    await world.asked("plans")
    await world.advance(30)

    assert world.kinds("plans")[:2] == ["card", "card"]
    assert [x["code"] for x in logs if x["event"] == "may be a repeat"] == [code]


# -- in a hurry: Retry-After ----------------------------------------------------------------


def retry(seconds: str) -> dict[str, str]:
    return {"Retry-After": seconds}


async def test_retry_after_zero_is_no_storm(world: SlackWorld) -> None:
    world.slack.limit_channel("general", "0", for_s=5)
    await world.asked()

    await world.advance(5)

    assert world.calls(POST) <= 6


async def test_retry_after_of_a_day_is_believed_for_ten_minutes(world: SlackWorld) -> None:
    world.slack.limit_channel("general", "86400", for_s=5)
    await world.asked()

    await world.advance(599)
    assert world.calls(POST) == 1
    await world.advance(2)

    assert world.kinds()[:1] == ["card"]


async def test_slow_down_of_one_channel_is_none_of_the_others(world: SlackWorld) -> None:
    world.slack.add_channel("plans", members=["ben"])
    world.slack.limit_channel("general", "300", for_s=300)
    for _ in range(3):
        await world.asked()
    await world.asked("plans", "ben")

    await world.advance(200)

    assert world.kinds() == []
    assert world.calls(POST) == 1 + len([k for k in world.kinds("plans") if k != "mp4"])
    assert world.kinds("plans")[:2] == ["card", "result"]


@pytest.mark.parametrize("seconds", ["0", "86400"])
async def test_slow_down_of_edits_delays_no_post(world: SlackWorld, seconds: str) -> None:
    slow_down = Fault("status", 429, '{"ok":false,"error":"ratelimited"}', headers=retry(seconds))
    world.slack.faults.add("chat.update", slow_down, times=10_000)

    await world.asked()
    await world.advance(300)

    assert world.kinds() == ["card", "result", "mp4"]
    assert 0 < world.slack.faults.used["chat.update"] <= 301


async def test_cards_that_have_to_wait_for_an_edit_stay_due(world: SlackWorld) -> None:
    jobs = [await world.asked() for _ in range(5)]
    await world.advance(1)
    slow_down = Fault("status", 429, '{"ok":false,"error":"ratelimited"}', headers=retry("60"))
    world.slack.faults.add("chat.update", slow_down)
    wished_at = world.clock.now()
    await world.store.deliveries.refresh_cards(wished_at, JobState.RENDERING)
    world.signals.deliver()

    await world.advance(30)

    cards = [(await world.store.deliveries.of(job.id))[0] for job in jobs]
    assert world.slack.faults.used["chat.update"] == 1
    waiting = sorted(card.due_at for card in cards if card.wanted > card.shown)
    assert waiting == [wished_at, wished_at, wished_at + timedelta(seconds=60)]


async def test_clock_put_back_by_a_day_leaves_nothing_waiting_for_it(world: SlackWorld) -> None:
    world.clock.advance(25 * 3_600)
    world.slack.limit_channel("general", "20", for_s=5)
    await world.asked()
    await world.advance(1)

    world.clock.advance(-25 * 3_600)
    world.slack.channel("general").limited_until = 0
    await world.restart()
    await world.advance(1)

    assert world.kinds()[:1] == ["card"]


# -- the words of November ---------------------------------------------------------------------


async def test_channel_that_cannot_be_joined_leads_to_the_direct_message_with_the_reason(
    world: SlackWorld,
) -> None:
    plans = world.slack.add_channel("plans", members=["ana"], bot_is_member=False)
    plans.is_limited_access = True
    world.slack.state.scopes -= {"chat:write.public"}

    await world.asked("plans")
    await world.advance(LIFE_S)

    assert world.kinds("plans") == []
    assert world.kinds("")[:2] == ["card", "result"]
    assert "Only some people and apps may join the channel" in world.sent("")[0].versions[0].text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("file_uploads_except_images_disabled", "takes pictures only"),
        ("file_type_not_allowed", "takes no files of this type"),
        ("max_file_sharing_exceeded", "shared in as many places as Slack allows"),
        ("file_share_limit_reached", "shares no more files"),
    ],
)
async def test_rule_against_the_video_leaves_its_picture_and_says_why_in_the_card(
    world: SlackWorld, code: str, words: str
) -> None:
    world.slack.state.refused_files["mp4"] = code

    await world.asked()
    await world.advance(LIFE_S)

    assert world.kinds() == ["card", "result", "png"]
    assert words in world.sent()[0].text


async def test_text_that_is_too_large_for_slack_costs_the_text_and_not_the_picture(
    world: SlackWorld,
) -> None:
    world.slack.state.refused_files["mp4"] = "file_type_not_allowed"
    too_large = Fault("status", 200, '{"ok": false, "error": "alt_txt_too_large"}')
    world.slack.faults.add("files.getUploadURLExternal", Fault("slow"))  # the video's own
    world.slack.faults.add("files.getUploadURLExternal", too_large)

    await world.asked()
    await world.advance(LIFE_S)

    assert world.kinds() == ["card", "result", "png"]
    assert world.sent()[2].files[0].alt_text == ""
