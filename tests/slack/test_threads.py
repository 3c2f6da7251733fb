from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.delivery.delivery import DeliveryKind
from bot.domain.delivery.notice import Notice
from bot.domain.errors import SlackBusy, SlackOutcomeUnknown, SlackRefused, SlackUnavailable
from bot.domain.job.job import JobState
from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.screens.messages import message_of, metadata_of
from bot.slack import threads as threads_module
from bot.slack.client import slack_client, slack_session
from bot.slack.threads import SlackWebThreads
from tests.slack.builders import MESSAGES, a_job, a_notice

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def refusal(code: str) -> Fault:
    return Fault("status", 200, json.dumps({"ok": False, "error": code}))


def general(slack: SlackSandbox) -> str:
    return slack.channel("general").id


def bots(slack: SlackSandbox) -> list[Any]:
    return [m for m in slack.messages("general") if m.user_id == slack.bot.id]


@pytest.mark.parametrize("kind", MESSAGES)
async def test_posted_message_carries_text_blocks_metadata_and_mark(
    slack: SlackSandbox, threads: SlackWebThreads, kind: DeliveryKind
) -> None:
    notice = a_notice(kind)

    posted = await threads.post(general(slack), None, notice)

    [message] = bots(slack)
    assert (posted.channel_id, posted.ts) == (general(slack), message.ts)
    assert message.text == message_of(notice)["text"]
    assert message.blocks[0]["block_id"] == f"delivery:{notice.delivery_id}"
    assert message.metadata == metadata_of(notice)


async def test_post_asks_for_no_previews_and_links_no_names(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    await threads.post(general(slack), None, a_notice())

    params = slack.calls[-1].params
    assert params["unfurl_links"] is False
    assert params["unfurl_media"] is False
    assert not {"link_names", "parse"} & set(params)


async def test_reply_lands_in_its_thread(slack: SlackSandbox, threads: SlackWebThreads) -> None:
    card = await threads.post(general(slack), None, a_notice())

    await threads.post(general(slack), card.ts, a_notice(DeliveryKind.RESULT))

    assert len(slack.thread(general(slack), card.ts)) == 2


async def test_edit_shows_the_new_state_under_a_new_block_id_and_keeps_the_metadata(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    notice = a_notice()
    card = await threads.post(general(slack), None, notice)
    later = replace(notice, job=a_job(state=JobState.RENDERING, progress=40))

    await threads.update(card.channel_id, card.ts, later)

    [message] = bots(slack)
    assert "40 percent" in message.text
    assert message.blocks[0]["block_id"].startswith(f"delivery:{notice.delivery_id}:")
    assert message.metadata == metadata_of(notice)
    assert not message.edited_mark


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "status_after"])
async def test_lost_answer_of_a_post_is_not_sent_again(
    slack: SlackSandbox, threads: SlackWebThreads, kind: Any
) -> None:
    slack.faults.add("chat.postMessage", Fault(kind, 503))

    with pytest.raises(SlackOutcomeUnknown):
        await threads.post(general(slack), None, a_notice())

    assert len(bots(slack)) == (0 if kind == "drop_before" else 1)


async def test_client_that_repeats_by_itself_is_refused(slack: SlackSandbox) -> None:
    with pytest.raises(ValueError, match="slack_client"):
        SlackWebThreads(AsyncWebClient(token="xoxb-t", base_url=slack.api_url))


async def test_rate_limit_is_handed_on_without_a_second_try(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    slack.faults.add("chat.postMessage", Fault("status", 429, "{}", headers={"Retry-After": "5"}))

    with pytest.raises(SlackBusy) as caught:
        await threads.post(general(slack), None, a_notice())

    assert caught.value.retry_after_s == 5
    assert bots(slack) == []


@pytest.mark.parametrize("code", ["metadata_too_large", "invalid_metadata_schema"])
async def test_refused_metadata_is_left_out_and_the_mark_stays(
    slack: SlackSandbox, threads: SlackWebThreads, code: str
) -> None:
    slack.faults.add("chat.postMessage", refusal(code))
    notice = a_notice()

    await threads.post(general(slack), None, notice)

    [message] = bots(slack)
    assert message.metadata is None
    assert await threads.find(general(slack), None, notice.delivery_id, LONG_AGO)


@pytest.mark.parametrize("code", ["msg_too_long", "invalid_blocks", "msg_blocks_too_long"])
async def test_refused_blocks_become_one_short_section_with_the_mark(
    slack: SlackSandbox, threads: SlackWebThreads, code: str
) -> None:
    slack.faults.add("chat.postMessage", refusal(code))
    notice = a_notice()

    await threads.post(general(slack), None, notice)

    [message] = bots(slack)
    assert [block["block_id"] for block in message.blocks] == [f"delivery:{notice.delivery_id}"]


async def test_short_message_refused_too_is_not_tried_a_third_time(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    slack.faults.add("chat.postMessage", refusal("invalid_blocks"), times=2)

    with pytest.raises(SlackRefused, match="invalid_blocks"):
        await threads.post(general(slack), None, a_notice())

    assert bots(slack) == []


async def test_edit_refused_for_its_length_becomes_short(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    card = await threads.post(general(slack), None, a_notice())
    slack.faults.add("chat.update", refusal("msg_too_long"))

    await threads.update(card.channel_id, card.ts, a_notice())

    assert len(bots(slack)[0].blocks) == 1


async def test_edit_with_a_lost_answer_may_be_repeated(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    card = await threads.post(general(slack), None, a_notice())
    slack.faults.add("chat.update", Fault("drop_after"))

    with pytest.raises(SlackUnavailable):
        await threads.update(card.channel_id, card.ts, a_notice())


@pytest.mark.parametrize(
    ("channel", "code"),
    [("archive", "is_archived"), ("secret", "channel_not_found"), ("nowhere", "channel_not_found")],
)
async def test_nowhere_to_post_is_a_refusal_with_slacks_word(
    slack: SlackSandbox, threads: SlackWebThreads, channel: str, code: str
) -> None:
    slack.add_channel("archive", is_archived=True)
    slack.add_channel("secret", is_private=True, bot_is_member=False)
    ids = {c.name: c.id for c in slack.channels.values()}

    with pytest.raises(SlackRefused) as caught:
        await threads.post(ids.get(channel, "C0NOWHERE"), None, a_notice())

    assert caught.value.code == code


# -- finding what is already there


@pytest.mark.parametrize("in_thread", [False, True], ids=["in the channel", "in a thread"])
@pytest.mark.parametrize("with_metadata", [True, False], ids=["by metadata", "by the block id"])
async def test_message_whose_answer_was_lost_is_found_again(
    slack: SlackSandbox, threads: SlackWebThreads, in_thread: bool, with_metadata: bool
) -> None:
    root = await threads.post(general(slack), None, a_notice(delivery_id="other.card"))
    thread_ts = root.ts if in_thread else None
    notice = a_notice(DeliveryKind.RESULT)
    slack.faults.add("chat.postMessage", Fault("drop_after"))
    with pytest.raises(SlackOutcomeUnknown):
        await threads.post(general(slack), thread_ts, notice)
    sent = bots(slack)[-1]
    if with_metadata:
        sent.blocks = []
    else:
        sent.metadata = None

    found = await threads.find(general(slack), thread_ts, notice.delivery_id, LONG_AGO)

    assert found is not None
    assert found.ts == sent.ts


async def test_nothing_is_found_of_a_delivery_never_posted(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    card = await threads.post(general(slack), None, a_notice())

    assert await threads.find(general(slack), None, "job-1.result", LONG_AGO) is None
    assert await threads.find(general(slack), card.ts, "job-1.result", LONG_AGO) is None


async def test_somebody_elses_message_with_our_mark_is_not_ours(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    notice = a_notice()
    ana = slack.state.user("ana")
    blocks = message_of(notice)["blocks"]
    slack.state.post(slack.channel("general"), ana.id, "hi", blocks=blocks)

    assert await threads.find(general(slack), None, notice.delivery_id, LONG_AGO) is None


@pytest.mark.parametrize("ahead_h", [-25, 0, 1, 25])
@pytest.mark.parametrize("in_thread", [False, True], ids=["in the channel", "in a thread"])
async def test_message_is_found_whatever_our_clock_says(
    slack: SlackSandbox, threads: SlackWebThreads, in_thread: bool, ahead_h: int
) -> None:
    root = await threads.post(general(slack), None, a_notice(delivery_id="other.card"))
    thread_ts = root.ts if in_thread else None
    notice = a_notice(DeliveryKind.RESULT)
    sent = await threads.post(general(slack), thread_ts, notice)

    since = datetime.now(UTC) + timedelta(hours=ahead_h)

    assert await threads.find(general(slack), thread_ts, notice.delivery_id, since) == sent


async def test_search_in_a_busy_channel_ends_where_it_began(
    slack: SlackSandbox, threads: SlackWebThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads_module, "PAGE_SIZE", 2)
    for n in range(9):
        slack.state.post(slack.channel("general"), slack.state.user("ana").id, f"{n}")
    since = datetime.now(UTC) + timedelta(seconds=70)

    assert await threads.find(general(slack), None, "job-1.card", since) is None

    asked = [call for call in slack.calls if call.method == "conversations.history"]
    assert len(asked) == 1


async def test_long_thread_is_read_from_where_the_request_began(
    slack: SlackSandbox, threads: SlackWebThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, channel = slack.state.user("ana").id, slack.channel("general")
    monkeypatch.setattr(threads_module, "PAGE_SIZE", 2)
    monkeypatch.setattr(threads_module, "LOOK_BACK", timedelta(0))
    root = slack.state.post(channel, ana, "root")
    for n in range(11):
        slack.state.post(channel, ana, f"{n}", thread_ts=root.ts)
    since = datetime.fromtimestamp(float(channel.messages[-1].ts), UTC)
    notice = a_notice(DeliveryKind.RESULT)
    sent = await threads.post(general(slack), root.ts, notice)

    assert await threads.find(general(slack), root.ts, notice.delivery_id, since) == sent


async def test_later_pages_are_read_and_their_number_is_limited(
    slack: SlackSandbox, threads: SlackWebThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads_module, "PAGE_SIZE", 2)
    first = await threads.post(general(slack), None, a_notice())
    for n in range(9):
        slack.state.post(slack.channel("general"), slack.state.user("ana").id, f"{n}")

    assert await threads.find(general(slack), None, "job-1.card", LONG_AGO) == first
    slack.state.post(slack.channel("general"), slack.state.user("ana").id, "one more")
    with pytest.raises(SlackRefused, match="history_too_long"):
        await threads.find(general(slack), None, "job-1.card", LONG_AGO)


async def test_bot_that_may_not_read_history_is_told_so() -> None:
    async with SlackSandbox(scopes=["chat:write"]) as slack, slack_session() as session:
        threads = SlackWebThreads(slack_client(slack.bot_token, slack.api_url, session))

        with pytest.raises(SlackRefused) as caught:
            await threads.find(general(slack), None, "job-1.card", LONG_AGO)

    assert caught.value.code == "missing_scope"
    assert "channels:history" in caught.value.hint


# -- places


async def test_public_channel_can_be_joined_and_a_private_one_not(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    public = slack.add_channel("plans", bot_is_member=False)
    private = slack.add_channel("secret", is_private=True)

    await threads.join(public.id)

    assert slack.bot.id in public.members
    with pytest.raises(SlackRefused, match="method_not_supported"):
        await threads.join(private.id)


async def test_direct_message_opens_and_takes_the_result_with_its_reason(
    slack: SlackSandbox, threads: SlackWebThreads
) -> None:
    ana = slack.state.user("ana")
    notice: Notice = a_notice(DeliveryKind.RESULT, detour="is_archived")

    dm = await threads.open_dm(ana.id)
    await threads.post(dm, None, notice)

    [message] = slack.direct_messages("ana")
    assert "The channel is archived" in message.text
    with pytest.raises(SlackRefused, match="user_not_found"):
        await threads.open_dm("U0NOBODY")
