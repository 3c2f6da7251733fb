"""Bolt's OAuth flow over our stores: what Slack tells in our words, states that are good once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation as SlackInstallation

from bot.domain.workspace import SlackToken
from bot.slack.oauth import (
    STATE_LIFE,
    SealedInstallations,
    StoredStates,
    authorize_url,
    installation_of,
)
from store import open_store
from tests.builders import NOON
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock
from tests.keys import FERNET_KEY


def told(**fields: Any) -> SlackInstallation:
    usual = {
        **{"app_id": "A1", "enterprise_id": "E1", "enterprise_name": "Initech"},
        **{"team_id": "T1", "team_name": "Acme", "user_id": "U1", "bot_user_id": "U-BOT"},
        **{"bot_id": "B1", "bot_token": "xoxb-1", "bot_scopes": "commands,chat:write"},
    }
    return SlackInstallation(**{**usual, **fields})


def test_workspace_of_an_organisation_is_one_of_its_own() -> None:
    kept = installation_of(told(), NOON)

    assert (kept.workspace_id, kept.team_id, kept.enterprise_id) == ("T1", "T1", "E1")
    assert (kept.name, kept.scopes) == ("Acme", ("commands", "chat:write"))
    assert kept.token == SlackToken("xoxb-1")


def test_installation_of_a_whole_organisation_is_the_organisation_s() -> None:
    kept = installation_of(told(is_enterprise_install=True, team_id=None, team_name=None), NOON)

    assert (kept.workspace_id, kept.team_id, kept.name) == ("E1", None, "Initech")


def test_token_that_rotates_comes_with_its_end() -> None:
    ends_at = NOON + timedelta(hours=12)
    rotating = told(bot_refresh_token="xoxe-1", bot_token_expires_at=int(ends_at.timestamp()))

    assert installation_of(rotating, NOON).token == SlackToken("xoxb-1", "xoxe-1", ends_at)


@pytest.mark.parametrize("missing", [{"bot_token": None}, {"team_id": None}])
def test_answer_that_lacks_what_it_takes_is_no_installation(missing: dict[str, Any]) -> None:
    with pytest.raises(BoltError):
        installation_of(told(**missing), NOON)


@pytest.mark.parametrize(
    ("api_url", "page"),
    [
        ("https://slack.com/api/", "https://slack.com/oauth/v2/authorize"),
        ("http://127.0.0.1:9000/api/", "http://127.0.0.1:9000/oauth/v2/authorize"),
    ],
)
def test_slack_s_page_is_beside_its_api(api_url: str, page: str) -> None:
    assert authorize_url(api_url) == page


async def test_state_is_good_once_and_for_ten_minutes(tmp_path: Path) -> None:
    write_empty_database(tmp_path / "bot.db")
    store = open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    clock = FakeClock()
    states = StoredStates(store.oauth_states, clock)
    first, second = await states.async_issue(), await states.async_issue()

    assert first != second
    assert [await states.async_consume(first) for _ in range(2)] == [True, False]
    clock.advance(STATE_LIFE.total_seconds() + 1)
    assert not await states.async_consume(second)
    await store.close()


async def test_installation_that_is_not_saved_is_told_to_the_flow(tmp_path: Path) -> None:
    write_empty_database(tmp_path / "bot.db")
    store = open_store(f"sqlite:///{tmp_path / 'bot.db'}", encryption_keys=(FERNET_KEY,))
    await store.close()

    with pytest.raises(BoltError):
        await SealedInstallations(store.installations, FakeClock()).async_save(told())
