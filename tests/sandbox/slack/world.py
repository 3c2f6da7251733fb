"""A workspace, a client and a tiny Bolt bot for the tests of the Slack stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.server import SlackSandbox

Json = dict[str, Any]


def client_for(sandbox: SlackSandbox, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(
        token=sandbox.bot_token if token is None else token,
        base_url=sandbox.api_url,
        retry_handlers=[],
    )


async def refusal(call: Awaitable[Any]) -> Json:
    """The body of the refusal that the call meets."""
    try:
        await call
    except SlackApiError as error:
        body: Json = dict(error.response.data)
        return body
    raise AssertionError("the call was accepted")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def an_option(value: str, text: str = "") -> Json:
    return {"text": plain(text or value), "value": value}


def an_input(element: Json, block_id: str = "b", **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("Label"),
        "element": element,
        **more,
    }


def a_text_input(action_id: str = "a", **more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": action_id, **more}


def a_modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "composer",
        "title": plain("A modal"),
        "submit": plain("Send"),
        "blocks": list(blocks or [an_input(a_text_input())]),
        **more,
    }


def a_button(action_id: str = "press", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("Press"), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def section(text: str = "words", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def bolt_app(sandbox: SlackSandbox) -> AsyncApp:
    return AsyncApp(
        client=client_for(sandbox),
        signing_secret=sandbox.signing_secret,
        process_before_response=True,
    )


@asynccontextmanager
async def bot_over_http(sandbox: SlackSandbox, app: AsyncApp) -> AsyncIterator[None]:
    runner = web.AppRunner(app.web_app(path="/slack/events"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sandbox.connect(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bot_over_socket(sandbox: SlackSandbox, app: AsyncApp) -> AsyncIterator[None]:
    handler: Any = AsyncSocketModeHandler(app, app_token=sandbox.app_token)
    await handler.connect_async()
    try:
        yield
    finally:
        await handler.close_async()


TRANSPORTS: dict[str, Callable[[SlackSandbox, AsyncApp], Any]] = {
    "http": bot_over_http,
    "socket": bot_over_socket,
}
