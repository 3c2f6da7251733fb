"""Installations: kept, renewed once, and without their token when the app is uninstalled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.ports.store import Store
from bot.domain.workspace import SlackToken
from store import open_store
from tests.builders import NOON
from tests.store.workspaces import NEW_KEY, NEXT_TOKEN, TOKEN, an_installation

REFRESH = TOKEN.refresh or ""
ACCESS = TOKEN.access


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = open_store(database_url, encryption_keys=[NEW_KEY])
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    "installation",
    [
        pytest.param(an_installation(), id="workspace"),
        pytest.param(an_installation("E1", team_id=None, enterprise_id="E1"), id="organisation"),
        pytest.param(an_installation(token=SlackToken("xoxb-1")), id="token-that-never-ends"),
        pytest.param(an_installation(token=None), id="uninstalled"),
        pytest.param(an_installation(scopes=()), id="no-scopes"),
        pytest.param(an_installation(name="Grüße 🎬, GmbH"), id="any-name"),
    ],
)
async def test_installation_comes_back_as_it_was_kept(store: Store, installation: Any) -> None:
    await store.installations.keep(installation)

    assert await store.installations.get(installation.workspace_id) == installation
    assert await store.installations.all() == [installation]


async def test_unknown_workspace_has_none(store: Store) -> None:
    assert await store.installations.get("T1") is None
    assert await store.installations.all() == []


async def test_installed_again_takes_the_place_of_what_was_there(store: Store) -> None:
    again = an_installation(
        **{"name": "Acme Ltd", "app_id": "A2", "bot_id": "B2", "bot_user_id": "U-NEW"},
        **{"team_id": None, "enterprise_id": "E1", "scopes": ("commands",)},
        **{"installed_by": "U-BEN", "installed_at": NOON + timedelta(days=1)},
        token=NEXT_TOKEN,
    )
    await store.installations.keep(an_installation())
    assert await store.installations.forget_token("T1", ACCESS)

    await store.installations.keep(again)

    assert await store.installations.all() == [again]


async def test_token_is_renewed_with_the_refresh_token_that_is_there(store: Store) -> None:
    await store.installations.keep(an_installation())
    other = an_installation("T2")
    await store.installations.keep(other)

    assert await store.installations.renew("T1", REFRESH, NEXT_TOKEN)

    assert await store.installations.get("T1") == an_installation(token=NEXT_TOKEN)
    assert await store.installations.get("T2") == other


async def test_token_is_not_renewed_with_a_refresh_token_that_was_used(store: Store) -> None:
    await store.installations.keep(an_installation())
    assert await store.installations.renew("T1", REFRESH, NEXT_TOKEN)

    third = SlackToken("xoxe.xoxb-access-3", "xoxe-refresh-3", NOON)
    assert not await store.installations.renew("T1", REFRESH, third)

    assert await store.installations.get("T1") == an_installation(token=NEXT_TOKEN)


async def test_of_two_that_renew_at_once_one_is_kept(database_url: str, store: Store) -> None:
    await store.installations.keep(an_installation())
    tokens = [SlackToken(f"access-{n}", f"refresh-{n}", NOON) for n in range(8)]

    renewed = await asyncio.gather(
        *(store.installations.renew("T1", REFRESH, token) for token in tokens)
    )

    assert renewed.count(True) == 1
    kept = await store.installations.get("T1")
    assert kept
    assert kept.token == tokens[renewed.index(True)]


@pytest.mark.parametrize("has_row", [True, False])
async def test_what_is_uninstalled_is_not_renewed(store: Store, has_row: bool) -> None:
    if has_row:
        await store.installations.keep(an_installation())
        assert await store.installations.forget_token("T1", ACCESS)

    assert not await store.installations.renew("T1", REFRESH, NEXT_TOKEN)

    kept = await store.installations.get("T1")
    assert kept == (an_installation(token=None) if has_row else None)


async def test_forgotten_token_is_gone_and_the_rest_is_there(store: Store) -> None:
    for workspace_id in ("T1", "T2"):
        await store.installations.keep(an_installation(workspace_id))

    told = [await store.installations.forget_token(name, ACCESS) for name in ("T1", "T1", "T3")]

    kept = [an_installation(token=None), an_installation("T2")]
    assert told == [True, False, False]
    assert await store.installations.all() == kept


async def test_token_of_a_new_installation_is_not_forgotten_for_an_old_one(store: Store) -> None:
    await store.installations.keep(an_installation())
    await store.installations.keep(an_installation(token=NEXT_TOKEN))

    assert not await store.installations.forget_token("T1", ACCESS)

    assert await store.installations.all() == [an_installation(token=NEXT_TOKEN)]


async def test_token_that_was_copied_to_another_workspace_does_not_open(store: Store) -> None:
    for workspace_id in ("T1", "T2"):
        await store.installations.keep(an_installation(workspace_id))

    await _change(
        store,
        "UPDATE installations SET sealed_token ="
        " (SELECT sealed_token FROM installations WHERE workspace_id = 'T1')"
        " WHERE workspace_id = 'T2'",
    )

    with pytest.raises(StoreUnavailable, match="cannot_decrypt"):
        await store.installations.get("T2")
    with pytest.raises(StoreUnavailable, match="cannot_decrypt"):
        await store.installations.renew("T2", REFRESH, NEXT_TOKEN)


async def test_without_a_key_nothing_is_kept_and_nothing_opens(database_url: str) -> None:
    keyless = open_store(database_url)
    with pytest.raises(StoreUnavailable, match="no_encryption_key"):
        await keyless.installations.keep(an_installation())
    assert await keyless.installations.all() == []
    await keyless.close()


# What is left of it


async def test_forgotten_token_is_in_no_file_of_the_database(path: Path) -> None:
    store = open_store(f"sqlite:///{path}", encryption_keys=[NEW_KEY])
    for number in range(20):  # beside others, on whole pages
        await store.installations.keep(an_installation(f"T{number}"))
    first = await _sealed(store)
    assert await store.installations.renew("T7", REFRESH, NEXT_TOKEN)
    second = await _sealed(store)

    await store.installations.forget_token("T7", NEXT_TOKEN.access)

    left = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert {file.name for file in path.parent.iterdir()} >= {f"{path.name}-wal", f"{path.name}-shm"}
    for sealed in (first, second):
        assert [name for name, text in sealed.items() if text.encode() not in left] == ["T7"]
    await store.close()


async def test_token_is_kept_encrypted(store: Store) -> None:
    await store.installations.keep(an_installation())

    (sealed,) = (await _sealed(store)).values()

    assert not any(word in sealed for word in (TOKEN.access, REFRESH, "xox"))


async def _sealed(store: Any) -> dict[str, str]:
    rows = await store._database.ask(
        lambda db: db.execute("SELECT workspace_id, sealed_token FROM installations").fetchall()
    )
    return dict(map(tuple, rows))


async def _change(store: Any, statement: str) -> None:
    await store._database.change(lambda db: db.execute(statement).rowcount)
