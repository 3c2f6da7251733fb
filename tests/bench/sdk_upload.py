"""The baseline for the way to Slack: slack_sdk's files_upload_v2, which holds the whole file.

Standard input: {"token", "base_url", "path", "channel"}; standard output: {"seconds", "growth_mb"}.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.memory import peak_mb


async def run(asked: dict[str, Any]) -> dict[str, float]:
    client = AsyncWebClient(asked["token"], base_url=asked["base_url"], timeout=600)
    await client.auth_test()
    before_mb, began = peak_mb(os.getpid()), time.perf_counter()
    await client.files_upload_v2(file=asked["path"], channel=asked["channel"])
    return {"seconds": time.perf_counter() - began, "growth_mb": peak_mb(os.getpid()) - before_mb}


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
