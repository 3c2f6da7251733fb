"""HeyGen's lists of what may be chosen for a video, as entries of our catalogue; for the client.

Read leniently: unknown words are kept as words, a line without an id is passed over. Schemas:
"response" of the five GET routes below in the contract.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

from bot.domain.catalogue import CatalogueEntry, CatalogueKind, words_of
from bot.domain.request.brief import Shape
from bot.heygen.connection import Connection
from bot.heygen.lists import Line, id_of, lines_of, text_of

LOOKS, GROUPS = "/v3/avatars/looks", "/v3/avatars"
VOICES, STYLES, BRAND_KITS = "/v3/voices", "/v3/video-agents/styles", "/v3/brand-kits"
SMALL_PAGE, PAGE = 50, 100  # contract, limits.page_limit_max: 50 for avatars and looks
TAGS_MAX = 20  # of one entry
URL_MAX_CHARS = 3000  # of an image in Slack

# The words of the contract's "avatar_training" that mean "not yet, or never".
_NOT_READY = frozenset({"processing", "pending_consent", "failed"})
_SHAPES = {shape.value: shape for shape in Shape}

_List = tuple[str, dict[str, str], str, bool]  # path, query, name of the id, whether it is own


async def pages_of(api: Connection, kind: CatalogueKind) -> AsyncIterator[list[CatalogueEntry]]:
    """All entries of one kind, the account's own first, as HeyGen pages them.

    A page may be empty. Raises VideoAgentError; what came before is then not the whole list.
    """
    is_avatar = kind is CatalogueKind.AVATAR
    read = partial(_look, names=await _group_names(api)) if is_avatar else _READERS[kind]
    for path, query, id_name, is_own in _LISTS[kind]:
        async for lines in lines_of(api, path, query, id_name):
            usable = filter(_is_ready, lines) if is_avatar else lines
            yield [read(line, is_own) for line in usable]


def _list(path: str, id_name: str, limit: int, *, is_own: bool = False, **query: str) -> _List:
    return path, {"limit": str(limit), **query}, id_name, is_own


# Avatars do not say by themselves whose they are, and voices are the public ones unless asked.
_LISTS: dict[CatalogueKind, list[_List]] = {
    CatalogueKind.AVATAR: [
        _list(LOOKS, "id", SMALL_PAGE, ownership="private", is_own=True),
        _list(LOOKS, "id", SMALL_PAGE, ownership="public"),
    ],
    CatalogueKind.VOICE: [
        _list(VOICES, "voice_id", PAGE, type="private", is_own=True),
        _list(VOICES, "voice_id", PAGE, type="public"),
    ],
    CatalogueKind.STYLE: [_list(STYLES, "style_id", PAGE)],
    CatalogueKind.BRAND_KIT: [_list(BRAND_KITS, "brand_kit_id", PAGE, is_own=True)],
}


async def _group_names(api: Connection) -> dict[str, str]:
    """{group_id: name}: a look is mostly called after what the avatar wears or where it sits."""
    names: dict[str, str] = {}
    for ownership in ("private", "public"):
        query = {"limit": str(SMALL_PAGE), "ownership": ownership}
        async for lines in lines_of(api, GROUPS, query, "id"):
            names |= {id_of(line.get("id")): text_of(line.get("name")) for line in lines}
    return names


def _look(line: Line, is_own: bool, names: dict[str, str]) -> CatalogueEntry:
    id_, group_id = id_of(line.get("id")), id_of(line.get("group_id"))
    name, group = text_of(line.get("name")) or id_, names.get(group_id, "")
    kind, gender = text_of(line.get("avatar_type")), text_of(line.get("gender"))
    shape = _shape_of(line)
    detail = ("" if group in name else group, gender, kind.replace("_", " "))
    return CatalogueEntry(
        CatalogueKind.AVATAR,
        id_,
        name,
        detail=_listed(*detail),
        words=_words(name, group, gender, kind, shape or "", *_texts(line.get("tags"))),
        is_own=is_own,
        shape=shape,
        avatar_type=kind,
        group_id=group_id,
        preview_url=_url(line.get("preview_image_url")),
    )


def _voice(line: Line, is_own: bool) -> CatalogueEntry:
    id_ = id_of(line.get("voice_id"))
    name = text_of(line.get("name")) or id_
    language, gender = text_of(line.get("language")), text_of(line.get("gender"))
    return CatalogueEntry(
        CatalogueKind.VOICE,
        id_,
        name,
        detail=_listed(language, gender),
        words=_words(name, language, gender, text_of(line.get("type"))),
        is_own=is_own,
        language=language,
        preview_url=_url(line.get("preview_audio_url")),
    )


def _style(line: Line, is_own: bool) -> CatalogueEntry:
    id_ = id_of(line.get("style_id"))
    name, tags = text_of(line.get("name")) or id_, _texts(line.get("tags"))
    shape = _shape_of_ratio(text_of(line.get("aspect_ratio")))
    return CatalogueEntry(
        CatalogueKind.STYLE,
        id_,
        name,
        detail=_listed(*tags),
        words=_words(name, shape or "", *tags),
        is_own=is_own,
        shape=shape,
        preview_url=_url(line.get("thumbnail_url")),
    )


def _brand_kit(line: Line, is_own: bool) -> CatalogueEntry:
    id_ = id_of(line.get("brand_kit_id"))
    name = text_of(line.get("name")) or id_
    logo_url = _url(line.get("logo_url"))
    return CatalogueEntry(
        CatalogueKind.BRAND_KIT, id_, name, words=_words(name), is_own=is_own, preview_url=logo_url
    )


_READERS: dict[CatalogueKind, Callable[[Line, bool], CatalogueEntry]] = {
    CatalogueKind.VOICE: _voice,
    CatalogueKind.STYLE: _style,
    CatalogueKind.BRAND_KIT: _brand_kit,
}


def _is_ready(look: Line) -> bool:
    """A new look can be used once it has a picture and a size (FACTS section 5)."""
    sizes = (look.get("image_width"), look.get("image_height"))
    is_waiting = text_of(look.get("status")).lower() in _NOT_READY
    return bool(look.get("preview_image_url")) and 0 not in sizes and not is_waiting


def _shape_of(look: Line) -> Shape | None:
    """What HeyGen prefers, else width against height (FACTS section 14.7)."""
    preferred = _SHAPES.get(text_of(look.get("preferred_orientation")).lower())
    return preferred or _shape(look.get("image_width"), look.get("image_height"))


def _shape_of_ratio(ratio: str) -> Shape | None:
    """Of "16:9"; None for a style that fits every shape."""
    width, _, height = ratio.partition(":")
    is_ratio = width.isdecimal() and height.isdecimal()
    return _shape(int(width), int(height)) if is_ratio else None


def _shape(width: object, height: object) -> Shape | None:
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) <= 0:
        return None
    if width == height:
        return Shape.SQUARE
    return Shape.LANDSCAPE if width > height else Shape.PORTRAIT


def _texts(value: object) -> list[str]:
    texts = [text_of(one) for one in value[:TAGS_MAX]] if isinstance(value, list) else []
    return [text for text in texts if text]


def _url(value: object) -> str:
    is_url = isinstance(value, str) and value.startswith("https://") and value.isprintable()
    return str(value) if is_url and len(str(value)) <= URL_MAX_CHARS else ""


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _words(*texts: str) -> str:
    return " ".join(words_of(*texts))
