"""What talks to Slack and HeyGen: made once for the process, once a workspace, once an account."""

from __future__ import annotations

import shutil
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Settings
from bot.domain.ports.store import Store
from bot.files.links import LinkLooks
from bot.files.own_folder import OwnFolder
from bot.heygen.client import HeyGenClient
from bot.heygen.downloads import VideoLinks
from bot.slack.client import slack_client, slack_session
from bot.slack.files import SlackWebFiles
from bot.slack.identity import SlackIdentity
from bot.slack.people import SlackPeople
from bot.slack.threads import SlackWebThreads
from bot.slack.tokens import BotToken, FixedToken
from bot.slack.uploads import SlackWebUploads
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.parts import Ports
from handlers.home import SlackHomeTabs
from store import is_shared

DEFAULT_POLL_INTERVAL_S = 15.0  # every other pause scales with it
LINK_PAUSE_S = 5.0  # before a link that could not be fetched is looked at once more


@dataclass(frozen=True, slots=True)
class Outside:
    """What all workspaces share: connections, certificates, the folder for files on their way."""

    settings: Settings
    own_folder: OwnFolder | None  # where there is no database file
    folder: Path
    tls: ssl.SSLContext  # one for all: each takes 20 ms and 0.8 MB
    session: aiohttp.ClientSession
    posting: aiohttp.ClientSession  # of the workers
    downloads: VideoLinks
    links: LinkLooks
    may_work: Callable[[], bool] | None

    @classmethod
    def of(cls, settings: Settings, may_work: Callable[[], bool] | None = None) -> Outside:
        """Nothing is sent yet. `may_work` is asked as what costs or posts is about to leave."""
        own = OwnFolder(Path(tempfile.gettempdir())) if is_shared(settings.database_url) else None
        folder = own.path if own else _beside(settings.database_url)
        tls = httpx.create_ssl_context()
        session = slack_session()
        return cls(
            settings=settings,
            own_folder=own,
            folder=folder,
            tls=tls,
            session=session,
            posting=session if may_work is None else slack_session(may_work),
            downloads=VideoLinks(settings.heygen_api_url, folder=folder, tls=tls),
            links=LinkLooks(
                allowed_hosts=settings.link_hosts, pause_s=LINK_PAUSE_S * _step_s(settings), tls=tls
            ),
            may_work=may_work,
        )

    def nobodys_client(self) -> AsyncWebClient:
        """Of Slack's methods that want no bot token."""
        return slack_client(None, self.settings.slack_api_url, self.session)

    def heygen(
        self, api_key: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> HeyGenClient:
        return HeyGenClient(
            api_key,
            self.settings.heygen_api_url,
            transport=transport,
            tls=self.tls,
            may_create=self.may_work,
        )

    async def close(self) -> None:
        for part in (self.downloads, self.links):
            await part.close()
        await self.session.close()
        await self.posting.close()
        if self.own_folder is not None:
            self.own_folder.close()


@dataclass(frozen=True, slots=True)
class SlackSide:
    """One workspace's Slack."""

    client: AsyncWebClient
    identity: SlackIdentity
    people: SlackPeople
    threads: SlackWebThreads
    files: SlackWebFiles
    uploads: SlackWebUploads

    @classmethod
    def of(cls, outside: Outside, token: str | BotToken, workspace_id: str = "") -> SlackSide:
        """`token` is one that never ends, or knows how to renew itself."""
        settings = outside.settings
        bot_token = FixedToken(token) if isinstance(token, str) else token
        sender = slack_client(token, settings.slack_api_url, outside.posting)
        client = slack_client(token, settings.slack_api_url, outside.session)
        return cls(
            client=client,
            identity=SlackIdentity(client, bot_token, workspace_id=workspace_id),
            people=SlackPeople(client),
            threads=SlackWebThreads(sender),
            files=SlackWebFiles(
                client,
                bot_token,
                folder=outside.folder,
                step_s=_step_s(settings),
                tls=outside.tls,
            ),
            uploads=SlackWebUploads(sender, tls=outside.tls),
        )

    def ports(
        self,
        outside: Outside,
        store: Store,
        agent: HeyGenClient,
        heygen_key: WorkspaceKey | None,
    ) -> Ports:
        return Ports(
            store=store,
            agent=agent,
            catalogue=agent,
            downloads=outside.downloads,
            threads=self.threads,
            uploads=self.uploads,
            files=self.files,
            tabs=SlackHomeTabs(self.client, self.people, self.identity.workspace_url, heygen_key),
            links=outside.links,
        )

    async def close(self) -> None:
        for part in (self.uploads, self.files):
            await part.close()


def _step_s(settings: Settings) -> float:
    return settings.poll_interval_s / DEFAULT_POLL_INTERVAL_S


def _beside(database_url: str) -> Path:
    """The empty folder beside a database of SQLite's: a killed bot's files are gone."""
    path = Path(database_url.removeprefix("sqlite:///"))
    folder = path.with_name(f"{path.name}.files")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
