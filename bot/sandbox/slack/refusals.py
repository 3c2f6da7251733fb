"""How the Slack stand-in says no: to the bot through the API, to a test by an exception."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SlackRefusal(Exception):
    """An API answer with `ok: false`; `messages` go to `response_metadata.messages`."""

    def __init__(self, error: str, messages: Sequence[str] = (), **extra: Any) -> None:
        super().__init__(error if not messages else f"{error}: {'; '.join(messages)}")
        self.error = error
        self.messages = list(messages)
        self.extra = extra

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body


class RateLimited(SlackRefusal):
    """HTTP 429; `retry_after` is the header as it is sent, sensible or not."""

    def __init__(self, retry_after: str) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class SandboxRefusal(AssertionError):
    """Slack or its client would not do this: the bot's answer or the test's step is wrong."""
