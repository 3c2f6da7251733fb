"""How the Slack stand-in says no: to the bot through the API, and to a test through an exception."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SlackRefusal(Exception):  # noqa: N818 -- it is Slack's answer, not a fault of ours
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


class SandboxRefusal(AssertionError):  # noqa: N818 -- it names what Slack would not have allowed
    """Slack or its client would not do this: the bot's answer or the test's step is wrong."""
