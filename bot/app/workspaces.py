"""Every workspace that has the app: found for each request, worked for while it is here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.app.accounts import Accounts
from bot.app.news import News
from bot.app.outside import Outside, SlackSide
from bot.app.work import Work
from bot.app.workspace import Workspace
from bot.domain import texts
from bot.domain.errors import NotPossible, SlackError, SlackRefused, StoreUnavailable
from bot.domain.job.job import WAITING_STATES, JobState
from bot.domain.job.permissions import Who
from bot.domain.ports.store import Store
from bot.domain.workspace import (
    NO_ACCOUNT,
    Tenancy,
    current_accounts,
    tenancies,
)
from bot.slack.connection import CHECK_S, CHECK_STEPS
from bot.slack.errors import slack_call
from bot.slack.oauth import INSTALL_PATH, UNINSTALL_EVENTS
from bot.slack.tokens import AppCredentials, RenewedToken
from bot.workflow.callbacks import Callbacks
from bot.workflow.heygen_keys import WorkspaceKey
from bot.workflow.loop import Tasks
from bot.workflow.status_updates import Signals

log = structlog.get_logger(__name__)

NEWS = "workspaces"  # told to other replicas: installed, uninstalled, another key
REFRESH_S = 10.0  # at most: what another process did (a replica, rotate-keys) is noticed then
SETTLE_S = 1.0
AT_ONCE = 100  # jobs that are cancelled before the next are read
UNINSTALLED = Who("uninstalled", may_do_all=True)  # as the history names it

_GONE = frozenset({"token_revoked", "account_inactive"})  # others may be of our own address
_UNDER_WAY = (JobState.QUEUED, JobState.SUBMITTING, JobState.RENDERING, JobState.PARKED)

_SHARED = ("deliver", "files", "home")  # signals between the accounts of one workspace
_IN_SLACK = frozenset({"deliver", "home"})
_TO_FINISH = frozenset({"stop", "look", "sweep"})
_EARLIER = frozenset({"submit", "poll", "files"}) | _TO_FINISH


def steps_of(tenancy: Tenancy) -> frozenset[str]:
    """What is done for it, by the names of `Parts.steps`."""
    if not tenancy.is_installed:
        return _TO_FINISH
    if tenancy.account == NO_ACCOUNT:
        return _IN_SLACK
    return _EARLIER | _IN_SLACK if tenancy.is_current else _EARLIER


@dataclass
class _Place:
    workspace: Workspace
    app: AsyncApp | None  # of a current one: people's requests come to it
    token: RenewedToken | None  # None: uninstalled


class Workspaces:
    """`refresh` makes those that came and ends those that went, as the database has them."""

    def __init__(
        self,
        outside: Outside,
        store: Store,
        work: Work,
        credentials: AppCredentials,
        operators_key: str | None,
    ) -> None:
        self._outside = outside
        self._store = store
        self._work = work
        self._credentials = credentials
        self._accounts = Accounts(outside, store, work, operators_key)
        self._places: dict[Tenancy, _Place] = {}
        self._is_working = False
        self._one_at_a_time = asyncio.Lock()
        self._tasks = Tasks("workspaces")
        self._news = News(store, self._tasks)
        signals = Signals(
            poll=partial(self._ring_all, "poll"), submit=partial(self._ring_all, "submit")
        )
        self.callbacks = Callbacks(store, work.clock, signals)
        self._check_s = min(CHECK_S, CHECK_STEPS * work.policy.interval_s)
        self._is_unreadable = False  # and that was told
        self._refused: set[str] = set()  # workspaces of whose token that was told

    # -- who there is ------------------------------------------------------------------------

    async def open(self) -> None:
        """What waits for a key goes with the operator's, if there is one now.

        Raises StoreUnavailable: also where ENCRYPTION_KEYS open nothing.
        """
        await self.refresh()
        for place in list(self._places.values()):  # there is a default since this start only
            if (key := place.workspace.heygen_key) and not (await key.status()).has_own:
                instead = self._accounts.default
                await self._store.heygen_keys.retire(key.workspace_id, instead=instead)

    async def refresh(self) -> None:
        """Raises StoreUnavailable; what is here goes on then."""
        async with self._one_at_a_time:
            await self._refresh()

    async def _refresh(self) -> None:
        store = self._store
        keys = await store.heygen_keys.all()
        if not all(key.is_current for key in keys) and await store.heygen_keys.forget_unused():
            keys = await store.heygen_keys.all()
        secrets = {key.account: key.secret for key in keys}
        installations, default = await store.installations.all(), self._accounts.default
        current = current_accounts(installations, keys, default)
        unfinished = await store.jobs.unfinished()
        await self._adopt_lost(unfinished, secrets, current)
        wanted = [
            tenancy
            for tenancy in tenancies(installations, keys, unfinished, default)
            if self._accounts.is_open(tenancy.account, secrets)
        ]
        gone = [
            self._places.pop(tenancy) for tenancy in list(self._places) if tenancy not in wanted
        ]
        for tenancy in wanted:  # at once: nobody's request comes in between
            if tenancy not in self._places:
                self._places[tenancy] = self._made(tenancy, secrets.get(tenancy.account))
        for place in self._places.values():
            if place.workspace.heygen_key is not None:
                place.workspace.heygen_key.learn(keys)
        await _close_all(gone)  # before the new ones work: messages go out one by one
        await self._accounts.keep_only({tenancy.account for tenancy in wanted})
        if self._is_working:
            for tenancy, place in self._places.items():
                await self._work_for(tenancy, place.workspace)

    async def _adopt_lost(
        self,
        unfinished: Iterable[tuple[str, str]],
        secrets: Collection[str],
        current: Mapping[str, str],
    ) -> None:
        """Videos of an account whose key is gone, or that had none, go on with the workspace's."""
        for workspace_id, account in unfinished:
            instead = current.get(workspace_id, NO_ACCOUNT)
            is_open = account != NO_ACCOUNT and self._accounts.is_open(account, secrets)
            if account == instead:
                continue
            if not is_open:
                log.info("goes on with the workspace's HeyGen key", team_id=workspace_id)
                await self._store.heygen_keys.adopt(workspace_id, account, instead)
            elif workspace_id in current:  # what was refused, or came in, while keys were changed
                await self._store.heygen_keys.move_waiting(workspace_id, instead)

    def _made(self, tenancy: Tenancy, secret: str | None) -> _Place:
        workspace_id, is_current = tenancy.workspace_id, tenancy.is_current
        account = self._accounts.open(tenancy.account, secret)
        token = self._token(workspace_id) if tenancy.is_installed else None
        workspace = Workspace(
            self._outside,
            SlackSide.of(self._outside, token or "", workspace_id),
            account.agent,
            self._store.of_workspace(workspace_id, tenancy.account),
            self._work,
            ring_others=partial(self._ring_others, workspace_id),
            steps=steps_of(tenancy),
            gate=partial(self._accounts.gate, tenancy.account),
            rings={
                "submit": partial(self._ring_account, tenancy.account),
                **{name: partial(self._ring_workspace, workspace_id, name) for name in _SHARED},
            },
            heygen_key=self._heygen_key(workspace_id) if is_current else None,
            workspace_id=workspace_id,
        )
        log.info("serves a workspace", team_id=workspace_id)
        return _Place(workspace, workspace.listeners() if is_current else None, token)

    def _token(self, workspace_id: str) -> RenewedToken:
        return RenewedToken(
            workspace_id,
            installations=self._store.installations,
            lock=self._store.lock,
            client=self._outside.nobodys_client(),
            credentials=self._credentials,
            clock=self._work.clock,
        )

    def _heygen_key(self, workspace_id: str) -> WorkspaceKey:
        return WorkspaceKey(
            self._store.heygen_keys,
            workspace_id,
            check=self._accounts.check,
            clock=self._work.clock,
            on_change=partial(self.key_changed, workspace_id),
            default=self._accounts.default,
        )

    # -- requests ----------------------------------------------------------------------------

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """To the listeners of the workspace that the request comes from."""
        if req.body.get("type") == "url_verification":  # Slack looks whether we are there
            return BoltResponse(status=200, body={"challenge": req.body.get("challenge")})
        place = self._place_of(req.context)
        if place is None:  # another replica may have been told of it
            await self._try_to_refresh()
            place = self._place_of(req.context)
        if place is None or place.app is None:
            return self._not_installed(req)
        if (req.body.get("event") or {}).get("type") in UNINSTALL_EVENTS:
            self._uninstalling(req.context)
            return BoltResponse(status=200, body="")
        return await place.app.async_dispatch(req)

    def _not_installed(self, req: AsyncBoltRequest) -> BoltResponse:
        """A command is answered, the rest is only taken."""
        log.info("request of a workspace without the app", team_id=req.context.team_id)
        if "command" not in req.body:
            return BoltResponse(status=200, body="")
        address = f"{self._outside.settings.public_url}{INSTALL_PATH}"
        return BoltResponse(status=200, body=texts.NOT_INSTALLED_HERE.format(address=address))

    def _place_of(self, context: AsyncBoltContext) -> _Place | None:
        """Of an organisation-wide installation the organisation's, else the workspace's own."""
        ids = [context.team_id, context.enterprise_id]
        if context.is_enterprise_install:
            ids.reverse()
        current = {each.workspace_id: p for each, p in self._places.items() if each.is_current}
        return next((current[id_] for id_ in ids if id_ in current), None)

    def _uninstalling(self, context: AsyncBoltContext) -> None:
        for tenancy, place in self._places.items():
            if tenancy.is_current and tenancy.workspace_id in (
                context.team_id,
                context.enterprise_id,
            ):
                self._tasks.spawn(self._look_at_token(tenancy.workspace_id, place, is_sure=True))

    # -- what goes on beside -----------------------------------------------------------------

    async def keep_watch(self) -> None:
        """Notice what other processes did."""
        while True:
            await self._try_to_refresh()
            await asyncio.sleep(min(REFRESH_S, self._work.policy.interval_s))

    async def _try_to_refresh(self) -> None:
        try:
            await self.refresh()
        except StoreUnavailable as error:
            if not self._is_unreadable:
                log.warning("workspaces not read", code=error.code, what=error.message)
            self._is_unreadable = True
        except Exception:
            log.exception("workspaces not read")
        else:
            self._is_unreadable = False

    async def watch_tokens(self) -> None:
        """One workspace after the other: a token that was revoked is noticed without an event."""
        while True:
            await asyncio.sleep(self._check_s)
            for tenancy, place in list(self._places.items()):
                if tenancy.is_current and self._places.get(tenancy) is place:
                    try:
                        await self._look_at_token(tenancy.workspace_id, place, is_sure=False)
                    except StoreUnavailable as error:
                        log.warning("token not looked at", code=error.code)
                    except Exception:
                        log.exception("token not looked at")
                    await asyncio.sleep(self._check_s)

    async def _look_at_token(self, workspace_id: str, place: _Place, *, is_sure: bool) -> None:
        """Slack has the last word: a late event of an earlier installation changes nothing.

        Unless it `is_sure` by an event, a token has to be refused twice.
        """
        token = ""
        try:
            async with slack_call(may_repeat=True):
                token = await place.token.current() if place.token else ""
                await place.workspace.slack.identity.confirm()
        except SlackRefused as error:
            if error.code not in _GONE:
                self._note_refusal(workspace_id, error.code)
            elif is_sure:
                await self._uninstall(workspace_id, token, error.code)
            else:
                await asyncio.sleep(self._check_s)
                await self._look_at_token(workspace_id, place, is_sure=True)
        except SlackError as error:
            log.info("token not looked at", team_id=workspace_id, code=error.code)
        else:
            self._refused.discard(workspace_id)
            place.workspace.workers.resume()

    def _note_refusal(self, workspace_id: str, code: str) -> None:
        """Everything of this workspace waits; said once, until the token works again."""
        if workspace_id not in self._refused:
            self._refused.add(workspace_id)
            log.error("Slack refuses the token: install again", team_id=workspace_id, code=code)

    async def _uninstall(self, workspace_id: str, token: str, code: str) -> None:
        """The token is gone first; whoever works cancels and stops the rest (`_wind_up`)."""
        if await self._store.installations.forget_token(workspace_id, token):
            log.warning("uninstalled", team_id=workspace_id, code=code)
        await self.refresh()
        self._news.tell(NEWS)

    # -- work --------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Raises StoreUnavailable; then nothing works."""
        async with self._one_at_a_time:
            if not self._is_working:
                self._is_working = True
                self._accounts.begin()
            try:
                await self._refresh()
            except BaseException:
                await self._stop_working()
                raise

    async def end(self) -> None:
        async with self._one_at_a_time:
            await self._stop_working()

    async def _stop_working(self) -> None:
        self._is_working = False
        await self._accounts.end()
        await asyncio.gather(*(p.workspace.workers.stop() for p in self._places.values()))

    async def _work_for(self, tenancy: Tenancy, workspace: Workspace) -> None:
        if not tenancy.is_installed:
            await self._wind_up(tenancy, workspace)
        if not workspace.workers.is_working:
            await workspace.workers.start()

    async def _wind_up(self, tenancy: Tenancy, workspace: Workspace) -> None:
        """Nobody is there any more: what waits is cancelled, what runs is stopped at HeyGen."""
        jobs = self._store.of_workspace(tenancy.workspace_id, tenancy.account).jobs
        for state in _UNDER_WAY:
            while left := await jobs.recent(AT_ONCE, state):
                for job in left:
                    try:
                        await workspace.parts.controls.cancel(job.id, UNINSTALLED)
                    except NotPossible:
                        log.info("ended meanwhile", job_id=job.id)

    def waiting_for(self) -> str | None:
        return self._accounts.waiting_for()

    # -- news --------------------------------------------------------------------------------

    async def installed(self) -> None:
        """Somebody has just installed the app, here."""
        await self._try_to_refresh()
        for place in self._places.values():  # what waited for a token goes on, if it is there now
            place.workspace.workers.resume()
        self._news.tell(NEWS)

    def key_changed(self, workspace_id: str) -> None:
        """An admin has connected or removed a HeyGen key, here: the waiting cards tell."""
        self._tasks.spawn(self._tell_of_key(workspace_id))

    async def _tell_of_key(self, workspace_id: str) -> None:
        await self.installed()
        deliveries = self._store.of_workspace(workspace_id, NO_ACCOUNT).deliveries
        await deliveries.refresh_cards(self._work.clock.now(), *WAITING_STATES)
        for signal in ("submit", "deliver"):
            self._ring_all(signal)

    def hear(self, words: str) -> None:
        for word in words.split():
            if word == NEWS:
                self._tasks.spawn(self.refresh())
            workspace_id, _, name = word.rpartition(":")
            self._ring_workspace(workspace_id, name)

    def _ring_all(self, name: str) -> None:
        for place in self._places.values():
            getattr(place.workspace.parts.signals, name)()

    def resume(self) -> None:
        """Each workspace has a token of its own (`watch_tokens`)."""

    def _ring_account(self, account: str) -> None:
        """A slot became free, or somebody waits: whoever's turn it is."""
        for tenancy, place in self._places.items():
            if tenancy.account == account:
                place.workspace.workers.wake("submit")

    def _ring_workspace(self, workspace_id: str, name: str) -> None:
        """Its messages are the current account's to send, its files also an earlier one's."""
        for tenancy, place in self._places.items():
            if tenancy.workspace_id == workspace_id:
                place.workspace.workers.wake(name)

    def _ring_others(self, workspace_id: str, name: str) -> None:
        self._news.tell(f"{workspace_id}:{name}")

    async def settle(self) -> None:
        await asyncio.gather(self._tasks.settle(SETTLE_S), *map(_settle, self._places.values()))

    async def close(self) -> None:
        async with self._one_at_a_time:
            gone, self._places = list(self._places.values()), {}
            await _close_all(gone)
            await self._accounts.keep_only(())


async def _close_all(places: Iterable[_Place]) -> None:
    await asyncio.gather(*map(_close, places))


async def _close(place: _Place) -> None:
    await asyncio.gather(place.workspace.workers.stop(), _settle(place))
    await place.workspace.close()


async def _settle(place: _Place) -> None:
    """What people asked for, and a renewal of the token, ends in time."""
    renewing = [place.token.close()] if place.token is not None else []
    await asyncio.gather(place.workspace.settle(), *renewing)
