"""Who asked, by any payload, however odd."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.faults import Fault
from bot.screens.language import language_of
from bot.slack.client import slack_client, slack_session
from handlers.recipients import Recipient, Request, asker_of
from tests.handlers.listening import ListeningBot

MESSAGE = {"type": "message", "user": "U1", "channel": "C1", "thread_ts": "1.0"}
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


def event(**fields: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event": {**MESSAGE, **fields}}


@pytest.mark.parametrize(
    ("body", "recipient"),
    [
        pytest.param(
            {"command": "/video", "user_id": "U1", "response_url": "u", "trigger_id": "t"},
            Recipient(Request.COMMAND, "U1", "u", "t"),
            id="command",
        ),
        pytest.param(
            {"type": "block_actions", "user": {"id": "U1"}, "view": {"type": "modal"}},
            Recipient(Request.ACTIONS, "U1", is_in_modal=True),
            id="button in a modal",
        ),
        pytest.param(
            {"type": "block_actions", "user": {"id": "U1"}, "view": {"type": "home"}},
            Recipient(Request.ACTIONS, "U1"),
            id="button in the Home tab",
        ),
        pytest.param(
            {
                "type": "view_submission",
                "user": {"id": "U1"},
                "view": {"blocks": [{"type": "section"}, {"type": "input", "block_id": "prompt"}]},
            },
            Recipient(Request.VIEW_SUBMISSION, "U1", input_block_id="prompt"),
            id="submitted form",
        ),
        pytest.param(
            event(),
            Recipient(Request.EVENT, "U1", channel_id="C1", thread_ts="1.0"),
            id="message",
        ),
        pytest.param(
            event(bot_id="B1"),
            Recipient(Request.EVENT, channel_id="C1", thread_ts="1.0"),
            id="message of an app",
        ),
        pytest.param({"type": "made_up_later"}, Recipient(Request.OTHER), id="unknown"),
    ],
)
def test_payload_tells_who_asked_and_how_to_answer(
    body: dict[str, Any], recipient: Recipient
) -> None:
    assert asker_of(body) == recipient


@given(st.dictionaries(st.sampled_from(["type", "user", "user_id", "event", "command"]), json))
def test_any_payload_has_a_recipient(body: dict[str, Any]) -> None:
    assert isinstance(asker_of(body), Recipient)


async def test_way_that_fails_is_followed_by_the_next(bot: ListeningBot) -> None:
    ana, general = bot.ana.user, bot.slack.channel("general")
    bot.slack.faults.add("chat.postEphemeral", Fault("status", 503))
    recipient = Recipient(Request.EVENT, user_id=ana.id, channel_id=general.id)

    async with slack_session() as session:
        client = slack_client(bot.slack.bot_token, bot.slack.api_url, session)
        await recipient.tell(client, "No video today.", language_of(""))

    assert "No video today." in [message.text for message in bot.slack.direct_messages(ana)]
