"""Who may decide about a job: its requester, and the admins of the workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import JobUnknown, NotYours
from bot.domain.job.job import JobState
from bot.domain.job.permissions import Action, Who
from bot.slack.people import SlackPeople
from bot.workflow.parts import Parts, Policy
from handlers.person_controls import PersonControls
from tests.builders import a_job
from tests.fakes import FakeClock, fake_ports
from tests.handlers.listening import ListeningBot


@pytest.fixture
async def controls(bot: ListeningBot, client: AsyncWebClient) -> PersonControls:
    """Over one queued job of Ana's."""
    clock = FakeClock()
    await bot.store.jobs.add(a_job(requester_id=bot.ana.user.id), [])
    parts = Parts(fake_ports(bot.store, clock, Path()), Policy(), clock)
    return PersonControls(parts.controls, SlackPeople(client))


async def state(bot: ListeningBot) -> JobState:
    return JobState((await bot.store.jobs.get("job-1")).state)


def asked_about(bot: ListeningBot) -> int:
    return sum(call.method == "users.info" for call in bot.slack.calls)


async def test_requester_decides_and_nobody_is_asked(
    bot: ListeningBot, controls: PersonControls
) -> None:
    await controls.act(Action.CANCEL, "job-1", Who(bot.ana.user.id), bot.slack.state.team_id)

    assert await state(bot) is JobState.CANCELLED
    assert asked_about(bot) == 0


async def test_admin_decides_about_anybody_s_job(
    bot: ListeningBot, controls: PersonControls
) -> None:
    boss = bot.slack.add_user("boss", is_admin=True).id

    await controls.act(Action.CANCEL, "job-1", Who(boss), bot.slack.state.team_id)

    assert await state(bot) is JobState.CANCELLED


@pytest.mark.parametrize("team_id", [None, "T0ELSEWHERE"])
async def test_somebody_else_and_an_admin_of_elsewhere_decide_nothing(
    bot: ListeningBot, controls: PersonControls, team_id: str | None
) -> None:
    other = bot.slack.add_user("other", is_admin=team_id is not None).id

    with pytest.raises(NotYours):
        await controls.act(Action.CANCEL, "job-1", Who(other), team_id or bot.slack.state.team_id)

    assert await state(bot) is JobState.QUEUED


async def test_job_that_is_not_there_is_no_question_of_who_asks(
    bot: ListeningBot, controls: PersonControls
) -> None:
    with pytest.raises(JobUnknown):
        await controls.act(Action.CANCEL, "job-9", Who(bot.ana.user.id), "T1")

    assert asked_about(bot) == 0
