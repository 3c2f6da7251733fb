"""Whatever HeyGen answers: valid answers are understood, and the rest is told in our errors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import VideoAgentError
from tests.contract.heygen import route_for
from tests.contract.transport import ContractedTransport
from tests.heygen.answers import (
    ODD,
    STORAGE,
    Place,
    answer,
    damaged_answer,
    places_in,
    success,
    whole_document,
    with_value_at,
)
from tests.heygen.calls import CALLS, Call, a_bot
from tests.heygen.conftest import KEY

FUZZ = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
API = "https://api.heygen.example.test"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """And no word about every retry: there are thousands."""
    stamina.instrumentation.set_on_retry_hooks([])
    with stamina.set_testing(True, attempts=2, cap=True):
        yield
    stamina.instrumentation.set_on_retry_hooks(None)


Answers = dict[str, httpx.Response]


class HeyGen:
    """The bot against answers made up for each route, one round of them after the other."""

    def __init__(self, folder: Path) -> None:
        self._answers: Answers = {}
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        a_client = a_bot(folder, API, ContractedTransport(self._answer, odd=True))
        self._bot = self._runner.run(self._stack.enter_async_context(a_client))

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def run(self, call: Call, answers: Answers) -> object:
        self._answers = answers
        return self._runner.run(self._awaited(call))

    def error_of(self, call: Call, answers: Answers) -> VideoAgentError | None:
        try:
            self.run(call, answers)
        except VideoAgentError as error:
            return error
        return None

    async def _awaited(self, call: Call) -> object:
        return await call.run(self._bot)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == STORAGE:
            return httpx.Response(200)
        if "token" in request.url.params:
            return httpx.Response(200, json={"data": [], "has_more": False, "next_token": None})
        path = request.url.raw_path.decode().partition("?")[0]
        told = self._answers[route_for(request.method, path)]
        return httpx.Response(told.status_code, headers=told.headers, stream=told.stream)


@pytest.fixture
def heygen(tmp_path: Path) -> Iterator[HeyGen]:
    heygen = HeyGen(tmp_path)
    yield heygen
    heygen.close()


@pytest.mark.parametrize("name", CALLS)
def test_every_valid_answer_is_understood(name: str, heygen: HeyGen) -> None:
    call = CALLS[name]

    @settings(FUZZ, max_examples=20)
    @given(st.fixed_dictionaries({one: answer(one) for one in call.endpoints}))
    def understood(answers: Answers) -> None:
        heygen.run(call, answers)

    understood()


@pytest.mark.parametrize("name", CALLS)
def test_every_damaged_answer_is_understood_or_told_as_our_error(name: str, heygen: HeyGen) -> None:
    call = CALLS[name]

    @settings(FUZZ, max_examples=20)
    @given(st.fixed_dictionaries({one: damaged_answer(one) for one in call.endpoints}))
    def told(answers: Answers) -> None:
        error = heygen.error_of(call, answers)

        assert error is None or (error.sentence.isprintable() and KEY not in repr(error))

    told()


PLACES = [
    pytest.param(name, endpoint, place, id=f"{name}: {endpoint} {place}")
    for name, call in CALLS.items()
    for endpoint in call.endpoints
    for place in places_in(whole_document(endpoint))
]


@pytest.mark.parametrize(("name", "endpoint", "place"), PLACES)
def test_odd_value_anywhere_is_understood_or_told_as_our_error(
    name: str, endpoint: str, place: Place, heygen: HeyGen
) -> None:
    whole = {one: whole_document(one) for one in CALLS[name].endpoints}

    for odd in ODD:
        documents = whole | {endpoint: with_value_at(whole[endpoint], place, odd)}
        heygen.error_of(CALLS[name], {one: success(told) for one, told in documents.items()})
