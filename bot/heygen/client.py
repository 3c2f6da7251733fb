"""HeyGenClient: the port VideoAgent over HTTP, one method for each HeyGen endpoint the bot uses.

Every method raises VideoAgentError (bot/domain/errors.py) and nothing else; how requests are
sent, repeated and told apart when they fail is in connection.py. Times are aware and in UTC.
Sources: contract.json of HeyGen v3, schemas of heygen-cli read 2026-07-22.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bot.domain import texts
from bot.domain.catalogue import CatalogueEntry, CatalogueKind
from bot.domain.errors import VideoAgentUnavailable
from bot.domain.file_names import plain_file_name
from bot.domain.news import ListedSession, NewSession, SessionNews, VideoNews, VideoStatus
from bot.domain.ports.files import FileContent
from bot.heygen import catalogue, replies
from bot.heygen.connection import UPLOAD_S, USER_AGENT, Connection, segment
from bot.heygen.uploads import DIRECT_ABOVE_BYTES, DirectUploads

STATUS_IDS_MAX = 100  # contract, limits.statuses_ids_max
PAGE_LIMIT = 100  # contract, limits.page_limit_max
WHOLE_SECOND = timedelta(seconds=1)  # of created_at, and of the Date of an answer
PAGES_MAX = 50  # 5 000 sessions since one create: the list does not end, rather than that many


class HeyGenClient:
    """One HeyGen account over one pool of connections. The key goes to `base_url` only."""

    def __init__(
        self,
        api_key: str,
        base_url: str = "https://api.heygen.com",
        *,
        user_agent: str = USER_AGENT,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
        may_create: Callable[[], bool] | None = None,
    ) -> None:
        """`transport` replaces the network, `tls` is the context to share with other clients.

        `may_create` is asked as a create is about to leave: if not, VideoAgentUnavailable. A key
        that no header can carry raises ValueError.
        """
        self._api = Connection(
            api_key, base_url, user_agent=user_agent, transport=transport, tls=tls
        )
        self._may_create = may_create
        self._uploads = DirectUploads(self._api, user_agent, transport=transport, tls=tls)

    def __repr__(self) -> str:
        return f"HeyGenClient(base_url={self._api.base_url!r})"

    async def close(self) -> None:
        """Close the connections; the client is of no use afterwards."""
        await self._uploads.close()
        await self._api.close()

    async def upload_asset(self, content: FileContent, key: str) -> str:
        """Upload one file, streamed from disk; returns its asset_id.

        Up to 32,000,000 bytes in one POST /v3/assets; more in the steps of uploads.py: POST
        /v3/assets/direct-uploads, a PUT to storage, POST /v3/assets/{asset_id}/complete,
        GET /v3/assets/statuses. After any error but VideoAgentRefused the same file may be sent
        again with the same key, which HeyGen keeps for 24 h (FACTS sections 4 and 11).

        Raises VideoAgentRefused for a file of a kind or size that HeyGen does not take, and
        VideoAgentUnavailable with code "file_unreadable" when it is not on disk as described.
        """
        if content.size_bytes > DIRECT_ABOVE_BYTES:
            return await self._uploads.upload(content, key)
        try:
            file = await asyncio.to_thread(content.path.open, "rb")
        except OSError as exc:
            raise VideoAgentUnavailable(texts.FILE_GONE, code="file_unreadable") from exc
        with file:
            files = {"file": (plain_file_name(content.name), file, content.media_type)}
            return await self._api.write(
                replies.asset_id, "/v3/assets", files=files, key=key, budget_s=UPLOAD_S
            )

    async def create_session(self, new: NewSession) -> SessionNews:
        """Start one video: POST /v3/video-agents. Costs money: sent exactly once.

        Returns the session without messages; its video_id is often None for a while. Raises
        VideoAgentOutcomeUnknown when it may have been started all the same, then list_sessions
        tells (FACTS section 4); every other error means that it was not.
        """
        return await self._api.write(
            _session_without_messages,
            "/v3/video-agents",
            body=create_body(new),
            key=new.key,
            may_leave=self._may_create,
        )

    async def get_session(self, session_id: str) -> SessionNews:
        """One session with its messages: GET /v3/video-agents/{session_id}.

        `progress` is 0 to 100. Raises VideoAgentNotFound, also for sessions whose video has an
        id: HeyGen forgets some of them then (FACTS section 6).
        """
        path = f"/v3/video-agents/{segment(session_id)}"
        return await self._api.read(_session_with_messages, path)

    async def list_sessions(self, within: timedelta) -> list[ListedSession]:
        """Sessions created no longer ago than that, newest first: GET /v3/video-agents.

        By the Date of HeyGen's answer, for our clock may be wrong, or by ours, for something
        between us may date it. All pages, never only some of them: raises VideoAgentUnavailable
        (code "endless_list") for a list of more than 50. HeyGen tells whole seconds, so an age
        may be one off.
        """
        found: dict[str, ListedSession] = {}
        token: str | None = None
        for _ in range(PAGES_MAX):
            query = {"limit": str(PAGE_LIMIT)} | ({"token": token} if token else {})
            (page, next_token), at = await self._api.read_dated(
                replies.session_page, "/v3/video-agents", query
            )
            listed = [ListedSession(id_, created, at - created) for id_, created in page]
            now, most = datetime.now(UTC), within + WHOLE_SECOND
            recent = [one for one in listed if min(one.age, now - one.created_at) <= most]
            found |= {session.session_id: session for session in recent}
            if next_token is None or (page and not recent):
                return sorted(found.values(), key=lambda one: one.age)
            token = next_token
        raise VideoAgentUnavailable(texts.HEYGEN_ENDLESS_LIST, code="endless_list")

    async def get_video(self, video_id: str) -> VideoNews:
        """One video: GET /v3/videos/{video_id}.

        Its links are fresh: they expire after about seven days (FACTS section 8). `duration_s`
        is in seconds. Raises VideoAgentNotFound, for the first minutes also for one that comes.
        """
        return await self._api.read(replies.video_news, f"/v3/videos/{segment(video_id)}")

    async def video_statuses(self, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        """{video_id: status} of any number of videos: GET /v3/videos/statuses, 100 ids a time.

        Ids that HeyGen leaves out stay out. Raises VideoAgentError when one of the requests
        fails: it is all of them or none.
        """
        known: dict[str, VideoStatus] = {}
        for start in range(0, len(video_ids), STATUS_IDS_MAX):
            ids = ",".join(video_ids[start : start + STATUS_IDS_MAX])
            query = {"video_ids": ids}
            known |= await self._api.read(replies.video_statuses, "/v3/videos/statuses", query)
        return known

    async def stop_session(self, session_id: str) -> None:
        """Ask a session to stop at its next checkpoint: POST /v3/video-agents/{session_id}/stop.

        Harmless when sent again; a render that has begun may still arrive (FACTS section 5).
        Raises VideoAgentNotFound.
        """
        path = f"/v3/video-agents/{segment(session_id)}/stop"
        await self._api.write(replies.stopped_session_id, path, body={})

    def catalogue_pages(self, kind: CatalogueKind) -> AsyncIterator[list[CatalogueEntry]]:
        """All that may be chosen of one kind, page by page, the account's own first.

        GET /v3/avatars/looks (and /v3/avatars for their names), /v3/voices,
        /v3/video-agents/styles or /v3/brand-kits; looks that are not ready are left out. A page
        may be empty. Raises VideoAgentUnavailable (code "endless_list") for a list without end.
        """
        return catalogue.pages_of(self._api, kind)

    async def ping(self) -> None:
        """Whether HeyGen answers: GET /v3/users/me, asked once. Raises VideoAgentError if not."""
        await self._api.read(replies.account, "/v3/users/me", may_repeat=False)

    async def get_account(self) -> replies.Account:
        """Whose key this is and what is left: GET /v3/users/me. Costs nothing.

        The balance may be missing, and may not be what videos are paid from (FACTS section 12).
        Raises VideoAgentBlocked for a key that HeyGen does not know.
        """
        return await self._api.read(replies.account, "/v3/users/me")


def create_body(new: NewSession) -> dict[str, Any]:
    """The JSON of a create: declared fields only, unset ones left out (FACTS section 5).

    Incognito, because HeyGen's memory would carry one person's wishes into another's video.
    """
    body: dict[str, Any] = {
        "prompt": new.prompt,
        "orientation": new.orientation.value,
        "incognito_mode": True,
    }
    files: list[dict[str, str]] = [{"type": "asset_id", "asset_id": id_} for id_ in new.asset_ids]
    files += [{"type": "url", "url": url} for url in new.file_urls]
    if files:
        body["files"] = files
    chosen = {
        "avatar_id": new.brief.avatar,
        "voice_id": new.brief.voice,
        "style_id": new.brief.style,
        "brand_kit_id": new.brief.brand_kit,
    }
    body |= {name: choice.id for name, choice in chosen.items() if choice and choice.id}
    if new.callback_url:
        body["callback_url"] = new.callback_url
        if new.callback_id:  # without callback_url it is refused
            body["callback_id"] = new.callback_id
    return body


def _session_with_messages(document: object) -> SessionNews:
    return replies.session_news(document, has_messages=True)


def _session_without_messages(document: object) -> SessionNews:
    return replies.session_news(document, has_messages=False)
