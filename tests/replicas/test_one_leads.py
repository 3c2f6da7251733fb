"""Real bots on one PostgreSQL database: each takes requests, one works, another takes over."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.sandbox_world import running


async def test_request_on_postgres_ends_with_its_video(tmp_path: Path, postgres_url: str) -> None:
    async with running(tmp_path, DATABASE_URL=postgres_url) as world:
        await world.ask()

        result = await world.result()

    assert "is ready" in result.text
