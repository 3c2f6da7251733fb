"""Links to messages are the ones Slack would give."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.domain.delivery.delivery import Delivery, DeliveryKind, DeliveryState
from bot.domain.job.pages import ListedJob
from bot.sandbox.slack.server import SlackSandbox
from bot.screens.permalinks import card_url, permalink
from bot.slack.client import slack_client, slack_session
from tests.builders import NOON, a_job

URL = "https://acme.slack.com/"
ROOT, REPLY = "1764000000.000100", "1764000000.000200"


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


def a_card(**fields: object) -> Delivery:
    values: dict[str, object] = {"channel_id": "C1", "message_ts": REPLY, **fields}
    return Delivery("job-1.card", "job-1", DeliveryKind.CARD, DeliveryState.POSTED, NOON, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_reply", [False, True])
async def test_link_is_what_slack_answers(slack: SlackSandbox, is_reply: bool) -> None:
    channel = slack.channel("general")
    root = slack.person("ana").say("Hello")
    message = slack.person("ana").say("Hi", thread_ts=root.ts) if is_reply else root
    session = slack_session()
    client = slack_client(slack.bot_token, slack.api_url, session)

    answer = await client.chat_getPermalink(channel=channel.id, message_ts=message.ts)
    await session.close()

    assert (
        permalink(f"{slack.url}/", channel.id, message.ts, message.thread_ts) == answer["permalink"]
    )


def test_card_in_a_thread_is_linked_in_it() -> None:
    listed = ListedJob(a_job(thread_ts=ROOT), a_card(), None)

    assert card_url(URL, listed) == (
        f"https://acme.slack.com/archives/C1/p1764000000000200?thread_ts={ROOT}&cid=C1"
    )


def test_card_that_opened_a_thread_elsewhere_is_linked_alone() -> None:
    listed = ListedJob(a_job(thread_ts=ROOT), a_card(channel_id="D1", detour="is_archived"), None)

    assert card_url(URL, listed) == "https://acme.slack.com/archives/D1/p1764000000000200"


@pytest.mark.parametrize("card", [None, a_card(message_ts=None)], ids=["none", "not posted"])
def test_job_without_a_posted_card_has_no_link(card: Delivery | None) -> None:
    assert card_url(URL, ListedJob(a_job(), card, None)) is None
