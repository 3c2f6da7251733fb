"""A post of a replica that works no more: it is stopped right before it leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import SlackOutcomeUnknown, SlackUnavailable
from bot.sandbox.slack.server import SlackSandbox
from bot.slack.client import slack_client, slack_session
from bot.slack.threads import SlackWebThreads
from bot.slack.uploads import SlackWebUploads
from tests.slack.builders import a_notice


class Leadership:
    is_leading = True


@pytest.fixture
def leadership() -> Leadership:
    return Leadership()


@pytest.fixture
async def client(slack: SlackSandbox, leadership: Leadership) -> AsyncIterator[AsyncWebClient]:
    async with slack_session(lambda: leadership.is_leading) as session:
        yield slack_client(slack.bot_token, slack.api_url, session)


@pytest.mark.parametrize("is_connected", [True, False])
async def test_message_of_who_works_no_more_never_arrives(
    slack: SlackSandbox, client: AsyncWebClient, leadership: Leadership, is_connected: bool
) -> None:
    if is_connected:
        await client.auth_test()
    before = len(slack.calls)
    leadership.is_leading = False

    with pytest.raises(SlackUnavailable) as caught:
        await SlackWebThreads(client).post(slack.channel("general").id, None, a_notice())

    assert caught.value.code == "lease_lost"
    assert len(slack.calls) == before
    assert slack.messages("general") == []


async def test_file_of_who_works_no_more_is_not_shared(
    slack: SlackSandbox, client: AsyncWebClient, leadership: Leadership
) -> None:
    uploads = SlackWebUploads(client)
    leadership.is_leading = False

    with pytest.raises(SlackUnavailable, match="lease_lost"):
        await uploads.share("F1", slack.channel("general").id, None)

    assert not slack.calls
    await uploads.close()


async def test_who_works_no_more_may_still_ask(
    client: AsyncWebClient, leadership: Leadership
) -> None:
    leadership.is_leading = False

    assert (await client.auth_test())["ok"]


async def test_message_leaves_once_this_replica_works_again(
    slack: SlackSandbox, client: AsyncWebClient, leadership: Leadership
) -> None:
    threads, channel_id = SlackWebThreads(client), slack.channel("general").id
    leadership.is_leading = False
    with pytest.raises(SlackUnavailable):
        await threads.post(channel_id, None, a_notice())
    leadership.is_leading = True

    posted = await threads.post(channel_id, None, a_notice())

    assert [message.ts for message in slack.messages("general")] == [posted.ts]


async def test_late_edit_of_who_works_no_more_does_not_show_what_was_true_before(
    slack: SlackSandbox, client: AsyncWebClient, leadership: Leadership
) -> None:
    threads, channel_id = SlackWebThreads(client), slack.channel("general").id
    posted = await threads.post(channel_id, None, a_notice())
    before = len(slack.calls)
    leadership.is_leading = False

    with pytest.raises(SlackUnavailable, match="lease_lost"):
        await threads.update(channel_id, posted.ts, a_notice())

    assert len(slack.calls) == before


async def test_message_does_not_leave_that_was_overtaken_with_its_connection_in_hand(
    slack: SlackSandbox,
) -> None:
    """A process that is paused between the two: what it wakes up with is stale."""
    answers = iter([True, False])
    async with slack_session(lambda: next(answers)) as session:
        threads = SlackWebThreads(slack_client(slack.bot_token, slack.api_url, session))

        with pytest.raises(SlackOutcomeUnknown):
            await threads.post(slack.channel("general").id, None, a_notice())

    assert list(answers) == []
    assert slack.messages("general") == []
    assert not slack.calls
