"""The baseline: Bolt's AsyncApp as its documentation shows it. It acks and stores nothing."""

from __future__ import annotations

import os
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


def main() -> None:
    token = os.environ["SLACK_BOT_TOKEN"]
    app = AsyncApp(
        client=AsyncWebClient(token=token, base_url=os.environ["SLACK_API_URL"]),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    )

    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()

    app.command("/video")(handle)
    app.view("video_composer")(handle)
    app.start(port=int(os.environ["PORT"]), host="127.0.0.1")


if __name__ == "__main__":
    main()
