"""/metrics: how many jobs are in each state, as the database has it."""

from __future__ import annotations

from tests.web.serving import ServedBot


async def test_jobs_are_counted_by_state(bot: ServedBot) -> None:
    reply = await bot.ask("GET", "/metrics")

    assert reply.status == 200
    assert 'video_bot_jobs{state="rendering"} 2.0' in reply.text
    assert 'video_bot_jobs{state="queued"} 0.0' in reply.text


async def test_database_that_does_not_answer_is_503(bot: ServedBot) -> None:
    await bot.store.close()

    assert (await bot.ask("GET", "/metrics")).status == 503
