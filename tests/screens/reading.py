"""What stands in a message: its words, its buttons, what is behind the dots."""

from __future__ import annotations

from typing import Any


def words_of(message: Any) -> list[str]:
    """Every piece of mrkdwn that Slack would read."""
    texts = [message["text"]]
    for block in message["blocks"]:
        if block["type"] != "actions":
            texts += [e["text"] for e in block.get("elements", [block.get("text")])]
    return texts


def row_of(message: Any) -> list[Any]:
    """The elements of the one row of buttons."""
    (row,) = [b["elements"] for b in message["blocks"] if b["type"] == "actions"]
    return list(row)


def menu_of(message: Any) -> list[tuple[str, str]]:
    """Label and address (or "") of each option behind the dots."""
    (menu,) = [one for one in row_of(message) if one["type"] == "overflow"]
    return [(option["text"]["text"], option.get("url", "")) for option in menu["options"]]


def everything(message: Any) -> str:
    return "\n".join(words_of(message))
