"""video-bot rotate-keys: a new key without a bot that stands still."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.config import load_settings
from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Installation, SlackToken
from store import open_store
from tests.builders import NOON
from tests.empty_database import write_empty_database
from tests.keys import FERNET_KEY as OLD
from tests.keys import OTHER_FERNET_KEY as NEW
from tests.scenarios.workspaces_world import ask, environ, result, running, started

SETTINGS = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "secret",
    "SLACK_SIGNING_SECRET": "secret",
    "PUBLIC_URL": "https://bot.example.com",
}
SLACK_TOKEN = SlackToken("xoxb-acme", "xoxe-acme", NOON)

Rotate = Callable[..., Result]


@pytest.fixture
def rotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rotate:
    monkeypatch.chdir(tmp_path)

    def run(*options: str, **settings: str | None) -> Result:
        environ = {"DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}", "ENCRYPTION_KEYS": None}
        return CliRunner().invoke(app, ["rotate-keys", *options], env={**environ, **settings})

    return run


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "bot.db"
    write_empty_database(path)

    async def installed() -> None:
        store = open_store(f"sqlite:///{path}", encryption_keys=(OLD,))
        values = ("T1", "T1", None, "Acme", "A1", "B1", "U1", ("commands",), "U2", NOON)
        await store.installations.keep(Installation(*values, SLACK_TOKEN))
        await store.close()

    asyncio.run(installed())
    return path


async def token_with(path: Path, *keys: str) -> str:
    store = open_store(f"sqlite:///{path}", exclusive=False, encryption_keys=keys)
    try:
        (installation,) = await store.installations.all()
        assert installation.token is not None
        return installation.token.access
    finally:
        await store.close()


@pytest.mark.usefixtures("database")
def test_afterwards_the_new_key_alone_opens_everything(rotate: Rotate, database: Path) -> None:
    told = rotate(ENCRYPTION_KEYS=f"{NEW},{OLD}")

    assert told.exit_code == 0, told.output
    assert "1 secret is encrypted with the first key now" in told.output
    assert asyncio.run(token_with(database, NEW)) == SLACK_TOKEN.access


@pytest.mark.usefixtures("database")
def test_wrong_key_changes_nothing_and_is_told(rotate: Rotate, database: Path) -> None:
    told = rotate(ENCRYPTION_KEYS=NEW)

    assert told.exit_code == 1
    assert "None of the ENCRYPTION_KEYS opens" in told.output
    assert NEW not in told.output
    assert asyncio.run(token_with(database, OLD)) == SLACK_TOKEN.access


@pytest.mark.parametrize(
    ("keys", "words"), [(None, "is missing"), (f"{OLD},abc", "number 2 is not")]
)
def test_wrong_settings_are_named(rotate: Rotate, keys: str | None, words: str) -> None:
    told = rotate(ENCRYPTION_KEYS=keys)

    assert told.exit_code == 2
    assert "ENCRYPTION_KEYS" in told.output
    assert words in told.output
    assert "abc" not in told.output


@pytest.mark.parametrize("url", ["mysql://bot:hidden@h/bot", "postgresql://bot:p hidden@h/bot"])
def test_wrong_address_is_told_with_the_other_fault_and_without_its_password(
    rotate: Rotate, url: str
) -> None:
    told = rotate(DATABASE_URL=url)

    assert (told.exit_code, told.stdout) == (2, "")
    assert "ENCRYPTION_KEYS is missing" in told.stderr
    assert "DATABASE_URL must look like" in told.stderr
    assert "hidden" not in told.stderr


def test_no_database_is_told_and_none_is_made(rotate: Rotate, tmp_path: Path) -> None:
    told = rotate(ENCRYPTION_KEYS=NEW)

    assert (told.exit_code, told.stdout) == (1, "")
    assert "cannot be opened" in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("database")
def test_keys_may_stand_in_a_file_and_to_repeat_it_is_harmless(
    rotate: Rotate, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text(f"{NEW},{OLD}\n", "utf-8")

    told = [rotate(ENCRYPTION_KEYS_FILE=str(tmp_path / "keys")) for _ in range(2)]

    assert [each.exit_code for each in told] == [0, 0]
    assert told[0].stdout == told[1].stdout


def test_new_key_is_printed_alone(rotate: Rotate) -> None:
    first, second = rotate("--new"), rotate("--new")

    assert first.exit_code == 0
    assert len(base64.urlsafe_b64decode(first.stdout.strip())) == 32
    assert first.stdout != second.stdout
    assert "Put it first" in first.stderr
    assert first.stdout.strip() not in first.stderr
    taken = {**SETTINGS, "ENCRYPTION_KEYS": first.stdout}
    assert load_settings(taken, env_file=None).fernet_keys == (first.stdout.strip(),)


@pytest.mark.usefixtures("database")
def test_replica_with_the_new_key_last_reads_what_the_others_encrypt(
    rotate: Rotate, database: Path
) -> None:
    rotate(ENCRYPTION_KEYS=f"{NEW},{OLD}")

    assert asyncio.run(token_with(database, OLD, NEW)) == SLACK_TOKEN.access
    with pytest.raises(StoreUnavailable, match="cannot_decrypt"):
        asyncio.run(token_with(database, OLD))


async def test_keys_are_rotated_under_a_running_bot(tmp_path: Path, rotate: Rotate) -> None:
    async with running(tmp_path) as world:
        acme = world.workspace("Acme", "ann")
        await world.install(acme, "ann")
        await world.bot.stop()
        given = environ(world.slack, world.heygen, tmp_path, world.settings.port)
        both = given | {"ENCRYPTION_KEYS": f"{NEW},{OLD}"}
        async with started(world.slack, world.heygen, both):
            told = await asyncio.to_thread(rotate, ENCRYPTION_KEYS=f"{NEW},{OLD}")
            assert told.exit_code == 0, told.output
            await ask(acme, "ann")
            await result(acme, "ann")
        async with started(world.slack, world.heygen, given | {"ENCRYPTION_KEYS": NEW}):
            assert (await ask(acme, "ann", "Another one.")).ok
