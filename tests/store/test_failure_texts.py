"""Why a video failed, read from disk, can still be said in the language of whoever reads it."""

from __future__ import annotations

import pytest

from bot.domain import texts
from bot.domain.errors import AttachmentUnusable, BotError, VideoAgentBlocked
from bot.domain.job.job import Failure
from bot.domain.job.progress import NO_REASON, TIMED_OUT, failure_from
from bot.domain.ports.store import Store
from bot.heygen.errors import error_from
from bot.screens.language import language_of
from tests.builders import a_job, changed

SAYS_WHY = b'{"error": {"code": "invalid_parameter", "message": "Voice 1,000.5 {x} is gone"}}'
FAILURES = [
    NO_REASON,
    TIMED_OUT,
    failure_from(VideoAgentBlocked()),
    failure_from(BotError()),
    failure_from(error_from(400, {}, SAYS_WHY)),
    failure_from(
        AttachmentUnusable(texts.FILE_TOO_LARGE.format(name="a {b}.png", size=12.5, most=1_000))
    ),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
async def test_failure_read_from_disk_is_said_in_german(store: Store, failure: Failure) -> None:
    say = language_of("de-DE")
    await store.jobs.add(changed(a_job(), failure=failure), [])

    read = await store.jobs.get(a_job().id)

    assert read is not None
    assert read.outcome.failure == failure
    assert say(read.outcome.failure.message) == say(failure.message) != failure.message
    assert say(read.outcome.failure.hint) == say(failure.hint) != failure.hint


async def test_heygen_s_own_words_stay_as_they_are(store: Store) -> None:
    failure = failure_from(error_from(400, {}, SAYS_WHY))
    await store.jobs.add(changed(a_job(), failure=failure), [])

    read = await store.jobs.get(a_job().id)

    assert read is not None
    assert read.outcome.failure is not None
    assert language_of("de")(read.outcome.failure.message).endswith(
        "HeyGen sagt: Voice 1,000.5 {x} is gone."
    )
