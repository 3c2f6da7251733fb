"""A HeyGen stand-in with a clock in the test's hand and a client that knows the key."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from bot.sandbox.heygen.server import HeyGenSandbox, SandboxSession

KEY = "test-key"
RENDER_S = 100.0
TLS = ssl.create_default_context()  # made once, as it takes longer than most tests


@dataclass
class HandClock:
    """Seconds since 1970, moved by hand."""

    at: float = 1_767_225_600.0

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class World:
    heygen: HeyGenSandbox
    http: httpx.AsyncClient
    clock: HandClock

    async def post(self, json: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"prompt": "About tea"} if json is None else json
        return await self.http.post("/v3/video-agents", json=body, headers=headers)

    async def create(self, prompt: str = "About tea", **fields: Any) -> SandboxSession:
        answer = await self.post({"prompt": prompt, **fields})
        return self.heygen.sessions[answer.json()["data"]["session_id"]]

    async def upload(self, data: bytes, name: str = "a.png", **headers: str) -> httpx.Response:
        return await self.http.post("/v3/assets", files={"file": (name, data)}, headers=headers)

    async def data(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def session(self, session: SandboxSession) -> Any:
        return await self.data(f"/v3/video-agents/{session.session_id}")

    async def video(self, session: SandboxSession) -> Any:
        return await self.data(f"/v3/videos/{session.assigned_video_id}")


def stranger(**options: Any) -> httpx.AsyncClient:
    """A client that carries no key unless it is given one."""
    return httpx.AsyncClient(verify=TLS, trust_env=False, timeout=5, **options)


@asynccontextmanager
async def heygen_world(**options: Any) -> AsyncIterator[World]:
    clock = HandClock()
    usual: dict[str, Any] = {"api_key": KEY, "render_s": RENDER_S, "now": clock}
    heygen = HeyGenSandbox(**usual | options)
    url = await heygen.start()
    try:
        async with stranger(base_url=url, headers={"X-Api-Key": KEY}) as http:
            yield World(heygen, http, clock)
    finally:
        await heygen.stop()
