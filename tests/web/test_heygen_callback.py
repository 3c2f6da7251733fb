"""POST /heygen/callback/{token}: whoever knows the token causes one look at one job, no more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.workflow.submitter import token_hash
from tests.web.desk import Desk

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
    desk: Desk, method: str, path: str
) -> None:
    await desk.store.close()

    assert (await desk.ask(method, path)).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_probe_with_a_real_token_causes_nothing(desk: Desk, method: str) -> None:
    await desk.ask(method, "/heygen/callback/token-1")

    assert await desk.nothing_happened()


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
    desk: Desk, body: Any
) -> None:
    before, history = desk.jobs["job-1"], await desk.store.jobs.history_of("job-1")

    reply = await desk.ask("POST", "/heygen/callback/token-1", data=body)

    assert reply.status == 200
    due = replace(before, due_at=desk.clock.now(), version=before.version + 1)
    assert await desk.read("job-1") == due
    assert await desk.read("job-2") == desk.jobs["job-2"]
    assert await desk.store.jobs.history_of("job-1") == history
    assert await desk.due() == ["job-1"]
    assert desk.rung == ["poll"]


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
async def test_any_other_token_is_404_and_changes_nothing(desk: Desk, token: str) -> None:
    reply = await desk.ask("POST", f"/heygen/callback/{token}", json=EVENT)

    assert reply.status == 404
    assert await desk.nothing_happened()


@pytest.mark.parametrize("path", ["/heygen/callback/", "/heygen/callback", "/heygen/callback/a/b"])
async def test_address_without_one_token_is_404(desk: Desk, path: str) -> None:
    assert (await desk.ask("POST", path, json=EVENT)).status == 404


async def test_too_large_body_is_413_before_the_token_is_read(desk: Desk) -> None:
    reply = await desk.ask("POST", "/heygen/callback/token-1", data=b"x" * 64_001)

    assert reply.status == 413
    assert await desk.nothing_happened()


async def test_locked_database_asks_heygen_to_repeat(desk: Desk) -> None:
    with desk.locked():
        reply = await desk.ask("POST", "/heygen/callback/token-1", json=EVENT)

    assert reply.status == 503
    assert await desk.nothing_happened()


async def test_token_is_neither_in_the_database_nor_in_the_log(
    desk: Desk, logs: list[dict[str, Any]]
) -> None:
    await desk.ask("POST", "/heygen/callback/token-1", json=EVENT)

    await desk.store.close()
    files = b"".join(path.read_bytes() for path in desk.path.parent.glob("bot.db*"))
    assert b"token-1" not in files
    assert "token-1" not in repr(logs)
