"""The sandbox workspace as a page in a browser: read, type, fill in and click as somebody in it."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.slack.blocks import find_elements
from bot.sandbox.slack.delivery import Answer, ViewErrors
from bot.sandbox.slack.form import element_state, fill, find_element
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.refusals import SandboxRefusal
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Channel, Json, Message, SlackFile, View

HTML = Path(__file__).with_name("page.html")
HEARTBEAT_S = 15.0  # a line now and then, so that a browser that left is noticed
STOP_S = 0.1  # pages still listening at stop are cut off after that
UPLOAD_MAX_BYTES = 32 * 1024 * 1024  # Slack's own limit of 10 MB is the form's to tell
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHOWN_IN_PAGE = ("image/", "video/", "audio/")
POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: http: https:; "
    "media-src 'self' http://127.0.0.1:* http://localhost:*; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Deed = Callable[[Person, Json], Awaitable[Json]]


class SandboxPage:
    """Serves the page for one SlackSandbox, which is already started, on loopback."""

    def __init__(self, slack: SlackSandbox) -> None:
        self.url = ""
        self._slack = slack
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen and say where; port 0 takes a free one."""
        app = page_app(self._slack)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> SandboxPage:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def page_app(slack: SlackSandbox) -> web.Application:
    """The page and what it asks for. Everything a visitor does goes through a `Person`."""
    page, deeds = _Reading(slack), _Doing(slack)
    app = web.Application(middlewares=[_guard])
    app.on_response_prepare.append(_add_headers)
    app.add_routes(
        [
            web.get("/", page.html),
            web.get("/state.json", page.state),
            web.get("/events", page.events),
            web.get("/files/{file_id}", page.file),
            web.post("/upload", deeds.upload),
            *(web.post(f"/{name}", deeds.handler(deed)) for name, deed in deeds.all.items()),
        ]
    )
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only this machine's own page may ask; a refusal of Slack's client becomes a 409."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        raise web.HTTPForbidden(text="This page answers on loopback only.")
    if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
        raise web.HTTPForbidden(text="Another site may not act here.")
    try:
        return await handler(request)
    except SandboxRefusal as refusal:
        return web.json_response({"ok": False, "problem": str(refusal)}, status=409)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


class _Reading:
    """The page itself, and what one person sees."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._slack = slack
        self._html = HTML.read_text(encoding="utf-8")

    async def html(self, request: web.Request) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        headers = {"Content-Security-Policy": POLICY.format(nonce=nonce)}
        text = self._html.replace("NONCE", nonce)
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def state(self, request: web.Request) -> web.Response:
        return web.json_response(snapshot(self._slack, _person(self._slack, request)))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the state now, and again after each change."""
        person, sent = _person(self._slack, request), ""

        def news() -> str | None:
            text = json.dumps(snapshot(self._slack, person))
            return text if text != sent else None

        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            try:
                sent = await self._slack.wait_for(news, HEARTBEAT_S, "a change")
                line = f"data: {sent}\n\n"
            except TimeoutError:
                line = ": nothing new\n\n"
            try:
                await response.write(line.encode())
            except ConnectionResetError:
                break
        return response

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes, for somebody who can see it in Slack."""
        person = _person(self._slack, request)
        file = self._slack.files.get(request.match_info["file_id"])
        if file is None or file.deleted or not _may_see(self._slack, person, file):
            raise web.HTTPNotFound
        is_shown = file.mimetype.startswith(SHOWN_IN_PAGE)
        headers = {"Content-Type": file.mimetype, "Content-Security-Policy": "sandbox"}
        headers["Content-Disposition"] = "inline" if is_shown else "attachment"
        if isinstance(file.content, Path):
            return web.FileResponse(file.content, headers=headers)
        return web.Response(body=file.content or b"", headers=headers)


class _Doing:
    """What one person does. Each deed is one call of Person's, told back as ok or a problem."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._slack = slack
        self.all: dict[str, Deed] = {
            "say": self._say,
            "submit": self._submit,
            "close": self._close,
            "act": self._act,
            "suggest": self._suggest,
        }

    def handler(self, deed: Deed) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            try:
                body = await request.json()
                reply = await deed(_person(self._slack, request), body)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise web.HTTPBadRequest(text=f"not what the page sends: {error!r}") from error
            return web.json_response(reply)

        return handle

    async def upload(self, request: web.Request) -> web.Response:
        """The raw bytes of one file; its name stands in the query."""
        person, name = _person(self._slack, request), request.query.get("name", "")
        if name in ("", ".", "..") or re.search(r"[/\0]", name) or len(name.encode()) > 255:
            raise SandboxRefusal("the file needs a plain name")
        folder = await asyncio.to_thread(tempfile.mkdtemp, dir=self._slack.state.folder)
        path = Path(folder, name)
        with await asyncio.to_thread(path.open, "wb") as target:
            async for chunk in request.content.iter_chunked(256 * 1024):
                await asyncio.to_thread(target.write, chunk)
                if target.tell() > UPLOAD_MAX_BYTES:
                    raise SandboxRefusal(f"{name} is larger than this page takes")
        return web.json_response({"ok": True, "file": _file_json(await person.upload(path))})

    async def _say(self, person: Person, body: Json) -> Json:
        """A command, a message to the bot (DM or mention), or words for the others."""
        text, place = str(body["text"]).strip(), self._slack.channel(body["channel"])
        thread_ts, at_bot = body.get("thread_ts"), f"@{self._slack.bot.name}"
        if not text:
            raise SandboxRefusal("there is nothing to send")
        if text.startswith("/"):
            command, *words = text.split(maxsplit=1)
            if thread_ts:
                raise SandboxRefusal(f"{command} does not work in a thread, only in the channel")
            return _told(await person.command("".join(words), channel=place, command=command))
        if place.kind == "im" and self._slack.bot.id in place.members:
            return _told(await person.dm(text, thread_ts=thread_ts))
        if at_bot in text:
            rest = text.replace(at_bot, "", 1).strip()
            return _told(await person.mention(rest, place, thread_ts=thread_ts))
        person.say(text, place, thread_ts=thread_ts)
        return {"ok": True}

    async def _submit(self, person: Person, body: Json) -> Json:
        view = _open_view(person, body)
        return _told(await person.submit(view, self._entered(person, view, body["values"])))

    async def _close(self, person: Person, body: Json) -> Json:
        return _told(await person.close(_open_view(person, body), all_views=bool(body.get("all"))))

    async def _act(self, person: Person, body: Json) -> Json:
        where: Message | View
        if "view" in body:
            where = _open_view(person, body)
            await self._keep_typed(person, where, body.get("values") or {})
        else:
            where = _message(person, self._slack.channel(body["channel"]), body["ts"])
        name, value = body["action_id"], body.get("value", "")
        kinds = {one["type"] for _, one in find_elements(where.blocks) if one["action_id"] == name}
        if "button" in kinds:
            return _told(await person.click(where, name, value=value))
        return _told(await person.select(where, name, value))

    async def _suggest(self, person: Person, body: Json) -> Json:
        view = _open_view(person, body)
        options = await person.suggest(view, body["action_id"], str(body.get("text", "")))
        return {"ok": True, "options": options}

    async def _keep_typed(self, person: Person, view: View, values: Json) -> None:
        """A button in a form takes along what stands in the fields so far."""
        for name, value in self._entered(person, view, values).items():
            block, _ = find_element(view.blocks, name)
            if block["type"] == "input" and not block.get("dispatch_action"):
                await person.select(view, name, value)

    def _entered(self, person: Person, view: View, values: Json) -> Json:
        """Files come as ids and leave as files, of this person only."""
        entered = {}
        for name, value in values.items():
            _, one = find_element(view.blocks, name)
            is_files = one["type"] == "file_input"
            entered[name] = [self._own_file(person, i) for i in value] if is_files else value
        return entered

    def _own_file(self, person: Person, file_id: str) -> SlackFile:
        file = self._slack.files.get(file_id)
        if file is None or file.user_id != person.user.id:
            raise SandboxRefusal("this file is not yours")
        return file


# -- what one person sees, as JSON


def snapshot(slack: SlackSandbox, person: Person) -> Json:
    """All that the page shows to this person."""
    slack.state.direct_channel(slack.bot.id, person.user.id)  # Slack lists the bot's DM for all
    people = slack.state.users.values()
    return {
        "me": person.user.id,
        "bot": slack.bot.id,
        "people": {u.id: {"name": u.name, "is_bot": u.is_bot} for u in people},
        "channels": [_channel_json(c, person) for c in _visible(slack, person)],
        "view": _view_json(slack, person, person.top_view) if person.top_view else None,
    }


def _visible(slack: SlackSandbox, person: Person) -> Iterator[Channel]:
    for channel in slack.channels.values():
        if channel.kind == "public" or person.user.id in channel.members:
            yield channel


def _channel_json(channel: Channel, person: Person) -> Json:
    mine = [m for m in channel.ephemerals if m.ephemeral_to == person.user.id]
    messages = sorted([*channel.messages, *mine], key=lambda message: message.ts)
    return {
        **channel.as_json(person.user.id),
        "kind": channel.kind,
        "messages": [_message_json(message) for message in messages],
    }


def _message_json(message: Message) -> Json:
    return {
        **message.as_json(),
        "files": [_file_json(file) for file in message.files if not file.deleted],
        "is_reply": message.is_reply,
        "is_ephemeral": message.ephemeral_to is not None,
    }


def _file_json(file: SlackFile) -> Json:
    kept = {"name": file.title or file.name, "mimetype": file.mimetype, "size": file.size}
    return {"id": file.id, "alt": file.alt_text, **kept}


def _view_json(slack: SlackSandbox, person: Person, view: View) -> Json:
    """The view as it stands, and for menus of places and people what they offer."""
    return {
        **view.as_json(),
        "values": fill(slack.state, view, {}),
        "choices": {
            one["action_id"]: list(_choices(slack, person, view, one))
            for _, one in find_elements(view.blocks)
            if one["type"] in ("conversations_select", "channels_select", "users_select")
        },
    }


def _choices(slack: SlackSandbox, person: Person, view: View, one: Json) -> Iterator[str]:
    """The ids that the form itself would take."""
    is_people = one["type"] == "users_select"
    for choice in slack.state.users.values() if is_people else _visible(slack, person):
        try:
            element_state(slack.state, view, one, choice.id)
        except SandboxRefusal:
            continue
        yield choice.id


# -- small things


def _person(slack: SlackSandbox, request: web.Request) -> Person:
    person = slack.person(request.query.get("as", "ana"))
    if person.user.is_bot:
        raise SandboxRefusal("nobody can be the bot")
    return person


def _open_view(person: Person, body: Json) -> View:
    view = person.top_view
    if view is None or view.id != body["view"]:
        raise SandboxRefusal("this form is not open any more")
    return view


def _message(person: Person, channel: Channel, ts: str) -> Message:
    mine = (m for m in channel.ephemerals if m.ts == ts and m.ephemeral_to == person.user.id)
    message = channel.find(ts) or next(mine, None)
    if message is None:
        raise SandboxRefusal("the message is not there any more")
    return message


def _may_see(slack: SlackSandbox, person: Person, file: SlackFile) -> bool:
    visible = {channel.id for channel in _visible(slack, person)}
    return file.user_id == person.user.id or any(share[0] in visible for share in file.shares)


def _told(answer: Answer | None) -> Json:
    """The bot's answer in words for the page; None when the bot was not asked."""
    if answer is None:
        return {"ok": True}
    if isinstance(answer, ViewErrors):
        return {"ok": False, "errors": answer.errors}
    return {"ok": True} if answer.ok else {"ok": False, "problem": _problem(answer)}


def _problem(answer: Answer) -> str:
    if answer.status is None and answer.body:
        return str(answer.body)
    if answer.timed_out:
        return "the bot did not answer within three seconds"
    return f"the bot answered with status {answer.status}"
