"""The client's docstrings tell the truth about routes, and name what is raised."""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from bot.domain.errors import VideoAgentError
from bot.heygen.client import HeyGenClient
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.heygen.answers import ENDPOINTS
from tests.heygen.calls import CALLS, a_bot
from tests.heygen.conftest import TLS

METHODS = {
    name: method
    for name, method in inspect.getmembers(HeyGenClient, inspect.isfunction)
    if not name.startswith("_") and name != "close"
}


def calls_of(method: str) -> set[str]:
    named = [call.endpoints for name, call in CALLS.items() if name.partition(",")[0] == method]
    return {endpoint for endpoints in named for endpoint in endpoints}


@pytest.mark.parametrize("name", CALLS)
async def test_each_call_asks_the_routes_it_is_said_to_ask(
    name: str, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    """With assets that HeyGen looks at for long, so that their status is asked for, too."""
    heygen.direct_uploads.processing_s = 1000.0
    transport = httpx.AsyncHTTPTransport(verify=TLS)
    async with a_bot(tmp_path, heygen.url, transport) as bot:
        with suppress(VideoAgentError):  # "s" and "v" are not there
            await CALLS[name].run(bot)

    asked = {request.route for request in heygen.requests if request.path.startswith("/v3/")}
    assert asked == set(CALLS[name].endpoints)
    assert asked <= set(ENDPOINTS)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_names_its_routes_and_its_errors(name: str) -> None:
    docstring = " ".join((METHODS[name].__doc__ or "").split())

    named = set(re.findall(r"/v3/[a-z/{}_-]*[a-z}]", docstring))
    assert named == {endpoint.partition(" ")[2] for endpoint in calls_of(name)}
    assert re.search(r"[Rr]aises VideoAgent\w+", docstring)
