"""What each purpose asks of a video: kind, length, arc, scenes; and the verbs for each energy.

The rules are those of FACTS section 14.3 to 14.5, the wording is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.request.brief import Purpose


class Energy(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class SceneKind(StrEnum):
    A_ROLL = "A-roll"
    B_ROLL = "B-roll"
    OVERLAY = "overlay"


MOTION = {
    Energy.LOW: "lines TYPE ON, pictures FADE IN and FLOAT, figures COUNT UP",
    Energy.MEDIUM: "lists CASCADE, panels SLIDE in, bars FILL, charts DRAW themselves",
    Energy.HIGH: "titles SLAM in, figures PUNCH up, labels STAMP, shapes SHATTER",
}
MUSIC = {
    Energy.LOW: "soft piano over warm pads",
    Energy.MEDIUM: "light electronic with a steady beat",
    Energy.HIGH: "driving drums and bass",
}
PACE = {
    Energy.LOW: "unhurried and close",
    Energy.MEDIUM: "conversational, at an even pace",
    Energy.HIGH: "brisk and lively",
}
MEDIA = (
    "motion graphics for data, diagrams and brand; stock footage for real places and people's "
    "feelings; AI-generated video for abstract ideas and for scenes nobody has filmed"
)
KINDS_OF_SCENES = (
    "A-roll is the presenter to the camera, B-roll fills the screen without the presenter, an "
    "overlay shows content beside the presenter, who changes sides. At most two of a kind in a "
    "row, two B-roll or more, each longer than six seconds."
)
LAYERS = (
    "four or more in B-roll (background, hero element, supporting data, information bar, "
    "effects), three or more beside the presenter. Everything moves"
)

_A, _B, _OVER = SceneKind.A_ROLL, SceneKind.B_ROLL, SceneKind.OVERLAY


@dataclass(frozen=True, slots=True)
class Scene:
    """One step of the story and what it shows."""

    name: str
    kind: SceneKind
    shows: str


@dataclass(frozen=True, slots=True)
class StoryShape:
    """`usual_s` is the (shortest, longest) common length, None where nothing is common."""

    kind: str
    usual_s: tuple[int, int] | None
    energy: Energy
    tone: str
    arc: str
    presenter: str
    scenes: tuple[Scene, ...]


ANY_SHAPE = StoryShape(
    kind="video",
    usual_s=None,
    energy=Energy.MEDIUM,
    tone="",
    arc="",
    presenter="an approachable expert in plain, smart clothes, in a bright and tidy workspace",
    scenes=(
        Scene("Hook", _A, "the one thing that makes people stay, as a statement"),
        Scene("Context", _B, "the situation people know"),
        Scene("Core", _OVER, "the main claim, point by point"),
        Scene("Proof", _B, "the figure, case or picture that proves it"),
        Scene("Close", _A, "what to remember"),
    ),
)

SHAPES = {
    Purpose.EXPLAINER: StoryShape(
        kind="explainer video",
        usual_s=(60, 90),
        energy=Energy.MEDIUM,
        tone="clear and curious, in everyday words with concrete examples",
        arc="context, core, takeaway",
        presenter="a patient expert in plain, smart clothes, in a bright room with a few books",
        scenes=(
            Scene("Hook", _A, "why this matters to the viewer, as a statement"),
            Scene("Context", _B, "the situation as people know it"),
            Scene("Core", _OVER, "the idea itself, one step after the other"),
            Scene("Core at work", _B, "the idea in one concrete example"),
            Scene("Takeaway", _A, "the one sentence to remember"),
        ),
    ),
    Purpose.DEMO: StoryShape(
        kind="product demo",
        usual_s=(60, 90),
        energy=Energy.MEDIUM,
        tone="practical and confident, close to the viewer's own work",
        arc="hook, problem, solution, call to action",
        presenter="a confident product specialist in plain, smart clothes, in a modern office",
        scenes=(
            Scene("Hook", _A, "the result, told first"),
            Scene("Problem", _B, "the trouble people have today"),
            Scene("Solution", _OVER, "the product and how it is used"),
            Scene("Solution at work", _B, "the product doing its work, close up"),
            Scene("Call to action", _A, "the next step"),
        ),
    ),
    Purpose.TUTORIAL: StoryShape(
        kind="tutorial",
        usual_s=(90, 120),
        energy=Energy.LOW,
        tone="calm and encouraging, one step at a time",
        arc="goal, steps, recap",
        presenter="a calm teacher in comfortable clothes, at a tidy desk with daylight",
        scenes=(
            Scene("Goal", _A, "what the viewer can do at the end"),
            Scene("First steps", _B, "what is needed, and how to begin"),
            Scene("Main steps", _OVER, "each step with its name on the screen"),
            Scene("Steps at work", _B, "the steps carried out, close up"),
            Scene("Recap", _A, "the steps once more, in one sentence"),
        ),
    ),
    Purpose.PITCH: StoryShape(
        kind="pitch video",
        usual_s=(60, 90),
        energy=Energy.MEDIUM,
        tone="confident and visionary, with figures that carry weight",
        arc="pain, vision, product, call to action",
        presenter="a convinced founder in smart clothes, in a light office with a view",
        scenes=(
            Scene("Pain", _A, "what is broken today, as a statement"),
            Scene("Pain in figures", _B, "how large the trouble is"),
            Scene("Vision", _OVER, "the world without that trouble"),
            Scene("Product", _B, "what makes it possible, and the proof"),
            Scene("Call to action", _A, "what is asked of the viewer"),
        ),
    ),
    Purpose.ANNOUNCEMENT: StoryShape(
        kind="announcement",
        usual_s=(30, 45),
        energy=Energy.HIGH,
        tone="glad and direct, the news first",
        arc="hook, change, reason, next",
        presenter="a glad colleague in smart clothes, in a lively office",
        scenes=(
            Scene("Hook", _A, "the news in one sentence"),
            Scene("Change", _B, "what is different from now on"),
            Scene("Reason", _OVER, "why it was done, and for whom"),
            Scene("Next", _B, "dates and steps"),
            Scene("Close", _A, "the invitation to take part"),
        ),
    ),
    Purpose.SOCIAL: StoryShape(
        kind="short video for social media",
        usual_s=(30, 45),
        energy=Energy.HIGH,
        tone="lively and personal, one thought per sentence",
        arc="hook, point, proof, call to action",
        presenter="a lively host in casual clothes, close to the camera in a colourful place",
        scenes=(
            Scene("Hook", _A, "a surprising statement in the first words"),
            Scene("Point", _B, "the one point, in large words"),
            Scene("Proof", _OVER, "the example or figure behind it"),
            Scene("Proof at work", _B, "the example as people live it"),
            Scene("Call to action", _A, "what to do now"),
        ),
    ),
    Purpose.BRIEFING: StoryShape(
        kind="briefing",
        usual_s=(60, 75),
        energy=Energy.MEDIUM,
        tone="factual and calm, the most important first",
        arc="headline, facts, meaning, next steps",
        presenter="a composed analyst in business clothes, in a quiet studio",
        scenes=(
            Scene("Headline", _A, "the result in one sentence"),
            Scene("Facts", _B, "the figures, each with its source"),
            Scene("Meaning", _OVER, "what the figures say for the viewer"),
            Scene("Trend", _B, "where it is going"),
            Scene("Next steps", _A, "who does what by when"),
        ),
    ),
}


def shape_of(purpose: Purpose | None) -> StoryShape:
    return SHAPES[purpose] if purpose else ANY_SHAPE


def scene_count(seconds: int) -> int:
    """How many scenes a video of this length has (FACTS section 14.3, common sizes)."""
    return round(3.5 + seconds * 0.075)
