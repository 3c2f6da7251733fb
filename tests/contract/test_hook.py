"""The hook itself: what is wrong fails the test in which it happened, and nothing else does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFTEST = 'pytest_plugins = ["tests.contract.hook"]\n'
TESTS = """
import pytest
from bot.sandbox.faults import Fault
from tests.sandbox.heygen.world import heygen_world

ME, CREATE = "/v3/users/me", "POST /v3/video-agents"
WRONG = {"prompt": "Tea", "duration": 30}


async def test_right():
    async with heygen_world() as world:
        assert (await world.post()).status_code == 200


async def test_request_with_an_unknown_field():
    async with heygen_world() as world:
        assert (await world.post(WRONG)).status_code == 422


@pytest.mark.wrong_requests
async def test_request_that_is_meant_wrong():
    async with heygen_world() as world:
        assert (await world.post(WRONG)).status_code == 422


@pytest.mark.wrong_requests
async def test_mark_that_nothing_needs():
    async with heygen_world() as world:
        await world.post()


async def test_key_of_another_form():
    async with heygen_world() as world:
        await world.post(key="")


async def test_query_that_no_list_has():
    async with heygen_world() as world:
        await world.http.get("/v3/video-agents?limit=101")


async def test_route_that_nobody_knows():
    async with heygen_world() as world:
        await world.http.get("/v3/nowhere")


async def test_answer_without_a_required_field(monkeypatch):
    from bot.sandbox.heygen import server
    monkeypatch.setitem(server.USER, "username", None)
    async with heygen_world() as world:
        await world.http.get(ME)


async def test_refusal_without_an_envelope():
    async with heygen_world() as world:
        world.heygen.faults.add(CREATE, Fault("status", 503))
        await world.post()


async def test_refusal_with_a_code_of_another_status():
    async with heygen_world() as world:
        body = '{"error": {"code": "internal_error"}}'
        world.heygen.faults.add(CREATE, Fault("status", 503, body))
        await world.post()


async def test_refusal_that_is_meant_odd():
    async with heygen_world() as world:
        world.heygen.faults.add(CREATE, Fault("status", 503, odd=True))
        await world.post()


async def test_oddness_that_nothing_needs():
    async with heygen_world() as world:
        body = '{"error": {"code": "internal_error"}}'
        world.heygen.faults.add(CREATE, Fault("status", 500, body, odd=True))
        await world.post()


async def test_answer_that_slack_would_not_give(monkeypatch):
    from bot.sandbox.slack import api
    from bot.sandbox.slack.server import SlackSandbox
    from slack_sdk.web.async_client import AsyncWebClient
    monkeypatch.setitem(api.METHODS, "auth.test", lambda state, params: {"user_id": 7})
    async with SlackSandbox() as slack:
        await AsyncWebClient(slack.bot_token, base_url=slack.api_url).auth_test()


@pytest.fixture
async def late():
    async with heygen_world() as world:
        yield world
        await world.http.get("/v3/nowhere")


async def test_request_of_a_fixture_at_its_end(late):
    pass
"""
FAILED = {
    "request_with_an_unknown_field": "'duration' was unexpected",
    "mark_that_nothing_needs": "no request was wrong and refused",
    "key_of_another_form": "Idempotency-Key '' has another form",
    "query_that_no_list_has": "limit='101' is not in 1..100",
    "route_that_nobody_knows": "GET /v3/nowhere, 404: the contract has no such route",
    "answer_without_a_required_field": "GET /v3/users/me, 200: answer: $.data.username",
    "refusal_without_an_envelope": "a refusal without HeyGen's envelope",
    "refusal_with_a_code_of_another_status": "internal_error is a 500 and not a 503",
    "oddness_that_nothing_needs": "says odd=True, but HeyGen may answer so",
    "answer_that_slack_would_not_give": "auth.test: $.user_id 7 is not of type 'string'",
    "request_of_a_fixture_at_its_end": "GET /v3/nowhere, 404: the contract has no such route",
}
PASSED = {"right", "request_that_is_meant_wrong", "refusal_that_is_meant_odd"}


def test_what_is_wrong_fails_the_test_in_which_it_happened(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_inner.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-v", "--tb=short", "-p", "no:cacheprovider"]

    run = subprocess.run(
        [*command, "-o", "asyncio_mode=auto", "-W", "ignore", "--strict-markers", "."],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    told = re.findall(r"^test_inner.py::test_(\w+) (\w+)", run.stdout, re.MULTILINE)
    unhappy = {name for name, outcome in told if outcome != "PASSED"}
    assert unhappy == FAILED.keys(), run.stdout
    assert {name for name, _ in told} - unhappy == PASSED
    assert [words for words in FAILED.values() if words not in run.stdout] == []


def test_child_process_tells_what_was_wrong_there(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        "import asyncio\n"
        "from tests.sandbox.heygen.world import heygen_world\n"
        "async def main():\n"
        "    async with heygen_world() as world:\n"
        "        await world.http.get('/v3/nowhere')\n"
        "asyncio.run(main())\n"
    )

    run = subprocess.run(
        [sys.executable, "-m", "tests.contract.child", "wrong"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert run.returncode == 3
    assert "GET /v3/nowhere, 404: the contract has no such route" in run.stderr
