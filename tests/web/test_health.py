"""/livez, /readyz and /metrics: what an operator's machines read."""

from __future__ import annotations

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.job.job import JobState
from tests.builders import a_job
from tests.web.serving import ServedBot


async def test_process_that_answers_is_alive_whatever_is_missing(bot: ServedBot) -> None:
    bot.faults["slack"] = "Slack is away."
    await bot.store.close()

    reply = await bot.ask("GET", "/livez")

    assert (reply.status, json.loads(reply.text)) == (200, {"status": "ok"})


async def test_all_parts_there_means_ready(bot: ServedBot) -> None:
    reply = await bot.ask("GET", "/readyz")

    assert reply.status == 200
    assert json.loads(reply.text) == {"status": "ready", "checks": {"slack": True, "store": True}}


async def test_one_part_missing_means_not_ready_and_is_named(bot: ServedBot) -> None:
    bot.faults["slack"] = "Slack is away."

    reply = await bot.ask("GET", "/readyz")

    checks = {"slack": False, "store": True}
    assert reply.status == 503
    assert json.loads(reply.text) == {
        "status": "not ready",
        "checks": checks,
        "faults": {"slack": "Slack is away."},
    }


async def test_database_that_does_not_answer_means_not_ready(bot: ServedBot) -> None:
    await bot.store.close()

    reply = await bot.ask("GET", "/readyz")

    assert reply.status == 503
    assert json.loads(reply.text)["checks"]["store"] is False


async def counts(bot: ServedBot) -> dict[str, float]:
    reply = await bot.ask("GET", "/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/plain")
    families = {f.name: f for f in text_string_to_metric_families(reply.text)}
    return {s.labels["state"]: s.value for s in families["video_bot_jobs"].samples}


async def test_metrics_count_the_jobs_in_every_state(bot: ServedBot) -> None:
    await bot.add(a_job("job-3", state=JobState.FAILED))

    nothing = {state.value: 0 for state in JobState}
    assert await counts(bot) == nothing | {"rendering": 2, "failed": 1}


async def test_metrics_follow_the_database_at_every_scrape(bot: ServedBot) -> None:
    assert (await counts(bot))["queued"] == 0

    await bot.add(a_job("job-3"))

    assert (await counts(bot))["queued"] == 1


async def test_metrics_without_a_database_are_503(bot: ServedBot) -> None:
    await bot.store.close()

    assert (await bot.ask("GET", "/metrics")).status == 503


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
async def test_nothing_can_be_posted_to_what_is_only_read(bot: ServedBot, path: str) -> None:
    assert (await bot.ask("POST", path, data=b"{}")).status == 405


async def test_slack_s_route_is_closed_in_socket_mode(bot: ServedBot) -> None:
    assert (await bot.ask("POST", "/slack/events", data=b"payload={}")).status == 404
