"""Bringing a payload to the bot, by signed HTTP request or by socket, and what came back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.sockets import SocketHub
from bot.sandbox.slack.state import Json, Message

Kind = Literal["slash_commands", "interactive", "events_api"]
ACK_LIMIT_S = 3.0  # FACTS section 1
FORM = "application/x-www-form-urlencoded"


def sign(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The two headers with which Slack proves that a request is its own."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


@dataclass(frozen=True)
class Delivery:
    """One payload and how it travels; kept so that it can be sent again byte for byte."""

    kind: Kind
    payload: Json

    def http(self) -> tuple[bytes, str]:
        """The body and its content type, as Slack sends them over HTTP."""
        if self.kind == "events_api":
            return json.dumps(self.payload).encode(), "application/json"
        form = self.payload
        if self.kind == "interactive":
            form = {"payload": json.dumps(self.payload)}
        return urlencode(form).encode(), FORM


@dataclass
class Answer:
    """The bot's answer; `body` is JSON where it is that, else text ("" for an empty one)."""

    delivery: Delivery
    elapsed_s: float
    status: int | None = None
    body: Any = ""
    timed_out: bool = False
    message: Message | None = None  # what the person posted, or was answered with

    @property
    def ok(self) -> bool:
        """The bot acknowledged in time."""
        return self.status == 200 and not self.timed_out


@dataclass
class ViewErrors(Answer):
    """The bot refused a submission; `errors` maps block_id to the sentence shown there."""

    errors: dict[str, str] = field(default_factory=dict)


class Courier:
    """Knows where the bot listens. A connected socket goes before an HTTP address."""

    def __init__(self, app: SlackApp, sockets: SocketHub, signing_secret: str) -> None:
        self.bot_url: str | None = None
        self.ack_limit_s = ACK_LIMIT_S
        self._app = app
        self._sockets = sockets
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def deliver(self, delivery: Delivery, *, retry_num: int | None = None) -> Answer:
        """Send and wait; an answer later than three seconds is no answer."""
        started = time.monotonic()
        answer = Answer(delivery, 0.0)
        try:
            async with asyncio.timeout(self.ack_limit_s):
                if self.bot_url is not None and not self._sockets.connected:
                    answer.status, answer.body = await self._by_http(delivery, retry_num)
                else:
                    answer.body = await self._by_socket(delivery, retry_num)
                    answer.status = 200
        except TimeoutError:
            answer.timed_out = True
            if self.bot_url is None and not self._sockets.connected:
                answer.body = "no bot is connected"
        except aiohttp.ClientError as error:  # what Slack shows as "dispatch_failed"
            answer.body = f"the bot cannot be reached: {error}"
        if isinstance(answer.body, dict):
            self._app.sent.append(answer.body)
        answer.elapsed_s = time.monotonic() - started
        return answer

    async def _by_http(self, delivery: Delivery, retry_num: int | None) -> tuple[int, Any]:
        if self._session is None or self.bot_url is None:
            raise SandboxRefusal("the sandbox is not started or not connected to a bot")
        body, content_type = delivery.http()
        headers = {"Content-Type": content_type} | sign(self._secret, body, int(time.time()))
        if retry_num is not None:
            headers |= {"X-Slack-Retry-Num": str(retry_num), "X-Slack-Retry-Reason": "http_timeout"}
        async with self._session.post(self.bot_url, data=body, headers=headers) as response:
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            return response.status, json.loads(text) if is_json else text

    async def _by_socket(self, delivery: Delivery, retry_num: int | None) -> Any:
        hub = self._sockets
        await self._app.wait_for(
            lambda: hub.connected or None, self.ack_limit_s, "the bot's socket"
        )
        retry = {} if retry_num is None else {"retry_attempt": retry_num, "retry_reason": "timeout"}
        payload = await hub.deliver(delivery.kind, delivery.payload, retry)
        if isinstance(payload, dict) and set(payload) == {"text"}:
            return payload["text"]  # the SDK wraps plain text; over HTTP it is bare
        return "" if payload is None else payload
