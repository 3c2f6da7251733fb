"""POST /heygen/webhook: only what HeyGen signed, and of that only the ids."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_job
from tests.web.serving import SECRETS, Reply, ServedBot, serving, signature

HEADER = "Heygen-Signature"


def event(**data: Any) -> bytes:
    return json.dumps({"event_type": "video_agent.success", "event_data": data}).encode()


BODY = event(session_id="session-1", video_id="video-1")


async def deliver(bot: ServedBot, body: bytes = BODY, **headers: str) -> Reply:
    """One event; signed as HeyGen would unless headers are given."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    given = names or {HEADER: signature(body)}
    return await bot.ask("POST", "/heygen/webhook", data=body, headers=given)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("header", ["Heygen-Signature", "Signature", "heygen-signature"])
async def test_signed_event_makes_its_job_due_now_and_changes_nothing_else(
    bot: ServedBot, header: str, secret: str
) -> None:
    before = bot.jobs["job-1"]

    reply = await deliver(bot, **{header: signature(BODY, secret)})

    assert reply.status == 200
    due = replace(before, due_at=bot.clock.now(), version=before.version + 1)
    assert await bot.read("job-1") == due
    assert await bot.read("job-2") == bot.jobs["job-2"]
    assert bot.rung == ["poll"]


async def test_what_a_signed_event_claims_is_not_taken(bot: ServedBot) -> None:
    claims = {"status": "failed", "msg": "no", "video_url": "https://evil.example/x.mp4"}
    before = bot.jobs["job-1"]

    await deliver(bot, event(video_id="video-1", **claims))

    due = replace(before, due_at=bot.clock.now(), version=before.version + 1)
    assert await bot.read("job-1") == due


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X": ""}, id="no signature"),
        pytest.param({HEADER: ""}, id="empty"),
        pytest.param({HEADER: "0" * 64}, id="zeros"),
        pytest.param({HEADER: signature(BODY, "another")}, id="another secret"),
        pytest.param({HEADER: signature(BODY + b" ")}, id="of another body"),
        pytest.param({HEADER: signature(BODY)[:-1]}, id="cut"),
        pytest.param({HEADER: signature(BODY, "")}, id="of an empty secret"),
        pytest.param({HEADER: ",".join(SECRETS)}, id="the secrets themselves"),
        pytest.param({HEADER: "é"}, id="not ASCII"),
        pytest.param({"X-Signature": signature(BODY)}, id="in another header"),
    ],
)
async def test_anything_else_is_401_and_changes_nothing(
    bot: ServedBot, headers: dict[str, str]
) -> None:
    reply = await deliver(bot, **headers)

    assert reply.status == 401
    assert await bot.nothing_happened()


@pytest.mark.parametrize("secret", ["", SECRETS[0]])
async def test_without_a_secret_nobody_is_let_in(tmp_path: Path, secret: str) -> None:
    async with serving(tmp_path, secrets=()) as bot:
        await bot.add(a_job(session_id="session-1"))

        reply = await deliver(bot, **{HEADER: signature(BODY, secret)})

        assert reply.status == 401
        assert await bot.nothing_happened()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(event(session_id="session-9", video_id="video-9"), id="unknown"),
        pytest.param(event(), id="none"),
        pytest.param(event(session_id="", video_id=""), id="empty"),
        pytest.param(event(session_id=None, video_id=["video-1"]), id="no text"),
        pytest.param(event(session_id="%", video_id="' OR 1=1 --"), id="SQL"),
        pytest.param(event(video_id="job-1", callback_id="job-1"), id="id of a job"),
    ],
)
async def test_ids_that_nobody_has_are_200_and_change_nothing(bot: ServedBot, body: bytes) -> None:
    await bot.add(a_job("job-3"))  # has neither session nor video yet

    reply = await deliver(bot, body)

    assert reply.status == 200
    assert await bot.nothing_happened()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{not json", id="no JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"event_data": {"session_id": "session-1"}}', id="no event_type"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"[" * 50_000, id="deeply nested"),
        pytest.param(event(session_id="\ud800"), id="half a character"),
    ],
)
async def test_signed_nonsense_is_400_and_changes_nothing(bot: ServedBot, body: bytes) -> None:
    reply = await deliver(bot, body)

    assert reply.status == 400
    assert await bot.nothing_happened()


async def test_too_large_body_is_413_before_its_signature_is_read(bot: ServedBot) -> None:
    body = event(session_id="session-1", more="x" * 64_000)

    reply = await deliver(bot, body)

    assert reply.status == 413
    assert await bot.nothing_happened()


async def test_too_large_body_of_unannounced_length_is_413(bot: ServedBot) -> None:
    body = event(session_id="session-1", more="x" * 64_000)

    async def in_pieces() -> AsyncIterator[bytes]:
        yield body

    headers = {HEADER: signature(body)}
    reply = await bot.ask("POST", "/heygen/webhook", data=in_pieces(), headers=headers)

    assert reply.status == 413
    assert await bot.nothing_happened()


async def test_locked_database_asks_heygen_to_repeat(bot: ServedBot) -> None:
    with bot.locked():
        reply = await deliver(bot)

    assert reply.status == 503
    assert await bot.nothing_happened()
    assert (await deliver(bot)).status == 200


async def test_same_event_twice_is_two_looks_and_nothing_else(bot: ServedBot) -> None:
    before = bot.jobs["job-1"]

    await deliver(bot)
    await deliver(bot)

    due = replace(before, due_at=bot.clock.now(), version=before.version + 2)
    assert await bot.read("job-1") == due
