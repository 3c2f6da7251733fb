"""video-bot move-to-postgres: what operators type and read, and a bot that goes on afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.sandbox.slack.server import SlackSandbox
from store import open_store
from tests.builders import a_job
from tests.empty_database import write_empty_database
from tests.scenarios.sandbox_world import running
from tests.store.full_database import fill
from tests.store.test_move import opened

TOKENS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "HEYGEN_API_KEY")

Move = Callable[..., Result]


@pytest.fixture
def move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Move:
    """move(url): the command with no token, in a folder without a .env file."""
    monkeypatch.chdir(tmp_path)

    def run(url: str, typed: str = "", **settings: str | None) -> Result:
        environ = {**dict.fromkeys((*TOKENS, "DATABASE_URL")), **settings}
        return CliRunner().invoke(app, ["move-to-postgres", url], input=typed, env=environ)

    return run


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """`video-bot.db`, the default of DATABASE_URL, with something of everything."""
    path = tmp_path / "video-bot.db"
    write_empty_database(path)

    async def filled() -> None:
        async with opened(f"sqlite:///{path}") as store:
            await fill(store)

    asyncio.run(filled())
    return path


def test_tables_are_listed_and_the_next_steps_told(
    move: Move, database: Path, postgres_url: str
) -> None:
    done = move(postgres_url)

    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["table", "rows", "checksum"]
    assert [line.split()[:2] for line in lines[1:5]] == [
        *(["jobs", "7"], ["attachments", "14"], ["sessions", "6"], ["deliveries", "11"]),
    ]
    assert {len(line.split()[2]) for line in lines[1:11]} == {12}
    host_and_name = postgres_url.rpartition("@")[2]
    assert f"All of this is now in {host_and_name}: counts and checksums" in done.stdout
    assert f"1. Set DATABASE_URL to the PostgreSQL database ({host_and_name})." in done.stdout
    assert "would pay for videos twice" in done.stdout
    assert postgres_url.split(":")[2].partition("@")[0] not in done.output


def test_second_time_there_is_nothing_to_do(move: Move, database: Path, postgres_url: str) -> None:
    first = move(postgres_url)

    second = move(postgres_url)

    assert second.exit_code == 0
    assert "Nothing to do" in second.stdout
    assert second.stdout.splitlines()[:11] == first.stdout.splitlines()[:11]


def test_address_can_come_through_a_pipe(move: Move, database: Path, postgres_url: str) -> None:
    done = move("-", typed=f"{postgres_url}\n")

    assert done.exit_code == 0
    assert postgres_url not in done.output


def test_source_may_be_named_by_a_file(
    move: Move, database: Path, postgres_url: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(f"sqlite:///{database}\n", "utf-8")

    assert move(postgres_url, DATABASE_URL_FILE=str(tmp_path / "secret")).exit_code == 0


def test_texts_that_changed_are_told(move: Move, tmp_path: Path, postgres_url: str) -> None:
    async def add() -> None:
        async with opened(f"sqlite:///{tmp_path / 'video-bot.db'}") as store:
            await store.jobs.add(a_job(prompt="nul\0"), [])

    asyncio.run(add())

    assert "does not take as they were: 1." in move(postgres_url).stdout


def test_refusal_is_told_on_stderr(move: Move, tmp_path: Path, postgres_url: str) -> None:
    done = move(postgres_url)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "There is no database video-bot.db. Set DATABASE_URL to the one that is to be moved.\n"
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DATABASE_URL": "postgresql://bot:s3cr-t@127.0.0.1/bot"}, "not name a SQLite database"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL must name a file"),
        ({"DATABASE_URL_FILE": "nowhere"}, "DATABASE_URL_FILE cannot be read"),
    ],
)
def test_wrong_setting_is_told(
    move: Move, postgres_url: str, settings: dict[str, str], said: str
) -> None:
    done = move(postgres_url, **settings)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "s3cr-t" not in done.stderr


def test_bot_and_jobs_refuse_the_moved_database(
    move: Move, database: Path, postgres_url: str
) -> None:
    move(postgres_url)
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "HEYGEN_API_KEY": "k"}
    environ = {"DATABASE_URL": f"sqlite:///{database}", **tokens}

    for words in (["run"], ["jobs", "list"]):
        told = CliRunner().invoke(app, words, env=environ)
        assert told.exit_code == 1
        assert "were moved to PostgreSQL" in told.stderr


async def test_bot_goes_on_with_the_moved_jobs(
    move: Move, tmp_path: Path, postgres_url: str
) -> None:
    slack = SlackSandbox()  # each has the same people and channels
    store = open_store(f"sqlite:///{tmp_path / 'video-bot.db'}")
    job = a_job(
        team_id=slack.state.team_id,
        channel_id=slack.channel("general").id,
        requester_id=slack.person("ana").user.id,
    )
    await store.jobs.add(job, [])
    await store.close()

    done = await asyncio.to_thread(move, postgres_url)
    async with running(tmp_path, DATABASE_URL=postgres_url) as world:
        result = await world.result()
        history = await world.bot.store.jobs.history_of(job.id)

    assert done.exit_code == 0
    assert "is ready" in result.text
    assert history[-1].to_state == "completed"
