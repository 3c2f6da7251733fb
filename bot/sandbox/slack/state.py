"""What a Slack workspace holds: people, channels, messages, files, views."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "im"]


@dataclass
class RecordedCall:
    """One Web API request as it came in; the token is left out."""

    method: str
    params: Json
    at: float
    authorized: bool
    error: str | None = None
    team_id: str = ""  # whose token it was, of an organisation E...; "" for no token of anybody's


@dataclass(frozen=True)
class Team:
    id: str
    name: str
    domain: str


@dataclass(frozen=True)
class Enterprise:
    id: str
    name: str


@dataclass
class EnterpriseUser:
    """What somebody is in the whole organisation."""

    enterprise: Enterprise
    teams: list[str]
    is_admin: bool = False
    is_owner: bool = False


@dataclass
class User:
    id: str
    name: str
    team_id: str
    is_admin: bool = False
    is_bot: bool = False
    locale: str = "en-US"
    deleted: bool = False
    is_owner: bool = False
    enterprise_user: EnterpriseUser | None = None

    def as_json(self) -> Json:
        real_name = self.name.title()
        body: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": real_name,
            "deleted": self.deleted,
            "is_admin": self.is_admin or self.is_owner,
            "is_owner": self.is_owner,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "locale": self.locale,
            "tz": "Europe/London",
            "profile": {"real_name": real_name, "display_name": self.name},
        }
        if self.enterprise_user is not None:
            body["enterprise_user"] = self._in_enterprise(self.enterprise_user)
        return body

    def _in_enterprise(self, there: EnterpriseUser) -> Json:
        return {
            "id": self.id,
            "enterprise_id": there.enterprise.id,
            "enterprise_name": there.enterprise.name,
            "is_admin": there.is_admin or there.is_owner,
            "is_owner": there.is_owner,
            "teams": list(there.teams),
        }


@dataclass
class SlackFile:
    """A file held by the workspace; the fields below `mode` make it hard to read, on request."""

    id: str
    name: str
    user_id: str
    mimetype: str
    size: int
    created: int
    content: bytes | Path | None
    team_id: str
    base_url: str
    title: str = ""
    mode: str = "hosted"
    is_external: bool = False
    scanning_reads: int = 0
    html_login: bool = False
    deleted: bool = False
    check_file_info: bool = False
    completed: bool = True
    alt_text: str = ""
    shares: list[tuple[str, ChannelKind, str]] = field(default_factory=list)

    @property
    def filetype(self) -> str:
        return self.name.rpartition(".")[2].lower() if "." in self.name else "binary"

    def as_json(self, shared_until: float = math.inf) -> Json:
        """The full file object, as `files.info` gives it; of its shares those that Slack shows."""
        folder = f"{self.base_url}/files-pri/{self.team_id}-{self.id}"
        name = quote(self.name, safe="")
        url = "https://files.example.com/elsewhere" if self.is_external else f"{folder}/{name}"
        body: Json = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": self.filetype,
            "user": self.user_id,
            "user_team": self.team_id,
            "size": self.size,
            "mode": self.mode,
            "is_external": self.is_external,
            "external_type": "gdrive" if self.is_external else "",
            "is_public": any(kind == "public" for _, kind, _ in self.shares),
            "url_private": url,
            "permalink": f"{self.base_url}/files/{self.user_id}/{self.id}/{name}",
            "file_access": "visible",
            **({"alt_txt": self.alt_text} if self.alt_text else {}),
            **self._where_shared(shared_until),
        }
        if not self.is_external:
            body["url_private_download"] = f"{folder}/download/{name}"
        return body

    def as_pushed(self) -> Json:
        """The object in a payload, which for shared channels can be an id and no more."""
        if self.check_file_info:
            return {"id": self.id, "mode": "file_access", "file_access": "check_file_info"}
        return self.as_json()

    def _where_shared(self, until: float) -> Json:
        where: Json = {"channels": [], "groups": [], "ims": [], "shares": {}}
        keys = {"public": "channels", "private": "groups", "im": "ims"}
        for channel_id, kind, ts in self.shares:
            if float(ts) > until:
                continue
            where[keys[kind]].append(channel_id)
            side = "public" if kind == "public" else "private"
            share = {"ts": ts, "channel_name": "", "team_id": self.team_id}
            where["shares"].setdefault(side, {}).setdefault(channel_id, []).append(share)
        return where


@dataclass(frozen=True)
class MessageVersion:
    at: float
    text: str
    blocks: list[Json]


@dataclass
class Message:
    """One message; `versions` holds what it showed before and shows now, oldest first."""

    channel_id: str
    ts: str
    user_id: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    files: list[SlackFile] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    broadcast: bool = False
    ephemeral_to: str | None = None
    edited_mark: bool = False
    versions: list[MessageVersion] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def edits(self) -> int:
        """How many times it was edited."""
        return max(0, len(self.versions) - 1)

    def keep_version(self, at: float) -> None:
        self.versions.append(MessageVersion(at, self.text, list(self.blocks)))

    def as_json(self, *, with_metadata: bool = False) -> Json:
        body: Json = {"type": "message", "user": self.user_id, "ts": self.ts, "text": self.text}
        if self.bot_id:
            body |= {"bot_id": self.bot_id, "app_id": self.app_id}
        if self.blocks:
            body["blocks"] = self.blocks
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.files:
            body["files"] = [file.as_pushed() for file in self.files]
        if self.edited_mark:
            body["edited"] = {"user": self.user_id, "ts": f"{self.versions[-1].at:.6f}"}
        if with_metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


@dataclass
class Channel:
    id: str
    name: str
    kind: ChannelKind
    created: int
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    is_ext_shared: bool = False
    team_id: str = ""  # the workspace that it was made in
    is_limited_access: bool = False  # joining and reading are refused
    limited_until: float = 0.0  # posts are answered with 429 and `retry_after` until then
    retry_after: str = ""
    messages: list[Message] = field(default_factory=list)
    ephemerals: list[Message] = field(default_factory=list)

    def find(self, ts: str) -> Message | None:
        return next((m for m in reversed(self.messages) if m.ts == ts), None)

    def thread(self, ts: str) -> list[Message]:
        """The parent and its replies, oldest first."""
        return [m for m in self.messages if ts in (m.ts, m.thread_ts)]

    def as_json(self, for_user: str) -> Json:
        if self.kind == "im":
            other = next((m for m in sorted(self.members) if m != for_user), for_user)
            return {"id": self.id, "created": self.created, "is_im": True, "user": other}
        return {
            "id": self.id,
            "name": self.name,
            "created": self.created,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": False,
            "is_mpim": False,
            "is_private": self.kind == "private",
            "is_archived": self.is_archived,
            "is_member": for_user in self.members,
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "num_members": len(self.members),
        }


@dataclass
class View:
    """A modal or a Home tab as it stands; updates change the same object and its `hash`."""

    id: str
    user_id: str
    team_id: str
    app_id: str
    bot_id: str
    definition: Json
    hash: str
    root_view_id: str
    installed_team_id: str = ""  # `app_installed_team_id`; else the same as team_id
    previous_view_id: str | None = None
    channel_id: str | None = None  # where the person was when it was opened
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    loaded_options: dict[str, list[Json]] = field(default_factory=dict)
    is_open: bool = True
    definitions: list[Json] = field(default_factory=list)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.definition["blocks"]
        return blocks

    @property
    def callback_id(self) -> str:
        return str(self.definition.get("callback_id", ""))

    @property
    def title(self) -> str:
        return str(self.definition.get("title", {}).get("text", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.definition.get("private_metadata", ""))

    def as_json(self) -> Json:
        keep = {
            "title": None,
            "submit": None,
            "close": None,
            "callback_id": "",
            "external_id": "",
            "private_metadata": "",
            "clear_on_close": False,
            "notify_on_close": False,
        }
        return {
            "id": self.id,
            "team_id": self.team_id,
            "type": self.definition["type"],
            "blocks": self.blocks,
            **{key: self.definition.get(key, default) for key, default in keep.items()},
            "state": {"values": self.values},
            "hash": self.hash,
            "root_view_id": self.root_view_id,
            "previous_view_id": self.previous_view_id,
            "app_id": self.app_id,
            "app_installed_team_id": self.installed_team_id or self.team_id,
            "bot_id": self.bot_id,
        }


@dataclass
class Trigger:
    id: str
    user_id: str
    at: float
    channel_id: str | None = None
    view_id: str | None = None  # the modal it came from; only such a trigger may push
    used: bool = False


@dataclass
class ResponseUrl:
    token: str
    user_id: str
    channel_id: str
    at: float
    message_ts: str | None = None
    uses: int = 0


@dataclass
class Upload:
    """A promised upload: the URL's token, the file it will become and the length announced."""

    token: str
    file: SlackFile
    length: int
