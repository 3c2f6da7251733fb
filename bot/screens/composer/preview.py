"""The modal on top of the composer: the text that HeyGen would get, how long, how dear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import texts
from bot.domain.request.estimate import WORDS_PER_MINUTE, Estimate
from bot.domain.request.video_request import PROMPT_MAX_CHARS
from bot.domain.words import joined
from bot.screens import ids
from bot.screens.blocks import (
    SECTION_MAX_CHARS,
    TEXT_INPUT_MAX_CHARS,
    context,
    field,
    modal,
    plain_section,
    section,
    text_input,
)
from bot.screens.language import Language


@dataclass(frozen=True, slots=True)
class Preview:
    """`draft_key` names the whole request; `cost_usd` is (lowest, highest).

    `is_length_open`: nobody filled in a length, and the words of the prompt may name one.
    """

    draft_key: str
    prompt: str
    estimate: Estimate
    cost_usd: tuple[float, float]
    is_length_open: bool = False


def preview_view(preview: Preview, say: Language) -> dict[str, Any]:
    """The `prompt_preview` modal. Its submit makes the video."""
    facts = context("\n".join(say(fact) for fact in _facts(preview)))
    return modal(
        say(texts.PREVIEW_TITLE),
        say(texts.FORM_BACK),
        [*_prompt_blocks(preview.prompt, say), facts],
        submit=say(texts.FORM_SUBMIT),
        callback_id=ids.PROMPT_PREVIEW,
        private_metadata=preview.draft_key,
    )


def problem_view(sentences: Sequence[str], say: Language) -> dict[str, Any]:
    """What keeps the prompt from being shown, in place of it."""
    lines = "\n".join(f"• {say(sentence)}" for sentence in sentences)
    blocks = [section(say(texts.PROBLEM_INTRO)), *_read_only(lines)]
    return modal(say(texts.PROBLEM_TITLE), say(texts.FORM_BACK), blocks)


def is_editable(prompt: str) -> bool:
    """Whether the whole prompt fits into a field of Slack's."""
    return len(prompt) <= TEXT_INPUT_MAX_CHARS


def _prompt_blocks(prompt: str, say: Language) -> list[Block]:
    label = say(texts.PREVIEW_FIELD)
    if is_editable(prompt):
        element = text_input(initial=prompt, is_multiline=True)
        hint = say(texts.PREVIEW_HINT)
        return [field(ids.WRITTEN_PROMPT, label, element, hint=hint, is_optional=False)]
    why = texts.PREVIEW_TOO_LONG.format(most=TEXT_INPUT_MAX_CHARS)
    return [section(say(why)), *_read_only(prompt)]


def _read_only(text: str) -> list[SectionBlock]:
    """The text as it stands, in as many sections as it takes; nothing in it is markup."""
    starts = range(0, len(text), SECTION_MAX_CHARS)
    parts = [text[start : start + SECTION_MAX_CHARS] for start in starts]
    return [plain_section(part) for part in parts if part.strip()]


def _facts(preview: Preview) -> list[str]:
    guess, (low, high) = preview.estimate, preview.cost_usd
    seconds = texts.PREVIEW_SECONDS.format(
        seconds=guess.seconds,
        words=guess.words,
        rate=WORDS_PER_MINUTE,
    )
    return [
        texts.PREVIEW_LENGTH.format(count=len(preview.prompt), most=PROMPT_MAX_CHARS),
        joined(seconds, texts.PREVIEW_LENGTH_OPEN) if preview.is_length_open else seconds,
        texts.PREVIEW_COST.format(low=low, high=high),
    ]
