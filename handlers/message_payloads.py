"""Messages in Slack's payloads in our words: mentions, direct messages, shortcuts, Home tabs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncBoltContext

from bot.domain.request.video_request import Attachment
from bot.slack.files import attachment_of
from bot.slack.identity import OWN_TEAMS
from bot.slack.message_words import mentioned_people, message_words

Payload = Mapping[str, Any]

HOME_TAB = "home"
ORGANISATION = "E"  # what the ids of organisations begin with; those of workspaces with a T
# All others are no new words of a person.
_SUBTYPES = (None, "file_share", "thread_broadcast", "me_message")


@dataclass(frozen=True, slots=True)
class SaidMessage:
    """One message: `thread_ts` is that of the thread it stands in, None outside a thread."""

    channel_id: str
    ts: str
    thread_ts: str | None
    user_id: str  # who wrote it, "" for an app
    attachments: tuple[Attachment, ...]
    is_direct: bool  # in a direct message
    payload: Payload  # for its words, which may need names first

    @property
    def people(self) -> set[str]:
        """Whom it mentions, by user id."""
        return mentioned_people(self.payload)

    def words(self, names: Mapping[str, str], bot_user_id: str) -> str:
        """What it says, without markup and without mentions of the bot."""
        return message_words(self.payload, names, bot_user_id=bot_user_id)


def said_to_bot(event: Payload) -> SaidMessage | None:
    """An app_mention or a message to the bot; None for what no person newly wrote."""
    is_message = event.get("type") == "message"
    is_elsewhere = is_message and event.get("channel_type") != "im"
    is_by_app = "bot_id" in event or "bot_profile" in event
    if event.get("subtype") not in _SUBTYPES or is_elsewhere or is_by_app:
        return None
    if not event.get("user") or event.get("hidden"):
        return None
    return _said(event, str(event["channel"]), is_direct=is_message)


def shortcut_message(body: Payload) -> SaidMessage:
    """The message that a message shortcut was used on."""
    channel = body["channel"]
    name = str(channel.get("name") or "")  # as Slack names conversations without a channel
    is_direct = name == "directmessage" or name.startswith("mpdm-")
    message = {"ts": body.get("message_ts"), **body["message"]}
    return _said(message, str(channel["id"]), is_direct=is_direct)


def _said(message: Payload, channel_id: str, *, is_direct: bool) -> SaidMessage:
    thread_ts = message.get("thread_ts")
    return SaidMessage(
        channel_id=channel_id,
        ts=str(message["ts"]),
        thread_ts=str(thread_ts) if thread_ts else None,
        user_id=str(message.get("user") or ""),
        attachments=tuple(_attachment(file) for file in message.get("files") or []),
        is_direct=is_direct,
        payload=message,
    )


def _attachment(file: dict[str, Any]) -> Attachment:
    """Events may carry a file as its id and no more: then Slack has to be asked about it."""
    is_described = "name" in file or "mode" in file
    return attachment_of(file if is_described else {**file, "mode": "file_access"})


def wanted_page(body: Payload) -> tuple[str, int]:
    """Who pressed Older or Newer in the Home tab, and the page that the button leads to."""
    (action,) = body["actions"]
    return str(body["user"]["id"]), int(action["value"])


def is_outsider(body: Payload, own_team_id: str, own_teams: Collection[str] = ()) -> bool:
    """A person of another workspace, whom Slack Connect lets use what we show.

    `body` is an interaction, a slash command or the event inside its envelope. Of a whole
    organisation (E…) are those whom Slack names with it, and those of `own_teams`.
    """
    team_id = _team_of(body)
    if team_id in own_teams:
        return False
    if own_team_id.startswith(ORGANISATION):
        organisations = _organisations_of(body, knows_teams=bool(own_teams))
        return own_team_id not in (team_id, *organisations)
    return str(team_id or own_team_id) != own_team_id


def _team_of(body: Payload) -> object:
    """Whose team the words or the click come from; an event names it in up to three places."""
    if isinstance(user := body.get("user"), Mapping):
        return user.get("team_id")
    names = ("user_team", "source_team", "team", "team_id")
    return next((body[name] for name in names if body.get(name)), None)


def _organisations_of(body: Payload, *, knows_teams: bool) -> list[object]:
    """Whose organisation they come from, wherever that is named.

    Where `team` is not the person's it speaks of us. `enterprise` of an interaction may always do
    so: where the teams of ours are known, it makes nobody of another team one of us.
    """
    user, team, enterprise = (_part(body, name) for name in ("user", "team", "enterprise"))
    if named := user.get("enterprise_id"):
        return [named]
    if team.get("id") and user.get("team_id", team["id"]) != team["id"]:
        return []
    if user.get("team_id") and (knows_teams or team.get("enterprise_id")):
        return [team.get("enterprise_id")]
    named_in_event = [body.get(name) for name in ("user_team", "source_team")]
    own = [team.get("enterprise_id"), enterprise.get("id"), body.get("enterprise_id")]
    return [*own, *named_in_event]


def _part(body: Payload, name: str) -> Payload:
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}


def own_team_id(context: AsyncBoltContext) -> str:
    """The workspace the bot is installed in, whoever writes or clicks.

    E… where a whole organisation installed it.
    """
    authorized = context.authorize_result
    return str(authorized.team_id if authorized else "")


def is_from_outside(body: Payload, context: AsyncBoltContext) -> bool:
    """`is_outsider` for the workspace of this request, with the teams that count as its own."""
    return is_outsider(body, own_team_id(context), context.get(OWN_TEAMS) or ())


def workspace_url(context: AsyncBoltContext) -> str:
    """The address of the bot's workspace in a browser, which links to messages begin with."""
    authorized = context.authorize_result
    return str(authorized.url or "") if authorized else ""


def opened_home(event: Payload) -> str | None:
    """The person who opened the Home tab; None for the other tabs."""
    return str(event["user"]) if event.get("tab") == HOME_TAB else None
