"""Installing by OAuth: what Slack is asked for, the states, and what its answer becomes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation as SlackInstallation

from bot.domain.errors import StoreUnavailable
from bot.domain.ports.store import Store
from bot.slack.oauth import (
    SCOPES,
    STATE_LIFE,
    SealedInstallations,
    StoredStates,
    authorize_url,
    installation_of,
)
from store import open_store
from tests.builders import NOON
from tests.cli.printing import MANIFEST
from tests.empty_database import write_empty_database
from tests.fakes import FakeClock
from tests.web.installing import FERNET_KEY, installable


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    write_empty_database(tmp_path / "bot.db")
    store = open_store(f"sqlite:///{tmp_path / 'bot.db'}", encryption_keys=(FERNET_KEY.encode(),))
    yield store
    await store.close()


def told(**fields: Any) -> SlackInstallation:
    """What Bolt made of Slack's answer."""
    usual: dict[str, Any] = {
        "app_id": "A1",
        "team_id": "T1",
        "team_name": "Acme",
        "bot_token": "xoxb-1",
        "bot_id": "B1",
        "bot_user_id": "UBOT",
        "bot_scopes": "commands,chat:write",
        "user_id": "U1",
    }
    return SlackInstallation(**(usual | fields))


# -- what Slack is asked for


def test_scopes_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())

    assert list(SCOPES) == manifest["oauth_config"]["scopes"]["bot"]


@pytest.mark.parametrize(
    ("api_url", "page"),
    [
        ("https://slack.com/api/", "https://slack.com/oauth/v2/authorize"),
        ("https://slack.com/api", "https://slack.com/oauth/v2/authorize"),
        ("http://127.0.0.1:9/api/", "http://127.0.0.1:9/oauth/v2/authorize"),
        ("https://slack-gov.com/api/", "https://slack-gov.com/oauth/v2/authorize"),
    ],
)
def test_page_that_asks_is_beside_the_web_api(api_url: str, page: str) -> None:
    assert authorize_url(api_url) == page


async def test_slack_s_page_takes_what_it_is_asked(tmp_path: Path) -> None:
    async with installable(tmp_path) as bot, bot.slack.person("ana").browser() as browser:
        link = browser.link_to_slack(await browser.visit(bot.install_url))
        assert link is not None
        asked = parse_qs(urlsplit(link).query)
        question = await browser.visit(link)

        assert browser.is_question(question)
        assert asked["scope"] == [",".join(SCOPES)]
        assert asked["client_id"] == [bot.slack.app.client_id]
        assert set(asked) == {"state", "client_id", "scope", "redirect_uri"}


# -- states


async def test_state_is_good_once(store: Store, clock: FakeClock) -> None:
    states = StoredStates(store.oauth_states, clock)
    state = await states.async_issue()

    assert [await states.async_consume(state) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(("after_s", "is_good"), [(0.0, True), (1.0, False)])
async def test_state_is_good_for_ten_minutes(
    store: Store, clock: FakeClock, after_s: float, is_good: bool
) -> None:
    states = StoredStates(store.oauth_states, clock)
    state = await states.async_issue()
    clock.advance(STATE_LIFE.total_seconds() + after_s)

    assert await states.async_consume(state) is is_good


@pytest.mark.parametrize(
    "state", ["", "x", "\x00", "\udcff", "'; DROP TABLE jobs; --", "x" * 9_999]
)
async def test_state_that_nobody_issued_is_none(store: Store, clock: FakeClock, state: str) -> None:
    states = StoredStates(store.oauth_states, clock)
    await states.async_issue()

    assert not await states.async_consume(state)


async def test_states_are_never_the_same_and_lie_in_no_file(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    states = StoredStates(store.oauth_states, clock)

    issued = {await states.async_issue() for _ in range(50)}

    assert len(issued) == 50
    assert min(map(len, issued)) >= 43
    kept = bytes_in(tmp_path)
    assert not any(state.encode() in kept for state in issued)


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("bot.db*"))


# -- what Slack's answer becomes


def test_workspace_s_installation() -> None:
    installation = installation_of(told(enterprise_id="E1"), NOON)

    assert (installation.workspace_id, installation.team_id) == ("T1", "T1")
    assert installation.enterprise_id == "E1"
    assert installation.name == "Acme"
    assert installation.scopes == ("commands", "chat:write")
    assert installation.installed_at == NOON
    assert installation.token is not None
    assert installation.token.expires_at is None
    assert "xoxb" not in repr(installation)


def test_organisation_s_installation_is_of_no_team() -> None:
    of_all = told(
        is_enterprise_install=True, enterprise_id="E1", enterprise_name="Initech", team_id="T1"
    )

    installation = installation_of(of_all, NOON)

    assert (installation.workspace_id, installation.team_id) == ("E1", None)
    assert installation.name == "Initech"


def test_token_that_ends_says_when() -> None:
    at = NOON + timedelta(hours=12)

    installation = installation_of(
        told(bot_refresh_token="xoxe-1", bot_token_expires_at=int(at.timestamp())), NOON
    )

    assert installation.token is not None
    assert installation.token.refresh == "xoxe-1"
    assert installation.token.expires_at == at


@pytest.mark.parametrize(
    "fields",
    [
        {"team_id": None},
        {"team_id": ""},
        {"bot_token": None},
        {"bot_token": ""},
        {"is_enterprise_install": True, "enterprise_id": None},
    ],
)
async def test_answer_that_names_nobody_is_no_installation(
    store: Store, clock: FakeClock, fields: dict[str, Any]
) -> None:
    with pytest.raises(BoltError):
        await SealedInstallations(store.installations, clock).async_save(told(**fields))

    assert await store.installations.all() == []


async def test_installed_again_the_newest_token_counts(store: Store, clock: FakeClock) -> None:
    sealed = SealedInstallations(store.installations, clock)

    for token in ("xoxb-1", "xoxb-2"):
        await sealed.async_save(told(bot_token=token))

    (one,) = await store.installations.all()
    assert one.token is not None
    assert one.token.access == "xoxb-2"


async def test_installation_that_cannot_be_saved_is_what_bolt_has_an_answer_for(
    store: Store, clock: FakeClock
) -> None:
    await store.close()

    with pytest.raises(BoltError) as caught:
        await SealedInstallations(store.installations, clock).async_save(told())

    assert isinstance(caught.value.__cause__, StoreUnavailable)
