"""Socket Mode as Slack plays it: tickets, hello, envelopes, acks, redelivery, refresh."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.state import Json

# The types whose ack may carry an answer
WITH_ANSWER = ("slash_commands", "interactive")
MAX_SENDS = 4  # the first delivery and three repeats, as FACTS section 9 says of events


@dataclass
class Envelope:
    """One delivery on its way: waits for the ack, whichever socket brings it."""

    body: Json
    ack: asyncio.Future[Json | None]
    sent: int = 0


class SocketHub:
    def __init__(self, app: SlackApp) -> None:
        self._app = app
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._pending: dict[str, Envelope] = {}

    @property
    def connected(self) -> bool:
        return bool(self._sockets)

    @property
    def waiting(self) -> list[int]:
        """How often each envelope without an ack was sent so far."""
        return [envelope.sent for envelope in self._pending.values()]

    def new_address(self) -> str:
        """Where the bot may connect, once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        host = self._app.base_url.removeprefix("http://")
        return f"ws://{host}/link/?ticket={ticket}&app_id={self._app.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(self._hello())
        self._sockets.append(socket)
        self._app.changed()
        try:
            await self._send_waiting(socket)
            await self._listen(socket)
        finally:
            self._sockets.remove(socket)
            self._app.changed()
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._sockets) + 1,
            "debug_info": {"host": "applink-sandbox", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app.app_id},
        }

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self._take_ack(json.loads(message.data))

    def _take_ack(self, answer: Json) -> None:
        waiting = self._pending.pop(str(answer.get("envelope_id")), None)
        if waiting is not None and not waiting.ack.done():
            waiting.ack.set_result(answer.get("payload"))

    async def deliver(self, kind: str, payload: Json, retry: Json) -> Json | None:
        """The payload of the ack (None for an empty one). Waits as long as the caller lets it."""
        envelope_id = str(uuid.uuid4())
        body = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": kind in WITH_ANSWER,
            **retry,
        }
        ack: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        envelope = self._pending[envelope_id] = Envelope(body, ack)
        if self._sockets:
            await self._send(self._sockets[-1], envelope)
        return await ack

    async def _send(self, socket: web.WebSocketResponse, envelope: Envelope) -> None:
        body = dict(envelope.body)
        if envelope.sent and body["type"] == "events_api":
            body |= {"retry_attempt": envelope.sent, "retry_reason": "timeout"}
        envelope.sent += 1
        await socket.send_json(body)
        self._app.changed()

    async def _send_waiting(self, socket: web.WebSocketResponse) -> None:
        for envelope in list(self._pending.values()):
            if envelope.sent < MAX_SENDS:
                await self._send(socket, envelope)

    async def refresh(self) -> None:
        """Ask the bot to come back on a new socket, as Slack does every few hours."""
        reason = {"type": "disconnect", "reason": "refresh_requested"}
        for socket in list(self._sockets):
            await socket.send_json(reason | {"debug_info": {"host": "applink-sandbox"}})

    async def drop(self) -> None:
        """Close every socket from this side."""
        for socket in list(self._sockets):
            await socket.close()

    async def stop(self) -> None:
        for envelope in self._pending.values():
            envelope.ack.cancel()
        self._pending.clear()
        await self.drop()
