"""HeyGen's webhook endpoints, registered for a whole account; for `video-bot webhooks`.

Source: contract, routes under /v3/webhooks/endpoints, and FACTS sections 4 and 9.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from bot.domain.errors import VideoAgentNotFound, VideoAgentOutcomeUnknown
from bot.heygen.connection import Connection, segment
from bot.heygen.lists import Line, id_of, lines_of, text_of
from bot.heygen.replies import ReplyUnreadable

PATH = "/v3/webhooks/endpoints"
PAGE = 100
# Which of the two a Video Agent's video sends is not known; maybe both (FACTS section 9).
EVENTS = ("video_agent.success", "video_agent.fail", "avatar_video.success", "avatar_video.fail")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One registered address. `events` None means all of them; HeyGen's words throughout."""

    id: str
    url: str
    events: tuple[str, ...] | None
    status: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A new endpoint with the secret that HeyGen tells this once."""

    endpoint: Endpoint
    secret: str = field(repr=False)


class WebhookEndpoints:
    """Every method raises VideoAgentError.

    A write whose answer is unclear is sent once more with the same key, which HeyGen answers as
    it did first (FACTS section 4); VideoAgentOutcomeUnknown when that is unclear too.
    """

    def __init__(self, api: Connection) -> None:
        self._api = api

    async def list_all(self) -> list[Endpoint]:
        """All endpoints of the account, in HeyGen's order."""
        pages = lines_of(self._api, PATH, {"limit": str(PAGE)}, "endpoint_id")
        return [_endpoint(line) async for lines in pages for line in lines]

    async def register(self, url: str) -> Registered:
        """A new endpoint for the events of videos; HeyGen asks the address first (OPTIONS).

        An address that is registered already is registered twice, and told everything twice.
        """
        body, key = {"url": url, "events": list(EVENTS)}, _new_key()
        return await _once_more_if_unclear(
            lambda: self._api.write(_registered, PATH, body=body, key=key)
        )

    async def rotate(self, endpoint_id: str) -> str:
        """The new secret; the old one signs nothing from now on."""
        path, key = f"{PATH}/{segment(endpoint_id)}/rotate-secret", _new_key()
        return await _once_more_if_unclear(lambda: self._api.write(_secret, path, key=key))

    async def delete(self, endpoint_id: str) -> None:
        """Raises VideoAgentNotFound for one that was not there to begin with."""
        path = f"{PATH}/{segment(endpoint_id)}"
        try:
            await self._api.write(_nothing, path, method="DELETE")
        except VideoAgentOutcomeUnknown:
            try:
                await self._api.write(_nothing, path, method="DELETE")
            except VideoAgentNotFound:
                return


async def _once_more_if_unclear(write: Callable[[], Awaitable[_T]]) -> _T:
    try:
        return await write()
    except VideoAgentOutcomeUnknown:
        return await write()


def _new_key() -> str:
    """Of one call only: with the key of an old one HeyGen would tell of an endpoint long gone."""
    return f"webhooks-{secrets.token_hex(16)}"


def _endpoint(line: Line) -> Endpoint:
    events, url = line.get("events"), line.get("url")
    return Endpoint(
        id=id_of(line.get("endpoint_id")),
        url=url if isinstance(url, str) and url.isprintable() else "",
        events=tuple(map(text_of, events)) if isinstance(events, list) else None,
        status=text_of(line.get("status")),
        created_at=text_of(line.get("created_at")),
    )


def _registered(document: object) -> Registered:
    endpoint = _endpoint(_data(document))
    if not endpoint.id:
        raise ReplyUnreadable("endpoint_id is missing")
    return Registered(endpoint, _secret(document))


def _secret(document: object) -> str:
    """As told, letter by letter: it is a key, and will stand on one line of a file."""
    secret = _data(document).get("secret")
    if not isinstance(secret, str) or not re.fullmatch(r"[!-~]+", secret):
        raise ReplyUnreadable("secret is missing or no key")
    return secret


def _nothing(document: object) -> None:
    """A delete may answer with nothing at all (204)."""


def _data(document: object) -> Line:
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, dict) else {}
