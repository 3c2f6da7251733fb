"""/slack/install and /slack/oauth_redirect: the pages of whoever adds the app to a workspace."""

from __future__ import annotations

import html
import time
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlencode

import structlog
from aiohttp import ClientError, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.oauth.async_callback_options import AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError

from bot.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)

REASON_CHARS = 60  # it stands in the address, so anybody may say anything
# Of each page; an installation that is begun is a row for ten minutes, and anybody may ask.
ASKED_A_SECOND = 20
NAME_MAX_CHARS = 80
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 17px/1.5 system-ui, sans-serif; color: #1d1c1d; background: #f7f6f9; margin: 0 }}
:root {{ color-scheme: light dark }}
main {{ box-sizing: border-box; width: calc(100% - 2rem); max-width: 38rem;
  padding: clamp(1.2rem, 6vw, 2rem); margin: min(12vh, 6rem) auto 2rem; background: #fff;
  border-radius: 14px; box-shadow: 0 1px 8px #0002; overflow-wrap: anywhere }}
h1 {{ font-size: 1.5rem; margin: 0 0 .7rem }}
a.button {{ display: inline-block; margin-top: .6rem; padding: .65rem 1.2rem; border-radius: 8px;
  background: #1d1c4d; color: #fff; font-weight: 600; text-decoration: none }}
a.button:focus-visible {{ outline: 3px solid #7a78ff; outline-offset: 2px }}
p {{ margin: .5rem 0 }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e8e6ea; background: #19181d }} main {{ background: #242329 }}
  a.button {{ background: #8b89ff; color: #12111a }} }}
</style></head>
<body><main><h1>{title}</h1>{words}{button}</main></body></html>
"""
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address has Slack's code
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
# Bolt's reasons, and what each means to the person before the page.
_FAILURES: dict[str, tuple[str, str]] = {
    "access_denied": (
        "Nothing was installed",
        "You cancelled in Slack, or your workspace wants an admin to say yes first. Whenever "
        "you're ready, start again here.",
    ),
    "invalid_browser": (
        "This page lost its place",
        "It was opened in another browser or tab than the one that began, or cookies are off. "
        "Nothing was installed. Start again in this browser.",
    ),
    "invalid_state": (
        "This link was used already, or is too old",
        "An installation has to be finished within 10 minutes, and its link works once. If you've "
        "just installed Video Bot, all is well. If not, start again.",
    ),
    "missing_code": (
        "Slack's answer is missing",
        "This page belongs at the end of an installation, and Slack sent nothing with it. Start "
        "from the beginning.",
    ),
    "invalid_code": (
        "Slack didn't finish the installation",
        "Its code was used already or is too old. Start again, and if that doesn't help, ask "
        "whoever runs Video Bot to check its client id and secret.",
    ),
    "storage_error": (
        "I couldn't save the installation",
        "My database doesn't answer just now, so I can't work in your workspace yet. Start again "
        "in a minute: installing twice does no harm.",
    ),
    "slack_away": (
        "Slack didn't answer",
        "So I don't know yet whether I may work in your workspace. Start again in a minute: "
        "installing twice does no harm.",
    ),
    "too_many": (
        "One moment, please",
        "Many people are installing at this very second. Try again in a few seconds.",
    ),
}
_READY = (
    "In Slack, type /video in any channel to make the first video. Admins can connect your own "
    "HeyGen account in the app's Home tab."
)
_CONNECT_FIRST = (
    "One step is left: an admin opens the app's Home tab in Slack and presses Connect HeyGen. Then "
    "anybody can type /video in any channel."
)
_ORGANISATION = "Add it to your organisation's workspaces in Slack's administration next."
# Bolt reads Slack's answer without looking whether it is one.
_ODD_ANSWER = (LookupError, TypeError, ValueError, AttributeError, NameError)
_UNCLEAR = (SlackClientError, ClientError, OSError, *_ODD_ANSWER)
_OTHER_FAILURE = (
    "Nothing was installed",
    "Slack said no. Start again, and if it says so again, ask whoever runs Video Bot.",
)


class Flow(Protocol):
    """Bolt's AsyncOAuthFlow, as far as pages go."""

    async def handle_installation(self, request: AsyncBoltRequest) -> BoltResponse: ...

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse: ...


class InstallOutcome:
    """What Bolt's flow asks for when it has ended, one way or the other."""

    def __init__(self, on_installed: Callable[[], Awaitable[None]], *, has_default: bool) -> None:
        """`has_default`: videos can be made at once, for the operator has a HeyGen key."""
        self._on_installed = on_installed
        self._has_default = has_default

    async def success(self, args: AsyncSuccessArgs) -> BoltResponse:
        await self._on_installed()
        told = args.installation
        is_of_all = bool(told.is_enterprise_install)
        name = _one_line(told.enterprise_name if is_of_all else told.team_name)
        log.info("installed", team_id=told.enterprise_id if is_of_all else told.team_id)
        words = (
            f"Video Bot is now in {name}.",
            *([_ORGANISATION] if is_of_all else []),
            _READY if self._has_default else _CONNECT_FIRST,
        )
        team = told.enterprise_id if is_of_all else told.team_id
        query = urlencode({"app": told.app_id or "", "team": team or ""})
        address = f"https://slack.com/app_redirect?{query}"
        return BoltResponse(
            status=200,
            body=page("You're all set", *words, button=("Open Video Bot in Slack", address)),
            headers=dict(_HEADERS),
        )

    async def failure(self, args: AsyncFailureArgs) -> BoltResponse:
        log.warning("not installed", reason=args.reason[:REASON_CHARS])
        return failed(args.reason, args.suggested_status_code)


class InstallPages:
    """Both routes; whatever goes wrong is told on a page."""

    def __init__(self, flow: Flow, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._flow = flow
        self._installs, self._redirects = _ASecond(monotonic), _ASecond(monotonic)

    async def handle_install(self, request: web.Request) -> web.Response:
        return await self._answered(self._flow.handle_installation, request, self._installs)

    async def handle_redirect(self, request: web.Request) -> web.Response:
        return await self._answered(self._flow.handle_callback, request, self._redirects)

    async def _answered(
        self,
        handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
        request: web.Request,
        second: _ASecond,
    ) -> web.Response:
        if request.method == "HEAD":  # nobody reads it, so nothing is begun or ended
            return web.Response(headers=_HEADERS)
        told = await _told(handle, request) if second.has_room() else failed("too_many", 429)
        for name, value in _HEADERS.items():
            told.headers[name.lower()] = [value]
        if told.status == 429:
            told.headers["retry-after"] = ["1"]
        return await to_aiohttp_response(told)


async def _told(
    handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]], request: web.Request
) -> BoltResponse:
    query, cookie = request.rel_url.raw_query_string, request.headers.get("Cookie", "")
    try:
        return await handle(AsyncBoltRequest(body="", query=query, headers={"cookie": cookie}))
    except StoreUnavailable:
        return failed("storage_error", 503)
    except _UNCLEAR as error:
        # No answer, or one that is none: also from something in between.
        log.warning("not installed", reason=type(error).__name__)
        return failed("slack_away", 502)


class _ASecond:
    """Counts who has asked in this very second."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._second, self._asked = 0, 0

    def has_room(self) -> bool:
        second = int(self._monotonic())
        if second != self._second:
            self._second, self._asked = second, 0
        self._asked += 1
        return self._asked <= ASKED_A_SECOND


def _one_line(name: str | None) -> str:
    """A workspace's name among our words, whichever way its letters run."""
    short = " ".join((name or "").split())
    if len(short) > NAME_MAX_CHARS:
        short = short[: NAME_MAX_CHARS - 1] + "…"
    return f"\u2068{short}\u2069" if short else "your workspace"


def install_page(address: str) -> str:
    """HTML for whoever is about to install; the button leads to Slack's page at `address`."""
    return page(
        "Add Video Bot to Slack",
        "Type /video, fill in one form, and get a finished HeyGen video in the thread.",
        "Slack shows you next what Video Bot may do in your workspace, and asks you to allow it.",
        button=("Add to Slack", address),
    )


def failed(reason: str, status: int) -> BoltResponse:
    title, words = _FAILURES.get(reason, _OTHER_FAILURE)
    button = ("Start again", "install")  # beside this page, whatever is before both
    return BoltResponse(
        status=status, body=page(title, words, button=button), headers=dict(_HEADERS)
    )


def page(title: str, *words: str, button: tuple[str, str]) -> str:
    """HTML; nothing that is given is taken for markup."""
    said = "".join(f"<p>{html.escape(each)}</p>" for each in words)
    label, address = button
    link = f'<p><a class="button" href="{html.escape(address)}">{html.escape(label)}</a></p>'
    return _PAGE.format(title=html.escape(title), words=said, button=link)
