"""How long a video becomes and what it may cost, before anybody makes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.prompt.attachments import scripts_of
from bot.domain.prompt.shapes import shape_of
from bot.domain.request.brief import NO_BRIEF, Brief, Purpose
from bot.domain.request.video_request import Attachment

WORDS_PER_MINUTE = 150  # of speech (FACTS section 14.3)
SHORTEST_COMMON_S = 30  # HeyGen fills up what is shorter (FACTS section 14.3, common sizes)
SPREAD = (0.79, 1.74)  # real length against the wished one (FACTS section 13)

# Chinese and Japanese are written without blanks; about 250 such signs are spoken in a minute.
_SIGN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_WORDS_PER_SIGN = 0.6


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds of video, and the words spoken in them."""

    seconds: int
    words: int


def estimate(
    prompt: str, brief: Brief = NO_BRIEF, attachments: Sequence[Attachment] = ()
) -> Estimate:
    """The wished length if there is one; else speech of the prompt, yet a common length at least.

    A script that is read word for word takes the time it takes, if it is known already.
    """
    if brief.is_exact_wording and (words := script_words(prompt, attachments)):
        return Estimate(max(brief.length_s or 0, speech_s(words)), words)
    seconds = brief.length_s or max(speech_s(words_in(prompt)), usual_s(brief.purpose))
    return Estimate(seconds, words_for(seconds))


def cost_range_usd(seconds: int, usd_per_second: float) -> tuple[float, float]:
    """(lowest, highest) for a video of about this length, as HeyGen charges the real one."""
    low, high = SPREAD
    return seconds * low * usd_per_second, seconds * high * usd_per_second


def script_words(prompt: str, attachments: Sequence[Attachment]) -> int:
    """Words to be read word for word; 0 while an attached script has not been read in."""
    if scripts := scripts_of(attachments):
        return sum(words_in(a.text or "") for a in scripts)
    return words_in(prompt)


def words_in(text: str) -> int:
    signs = len(_SIGN.findall(text))
    return len(_SIGN.sub(" ", text).split()) + round(signs * _WORDS_PER_SIGN)


def speech_s(words: int) -> int:
    """Seconds that so many words take to speak; at least one."""
    return max(1, round(words * 60 / WORDS_PER_MINUTE))


def words_for(seconds: float) -> int:
    """Words that are spoken in so many seconds."""
    return round(seconds * WORDS_PER_MINUTE / 60)


def usual_s(purpose: Purpose | None) -> int:
    """The common length for a purpose, in the middle; for none the shortest common one."""
    usual = shape_of(purpose).usual_s
    return sum(usual) // 2 if usual else SHORTEST_COMMON_S
