"""The app is removed, its tokens are revoked, it is installed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.oauth_world import InstalledBot, installable
from tests.sandbox.slack.world import client_for, refusal


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(installed=False) as slack:
        yield slack


@pytest.fixture
async def bot(slack: SlackSandbox, tmp_path: Path) -> AsyncIterator[InstalledBot]:
    async with installable(slack, tmp_path) as bot:
        await slack.person("ana").install(bot.install_url)
        yield bot


async def word_for(slack: SlackSandbox, token: str) -> str:
    """What Slack says of this token; "" of a good one."""
    try:
        await client_for(slack, token).auth_test()
    except SlackApiError as error:
        return str(error.response["error"])
    return ""


async def test_uninstalling_is_told_and_ends_the_token(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    token = slack.bot_token
    answers = await slack.uninstall()

    assert all(answer.ok for answer in answers)
    events = [answer.delivery.payload for answer in answers]
    assert [body["event"]["type"] for body in events] == ["app_uninstalled", "tokens_revoked"]
    assert events[1]["event"]["tokens"] == {"bot": [slack.bot.id]}
    assert {body["team_id"] for body in events} == {slack.team_id}
    assert events[0]["authorizations"][0]["team_id"] == slack.team_id
    assert await word_for(slack, token) == "account_inactive"
    assert bot.store.find_bot(enterprise_id=None, team_id=slack.team_id) is None


async def test_order_words_and_authorizations_are_the_tests_choice(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    token = slack.bot_token
    answers = await slack.uninstall(
        order=("tokens_revoked", "app_uninstalled"), refusal="token_revoked", authorizations=False
    )

    events = [answer.delivery.payload for answer in answers]
    assert [body["event"]["type"] for body in events] == ["tokens_revoked", "app_uninstalled"]
    assert all("authorizations" not in body for body in events)
    assert await word_for(slack, token) == "token_revoked"


async def test_whoever_has_uninstalled_finds_the_app_nowhere(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    ana = slack.person("ana")
    answer = await ana.command()
    await ana.wait_for_view()
    await slack.uninstall()

    with pytest.raises(SandboxRefusal, match="not installed"):
        await ana.command()
    late = await ana.deliver_again(answer)  # on its way when the app was removed
    assert late.status is not None


async def test_installing_again_gives_a_new_token_and_the_old_one_stays_dead(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    old = slack.bot_token
    await slack.uninstall()
    page = await slack.person("ben").install(bot.install_url)
    await slack.person("ana").command()

    assert page.status == 200
    assert slack.bot_token != old
    assert await word_for(slack, old) == "account_inactive"
    assert await slack.person("ana").wait_for_view()


async def test_revoking_is_told_alone(slack: SlackSandbox, bot: InstalledBot) -> None:
    token = slack.bot_token
    answer = await slack.revoke()

    assert answer.delivery.payload["event"]["type"] == "tokens_revoked"
    assert await word_for(slack, token) == "token_revoked"
    assert slack.is_installed


async def test_bot_can_give_its_token_back(slack: SlackSandbox, bot: InstalledBot) -> None:
    token = slack.bot_token
    client = client_for(slack, token)

    assert (await client.auth_revoke(test=True))["revoked"] is False
    assert await word_for(slack, token) == ""
    assert (await client.auth_revoke())["revoked"] is True
    assert await word_for(slack, token) == "token_revoked"


async def test_uninstalling_takes_the_refresh_tokens_and_addresses_with_it(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    slack.app.rotation = True
    slack.app.token_life_s = 3 * 3600
    await slack.person("ana").install(bot.install_url)
    kept = bot.store.find_bot(enterprise_id=None, team_id=slack.team_id)
    assert kept is not None
    await slack.uninstall()
    body = await refusal(
        client_for(slack, "").oauth_v2_access(
            client_id=slack.app.client_id,
            client_secret=slack.app.client_secret,
            grant_type="refresh_token",
            refresh_token=kept.bot_refresh_token,
        )
    )

    assert body["error"] == "invalid_refresh_token"
    assert not slack.state.response_urls


async def test_other_workspace_notices_nothing(slack: SlackSandbox, bot: InstalledBot) -> None:
    globex = slack.add_workspace("Globex")
    globex.add_channel("general", members=(globex.add_user("gus"),))
    await globex.person("gus").install(bot.install_url)
    await slack.uninstall()
    await globex.person("gus").command()

    assert await globex.person("gus").wait_for_view()
    assert await word_for(slack, globex.bot_token) == ""


async def test_organisation_uninstalls_for_all_its_teams(
    slack: SlackSandbox, bot: InstalledBot
) -> None:
    org = slack.add_organisation("Initech")
    sales = org.add_team("Sales")
    sales.add_channel("general", members=(sales.add_user("olga", is_org_owner=True),))
    await sales.person("olga").install(bot.install_url, org_wide=True)
    token = org.bot_token
    answers = await org.uninstall()

    payload = answers[0].delivery.payload
    assert (payload["team_id"], payload["enterprise_id"]) == (None, org.enterprise.id)
    assert payload["authorizations"][0]["is_enterprise_install"] is True
    assert await word_for(slack, token) == "account_inactive"
    with pytest.raises(SandboxRefusal, match="not installed in Initech"):
        await sales.person("olga").command()
