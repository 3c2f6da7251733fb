"""The pages of whoever adds the app to a workspace, whatever Bolt's flow says or raises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError

from bot.domain.errors import StoreUnavailable
from bot.web.install import (
    BEGUN_A_SECOND,
    InstallOutcome,
    InstallPages,
    failed,
    install_page,
    page,
)

HOSTILE = '<script>alert("x")</script>'


class Flow:
    """Bolt's, which answers or raises what a test wants."""

    def __init__(self) -> None:
        self.answer = BoltResponse(status=200, body=install_page("https://slack.com/x?a=1&b=2"))
        self.error: Exception | None = None
        self.asked: list[AsyncBoltRequest] = []

    async def handle_installation(self, request: AsyncBoltRequest) -> BoltResponse:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        return self.answer

    handle_callback = handle_installation


@asynccontextmanager
async def serving(flow: Flow, seconds: float = 0.0) -> AsyncIterator[str]:
    pages = InstallPages(flow, monotonic=lambda: seconds)
    app = web.Application()
    app.router.add_get("/slack/install", pages.handle_install)
    app.router.add_get("/slack/oauth_redirect", pages.handle_redirect)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_page_is_for_this_visitor_alone_and_tells_nobody_its_address() -> None:
    async with (
        serving(Flow()) as url,
        aiohttp.ClientSession() as http,
        http.get(f"{url}/slack/install") as answer,
    ):
        text = await answer.text()

    assert answer.content_type == "text/html"
    assert 'href="https://slack.com/x?a=1&amp;b=2"' in text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StoreUnavailable(), 503, "I couldn't save the installation"),
        (SlackClientError("no JSON"), 502, "Slack didn't answer"),
        (aiohttp.ClientConnectionError("gone"), 502, "Slack didn't answer"),
        (TimeoutError(), 502, "Slack didn't answer"),
        (KeyError("access_token"), 502, "Slack didn't answer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_goes_wrong_is_told_on_a_page(error: Exception, status: int, words: str) -> None:
    flow = Flow()
    flow.error = error
    async with serving(flow) as url, aiohttp.ClientSession() as http:
        for path in ("install", "oauth_redirect"):
            async with http.get(f"{url}/slack/{path}?code=1&state=2") as answer:
                text = unescape(await answer.text())

            assert (answer.status, words in text, "Start again" in text) == (status, True, True)


async def test_flood_of_visitors_begins_few_installations() -> None:
    flow = Flow()
    async with serving(flow) as url, aiohttp.ClientSession() as http:
        statuses = []
        for _ in range(BEGUN_A_SECOND + 5):
            async with http.get(f"{url}/slack/install") as answer:
                statuses.append(answer.status)

    assert statuses == [200] * BEGUN_A_SECOND + [429] * 5
    assert len(flow.asked) == BEGUN_A_SECOND


async def test_query_and_cookie_reach_the_flow_and_nothing_else_does() -> None:
    flow = Flow()
    async with serving(flow) as url, aiohttp.ClientSession() as http:
        headers = {"Cookie": "slack-app-oauth-state=s", "Authorization": "Bearer x"}
        async with http.get(f"{url}/slack/oauth_redirect?code=c&state=s", headers=headers):
            pass

    (asked,) = flow.asked
    assert (asked.query["code"], asked.query["state"]) == (["c"], ["s"])
    assert asked.headers == {"cookie": ["slack-app-oauth-state=s"]}


@pytest.mark.parametrize(
    "reason",
    [
        *("access_denied", "invalid_browser", "invalid_state", "missing_code", "invalid_code"),
        *("storage_error", "something_else", HOSTILE),
    ],
)
def test_every_failure_has_words_and_a_way_on(reason: str) -> None:
    told = unescape(failed(reason, 400).body)

    assert "<h1>" in told
    assert 'href="install"' in told
    assert "script" not in told
    assert reason not in told


def test_names_are_no_markup() -> None:
    told = page(HOSTILE, HOSTILE, button=(HOSTILE, HOSTILE))

    assert "<script" not in told
    assert told.count("&lt;script&gt;") == 5  # the title is there twice


def installed(**fields: Any) -> Any:
    usual = {
        **{"app_id": "A1", "team_id": "T1", "team_name": HOSTILE, "enterprise_id": "E1"},
        **{"enterprise_name": "Initech", "is_enterprise_install": False},
    }
    return SimpleNamespace(installation=SimpleNamespace(**{**usual, **fields}))


@pytest.mark.parametrize(
    ("has_default", "words"),
    [(True, "type /video in any channel to make the first"), (False, "presses Connect HeyGen")],
)
async def test_who_has_installed_is_told_what_is_next(has_default: bool, words: str) -> None:
    heard = []

    async def hear() -> None:
        heard.append("installed")

    outcome = InstallOutcome(hear, has_default=has_default)

    told = await outcome.success(installed())
    of_all = await outcome.success(installed(is_enterprise_install=True))

    assert heard == ["installed", "installed"]
    assert words in told.body
    assert "<script" not in told.body
    assert "app=A1&amp;team=T1" in told.body
    assert "Initech" in of_all.body
    assert "Slack's administration" in unescape(of_all.body)


async def test_reason_that_somebody_made_up_fills_no_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def hear() -> None:
        raise AssertionError("nothing was installed")

    args: Any = SimpleNamespace(reason="x" * 5_000, suggested_status_code=200)

    await InstallOutcome(hear, has_default=True).failure(args)

    assert len(capsys.readouterr().out) < 300
