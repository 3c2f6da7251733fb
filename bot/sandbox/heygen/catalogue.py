"""What the HeyGen stand-in offers for a video: avatars, their looks, voices, styles, brand kits."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bot.sandbox.heygen.answers import single
from bot.sandbox.heygen.checks import Body, RefusedError, invalid
from bot.sandbox.heygen.lists import Filter, Line, list_answer

SMALL_PAGE_MAX = 50
OWNERSHIPS = ("public", "private")
AVATAR_TYPES = ("studio_avatar", "digital_twin", "photo_avatar")
CREATED_AT = 1_760_000_000
_PICTURE = "https://files.example.test/{id}.png"


class SandboxCatalogue:
    """Lists in the order they are told; `own`: ids of the account's own avatars and looks."""

    def __init__(self) -> None:
        self.own = {"group_mira", "look_mira_desk", "look_mira_new"}
        self.groups = [_group("group_mira", "Mira from Marketing"), *_PUBLIC_GROUPS]
        self.looks = [
            _look("look_mira_desk", "group_mira", "At her desk", "photo_avatar", (1080, 1920)),
            _look("look_mira_new", "group_mira", "New office", "photo_avatar", (0, 0))
            | {"status": "processing", "preview_image_url": None},
            *_PUBLIC_LOOKS,
        ]
        self.voices = [
            _voice("voice_mira", "Mira's voice", "German", "female", type_="private"),
            *_PUBLIC_VOICES,
        ]
        self.styles = [dict(style) for style in _STYLES]
        self.brand_kits: list[Line] = [
            {
                "brand_kit_id": "kit_bakery",
                "name": "Bakery",
                "colors": ["#aa5500"],
                "logo_url": None,
            }
        ]

    def add_voices(self, count: int) -> None:
        """So many more public voices, in all languages, female and male by turns."""
        first = len(self.voices)
        for number in range(first, first + count):
            language = LANGUAGES[number % len(LANGUAGES)]
            gender = ("female", "male")[number // len(LANGUAGES) % 2]
            name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {number}"
            self.voices.append(_voice(f"voice_{number:06d}", name, language, gender))

    def check_choices(self, body: Body) -> None:
        """What a create chose must be there. Nothing tells the codes for styles and brand kits."""
        if (look_id := body.get("avatar_id")) is not None:
            self._check_look(look_id)
        if (voice_id := body.get("voice_id")) is not None:
            _find(self.voices, "voice_id", voice_id, "voice_not_found")
        for name, lines in (("style_id", self.styles), ("brand_kit_id", self.brand_kits)):
            if body.get(name) is not None and all(line[name] != body[name] for line in lines):
                raise invalid(name, f"{name} is not known")

    def _check_look(self, look_id: str) -> None:
        if any(group["id"] == look_id for group in self.groups):
            raise invalid("avatar_id", "this is an avatar group, not a look")
        look = _find(self.looks, "id", look_id, "avatar_not_found")
        if look["status"] not in (None, "completed"):
            raise RefusedError(409, "resource_not_ready", "This look is not ready")

    def routes(self) -> list[web.RouteDef]:
        """To be added before the routes of sessions, one of which would take `styles` as an id."""
        return [
            web.get("/v3/avatars/looks", self._list_looks),
            web.get("/v3/avatars/looks/{look_id}", self._read_look),
            web.get("/v3/avatars", self._list_groups),
            web.get("/v3/avatars/{group_id}", self._read_group),
            web.get("/v3/voices", self._list_voices),
            web.get("/v3/video-agents/styles", self._list_styles),
            web.get("/v3/brand-kits", self._list_brand_kits),
        ]

    async def _list_looks(self, request: web.Request) -> web.Response:
        filters = {
            "ownership": self._is_owned_by,
            "avatar_type": lambda look, type_: look["avatar_type"] == type_,
            "group_id": lambda look, group_id: look["group_id"] == group_id,
        }
        words = {"ownership": OWNERSHIPS, "avatar_type": AVATAR_TYPES}
        return list_answer(request, self.looks, filters, words, most=SMALL_PAGE_MAX)

    async def _read_look(self, request: web.Request) -> web.Response:
        look_id = request.match_info["look_id"]
        return web.json_response(single(_find(self.looks, "id", look_id, "avatar_not_found")))

    async def _list_groups(self, request: web.Request) -> web.Response:
        words = {"ownership": OWNERSHIPS}
        filters = {"ownership": self._is_owned_by}
        groups = [self._with_count(group) for group in self.groups]
        return list_answer(request, groups, filters, words, most=SMALL_PAGE_MAX)

    async def _read_group(self, request: web.Request) -> web.Response:
        group_id = request.match_info["group_id"]
        group = _find(self.groups, "id", group_id, "avatar_group_not_found")
        return web.json_response(single(self._with_count(group)))

    async def _list_voices(self, request: web.Request) -> web.Response:
        filters: dict[str, Filter] = {
            name: lambda voice, word, name=name: voice[name] == word  # type: ignore[misc]
            for name in ("type", "language", "gender")
        }
        filters["engine"] = lambda voice, engine: True  # no answer tells the engine of a voice
        words, unless_asked = {"type": OWNERSHIPS}, {"type": "public"}
        return list_answer(request, self.voices, filters, words, unless_asked)

    async def _list_styles(self, request: web.Request) -> web.Response:
        filters = {"tag": lambda style, tag: tag in style["tags"]}
        return list_answer(request, self.styles, filters)

    async def _list_brand_kits(self, request: web.Request) -> web.Response:
        return list_answer(request, self.brand_kits)

    def _is_owned_by(self, line: Line, ownership: str) -> bool:
        return (line["id"] in self.own) == (ownership == "private")

    def _with_count(self, group: Line) -> Line:
        count = sum(look["group_id"] == group["id"] for look in self.looks)
        return group | {"looks_count": count}


def _find(lines: Sequence[Line], name: str, id_: str, code: str) -> Line:
    for line in lines:
        if line[name] == id_:
            return line
    raise RefusedError(404, code, f"Nothing here has the id {id_}")


def _group(id_: str, name: str, gender: str = "female") -> Line:
    return {
        "id": id_,
        "name": name,
        "created_at": CREATED_AT,
        "gender": gender,
        "preview_image_url": _PICTURE.format(id=id_),
        "preview_video_url": None,
        "default_voice_id": None,
        "consent_status": None,
        "status": "completed",
    }


def _look(id_: str, group_id: str, name: str, avatar_type: str, size: tuple[int, int]) -> Line:
    width, height = size
    return {
        "id": id_,
        "name": name,
        "avatar_type": avatar_type,
        "group_id": group_id,
        "gender": "male" if group_id == "group_ben" else "female",
        "tags": ["business"],
        "image_width": width,
        "image_height": height,
        "preferred_orientation": None,
        "preview_image_url": _PICTURE.format(id=id_),
        "preview_video_url": None,
        "default_voice_id": None,
        "supported_api_engines": ["avatar_iv"],
        "status": "completed",
    }


def _voice(id_: str, name: str, language: str, gender: str, type_: str = "public") -> Line:
    return {
        "voice_id": id_,
        "name": name,
        "language": language,
        "gender": gender,
        "type": type_,
        "preview_audio_url": None,
        "support_pause": True,
        "support_locale": False,
    }


_PUBLIC_GROUPS = [_group("group_anna", "Anna"), _group("group_ben", "Ben", "male")]
_PUBLIC_LOOKS = [
    _look("look_anna_office", "group_anna", "Office Front", "studio_avatar", (1920, 1080))
    | {"preferred_orientation": "landscape"},
    _look("look_anna_phone", "group_anna", "Anna on the phone", "digital_twin", (1080, 1920)),
    _look("look_ben_square", "group_ben", "Ben, casual", "photo_avatar", (1024, 1024)),
]
_PUBLIC_VOICES = [
    _voice("voice_katja", "Katja, calm", "German", "female"),
    _voice("voice_jonas", "Jonas", "German", "male"),
    _voice("voice_emma", "Emma", "English", "female"),
    _voice("voice_ryan", "Ryan", "English", "male"),
    _voice("voice_zoe", "Zoé", "French", "female"),
    _voice("voice_sakura", "さくら", "Japanese", "female"),
    _voice("voice_many", "Alex (all languages)", "Multilingual", "unknown"),
]
_STYLES: tuple[Line, ...] = tuple(
    {
        "style_id": f"style_{name.lower().replace(' ', '_')}",
        "name": name,
        "tags": [tag],
        "aspect_ratio": ratio,
        "thumbnail_url": _PICTURE.format(id=tag),
        "preview_video_url": None,
    }
    for name, tag, ratio in (
        ("Film Noir", "cinematic", "16:9"),
        ("Cassette", "retro-tech", "9:16"),
        ("Paper Cut", "handmade", None),
        ("Pop Poster", "print", "1:1"),
    )
)
LANGUAGES = (
    *("English", "German", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Polish"),
    *("Swedish", "Danish", "Turkish", "Arabic", "Hindi", "Japanese", "Korean", "Chinese"),
)
FIRST_NAMES = ("Ada", "Björn", "Chloé", "Dmitri", "Elif", "Fatima", "Goran", "Hana", "Inés")
