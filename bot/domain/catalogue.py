"""HeyGen's catalogue in our words: what a person may choose for a video."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.brief import Shape


class CatalogueKind(StrEnum):
    """Each is one list at HeyGen and one menu in the modal."""

    AVATAR = "avatar"  # looks; an avatar's group is only their common name
    VOICE = "voice"
    STYLE = "style"
    BRAND_KIT = "brand_kit"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One thing to choose. `words` is all that a search may find it by, lower case."""

    kind: CatalogueKind
    id: str
    name: str
    detail: str = ""  # a few words beside the name: language and gender of a voice, …
    words: str = ""
    is_own: bool = False  # the account's own, not HeyGen's public stock
    shape: Shape | None = None  # of a look; of a style, the only one it fits
    avatar_type: str = ""
    group_id: str = ""
    language: str = ""  # of a voice, HeyGen's English name
    preview_url: str = ""
