"""The browser in which a person installs the app: follows addresses, keeps cookies."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

import aiohttp
from yarl import URL

from bot.sandbox.slack.app import SlackApp
from bot.sandbox.slack.oauth import AUTHORIZE, SESSION_COOKIE, Sessions
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.state import User
from bot.sandbox.slack.workspace import Workspace

REDIRECTS_MAX = 10
_LINK = re.compile(r"""href\s*=\s*(["'])(.*?)\1""", re.IGNORECASE)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Page:
    """Where a walk ended; `url` is the page's address, or one that leads out of this machine."""

    status: int
    text: str
    url: str


class Browser:
    """Signed in at Slack as one person. Slack's cookies and those of others are kept apart."""

    def __init__(self, app: SlackApp, sessions: Sessions, state: Workspace, user: User) -> None:
        self._app = app
        self._session = secrets.token_hex(16)
        sessions[self._session] = (state, user)
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Browser:
        # A browser takes `Secure` cookies from this machine without TLS, and so does this one.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._cookies: dict[str, aiohttp.CookieJar] = {}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def visit(self, url: str) -> Page:
        """Opens a page and follows where it is sent, up to Slack's question or the end."""
        for _ in range(REDIRECTS_MAX):
            status, text, to = await self._ask("GET", url)
            if to is None:
                return Page(status, text, url)
            url = to
            if not self._is_here(url):
                return Page(status, text, url)
        raise SandboxRefusal(f"more than {REDIRECTS_MAX} redirects, the last to {url}")

    async def answer(self, page: Page, decision: str, *, org_wide: bool = False) -> Page | str:
        """Presses a button of Slack's question: the address it leads to, or Slack's own page."""
        if not self.is_question(page):
            raise SandboxRefusal(f"this is no page where one could {decision}: {page.text[:200]}")
        form = dict(URL(page.url).query) | {"decision": decision}
        if org_wide:
            form["org_wide"] = "1"
        status, text, to = await self._ask("POST", str(URL(page.url).with_query(None)), form)
        return Page(status, text, page.url) if to is None else to

    def is_question(self, page: Page) -> bool:
        return page.url.startswith(f"{self._app.base_url}{AUTHORIZE}") and "<form" in page.text

    def link_to_slack(self, page: Page) -> str | None:
        """The "Add to Slack" link of a page of the bot."""
        links = (html.unescape(found[2]) for found in _LINK.finditer(page.text))
        return next((one for one in links if one.startswith(self._app.base_url + AUTHORIZE)), None)

    async def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, str, str | None]:
        """(status, text, where a redirect leads)."""
        if self._http is None:
            raise SandboxRefusal("the browser is not open")
        jar = self._jar(url)
        cookies = {name: one.value for name, one in jar.filter_cookies(URL(url)).items()}
        if url.startswith(self._app.base_url):
            cookies = {SESSION_COOKIE: self._session}
        async with self._http.request(
            method, url, data=form, cookies=cookies, allow_redirects=False
        ) as answer:
            jar.update_cookies(answer.cookies, URL(url))
            text = await answer.text()
            to = answer.headers.get("Location") if 300 <= answer.status < 400 else None
            return answer.status, text, str(URL(url).join(URL(to))) if to else None

    def _jar(self, url: str) -> aiohttp.CookieJar:
        """One for each address: cookies know no ports, and all here are of one host."""
        origin = str(URL(url).origin())
        if origin not in self._cookies:
            self._cookies[origin] = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=origin)
        return self._cookies[origin]

    def _is_here(self, url: str) -> bool:
        parts = URL(url)
        return parts.scheme in ("http", "https") and parts.host in _LOOPBACK
