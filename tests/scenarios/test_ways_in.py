"""Every way to a video beside /video: shortcuts, mentions, direct messages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import texts
from bot.sandbox.faults import Fault
from bot.sandbox.media import media_path
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.payloads import event
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Message, SlackFile, View
from bot.screens import ids
from tests.scenarios.sandbox_world import World

WORDS = "A welcome for <new> colleagues & friends"


async def form(world: World, person: Person | None = None) -> View:
    """The form once it is there, after a moment of loading if need be."""
    view = await (person or world.ana).wait_for_view()
    return await world.slack.wait_for(
        lambda: view if view.callback_id == ids.VIDEO_COMPOSER else None, 3.0, "the form"
    )


def prompt_in(view: View) -> str:
    block = next(b for b in view.blocks if b["block_id"] == ids.PROMPT)
    return str(block["element"].get("initial_value", ""))


def says(view: View, words: str) -> bool:
    return words in str(view.blocks)


def buttons_of(message: Message) -> list[str]:
    rows = (b["elements"] for b in message.blocks if b["type"] == "actions")
    return [element["action_id"] for row in rows for element in row]


def answers(world: World, channel: Any = "general") -> list[Message]:
    """The bot's messages that offer the form."""
    return [m for m in world.slack.messages(channel) if ids.OPEN_DRAFT in buttons_of(m)]


async def answer(
    world: World, channel: Any = "general", *, after: Message | None = None
) -> Message:
    """The bot's first answer after this message."""

    def look() -> Message | None:
        found = (m for m in answers(world, channel) if after is None or m.ts > after.ts)
        return next(found, None)

    return await world.slack.wait_for(look, 5.0, "an answer with a button")


async def mention(
    world: World, text: str = WORDS, *, files: Sequence[SlackFile] = (), thread_ts: Any = None
) -> tuple[Message, Message]:
    """(what Ana wrote, what the bot answered)."""
    given = await world.ana.mention(text, thread_ts=thread_ts, files=files)
    assert given.ok
    assert given.message is not None
    return given.message, await answer(world, after=given.message)


async def result_in(world: World, thread_ts: str, channel: Any = "general") -> Message:
    def look() -> Message | None:
        thread = world.slack.thread(channel, thread_ts)
        return next((m for m in thread if "is ready" in m.text), None)

    return await world.slack.wait_for(look, 5.0, "a result in the thread")


def sent_prompt(world: World) -> str:
    (session,) = world.heygen.sessions.values()
    return session.prompt


# -- “Make a video of this” on a message


async def test_video_of_a_message_has_its_words_and_files_and_comes_to_its_thread(
    either_world: World,
) -> None:
    world = either_world
    pdf = await world.ana.upload(media_path("brief.pdf"))
    message = world.slack.person("ben").say(WORDS, files=[pdf])

    assert (await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)).ok
    view = await form(world)
    assert prompt_in(view) == WORDS
    assert says(view, "brief.pdf")
    assert says(view, texts.GOES_TO_THREAD)
    assert (await world.ana.submit(view)).ok

    result = await result_in(world, message.ts)
    assert f"<@{world.ana.user.id}>" in result.text
    assert WORDS in sent_prompt(world)
    (asset,) = world.heygen.assets.values()
    assert asset.sha256 == hashlib.sha256(media_path("brief.pdf").read_bytes()).hexdigest()


async def test_file_of_a_message_may_be_larger_than_a_form_s(world: World) -> None:
    large = b"%PDF-1.7\n" + bytes(11_000_000) + b"\n%%EOF\n"
    pdf = world.slack.add_file(world.ana.user, name="large.pdf", content=large)
    message = world.ana.say(WORDS, files=[pdf])

    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)
    await world.ana.submit(await form(world))

    await result_in(world, message.ts)
    (asset,) = world.heygen.assets.values()
    assert asset.sha256 == hashlib.sha256(large).hexdigest()


async def test_video_of_a_reply_comes_to_the_thread_it_stands_in(world: World) -> None:
    root = world.ana.say("Any ideas?")
    reply = world.ana.say(WORDS, thread_ts=root.ts)

    await world.ana.message_shortcut(reply, ids.VIDEO_FROM_MESSAGE)
    await world.ana.submit(await form(world))

    await result_in(world, root.ts)


async def test_video_of_an_app_s_message_takes_the_words_of_its_blocks(world: World) -> None:
    channel = world.slack.channel("general")
    text = {"type": "mrkdwn", "text": "Release *3* is out &amp; <https://a.example|here>"}
    blocks = [{"type": "section", "block_id": "b", "text": text}]
    message = world.slack.state.post(channel, "U0OTHERAPP", "", blocks=blocks, bot_id="B0OTHER")

    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)

    assert prompt_in(await form(world)) == "Release *3* is out & here (https://a.example)"


async def test_people_in_a_message_go_by_their_names(world: World) -> None:
    ben = world.slack.person("ben")
    text = f"Thank <@{ben.user.id}> and <@U0NOBODY>"
    message = world.slack.state.post(world.slack.channel("general"), world.ana.user.id, text)

    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)

    assert prompt_in(await form(world)) == "Thank @Ben and @someone"


async def test_message_in_a_private_channel_without_the_bot_leads_to_a_direct_message(
    world: World,
) -> None:
    hidden = world.slack.add_channel(
        "hidden", is_private=True, members=["ana"], bot_is_member=False
    )
    message = world.ana.say(WORDS, hidden)

    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)
    await world.ana.submit(await form(world))

    await world.direct_message("is ready")
    assert [m.ts for m in world.slack.messages(hidden)] == [message.ts]


async def test_message_between_two_people_leads_to_the_requester_s_own_direct_messages(
    world: World,
) -> None:
    ben = world.slack.person("ben")
    private = world.slack.state.direct_channel(world.ana.user.id, ben.user.id)
    message = ben.say(WORDS, private)

    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)
    view = await form(world)
    assert says(view, texts.FIELD_CHANNEL_HINT_DM)
    await world.ana.submit(view)

    await world.direct_message("is ready")
    assert [m.ts for m in private.messages] == [message.ts]


async def test_message_to_the_bot_keeps_its_own_thread(world: World) -> None:
    own = world.slack.state.direct_channel(world.slack.bot.id, world.ana.user.id)
    message = world.ana.say(WORDS, own)

    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)
    await world.ana.submit(await form(world))

    await result_in(world, message.ts, own)


async def test_form_that_does_not_open_is_told_beside_the_message(world: World) -> None:
    refused = Fault("status", 200, '{"ok": false, "error": "expired_trigger_id"}')
    world.slack.faults.add("views.open", refused, times=2)
    message = world.ana.say(WORDS)

    await world.ana.message_shortcut(message, ids.VIDEO_FROM_MESSAGE)

    told = await world.message(lambda m: m.text == texts.FORM_NOT_OPENED)
    assert told.ephemeral_to == world.ana.user.id


# -- “New video” from anywhere


async def test_new_video_from_anywhere_comes_to_the_direct_messages(either_world: World) -> None:
    world = either_world
    assert (await world.ana.global_shortcut(ids.NEW_VIDEO)).ok

    await world.ana.submit(await form(world), {ids.PROMPT: WORDS})

    await world.direct_message("is ready")


async def test_new_video_from_anywhere_may_go_to_a_channel(world: World) -> None:
    await world.ana.global_shortcut(ids.NEW_VIDEO)

    channel = world.slack.channel("general").id
    await world.ana.submit(await form(world), {ids.PROMPT: WORDS, ids.CHANNEL: channel})

    await world.result()


# -- @bot


async def test_mention_is_answered_in_its_thread_and_starts_nothing(either_world: World) -> None:
    world = either_world
    said, answered = await mention(world)

    assert answered.thread_ts == said.ts
    assert buttons_of(answered) == [ids.OPEN_DRAFT]
    assert "Nothing is made yet" in answered.text
    assert await world.bot.store.jobs.recent(9) == []


async def test_button_under_a_mention_opens_the_form_for_that_thread(world: World) -> None:
    logo = await world.ana.upload(media_path("logo.png"))
    said, answered = await mention(world, files=[logo])

    assert (await world.ana.click(answered, ids.OPEN_DRAFT)).ok
    view = await form(world)
    assert prompt_in(view) == WORDS
    assert says(view, "logo.png")
    await world.ana.submit(view)

    await result_in(world, said.ts)
    assert [asset.mime_type for asset in world.heygen.assets.values()] == ["image/png"]


async def test_mention_in_a_thread_is_answered_there(world: World) -> None:
    root = world.ana.say("Any ideas?")
    _, answered = await mention(world, thread_ts=root.ts)

    await world.ana.click(answered, ids.OPEN_DRAFT)
    await world.ana.submit(await form(world))

    assert answered.thread_ts == root.ts
    await result_in(world, root.ts)


async def test_whoever_presses_the_button_is_the_requester(world: World) -> None:
    _, answered = await mention(world)
    ben = world.slack.person("ben")

    await ben.click(answered, ids.OPEN_DRAFT)
    await ben.submit(await form(world, ben))

    result = await world.result()
    assert f"<@{ben.user.id}>" in result.text


async def test_whoever_presses_the_button_is_offered_their_own_last_choices(world: World) -> None:
    await world.ask(orientation="portrait")
    await world.result()
    _, answered = await mention(world)
    ben = world.slack.person("ben")

    await ben.click(answered, ids.OPEN_DRAFT)

    (shape,) = [b for b in (await form(world, ben)).blocks if b["block_id"] == ids.ORIENTATION]
    assert shape["element"]["initial_option"]["value"] == "landscape"


async def test_mention_delivered_again_is_answered_once(either_world: World) -> None:
    world = either_world
    given = await world.ana.mention(WORDS)
    await answer(world)

    for retry in (1, 2, 3):
        assert (await world.ana.deliver_again(given, retry_num=retry)).ok
    await world.ana.mention("Another")
    await world.slack.wait_for(lambda: answers(world)[1:] or None, 5.0, "the second answer")

    assert len(answers(world)) == 2


async def test_empty_mention_is_told_what_to_do(world: World) -> None:
    _, answered = await mention(world, "")

    assert answered.text == texts.MENTION_EMPTY
    assert buttons_of(answered) == [ids.OPEN_DRAFT]


async def test_mention_in_a_shared_channel_is_nothing_for_outsiders(world: World) -> None:
    stranger = world.slack.add_user("stranger")
    stranger.team_id = "T0OTHER"
    outsider = world.slack.person("stranger")
    _, answered = await mention(world)

    await outsider.click(answered, ids.OPEN_DRAFT)

    told = await outsider.wait_for_message("general", lambda m: texts.OUTSIDER in m.text)
    assert told.ephemeral_to == stranger.id
    assert outsider.top_view is None


async def test_button_older_than_a_week_says_so(world: World) -> None:
    _, answered = await mention(world)
    blocks = [dict(block) for block in answered.blocks]
    blocks[-1] = {**blocks[-1], "elements": [{**blocks[-1]["elements"][0], "value": "forgotten"}]}
    old = replace(answered, blocks=blocks)
    world.slack.messages("general").append(old)

    await world.ana.click(old, ids.OPEN_DRAFT)

    told = await world.message(lambda m: m.text == texts.DRAFT_GONE)
    assert told.ephemeral_to == world.ana.user.id


async def test_rate_limit_of_slack_delays_the_answer(world: World) -> None:
    limited = Fault("status", 429, "{}", headers={"Retry-After": "0"})
    world.slack.faults.add("chat.postMessage", limited)

    await mention(world)

    assert len(answers(world)) == 1


async def test_answer_whose_fate_is_unknown_is_not_posted_twice(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault("drop_after"))

    await mention(world)
    told = await world.message(lambda m: m.ephemeral_to == world.ana.user.id)

    assert "Slack" in told.text
    assert len(answers(world)) == 1


async def test_thread_that_takes_no_replies_is_answered_directly(world: World) -> None:
    refused = Fault("status", 200, '{"ok": false, "error": "restricted_action_thread_locked"}')
    world.slack.faults.add("chat.postMessage", refused)
    await world.ana.mention(WORDS)

    answered = await world.direct_message("Nothing is made yet")

    await world.ana.click(answered, ids.OPEN_DRAFT)
    assert prompt_in(await form(world)) == WORDS


APPS_OWN = {"type": "app_mention", "bot_id": "B0OTHER", "user": "U0OTHER", "text": "<@U0> hello"}
EDITED = {"type": "message", "subtype": "message_changed", "channel_type": "im", "hidden": True}
DELETED = {"type": "message", "subtype": "message_deleted", "channel_type": "im", "hidden": True}
JOINED = {"type": "message", "subtype": "channel_join", "channel_type": "im", "user": "U0"}
ELSEWHERE = {"type": "message", "channel_type": "channel", "user": "U0", "text": "hello"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(APPS_OWN, id="another app"),
        pytest.param(EDITED, id="edit"),
        pytest.param(DELETED, id="deletion"),
        pytest.param(JOINED, id="somebody joined"),
        pytest.param(ELSEWHERE, id="message in a channel"),
    ],
)
async def test_what_no_person_wrote_to_the_bot_is_not_answered(
    world: World, body: dict[str, Any]
) -> None:
    state, channel = world.slack.state, world.slack.channel("general")
    message = state.post(channel, "U0OTHER", "hello", bot_id="B0OTHER")
    where = {"channel": channel.id, "ts": message.ts, "event_ts": message.ts}

    given = await world.slack.courier.deliver(
        Delivery("events_api", event(state, {**body, **where}))
    )
    said, _ = await mention(world)

    assert given.ok
    assert [m.thread_ts for m in answers(world)] == [said.ts]
    assert world.slack.direct_messages(world.ana.user) == []


# -- direct messages


async def test_words_to_the_bot_lead_to_a_video_in_the_same_conversation(
    either_world: World,
) -> None:
    world = either_world
    own = world.slack.state.direct_channel(world.slack.bot.id, world.ana.user.id)
    logo = await world.ana.upload(media_path("logo.png"))
    given = await world.ana.dm(WORDS, files=[logo])

    assert given.ok
    answered = await answer(world, own)
    assert answered.thread_ts is None
    await world.ana.click(answered, ids.OPEN_DRAFT)
    view = await form(world)
    assert (prompt_in(view), says(view, "logo.png")) == (WORDS, True)
    await world.ana.submit(view)

    result = await world.direct_message("is ready")
    card = next(m for m in own.messages if m.ts == result.thread_ts)
    assert "Video for" in card.text
    assert "comes as a direct message because" not in card.text


async def test_file_alone_to_the_bot_is_answered(world: World) -> None:
    own = world.slack.state.direct_channel(world.slack.bot.id, world.ana.user.id)
    script = world.slack.add_file(world.ana.user, name="script.txt", content=b"Welcome, all of you")

    await world.ana.dm("", files=[script])

    answered = await answer(world, own)
    assert answered.text == texts.MENTION_ANSWER
