"""What a prompt is composed of, and how much of our own direction may be left out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from bot.domain.prompt.shapes import StoryShape, shape_of
from bot.domain.request.brief import Brief, Detail
from bot.domain.request.estimate import script_words, speech_s, usual_s
from bot.domain.request.video_request import Attachment, Orientation

SCENES_ABOVE_S = 60  # up to here a story flows better without scene labels (FACTS, 14.1)
ROUNDED_TO = 5


class Trim(IntEnum):
    """How much of our own direction is left out to fit a size, in the order it goes (14.10)."""

    NOTHING = 0
    MUSIC = 1
    LAYERS = 2
    SCENE_VISUALS = 3
    EXTRA_TONE = 4
    STYLE = 5  # down to one line
    ALL = 6  # the compact form: no scenes, the shortest wording of everything


@dataclass(frozen=True, slots=True)
class Answers:
    """What a prompt is composed of. `padding` stretches a wished length (1.0 leaves it)."""

    prompt: str
    orientation: Orientation
    brief: Brief
    attachments: tuple[Attachment, ...]
    padding: float = 1.0

    @property
    def shape(self) -> StoryShape:
        return shape_of(self.brief.purpose)

    @property
    def length_s(self) -> int | None:
        """The length to tell, rounded; None when nobody has said or measured one."""
        wished = self.brief.length_s
        if not self.brief.is_exact_wording:
            return rounded(wished * self.padding) if wished else None
        longest = max(wished or 0, self.script_s or 0)
        return rounded(longest) if longest else None

    @property
    def script_s(self) -> int | None:
        """Seconds that an exact script takes; None for other requests and until it is read in."""
        words = script_words(self.prompt, self.attachments)
        return speech_s(words) if self.brief.is_exact_wording and words else None

    @property
    def scenes_s(self) -> int | None:
        """How long a video with scenes is; None when its story flows better without them."""
        if self.length_s and self.length_s > SCENES_ABOVE_S:
            return self.length_s
        if self.brief.purpose is None or self.brief.detail is not Detail.FULL:
            return None
        return self.length_s or usual_s(self.brief.purpose)


def rounded(number: float) -> int:
    """Seconds or words in steps of five: nobody is to be held to a single one."""
    return max(ROUNDED_TO, ROUNDED_TO * round(number / ROUNDED_TO))
