"""What is shown instead of a modal or a Home tab that could not be made."""

from __future__ import annotations

from typing import Any

from bot.domain import texts
from bot.screens.language import Language


def trouble_modal(sentence: str, say: Language) -> dict[str, Any]:
    """A modal that says what went wrong; what lies below it on the stack stays as it is."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": say(texts.WENT_WRONG_TITLE)},
        "close": {"type": "plain_text", "text": say(texts.CLOSE)},
        "blocks": [_section(sentence, say)],
    }


def trouble_home(sentence: str, say: Language) -> dict[str, Any]:
    """A Home tab that says what went wrong."""
    return {"type": "home", "blocks": [_section(sentence, say)]}


def _section(sentence: str, say: Language) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": say(sentence)[:3_000]}}
