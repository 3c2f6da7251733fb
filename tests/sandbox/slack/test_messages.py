"""Posting, editing and reading messages in the Slack stand-in, through the real client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.world import a_button, actions, client_for, refusal, section


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


async def test_posted_message_stands_in_its_thread_with_filled_in_ids(slack: SlackSandbox) -> None:
    client, general = client_for(slack), slack.channel("general").id
    root = await client.chat_postMessage(channel=general, text="root", blocks=[section()])
    await client.chat_postMessage(channel=general, text="reply", thread_ts=root["ts"])

    thread = slack.thread(general, root["ts"])
    assert [message.text for message in thread] == ["root", "reply"]
    assert thread[0].blocks[0]["block_id"]
    assert root["message"]["bot_id"] == slack.state.bot_id


async def test_metadata_is_read_back_only_when_asked_for(slack: SlackSandbox) -> None:
    client, general = client_for(slack), slack.channel("general").id
    metadata = {"event_type": "video_job", "event_payload": {"delivery_id": "d1"}}
    root = await client.chat_postMessage(channel=general, text="root", metadata=metadata)
    silent = await client.conversations_history(channel=general)
    told = await client.conversations_replies(
        channel=general, ts=root["ts"], include_all_metadata=True
    )

    assert "metadata" not in silent["messages"][0]
    assert told["messages"][0]["metadata"] == metadata


async def test_history_is_newest_first_in_pages_without_replies(slack: SlackSandbox) -> None:
    client, general = client_for(slack), slack.channel("general").id
    first = await client.chat_postMessage(channel=general, text="one")
    await client.chat_postMessage(channel=general, text="hidden", thread_ts=first["ts"])
    await client.chat_postMessage(channel=general, text="two")
    page = await client.conversations_history(channel=general, limit=1)
    rest = await client.conversations_history(
        channel=general, cursor=page["response_metadata"]["next_cursor"]
    )

    assert [m["text"] for m in page["messages"]] == ["two"]
    assert [m["text"] for m in rest["messages"]] == ["one"]


async def test_edit_with_text_only_drops_blocks_and_keeps_metadata(slack: SlackSandbox) -> None:
    client, general = client_for(slack), slack.channel("general").id
    metadata = {"event_type": "video_job", "event_payload": {"delivery_id": "d1"}}
    posted = await client.chat_postMessage(
        channel=general, text="before", blocks=[section()], metadata=metadata
    )
    await client.chat_update(channel=general, ts=posted["ts"], text="after")

    message = slack.messages("general")[0]
    assert (message.text, message.blocks, message.metadata) == ("after", [], metadata)
    assert message.edits == 1
    assert [version.text for version in message.versions] == ["before", "after"]


async def test_text_past_the_limit_is_cut_when_posted(slack: SlackSandbox) -> None:
    await client_for(slack).chat_postMessage(channel=slack.channel("general").id, text="x" * 40_100)

    assert len(slack.messages("general")[0].text) == 40_000


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        pytest.param({"channel": "C0NOWHERE"}, "channel_not_found", id="unknown-channel"),
        pytest.param({"channel": "secret"}, "channel_not_found", id="private-not-a-member"),
        pytest.param({"channel": "old"}, "is_archived", id="archived"),
        pytest.param({"channel": "people"}, "channel_not_found", id="dm-between-people"),
        pytest.param({"text": ""}, "no_text", id="nothing-to-say"),
        pytest.param({"thread_ts": "1.000001"}, "cannot_reply_to_message", id="no-such-parent"),
        pytest.param({"blocks": [section()] * 51}, "invalid_blocks", id="51-blocks"),
        pytest.param({"blocks": [section("x" * 3001)]}, "invalid_blocks", id="long-section"),
        pytest.param(
            {"blocks": [section("x" * 2900) for _ in range(5)]},
            "msg_blocks_too_long",
            id="all-blocks-too-long",
        ),
        pytest.param(
            {"metadata": {"event_type": "x", "event_payload": {"a": {"b": {"c": 1}}}}},
            "invalid_metadata_schema",
            id="deep-metadata",
        ),
        pytest.param({"metadata": {"event_type": "x"}}, "invalid_metadata_format", id="half"),
        pytest.param(
            {"metadata": {"event_type": "x", "event_payload": {"a": "y" * 9000}}},
            "metadata_too_large",
            id="large-metadata",
        ),
    ],
)
async def test_post_that_slack_refuses(
    slack: SlackSandbox, fields: dict[str, Any], error: str
) -> None:
    slack.add_channel("secret", is_private=True, bot_is_member=False)
    slack.add_channel("old", is_archived=True)
    people = slack.state.direct_channel(slack.state.user("ana").id, slack.state.user("ben").id)
    named = {"secret", "old"}
    channel = fields.get("channel", "general")
    channel = people.id if channel == "people" else channel
    channel = slack.channel(channel).id if channel in named | {"general"} else channel
    wanted = {"text": "words", **fields, "channel": channel}
    body = await refusal(client_for(slack).api_call("chat.postMessage", json=wanted))

    assert body["error"] == error
    assert slack.calls[-1].error == error
    assert not slack.messages("general")


async def test_reply_to_a_reply_is_refused(slack: SlackSandbox) -> None:
    client, general = client_for(slack), slack.channel("general").id
    root = await client.chat_postMessage(channel=general, text="root")
    reply = await client.chat_postMessage(channel=general, text="reply", thread_ts=root["ts"])
    body = await refusal(
        client.chat_postMessage(channel=general, text="wrong", thread_ts=reply["ts"])
    )

    assert body["error"] == "cannot_reply_to_message"


async def test_post_in_public_channel_without_membership_needs_the_public_scope() -> None:
    async with SlackSandbox(scopes=["chat:write"]) as slack:
        away = slack.add_channel("away", bot_is_member=False)
        body = await refusal(client_for(slack).chat_postMessage(channel=away.id, text="hello"))

    assert body["error"] == "not_in_channel"


@pytest.mark.parametrize(
    ("whose", "fields", "error"),
    [
        pytest.param("bot", {"text": "x" * 4001}, "msg_too_long", id="long-text"),
        pytest.param("bot", {"ts": "1.000001"}, "message_not_found", id="unknown"),
        pytest.param("ana", {}, "cant_update_message", id="somebody-elses"),
        pytest.param("bot", {"text": ""}, "no_text", id="empty"),
    ],
)
async def test_edit_that_slack_refuses(
    slack: SlackSandbox, whose: str, fields: dict[str, Any], error: str
) -> None:
    author = slack.bot if whose == "bot" else slack.state.user(whose)
    message = slack.state.post(slack.channel("general"), author.id, "before")
    wanted = {"channel": message.channel_id, "ts": message.ts, "text": "after", **fields}
    body = await refusal(client_for(slack).api_call("chat.update", json=wanted))

    assert body["error"] == error
    assert message.text == "before"


@pytest.mark.parametrize(
    ("token", "error"),
    [
        pytest.param("", "not_authed", id="none"),
        pytest.param("xoxb-wrong", "invalid_auth", id="wrong"),
        pytest.param("xapp-sandbox", "not_allowed_token_type", id="app-token"),
    ],
)
async def test_call_with_a_bad_token(slack: SlackSandbox, token: str, error: str) -> None:
    body = await refusal(client_for(slack, token).auth_test())

    assert body["error"] == error
    assert not slack.calls[-1].authorized


async def test_missing_scope_names_what_is_needed_and_what_is_there() -> None:
    async with SlackSandbox(scopes=["commands"]) as slack:
        general = slack.channel("general").id
        body = await refusal(client_for(slack).chat_postMessage(channel=general, text="hello"))

    assert body == {
        "ok": False,
        "error": "missing_scope",
        "needed": "chat:write",
        "provided": "commands",
    }


async def test_join_open_and_ephemeral(slack: SlackSandbox) -> None:
    client, ana = client_for(slack), slack.state.user("ana")
    away = slack.add_channel("away", members=["ana"], bot_is_member=False)
    await client.conversations_join(channel=away.id)
    direct = await client.conversations_open(users=ana.id)
    await client.chat_postMessage(channel=direct["channel"]["id"], text="hello")
    await client.chat_postEphemeral(channel=away.id, user=ana.id, text="for you")

    assert slack.bot.id in away.members
    assert [message.text for message in slack.direct_messages("ana")] == ["hello"]
    assert [message.ephemeral_to for message in away.ephemerals] == [ana.id]
    assert not away.messages


async def test_fault_after_the_commit_leaves_the_message_and_breaks_the_answer(
    slack: SlackSandbox,
) -> None:
    slack.faults.add("chat.postMessage", Fault("drop_after"))
    slack.faults.add("chat.postMessage", Fault("drop_before"))
    client, general = client_for(slack), slack.channel("general").id
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=general, text="kept")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=general, text="lost")

    assert [message.text for message in slack.messages("general")] == ["kept"]


async def test_rate_limit_comes_with_retry_after(slack: SlackSandbox) -> None:
    limited = Fault(
        "status", 429, '{"ok":false,"error":"ratelimited"}', headers={"Retry-After": "7"}
    )
    slack.faults.add("chat.postMessage", limited)
    client, general = client_for(slack), slack.channel("general").id
    body = await refusal(client.chat_postMessage(channel=general, text="hello"))

    assert body["error"] == "ratelimited"
    assert not slack.messages("general")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        pytest.param({"type": "sparkle"}, "unsupported type of block: 'sparkle'", id="type"),
        pytest.param(section(colour="red"), "unknown field", id="unknown-key"),
        pytest.param(section(block_id="x" * 256), "must be less than 256", id="block-id"),
        pytest.param({"type": "section"}, "one of text and fields is required", id="bare"),
        pytest.param(actions(), "no fewer than 1 items", id="no-elements"),
        pytest.param(actions(*[a_button(f"b{n}") for n in range(26)]), "no more than 25", id="26"),
        pytest.param(actions(a_button(), a_button()), "`action_id` must be unique", id="twice"),
        pytest.param(
            actions(a_button(text={"type": "plain_text", "text": "x" * 76})),
            "must be less than 76 characters",
            id="button-text",
        ),
        pytest.param(actions(a_button(value="x" * 2001)), "less than 2001", id="button-value"),
        pytest.param(actions(a_button(url="x" * 3001)), "less than 3001", id="button-url"),
        pytest.param(
            actions(a_button(text={"type": "mrkdwn", "text": "x"})),
            "unsupported type of text: 'mrkdwn'",
            id="mrkdwn-button",
        ),
        pytest.param(
            {"type": "input", "label": {"type": "plain_text", "text": "x"}, "element": {}},
            "unsupported type of element",
            id="no-element-type",
        ),
        pytest.param({"type": "header", "text": section()["text"]}, "'mrkdwn'", id="header"),
        pytest.param("no dict", "must provide an object", id="string"),
    ],
)
async def test_block_that_slack_refuses(slack: SlackSandbox, block: Any, message: str) -> None:
    general = slack.channel("general").id
    body = await refusal(
        client_for(slack).chat_postMessage(channel=general, text="words", blocks=[block])
    )

    assert body["error"] == "invalid_blocks"
    assert any(message in line for line in body["response_metadata"]["messages"]), body
