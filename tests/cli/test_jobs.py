"""video-bot jobs, on a database that no bot holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.domain.job.job import Job, JobState, VideoResult
from bot.domain.job.progress import Change
from bot.domain.ports.store import Store
from store import open_store
from tests.builders import NOON, a_job, an_attachment, changed

SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "HEYGEN_API_KEY": "key",
}
LONG = "A very [bold]long[/bold] prompt. " * 20

Jobs = Callable[..., Result]


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """jobs("list", "--json"): the command, run in a folder without a .env file."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **settings: str | None) -> Result:
        return CliRunner().invoke(app, ["jobs", *words], env={**SETTINGS, **settings})

    return run


@pytest.fixture
def kept(tmp_path: Path) -> list[Job]:
    """Three jobs, the newest first: rendering, completed, cancelled and not stopped yet."""
    later = NOON + timedelta(minutes=1)
    done = a_job("done", state=JobState.COMPLETED, prompt=LONG, callback_token_hash="hash")
    done = changed(done, result=VideoResult("https://files.test/v.mp4", "https://page.test/v"))
    made = [
        a_job("running", state=JobState.RENDERING, progress=40, created_at=later, session_id="S1"),
        done,
        a_job("gone", state=JobState.CANCELLED, due_at=NOON, created_at=NOON - timedelta(hours=1)),
    ]

    async def keep(store: Store) -> None:
        for job in made:
            await store.jobs.add(job, [an_attachment()])
        await store.jobs.save(
            Change(replace(made[0], updated_at=later), "slower than usual"), who="bot"
        )

    in_store(tmp_path, keep)
    return made


def in_store(folder: Path, work: Callable[[Store], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        store = open_store(f"sqlite:///{folder / 'video-bot.db'}")
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def test_list_shows_complete_ids_newest_first(jobs: Jobs, kept: list[Job]) -> None:
    lines = jobs("list").stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["job", "running", "done", "gone"]
    assert "rendering 40 %" in lines[1]
    assert "[bold]long[/bold]" in lines[2]
    assert lines[2].endswith("…")
    assert "cancelled, stopping" in lines[3]


KEYS = """
id request_key team_id channel_id thread_ts requester_id prompt orientation created_at updated_at
state state_since due_at final_prompt attempt_count attempt_at sent_at look_count wait_count
wait_kind wait_since watched_s sweep_at sweep_count unread_sessions retry_count is_slow_told
session_id video_id progress link_reads result failure parent_id brief locale version
"""


def test_json_of_a_job_is_flat_with_the_names_that_scripts_know(
    jobs: Jobs, kept: list[Job]
) -> None:
    listed = json.loads(jobs("list", "--json").stdout)

    assert set(listed[0]) == set(KEYS.split())


def test_list_as_json_is_one_document_without_secrets(jobs: Jobs, kept: list[Job]) -> None:
    document = json.loads(jobs("list", "--json").stdout)

    assert [job["id"] for job in document] == ["running", "done", "gone"]
    assert document[1]["prompt"] == LONG
    assert document[1]["result"]["page_url"] == "https://page.test/v"
    assert document[0]["created_at"] == "2026-11-23T12:01:00+00:00"
    assert "callback_token_hash" not in document[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--state", "completed"), ["done"]),
        (("--state", "parked"), []),
        (("--limit", "2"), ["running", "done"]),
        (("--state", "cancelled", "--limit", "1"), ["gone"]),
    ],
)
def test_list_can_be_narrowed(
    jobs: Jobs, kept: list[Job], words: tuple[str, ...], expected: list[str]
) -> None:
    assert [job["id"] for job in json.loads(jobs("list", "--json", *words).stdout)] == expected


def test_nothing_to_list_is_said(jobs: Jobs, kept: list[Job]) -> None:
    assert jobs("list", "--state", "parked").stdout == "There are no jobs here.\n"


def test_show_tells_history_and_messages(jobs: Jobs, kept: list[Job]) -> None:
    shown = jobs("show", "running").stdout
    document = json.loads(jobs("show", "running", "--json").stdout)

    for words in ("rendering 40 %", "S1", "logo.png", "slower than usual", "card"):
        assert words in shown
    assert [line["why"] for line in document["history"]] == ["asked for", "slower than usual"]
    assert [each["kind"] for each in document["deliveries"]] == ["card"]
    assert document["attachments"][0]["name"] == "logo.png"
    assert document["job"]["session_id"] == "S1"


def test_cancel_leaves_the_stop_to_the_bot_and_is_done_once(
    jobs: Jobs, kept: list[Job], tmp_path: Path
) -> None:
    assert jobs("cancel", "running").stdout == "Job running is cancelled.\n"
    again = jobs("cancel", "running")

    assert (again.exit_code, again.stdout) == (0, "This video is cancelled already.\n")
    job = in_store(tmp_path, lambda store: store.jobs.get("running"))
    assert job.state is JobState.CANCELLED
    assert job.due_at is not None
    history = in_store(tmp_path, lambda store: store.jobs.history_of("running"))
    assert history[-1].who == "operator"


def test_retry_makes_one_new_job_and_names_it(jobs: Jobs, kept: list[Job]) -> None:
    first, second = (json.loads(jobs("retry", "done", "--json").stdout) for _ in range(2))

    assert first["job"]["id"] == second["job"]["id"]
    assert (first["note"], first["job"]["parent_id"]) == (None, "done")
    assert second["note"].endswith(f"as job {first['job']['id']}.")
    assert len(json.loads(jobs("list", "--json").stdout)) == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "nope"), "does not know this job"),
        (("cancel", "nope"), "does not know this job"),
        (("retry", "nope"), "does not know this job"),
        (("cancel", "done"), "nothing left to cancel"),
        (("retry", "running"), "still under way"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_in_words(
    jobs: Jobs, kept: list[Job], words: tuple[str, ...], sentence: str
) -> None:
    result = jobs(*words)

    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr


def test_wrong_settings_are_named(jobs: Jobs) -> None:
    result = jobs("list", HEYGEN_API_KEY=None)

    assert result.exit_code == 2
    assert "HEYGEN_API_KEY is missing" in result.stderr


def test_no_database_is_said_and_none_is_made(jobs: Jobs, tmp_path: Path) -> None:
    result = jobs("list")

    assert result.exit_code == 1
    assert "cannot be opened" in result.stderr
    assert list(tmp_path.iterdir()) == []
