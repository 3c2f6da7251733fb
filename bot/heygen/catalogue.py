"""HeyGen's lists of what may be chosen for a video, as entries of our catalogue; for the client.

Read leniently: unknown words are kept as words, a line without an id is passed over. Schemas:
"response" of the five GET routes below in the contract.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from bot.domain.brief import Shape
from bot.domain.catalogue import CatalogueEntry, CatalogueKind, words_of
from bot.domain.errors import VideoAgentUnavailable
from bot.heygen.connection import Connection
from bot.heygen.replies import ReplyUnreadable

LOOKS, GROUPS = "/v3/avatars/looks", "/v3/avatars"
VOICES, STYLES, BRAND_KITS = "/v3/voices", "/v3/video-agents/styles", "/v3/brand-kits"
SMALL_PAGE, PAGE = 50, 100  # contract, limits.page_limit_max: 50 for avatars and looks
PAGES_MAX = 400  # of one list; 20,000 looks: it does not end, rather than having more
ID_MAX_CHARS = 255
TEXT_MAX_CHARS = 200
URL_MAX_CHARS = 3000  # of an image in Slack
_JOINERS = "\u200c\u200d"  # in emoji and in Persian or Indian names: not printable, yet wanted

# The words of the contract's "avatar_training" that mean "not yet, or never".
_NOT_READY = frozenset({"processing", "pending_consent", "failed"})
_SHAPES = {shape.value: shape for shape in Shape}

Line = dict[str, Any]
_List = tuple[str, dict[str, str], bool]  # path, query, whether all in it is the account's own


async def pages_of(api: Connection, kind: CatalogueKind) -> AsyncIterator[list[CatalogueEntry]]:
    """All entries of one kind, the account's own first, as HeyGen pages them.

    A page may be empty. Raises VideoAgentError; what came before is then not the whole list.
    """
    is_avatar = kind is CatalogueKind.AVATAR
    read = partial(_look, names=await _group_names(api)) if is_avatar else _READERS[kind]
    for path, query, is_own in _LISTS[kind]:
        async for lines in _lines(api, path, query):
            yield [entry for line in lines if (entry := read(line, is_own)) is not None]


def _list(path: str, limit: int, *, is_own: bool = False, **query: str) -> _List:
    return path, {"limit": str(limit), **query}, is_own


# Avatars do not say by themselves whose they are, and voices are the public ones unless asked.
_LISTS: dict[CatalogueKind, list[_List]] = {
    CatalogueKind.AVATAR: [
        _list(LOOKS, SMALL_PAGE, ownership="private", is_own=True),
        _list(LOOKS, SMALL_PAGE, ownership="public"),
    ],
    CatalogueKind.VOICE: [
        _list(VOICES, PAGE, type="private", is_own=True),
        _list(VOICES, PAGE, type="public"),
    ],
    CatalogueKind.STYLE: [_list(STYLES, PAGE)],
    CatalogueKind.BRAND_KIT: [_list(BRAND_KITS, PAGE, is_own=True)],
}


async def _group_names(api: Connection) -> dict[str, str]:
    """{group_id: name}: a look is mostly called after what the avatar wears or where it sits."""
    names: dict[str, str] = {}
    for ownership in ("private", "public"):
        query = {"limit": str(SMALL_PAGE), "ownership": ownership}
        async for lines in _lines(api, GROUPS, query):
            names |= {_id(line.get("id")): _text(line.get("name")) for line in lines}
    return names


async def _lines(api: Connection, path: str, query: dict[str, str]) -> AsyncIterator[list[Line]]:
    """The lines of one list, page by page; never without end."""
    token: str | None = None
    seen: set[str] = set()
    for _ in range(PAGES_MAX):
        lines, token = await api.read(_page, path, query | ({"token": token} if token else {}))
        yield lines
        if token is None:
            return
        if token in seen:
            break
        seen.add(token)
    raise VideoAgentUnavailable(code="endless_list")


def _page(document: object) -> tuple[list[Line], str | None]:
    """The lines of one page, and the token of the next; None on the last page."""
    body: Line = document if isinstance(document, dict) else {}
    data = body.get("data")
    if not isinstance(data, list):
        raise ReplyUnreadable("data is not a list")
    lines = [line for line in data if isinstance(line, dict)]
    if data and not any(_has_id(line) for line in lines):
        raise ReplyUnreadable("no line has an id")
    token = body.get("next_token")
    is_last = body.get("has_more") is False or not isinstance(token, str) or not token
    return lines, None if is_last else token


_ID_NAMES = ("id", "voice_id", "style_id", "brand_kit_id")


def _has_id(line: Line) -> bool:
    return any(_id(line.get(name)) for name in _ID_NAMES)


def _look(line: Line, is_own: bool, names: dict[str, str]) -> CatalogueEntry | None:
    """None for one that cannot be used yet (FACTS section 5)."""
    id_, group_id = _id(line.get("id")), _id(line.get("group_id"))
    if not id_ or not _is_ready(line):
        return None
    name, group = _text(line.get("name")) or id_, names.get(group_id, "")
    kind, gender = _text(line.get("avatar_type")), _text(line.get("gender"))
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


def _voice(line: Line, is_own: bool) -> CatalogueEntry | None:
    id_ = _id(line.get("voice_id"))
    if not id_:
        return None
    name = _text(line.get("name")) or id_
    language, gender = _text(line.get("language")), _text(line.get("gender"))
    return CatalogueEntry(
        CatalogueKind.VOICE,
        id_,
        name,
        detail=_listed(language, gender),
        words=_words(name, language, gender, _text(line.get("type"))),
        is_own=is_own,
        language=language,
        preview_url=_url(line.get("preview_audio_url")),
    )


def _style(line: Line, is_own: bool) -> CatalogueEntry | None:
    id_ = _id(line.get("style_id"))
    if not id_:
        return None
    name, tags = _text(line.get("name")) or id_, _texts(line.get("tags"))
    shape = _shape_of_ratio(_text(line.get("aspect_ratio")))
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


def _brand_kit(line: Line, is_own: bool) -> CatalogueEntry | None:
    id_ = _id(line.get("brand_kit_id"))
    if not id_:
        return None
    name = _text(line.get("name")) or id_
    logo_url = _url(line.get("logo_url"))
    return CatalogueEntry(
        CatalogueKind.BRAND_KIT, id_, name, words=_words(name), is_own=is_own, preview_url=logo_url
    )


_READERS: dict[CatalogueKind, Callable[[Line, bool], CatalogueEntry | None]] = {
    CatalogueKind.VOICE: _voice,
    CatalogueKind.STYLE: _style,
    CatalogueKind.BRAND_KIT: _brand_kit,
}


def _is_ready(look: Line) -> bool:
    sizes = (look.get("image_width"), look.get("image_height"))
    is_waiting = _text(look.get("status")).lower() in _NOT_READY
    return bool(look.get("preview_image_url")) and 0 not in sizes and not is_waiting


def _shape_of(look: Line) -> Shape | None:
    """What HeyGen prefers, else width against height (FACTS section 14.7)."""
    preferred = _SHAPES.get(_text(look.get("preferred_orientation")).lower())
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


def _id(value: object) -> str:
    """An id as text; empty for what cannot be one."""
    id_ = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return id_ if id_.isprintable() and len(id_) <= ID_MAX_CHARS else ""


def _text(value: object) -> str:
    """One line of readable text; empty for anything else."""
    if not isinstance(value, str):
        return ""
    readable = "".join(one if one.isprintable() or one in _JOINERS else " " for one in value)
    return " ".join(readable.split())[:TEXT_MAX_CHARS]


def _texts(value: object) -> list[str]:
    texts = [_text(one) for one in value] if isinstance(value, list) else []
    return [text for text in texts if text]


def _url(value: object) -> str:
    is_url = isinstance(value, str) and value.startswith("https://") and value.isprintable()
    return str(value) if is_url and len(str(value)) <= URL_MAX_CHARS else ""


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _words(*texts: str) -> str:
    return " ".join(words_of(*texts))
