"""video-bot run and video-bot demo as commands."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from bot.screens import ids
from tests.block_kit.recorder import record
from tests.scenarios.process import (
    bot_process,
    of_this_machine,
    spawn,
    wait_until_answering,
)
from tests.scenarios.sandbox_world import PROMPT, environ, free_port


@dataclass
class Platforms:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    environ: dict[str, str]
    folder: Path
    ahead_s: float = 0.0  # HeyGen's clock before ours: a render can be over at once

    async def ask(self) -> None:
        ana = self.slack.person("ana")
        assert (await ana.command()).ok
        view = await ana.wait_for_view()
        assert (await ana.submit(view, {ids.PROMPT: PROMPT})).ok


@pytest.fixture
async def platforms(tmp_path: Path) -> AsyncIterator[Platforms]:
    slack = SlackSandbox()
    heygen = HeyGenSandbox(render_s=0.1, now=lambda: time.time() + platforms.ahead_s)
    platforms = Platforms(slack, heygen, {}, tmp_path)
    await slack.start()
    await heygen.start()
    port = str(free_port())
    slack.connect(f"http://127.0.0.1:{port}/slack/events")
    platforms.environ = {**environ(slack, heygen, tmp_path), "PORT": port}
    yield platforms
    await heygen.stop()
    await slack.stop()
    record(slack)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(signal.SIGTERM, 0, id="SIGTERM"),
        pytest.param(signal.SIGKILL, -signal.SIGKILL, id="SIGKILL"),
    ],
)
async def test_bot_ended_while_rendering_goes_on_after_a_restart(
    platforms: Platforms, number: signal.Signals, expected: int
) -> None:
    platforms.heygen.render_s = 60
    ana = platforms.slack.person("ana")
    async with bot_process(platforms.environ, platforms.folder) as bot:
        await platforms.ask()
        await ana.wait_for_message(predicate=lambda m: "making the video" in m.text)

        code, seconds = await bot.end(number)

    assert code == expected
    assert seconds < 5
    platforms.ahead_s = 60
    async with bot_process(platforms.environ, platforms.folder):
        await ana.wait_for_message(predicate=lambda m: "is ready" in m.text, timeout_s=5)
    assert len(platforms.heygen.sessions) == 1
    assert len(platforms.slack.messages("general")) == 2


async def test_socket_mode_needs_no_signing_secret_and_closes_the_slack_route(
    platforms: Platforms,
) -> None:
    settings = {**platforms.environ, "SLACK_APP_TOKEN": platforms.slack.app_token}
    del settings["SLACK_SIGNING_SECRET"]
    async with bot_process(settings, platforms.folder) as bot:
        await platforms.ask()
        await platforms.slack.person("ana").wait_for_message(
            predicate=lambda m: "is ready" in m.text, timeout_s=5
        )
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{bot.url}/slack/events")
        assert answer.status_code == 404
        code, seconds = await bot.end(signal.SIGTERM)
    assert (code, seconds < 5) == (0, True)


async def test_every_missing_setting_is_named_at_once_with_where_to_get_it(tmp_path: Path) -> None:
    settings = {"PORT": "many", "PUBLIC_URL": "http://example.com", "LOG_LEVEL": "loud"}
    process = await spawn(settings, tmp_path)
    output = (await process.communicate())[0].decode()

    assert process.returncode == 2
    for name in (*settings, "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "HEYGEN_API_KEY"):
        assert name in output
    assert "https://api.slack.com/apps" in output
    assert "https://app.heygen.com/settings/api" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("name", "value"),
    [("SLACK_BOT_TOKEN", "xoxb-wrong"), ("SLACK_APP_TOKEN", "xapp-wrong")],
)
async def test_token_that_slack_refuses_is_told_by_name_and_never_shown(
    platforms: Platforms, name: str, value: str
) -> None:
    process = await spawn({**platforms.environ, name: value}, platforms.folder)
    output = (await process.communicate())[0].decode()

    assert process.returncode == 2
    assert f"{name} was refused by Slack (invalid_auth)" in output
    assert value not in output
    assert "Traceback" not in output


async def test_second_bot_on_the_same_database_refuses_and_names_the_first(
    platforms: Platforms,
) -> None:
    async with bot_process(platforms.environ, platforms.folder) as first:
        second = await spawn({**platforms.environ, "PORT": str(free_port())}, platforms.folder)
        output = (await second.communicate())[0].decode()

        assert second.returncode == 1
        assert str(first.process.pid) in output
        assert "Traceback" not in output


@pytest.mark.parametrize("way", ["symbolic link", "hard link", "lock file deleted"])
async def test_no_second_bot_by_another_way_to_the_same_database(
    platforms: Platforms, way: str
) -> None:
    database = other = platforms.folder / "bot.db"
    async with bot_process(platforms.environ, platforms.folder) as first:
        if way == "lock file deleted":
            (platforms.folder / "bot.db.lock").unlink()
        else:
            other = platforms.folder / "other.db"
            (other.symlink_to if way == "symbolic link" else other.hardlink_to)(database)
        settings = {**platforms.environ, "PORT": str(free_port())}
        settings["DATABASE_URL"] = f"sqlite:///{other}"
        second = await spawn(settings, platforms.folder)
        output = (await second.communicate())[0].decode()
        await first.end(signal.SIGKILL)

    assert second.returncode == 1
    assert "Another video bot is already running on this database" in output
    assert "Traceback" not in output
    async with bot_process(settings, platforms.folder):  # a killed bot holds nothing
        pass


async def test_bot_whose_database_was_moved_away_stops_in_words_and_pays_for_nothing(
    platforms: Platforms,
) -> None:
    async with bot_process(platforms.environ, platforms.folder) as bot:
        ana = platforms.slack.person("ana")
        await ana.command()
        view = await ana.wait_for_view()
        (platforms.folder / "bot.db").rename(platforms.folder / "moved.db")
        await ana.submit(view, {ids.PROMPT: PROMPT})
        output = (await bot.process.communicate())[0].decode()

    assert bot.process.returncode == 1
    assert "The database was moved or replaced" in output
    assert not platforms.heygen.sessions


async def test_port_in_use_is_told_in_words(platforms: Platforms) -> None:
    async with bot_process(platforms.environ, platforms.folder):
        database = f"sqlite:///{platforms.folder / 'other.db'}"
        second = await spawn({**platforms.environ, "DATABASE_URL": database}, platforms.folder)
        output = (await second.communicate())[0].decode()

    assert second.returncode == 1
    assert f"127.0.0.1:{platforms.environ['PORT']}" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("mode", ["HTTP", "Socket Mode"])
async def test_neither_secrets_nor_what_people_write_reach_the_log(
    platforms: Platforms, mode: str
) -> None:
    settings = {**platforms.environ, "LOG_LEVEL": "debug", "LOG_FORMAT": "json"}
    if mode == "Socket Mode":
        settings["SLACK_APP_TOKEN"] = platforms.slack.app_token
    async with bot_process(settings, platforms.folder) as bot:
        ana = platforms.slack.person("ana")
        asked = await ana.command("a typed secret")
        await ana.submit(await ana.wait_for_view(), {ids.PROMPT: PROMPT})
        await ana.wait_for_message(predicate=lambda m: "is ready" in m.text, timeout_s=5)
        bot.process.terminate()
        output = (await bot.process.communicate())[0].decode()

    assert "HeyGen took the request" in output
    assert f'"mode": "{mode}"' in output
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "HEYGEN_API_KEY"):
        assert settings.get(name, "no such setting") not in output
    for name in ("trigger_id", "response_url", "token", "text"):
        assert asked.delivery.payload[name] not in output
    for words in (PROMPT, "/respond/", "trigger_id", "Reference"):
        assert words not in output


async def test_nobody_else_of_the_machine_reads_what_the_bot_writes(platforms: Platforms) -> None:
    usual = os.umask(0o022)
    try:
        async with bot_process(platforms.environ, platforms.folder):
            ana = platforms.slack.person("ana")
            await platforms.ask()
            await ana.wait_for_message(predicate=lambda m: "is ready" in m.text, timeout_s=5)
            written = {path: path.stat().st_mode for path in platforms.folder.rglob("*")}
    finally:
        os.umask(usual)

    assert {path.name for path in written} >= {
        "bot.db",
        "bot.db-wal",
        "bot.db.lock",
        "bot.db.files",
    }
    assert [path.name for path, mode in written.items() if mode & 0o077] == []


async def test_slack_away_at_the_start_means_not_ready_until_it_is_back(
    platforms: Platforms,
) -> None:
    slack_port = int(platforms.slack.url.rpartition(":")[2])
    await platforms.slack.stop()
    async with bot_process(platforms.environ, platforms.folder, path="/livez") as bot:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{bot.url}/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["slack"] is False

        await platforms.slack.start(port=slack_port)
        await wait_until_answering(bot.process, f"{bot.url}/readyz")


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Fault("drop_before"), id="nothing"),
        pytest.param(Fault("status", 502, "<html>Bad gateway</html>", "text/html"), id="HTML"),
    ],
)
async def test_unclear_answer_at_the_start_is_asked_for_again(
    platforms: Platforms, trouble: Fault
) -> None:
    platforms.slack.faults.add("auth.test", trouble)

    async with bot_process(platforms.environ, platforms.folder):
        await platforms.ask()


@pytest.mark.timeout(60)
async def test_demo_ends_with_the_link_in_the_thread(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.child", "bot", "demo"),
        env={**of_this_machine(), "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        output, complaints = await process.communicate()

    text = output.decode()
    assert process.returncode == 0, text + complaints.decode()
    assert "The link is in the thread: http://127.0.0.1:" in text
    assert "your video is ready" in text
    assert '"prompt"' in text
    assert "Traceback" not in complaints.decode()


async def test_demo_that_does_not_get_its_video_says_so_and_ends_with_1(tmp_path: Path) -> None:
    impatient = "import sys, bot.cli.demo as demo; demo.VIDEO_WITHIN_S = 0.5; "
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", impatient + "sys.exit(demo.run_demo(keep=False))"),
        env={**of_this_machine(), "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaints = await process.communicate()

    assert process.returncode == 1
    assert "The demo did not finish: no link after" in output.decode()
    assert "Traceback" not in complaints.decode()
