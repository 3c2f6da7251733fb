"""POST /heygen/callback/{token}: whoever knows the token causes one look at one job, no more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.workflow.submitter import token_hash
from tests.web.serving import ServedBot

EVENT = {"event_type": "video_agent.success", "event_data": {"session_id": "session-1"}}
CLAIMS = {
    "event_type": "avatar_video.fail",
    "status": "failed",
    "callback_id": "job-2",
    "event_data": {
        "session_id": "session-2",
        "video_id": "video-2",
        "status": "failed",
        "video_url": "https://evil.example/other.mp4",
        "msg": "<!channel> read this",
    },
}


@pytest.mark.parametrize(
    "path", ["/heygen/webhook", "/heygen/callback/any", "/heygen/callback/x%2Fy"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_probe_is_answered_even_while_the_database_is_away(
    bot: ServedBot, method: str, path: str
) -> None:
    await bot.store.close()

    assert (await bot.ask(method, path)).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_probe_with_a_real_token_causes_nothing(bot: ServedBot, method: str) -> None:
    await bot.ask(method, "/heygen/callback/token-1")

    assert await bot.nothing_happened()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(json.dumps(EVENT), id="event"),
        pytest.param(json.dumps(CLAIMS), id="claims of a failure, a link, another job"),
        pytest.param("<html>", id="no JSON"),
        pytest.param(b"\xff\x00", id="no text"),
        pytest.param("", id="empty"),
    ],
)
async def test_right_token_makes_its_job_due_now_and_changes_nothing_else(
    bot: ServedBot, body: Any
) -> None:
    before, history = bot.jobs["job-1"], await bot.store.jobs.history_of("job-1")

    reply = await bot.ask("POST", "/heygen/callback/token-1", data=body)

    assert reply.status == 200
    due = replace(before, due_at=bot.clock.now(), version=before.version + 1)
    assert await bot.read("job-1") == due
    assert await bot.read("job-2") == bot.jobs["job-2"]
    assert await bot.store.jobs.history_of("job-1") == history
    assert await bot.due() == ["job-1"]
    assert bot.rung == ["poll"]


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("token-3", id="unknown"),
        pytest.param("TOKEN-1", id="other case"),
        pytest.param("token-1%20", id="space at the end"),
        pytest.param("token-", id="beginning only"),
        pytest.param(token_hash("token-1"), id="the hash that is stored"),
        pytest.param("job-1", id="id of a job"),
        pytest.param("%25", id="wildcard"),
        pytest.param("%00", id="NUL"),
        pytest.param("%ff%fe", id="not UTF-8"),
        pytest.param("%ed%a0%80", id="half a character"),
        pytest.param("é", id="not ASCII"),
        pytest.param("x" * 4_000, id="endless"),
    ],
)
async def test_any_other_token_is_404_and_changes_nothing(bot: ServedBot, token: str) -> None:
    reply = await bot.ask("POST", f"/heygen/callback/{token}", json=EVENT)

    assert reply.status == 404
    assert await bot.nothing_happened()


@pytest.mark.parametrize("path", ["/heygen/callback/", "/heygen/callback", "/heygen/callback/a/b"])
async def test_address_without_one_token_is_404(bot: ServedBot, path: str) -> None:
    assert (await bot.ask("POST", path, json=EVENT)).status == 404


async def test_too_large_body_is_413_before_the_token_is_read(bot: ServedBot) -> None:
    reply = await bot.ask("POST", "/heygen/callback/token-1", data=b"x" * 64_001)

    assert reply.status == 413
    assert await bot.nothing_happened()


async def test_locked_database_asks_heygen_to_repeat(bot: ServedBot) -> None:
    with bot.locked():
        reply = await bot.ask("POST", "/heygen/callback/token-1", json=EVENT)

    assert reply.status == 503
    assert await bot.nothing_happened()


async def test_token_is_neither_in_the_database_nor_in_the_log(
    bot: ServedBot, logs: list[dict[str, Any]]
) -> None:
    await bot.ask("POST", "/heygen/callback/token-1", json=EVENT)

    await bot.store.close()
    files = b"".join(path.read_bytes() for path in bot.path.parent.glob("bot.db*"))
    assert b"token-1" not in files
    assert "token-1" not in repr(logs)
