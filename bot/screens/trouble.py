"""What is shown instead of a modal or a Home tab that could not be made."""

from __future__ import annotations

from typing import Any

from bot.domain import texts
from bot.screens.blocks import home, modal, plain_section
from bot.screens.language import Language


def trouble_modal(sentence: str, say: Language) -> dict[str, Any]:
    """A modal that says what went wrong; what lies below it on the stack stays as it is."""
    return modal(say(texts.WENT_WRONG_TITLE), say(texts.CLOSE), [plain_section(say(sentence))])


def trouble_home(sentence: str, say: Language) -> dict[str, Any]:
    """A Home tab that says what went wrong."""
    return home([plain_section(say(sentence))])
