"""What a person may say about a video beside the prompt: the guided answers of the modal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What kind of video; each has a shape of scenes (domain/prompt/shapes.py)."""

    EXPLAINER = "explainer"
    DEMO = "demo"
    TUTORIAL = "tutorial"
    PITCH = "pitch"
    ANNOUNCEMENT = "announcement"
    SOCIAL = "social"
    BRIEFING = "briefing"


class Detail(StrEnum):
    """How much direction the composed prompt gives (FACTS section 14.10)."""

    COMPACT = "compact"
    STANDARD = "standard"
    FULL = "full"


class Shape(StrEnum):
    """The shape of a picture: an avatar's look."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of HeyGen's catalogue that a person chose, and its name as they saw it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AvatarChoice(Choice):
    """A look. Shape and type are HeyGen's, as far as the catalogue tells them."""

    shape: Shape | None = None
    avatar_type: str = ""  # studio_avatar, digital_twin, photo_avatar, or a word we do not know


@dataclass(frozen=True, slots=True)
class Brief:
    """Every field may be empty: then HeyGen, or the house's default, decides."""

    purpose: Purpose | None = None
    audience: str = ""
    tone: str = ""
    length_s: int | None = None
    language: str = ""  # its English name, as HeyGen's voices have it: "German"
    on_screen_text: tuple[str, ...] = ()  # shown exactly as written
    call_to_action: str = ""
    is_exact_wording: bool = False  # prompt, or attached text without a note, is read word for word
    look: str = ""  # key of a named style or preset (domain/prompt/styles.py)
    detail: Detail = Detail.STANDARD
    avatar: AvatarChoice | None = None
    voice: Choice | None = None
    style: Choice | None = None
    brand_kit: Choice | None = None
    change: str = ""  # of a variation: what should be different from the video it names as parent
    written_prompt: str = ""  # the composed prompt as the person edited it; sent instead


NO_BRIEF = Brief()  # nothing said: what most requests are
