"""The baseline for large files: httpx.AsyncClient as its documentation shows it, nothing else.

Standard input: {"way", "get", "headers", "size", "path", "api", "key"}; standard output:
{"get_s", "send_s"}. A process of its own, as the bot is. Nothing is checked, hashed or repeated.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx

PIECE_BYTES = 1024 * 1024  # httpx's own is 64 kB, which is slower

Asked = dict[str, Any]


async def fetch(client: httpx.AsyncClient, asked: Asked) -> None:
    async with client.stream("GET", asked["get"], headers=asked["headers"]) as answer:
        answer.raise_for_status()
        with open(asked["path"], "wb") as file:  # noqa: ASYNC230 - as a first version does
            async for chunk in answer.aiter_bytes():
                file.write(chunk)


async def bytes_of(path: str) -> AsyncIterator[bytes]:
    with open(path, "rb") as file:  # noqa: ASYNC230
        while chunk := file.read(PIECE_BYTES):
            yield chunk


async def to_heygen(client: httpx.AsyncClient, asked: Asked) -> None:
    """Agree on a direct upload, PUT the bytes, complete."""
    headers = {"X-Api-Key": asked["key"]}
    body = {"filename": "clip.mp4", "content_type": "video/mp4", "size_bytes": asked["size"]}
    url = f"{asked['api']}/v3/assets"
    answer = await client.post(f"{url}/direct-uploads", json=body, headers=headers)
    ticket = answer.raise_for_status().json()["data"]
    sent = {**ticket["upload_headers"], "Content-Length": str(asked["size"])}
    stored = await client.put(ticket["upload_url"], content=bytes_of(asked["path"]), headers=sent)
    stored.raise_for_status()
    done = await client.post(f"{url}/{ticket['asset_id']}/complete", json={}, headers=headers)
    done.raise_for_status()


async def to_slack(client: httpx.AsyncClient, asked: Asked) -> None:
    """Slack's three steps."""
    headers = {"Authorization": f"Bearer {asked['key']}"}
    query = {"filename": "clip.mp4", "length": str(asked["size"])}
    api = asked["api"]
    answer = await client.post(f"{api}files.getUploadURLExternal", data=query, headers=headers)
    step = answer.json()
    sent = {"Content-Length": str(asked["size"]), "Content-Type": "application/octet-stream"}
    stored = await client.post(step["upload_url"], content=bytes_of(asked["path"]), headers=sent)
    stored.raise_for_status()
    body = {"files": [{"id": step["file_id"]}]}
    done = await client.post(f"{api}files.completeUploadExternal", json=body, headers=headers)
    assert done.json()["ok"], done.text


async def run(asked: Asked) -> dict[str, float]:
    send = {"heygen": to_heygen, "slack": to_slack}[asked["way"]]
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        began = time.perf_counter()
        await fetch(client, asked)
        fetched = time.perf_counter()
        await send(client, asked)
        os.unlink(asked["path"])
        return {"get_s": fetched - began, "send_s": time.perf_counter() - fetched}


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
