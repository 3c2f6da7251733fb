from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.job.job import JobState
from bot.workflow.submitter import token_hash
from tests.builders import NOON, a_job
from tests.web.serving import ServedBot, serving


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[ServedBot]:
    """Two jobs that render; nobody would look at them for another hour."""
    async with serving(tmp_path) as bot:
        for number in ("1", "2"):
            await bot.add(
                a_job(
                    f"job-{number}",
                    state=JobState.RENDERING,
                    session_id=f"session-{number}",
                    video_id=f"video-{number}",
                    callback_token_hash=token_hash(f"token-{number}"),
                    due_at=NOON + timedelta(hours=1),
                )
            )
        yield bot
