"""Secrets at rest: which keys open them, where they open, and what is said when none does."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.ports.store import Store
from store import open_store
from store.sealing import Sealing
from tests.store.full_database import fill_workspaces
from tests.store.workspaces import NEW_KEY, OLD_KEY, TOKEN, a_heygen_key, an_installation

SECRET = {"key": "sk-heygen-1 🔑", "until": None}


def test_what_is_sealed_comes_back_and_is_not_to_be_read() -> None:
    sealing = Sealing([NEW_KEY])

    sealed = sealing.seal("row 1", SECRET)

    assert sealing.open("row 1", sealed) == SECRET
    assert "sk-heygen" not in sealed
    assert sealing.seal("row 1", SECRET) != sealed


@pytest.mark.parametrize("keys", [[OLD_KEY], [NEW_KEY, OLD_KEY], [OLD_KEY, NEW_KEY]])
def test_any_of_the_keys_opens_it(keys: list[str]) -> None:
    sealed = Sealing([OLD_KEY]).seal("row 1", SECRET)

    assert Sealing(keys).open("row 1", sealed) == SECRET


def test_first_key_is_the_one_that_seals() -> None:
    sealed = Sealing([NEW_KEY, OLD_KEY]).seal("row 1", SECRET)

    assert Sealing([NEW_KEY]).open("row 1", sealed) == SECRET
    with pytest.raises(StoreUnavailable):
        Sealing([OLD_KEY]).open("row 1", sealed)


@pytest.mark.parametrize(
    ("keys", "row", "damage", "code"),
    [
        pytest.param([OLD_KEY], "row 1", "", "cannot_decrypt", id="wrong-key"),
        pytest.param([NEW_KEY], "row 2", "", "cannot_decrypt", id="copied-to-another-row"),
        pytest.param([NEW_KEY], "row 1", "x", "cannot_decrypt", id="damaged"),
        pytest.param([], "row 1", "", "no_encryption_key", id="no-key"),
    ],
)
def test_what_does_not_open_is_told_without_it(
    keys: list[str], row: str, damage: str, code: str
) -> None:
    sealed = damage + Sealing([NEW_KEY]).seal("row 1", SECRET)

    with pytest.raises(StoreUnavailable) as refused:
        Sealing(keys).open(row, sealed)

    assert refused.value.code == code
    said = f"{refused.value!r} {refused.value.sentence}"
    assert not any(secret in said for secret in (sealed, OLD_KEY, NEW_KEY, "sk-heygen"))


@pytest.mark.parametrize("text", ["", "plain", "ß", "\ud83d"])
def test_text_that_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(StoreUnavailable, match="cannot_decrypt"):
        Sealing([NEW_KEY]).open("row 1", text)


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(StoreUnavailable, match="no_encryption_key"):
        Sealing(()).seal("row 1", SECRET)


def test_words_say_what_to_do() -> None:
    sealed = Sealing([NEW_KEY]).seal("Slack token of T1", SECRET)

    with pytest.raises(StoreUnavailable) as wrong:
        Sealing([OLD_KEY]).open("Slack token of T1", sealed)
    with pytest.raises(StoreUnavailable) as none:
        Sealing([]).open("Slack token of T1", sealed)

    assert wrong.value.sentence == (
        "None of the ENCRYPTION_KEYS opens the Slack token of T1. "
        "Add the key that it was encrypted with, after the newest."
    )
    assert none.value.sentence == (
        "The database serves workspaces that installed the app, and ENCRYPTION_KEYS is not set. "
        "Set it, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET as before; for a single workspace name "
        "another database."
    )


def test_keys_are_not_shown() -> None:
    assert NEW_KEY not in repr(Sealing([NEW_KEY]))


# A whole database of them


async def opened(url: str, *keys: str) -> Store:
    return open_store(url, encryption_keys=keys)


async def secrets(store: Store) -> list[Any]:
    return [await store.installations.all(), await store.heygen_keys.all()]


async def test_resealed_secrets_need_the_newest_key_only(database_url: str) -> None:
    store = await opened(database_url, OLD_KEY)
    await fill_workspaces(store)
    before = await secrets(store)
    await store.close()

    store = await opened(database_url, NEW_KEY, OLD_KEY)
    assert await secrets(store) == before
    assert await store.reseal() == 3  # a token and two keys; a token that is gone is none
    await store.close()

    store = await opened(database_url, NEW_KEY)
    assert await secrets(store) == before
    await store.close()


async def test_one_that_no_key_opens_keeps_all_as_they_were(database_url: str) -> None:
    store = await opened(database_url, OLD_KEY)
    await store.installations.keep(an_installation())
    await store.close()
    lost = await opened(database_url, NEW_KEY)
    await lost.heygen_keys.keep(a_heygen_key())
    await lost.close()

    third = "8ZQ0vQ1tGm6b8t0m8m1c8n3mJq0mO3xk7W9n1kT5x0A="
    store = await opened(database_url, third, OLD_KEY)
    with pytest.raises(StoreUnavailable, match="cannot_decrypt"):
        await store.reseal()
    await store.close()

    store = await opened(database_url, OLD_KEY)
    assert (await store.installations.all())[0].token == TOKEN
    await store.close()


async def test_nothing_to_reseal_needs_no_key(store: Store) -> None:
    assert await store.reseal() == 0
