"""How the chosen avatar is to stand in the picture: the last words of a prompt (FACTS, 14.7)."""

from __future__ import annotations

from bot.domain.request.brief import AvatarChoice, Shape
from bot.domain.request.video_request import Orientation

STUDIO = "studio_avatar"

_BACKGROUND = (
    "Background: where the selected presenter has none, a professional set that suits the topic."
)
_FRAMING = {
    Orientation.LANDSCAPE: (
        "Framing: the selected presenter from the chest up, centred; the scene widened to both "
        "sides by generative fill in the same tone until it fills the frame, with no bars."
    ),
    Orientation.PORTRAIT: (
        "Framing: head and shoulders of the selected presenter, centred; the scene extended "
        "upward and downward by generative fill in the same tone until it fills the frame, with "
        "no bars."
    ),
}
_FITTING = {Orientation.LANDSCAPE: Shape.LANDSCAPE, Orientation.PORTRAIT: Shape.PORTRAIT}


def framing_notes(avatar: AvatarChoice | None, orientation: Orientation) -> str:
    """What an avatar needs in this orientation; empty without one, or when it fits as it is.

    A look of unknown shape counts as portrait. Whether a studio look has a background cannot be
    read from HeyGen, so its note says "where".
    """
    if avatar is None:
        return ""
    notes = [_BACKGROUND] if avatar.avatar_type == STUDIO else []
    if (avatar.shape or Shape.PORTRAIT).value != _FITTING[orientation].value:
        notes.append(_FRAMING[orientation])
    return "\n".join(notes)
