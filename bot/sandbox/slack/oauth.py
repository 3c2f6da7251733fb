"""OAuth v2 as Slack does it: the page that asks a person, and oauth.v2.access."""

from __future__ import annotations

import base64
import binascii
import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web

from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Json, User
from bot.sandbox.slack.tokens import Grant, Tokens
from bot.sandbox.slack.workspace import Workspace

AUTHORIZE = "/oauth/v2/authorize"
METHOD = "oauth.v2.access"
SESSION_COOKIE = "d"
CODE_LIFE_S = 600.0
SECRET_PARAMS = ("client_secret", "code", "refresh_token")
_SCOPE = re.compile(r"[a-z_.]+(:[a-z_.]+)*")
Sessions = dict[str, tuple[Workspace, User]]  # by cookie: who is signed in at Slack


class PageRefusal(Exception):
    """Slack shows these words on its own page and sends nobody back."""


@dataclass(frozen=True)
class Question:
    """What an app asks for, as its address of Slack's page says."""

    scopes: tuple[str, ...]
    state: str | None
    redirect_uri: str  # where the answer goes
    named_redirect: bool  # whether the address named it, so that oauth.v2.access must, too


@dataclass
class Code:
    secret: str = field(repr=False)
    workspace: Workspace
    user: User
    question: Question
    at: float
    used: bool = False


class OAuth:
    def __init__(self, app: SlackApp, tokens: Tokens) -> None:
        self._app, self._tokens = app, tokens
        self.sessions: Sessions = {}
        self._codes: dict[str, Code] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.get(AUTHORIZE, self._ask), web.post(AUTHORIZE, self._decide)]

    # -- the page

    async def _ask(self, request: web.Request) -> web.Response:
        try:
            question = self._question(request.query)
            state, user = self._who(request)
            self._check_team(state, request.query.get("team"))
            _check_may_install(state, user)
        except PageRefusal as refusal:
            return _page(str(refusal), 400)
        words = f"{self._app.name} is requesting permission to access {state.team.name}"
        return _page(words, 200, question.scopes)

    async def _decide(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            question = self._question(form)
            state, user = self._who(request)
            if form.get("decision") != "allow":
                raise web.HTTPFound(_answer(question, error="access_denied"))
            _check_may_install(state, user)
            self._check_org_wide(state, user, asked=form.get("org_wide") == "1")
        except PageRefusal as refusal:
            return _page(str(refusal), 400)
        code = Code(_new_code(state), state, user, question, self._app.now())
        self._codes[code.secret] = code
        raise web.HTTPFound(_answer(question, code=code.secret))

    def _question(self, query: Mapping[str, str]) -> Question:
        if query.get("client_id") != self._app.client_id:
            raise PageRefusal("Invalid client_id parameter")
        scopes = tuple(one for one in re.split(r"[, ]+", query.get("scope", "")) if one)
        if not scopes:
            raise PageRefusal("No scopes requested")
        if wrong := [one for one in scopes if not _SCOPE.fullmatch(one)]:
            raise PageRefusal(f"Invalid permissions requested: {', '.join(wrong)}")
        named = query.get("redirect_uri") or ""
        allowed = self._app.redirect_urls
        address = named or (allowed[0] if allowed else "")
        if not address or (allowed and not any(address.startswith(one) for one in allowed)):
            raise PageRefusal(f"redirect_uri did not match any configured URIs. {named}")
        return Question(scopes, query.get("state"), address, named_redirect=bool(named))

    def _who(self, request: web.Request) -> tuple[Workspace, User]:
        signed_in = self.sessions.get(request.cookies.get(SESSION_COOKIE, ""))
        if signed_in is None:
            raise PageRefusal("Sign in to your workspace")
        return signed_in

    def _check_team(self, state: Workspace, wanted: str | None) -> None:
        if wanted and wanted != state.team_id and wanted not in state.teams:
            raise PageRefusal("Sign in to the workspace that this link is for")

    def _check_org_wide(self, state: Workspace, user: User, *, asked: bool) -> None:
        if asked != state.is_org_wide:
            raise PageRefusal("Choose where to install this app")
        if not asked:
            return
        if not self._app.org_wide:
            raise PageRefusal("This app cannot be installed for a whole organization")
        there = user.enterprise_user
        if there is None or not (there.is_admin or there.is_owner):
            raise PageRefusal("Only an admin of the organization can install this app for it")

    # -- oauth.v2.access

    def access(self, params: Json, authorization: str) -> Json:
        """The answer to a code or to a refresh token; SlackRefusal for anything else."""
        self._check_client(params, authorization)
        kind = params.get("grant_type") or "authorization_code"
        if kind == "refresh_token":
            workspace, grant = self._tokens.refresh(str(params.get("refresh_token") or ""))
            return self._granted(workspace, grant)
        if kind != "authorization_code":
            raise SlackRefusal("invalid_grant_type")
        code = self._good_code(params)
        code.used = True
        code.workspace.installed = True
        code.workspace.token_refusal = None
        code.workspace.scopes = frozenset(code.question.scopes)
        grant = self._tokens.issue(code.workspace)
        self._app.changed()
        return self._granted(code.workspace, grant) | {"authed_user": {"id": code.user.id}}

    def _check_client(self, params: Json, authorization: str) -> None:
        name, secret = _credentials(params, authorization)
        if name != self._app.client_id:
            raise SlackRefusal("invalid_client_id")
        if not secrets.compare_digest(secret.encode(), self._app.client_secret.encode()):
            raise SlackRefusal("bad_client_secret")

    def _good_code(self, params: Json) -> Code:
        code = self._codes.get(str(params.get("code") or ""))
        if code is None or self._app.now() - code.at > CODE_LIFE_S:
            raise SlackRefusal("invalid_code")
        if code.used:
            raise SlackRefusal("code_already_used")
        named = params.get("redirect_uri")
        must_name = code.question.named_redirect
        if (named or must_name) and named != code.question.redirect_uri:
            raise SlackRefusal("bad_redirect_uri")
        return code

    def _granted(self, workspace: Workspace, grant: Grant) -> Json:
        enterprise, team = workspace.enterprise, workspace.team
        body: Json = {
            "app_id": self._app.app_id,
            "scope": ",".join(sorted(workspace.scopes)),
            "token_type": "bot",
            "access_token": grant.access,
            "bot_user_id": workspace.bot.id,
            "team": None if workspace.is_org_wide else {"id": team.id, "name": team.name},
            "enterprise": {"id": enterprise.id, "name": enterprise.name} if enterprise else None,
            "is_enterprise_install": workspace.is_org_wide,
        }
        if grant.refresh is not None:
            body |= {"refresh_token": grant.refresh, "expires_in": grant.expires_in}
        return body


def _check_may_install(state: Workspace, user: User) -> None:
    if state.only_admins_install and not (user.is_admin or user.is_owner):
        raise PageRefusal("You need an admin's approval to install this app")


def _credentials(params: Json, authorization: str) -> tuple[str, str]:
    """Client id and secret, by HTTP Basic or in the form."""
    if authorization.startswith("Basic "):
        try:
            pair = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        name, _, secret = pair.partition(":")
        return name, secret
    return str(params.get("client_id") or ""), str(params.get("client_secret") or "")


def _new_code(state: Workspace) -> str:
    number = int(state.team_id[1:], 36)
    return f"{number}.{secrets.randbelow(10**13)}.{secrets.token_hex(32)}"


def _answer(question: Question, **told: str) -> str:
    """The redirect_uri with what Slack adds to it."""
    query = urlencode(told | ({"state": question.state} if question.state is not None else {}))
    return f"{question.redirect_uri}{'&' if '?' in question.redirect_uri else '?'}{query}"


def _page(words: str, status: int, scopes: tuple[str, ...] | None = None) -> web.Response:
    """Slack's words and, when it asks, what for and the two buttons."""
    parts = [f"<!DOCTYPE html><html><head><title>Slack</title></head><body><h1>{_e(words)}</h1>"]
    if scopes is not None:
        parts += ["<ul>", *(f"<li>{_e(scope)}</li>" for scope in scopes), "</ul>"]
        parts.append('<form method="post"><button name="decision" value="cancel">Cancel</button>')
        parts.append('<button name="decision" value="allow">Allow</button></form>')
    return web.Response(
        text="".join([*parts, "</body></html>"]), status=status, content_type="text/html"
    )


def _e(text: str) -> str:
    return html.escape(text)
