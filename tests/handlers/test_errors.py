"""Whatever goes wrong in a listener is one sentence for the person, and nothing of the inside."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from bot.domain.errors import BotError, RequestRefused, SlackRefused, StoreUnavailable
from bot.sandbox.slack_delivery import Answer, ViewErrors
from bot.sandbox.slack_server import SlackSandbox
from bot.slack import ids
from handlers.errors import answer_error
from tests.handlers.desk import Desk, listening
from tests.sandbox.slack_world import Json

INSIDE = "/srv/bot.py: no column named hunter2"
COMMAND: Json = {"command": "/video", "text": "", "user_id": "U1"}
VIEW: Json = {"type": "view_submission", "view": {}}

OURS = [StoreUnavailable(), SlackRefused(), RequestRefused({"prompt": "Too long."}), BotError()]
OTHERS = [ValueError(INSIDE), KeyError(INSIDE), RuntimeError(), ExceptionGroup(INSIDE, [OSError()])]


def name_of(error: Exception) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", OURS, ids=name_of)
async def test_our_error_is_told_in_its_own_words(error: BotError) -> None:
    beside = await answer_error(error, VIEW)
    private = await answer_error(error, COMMAND)

    wanted = {"response_action": "errors", "errors": {ids.PROMPT: error.sentence}}
    assert json.loads(beside.body) == wanted
    assert json.loads(private.body) == {"response_type": "ephemeral", "text": error.sentence}


@pytest.mark.parametrize("body", [COMMAND, VIEW], ids=["command", "view"])
@pytest.mark.parametrize("error", OTHERS, ids=name_of)
async def test_any_other_error_is_told_without_its_text(error: Exception, body: Json) -> None:
    answer = await answer_error(error, body)

    assert answer.status == 200
    assert BotError().sentence in answer.body
    assert "hunter2" not in answer.body
    assert "Traceback" not in answer.body


async def test_what_happened_is_in_the_log(logs: list[Json]) -> None:
    error = ValueError(INSIDE)

    await answer_error(error, COMMAND)

    (line,) = logs
    assert line["log_level"] == "error"
    assert line["exc_info"] is error


# -- through Bolt ------------------------------------------------------------------------------


async def submit(slack: SlackSandbox, prompt: str = "Ten sentences about us.") -> Answer:
    ana = slack.person("ana")
    await ana.command()
    return await ana.submit(await ana.wait_for_view(), {ids.PROMPT: prompt})


class BrokenStore:
    async def add_job(self, *_: Any) -> None:
        raise RuntimeError(INSIDE)


async def test_listener_that_breaks_keeps_the_form_open_and_says_so(slack: SlackSandbox) -> None:
    async with listening(slack, BrokenStore()):
        answer = await submit(slack)

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.PROMPT: BotError().sentence}
    assert slack.person("ana").top_view is not None


async def test_locked_database_keeps_the_form_open_with_the_sentence_beside_the_prompt(
    desk: Desk, locked: sqlite3.Connection
) -> None:
    answer = await submit(desk.slack)

    assert isinstance(answer, ViewErrors)
    assert answer.errors == {ids.PROMPT: StoreUnavailable().sentence}
    view = desk.ana.top_view
    assert view is not None
    assert view.values[ids.PROMPT][ids.PROMPT]["value"] == "Ten sentences about us."
    assert await desk.store.recent_jobs(10) == []


async def test_same_form_sent_again_is_taken_once_the_database_is_back(
    desk: Desk, locked: sqlite3.Connection
) -> None:
    await submit(desk.slack)
    view = desk.ana.top_view
    assert view is not None
    locked.execute("ROLLBACK")

    answer = await desk.ana.submit(view)

    assert answer.ok
    assert desk.ana.top_view is None
    (job,) = await desk.store.recent_jobs(10)
    assert job.prompt == "Ten sentences about us."
