"""The baseline for many renders: one asyncio task for each job, polling its video, no outbox.

Written the way a first version is: `seed_ids` are the videos, each is asked about every interval.
"""

from __future__ import annotations

import asyncio
import os
import sys

import httpx

CONNECTIONS = 100


async def follow(
    client: httpx.AsyncClient, slots: asyncio.Semaphore, video_id: str, interval_s: float
) -> None:
    while True:
        try:
            async with slots:  # without it httpx's pool alone takes minutes for 10,000 waiters
                answer = await client.get(f"/v3/videos/{video_id}")
            if answer.json()["data"]["status"] in ("completed", "failed"):
                return
        except (httpx.HTTPError, ValueError, KeyError):
            pass
        await asyncio.sleep(interval_s)


async def run() -> None:
    video_ids = sys.stdin.read().split()
    headers = {"X-Api-Key": os.environ["HEYGEN_API_KEY"], "User-Agent": "naive"}
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(
        base_url=os.environ["HEYGEN_API_URL"], headers=headers, limits=limits, timeout=600
    ) as client:
        interval_s = float(os.environ["POLL_INTERVAL_S"])
        slots = asyncio.Semaphore(CONNECTIONS)
        await asyncio.gather(*(follow(client, slots, i, interval_s) for i in video_ids))


if __name__ == "__main__":
    asyncio.run(run())
