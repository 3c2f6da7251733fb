"""HeyGen's catalogue in our words: what a person may choose for a video."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.request.brief import Shape

_WORD = re.compile(r"[^\W_]+")
# Letters that are no letter with a mark to Unicode, but look like one.
_LOOK_ALIKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


class CatalogueKind(StrEnum):
    """Each is one list at HeyGen and one menu in the modal."""

    AVATAR = "avatar"  # looks; an avatar's group is only their common name
    VOICE = "voice"
    STYLE = "style"
    BRAND_KIT = "brand_kit"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One thing to choose. `words` is all that a search may find it by, as `words_of` gives it."""

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


def words_of(*texts: str) -> list[str]:
    """The words in the texts as a search compares them: small letters, no marks, none twice.

    "Zoë's Büro (DE)" is zoe, s, buro, de.
    """
    letters = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    plain = "".join(one for one in letters if not unicodedata.combining(one))
    words = _WORD.findall(plain.casefold().translate(_LOOK_ALIKES))
    return list(dict.fromkeys(words))
