"""The sandbox's page, asked over HTTP as a browser asks it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox.page import HTML, SandboxPage
from bot.sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.world import (
    Json,
    a_button,
    a_modal,
    a_text_input,
    actions,
    an_input,
    bolt_app,
    bot_over_http,
    section,
)

COMPOSER = a_modal(
    an_input(a_text_input("prompt", max_length=20), "prompt"),
    an_input({"type": "file_input", "action_id": "files"}, "files", optional=True),
    an_input(
        {
            "type": "conversations_select",
            "action_id": "where",
            "default_to_current_conversation": True,
            "filter": {"include": ["public"]},
        },
        "where",
    ),
    actions(a_button("more"), block_id="more"),
)
EVIL = "<script>alert(1)</script>"


class Browser:
    """Asks the page's addresses for one person."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self.url = session, url

    async def get(self, path: str, **options: Any) -> tuple[int, aiohttp.ClientResponse, bytes]:
        async with self._session.get(self.url + path, **options) as response:
            return response.status, response, await response.read()

    async def state(self, who: str = "ana") -> Json:
        _, _, body = await self.get(f"/state.json?as={who}")
        found: Json = json.loads(body)
        return found

    async def post(self, name: str, body: Any, who: str = "ana", **options: Any) -> Json:
        """The reply, with the HTTP status under `status`."""
        address = f"{self.url}/{name}?as={who}"
        async with self._session.post(address, json=body, **options) as response:
            is_json = response.content_type == "application/json"
            reply = await response.json() if is_json else {"text": await response.text()}
            return {"status": response.status, **reply}

    async def upload(self, name: str, content: bytes) -> Json:
        address = f"{self.url}/upload"
        query = {"as": "ana", "name": name}
        async with self._session.post(address, params=query, data=content) as response:
            reply: Json = await response.json()
            return reply

    async def open_form(self, slack: SlackSandbox, text: str = "/video") -> Json:
        await self.post("say", {"text": text, "channel": "general"})
        await slack.person("ana").wait_for_view()
        view: Json = (await self.state())["view"]
        return view


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def browser(slack: SlackSandbox) -> AsyncIterator[Browser]:
    async with SandboxPage(slack) as page, aiohttp.ClientSession() as session:
        yield Browser(session, page.url)


@pytest.fixture
async def heard(slack: SlackSandbox) -> AsyncIterator[list[Json]]:
    """A bot with a form; it posts what was typed and keeps the payloads it got."""
    app, payloads = bolt_app(slack), []

    @app.command("/video")
    async def command(ack: Any, body: Json, client: Any) -> None:
        await ack()
        payloads.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=COMPOSER)

    @app.view("composer")
    async def submitted(ack: Any, body: Json, client: Any) -> None:
        values = body["view"]["state"]["values"]
        payloads.append(values)
        if values["prompt"]["prompt"]["value"] == "bad":
            await ack(response_action="errors", errors={"prompt": "Say it better."})
            return
        await ack()
        blocks = [section("taken"), actions(a_button("press", value="1"))]
        await client.chat_postMessage(
            channel=values["where"]["where"]["selected_conversation"], text="taken", blocks=blocks
        )

    @app.action(re.compile("press|more"))
    async def pressed(ack: Any, body: Json) -> None:
        await ack()
        payloads.append(body)

    async with bot_over_http(slack, app):
        yield payloads


def general(state: Json) -> Json:
    found: Json = next(c for c in state["channels"] if c.get("name") == "general")
    return found


# -- the page


async def test_page_allows_no_script_but_its_own(browser: Browser) -> None:
    status, response, body = await browser.get("/")

    policy = response.headers["Content-Security-Policy"]
    nonce = re.findall(r"script-src 'nonce-([\w-]+)'", policy)[0]
    assert status == 200
    assert f'<script nonce="{nonce}">'.encode() in body
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_page_makes_no_markup_of_data_and_loads_nothing_from_elsewhere() -> None:
    text = HTML.read_text(encoding="utf-8")

    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert word not in text
    assert not re.findall(r"<(?:script|img|iframe)[^>]* src=", text)
    assert re.findall(r'<link[^>]* href="(?!data:)', text) == []


async def test_request_of_another_site_is_refused(browser: Browser) -> None:
    said = {"text": "hello", "channel": "general"}

    foreign = await browser.post("say", said, headers={"Origin": "https://evil.example"})
    rebound, _, _ = await browser.get("/state.json", headers={"Host": "evil.example"})

    assert foreign["status"] == rebound == 403
    assert general(await browser.state())["messages"] == []


# -- what one sees


async def test_script_in_a_message_stays_text(slack: SlackSandbox, browser: Browser) -> None:
    await browser.post("say", {"text": EVIL, "channel": "general"})

    _, response, _ = await browser.get("/state.json?as=ben")
    message = general(await browser.state("ben"))["messages"][0]
    assert message["text"] == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_private_channel_and_foreign_ephemeral_are_not_shown(
    slack: SlackSandbox, browser: Browser
) -> None:
    slack.add_channel("board", is_private=True, members=["ana"])
    place = slack.channel("general")
    slack.state.post(place, slack.bot.id, "psst", ephemeral_to=slack.state.user("ana").id)

    ana, ben = await browser.state("ana"), await browser.state("ben")

    assert [m["is_ephemeral"] for m in general(ana)["messages"]] == [True]
    assert general(ben)["messages"] == []
    assert "board" in [c.get("name") for c in ana["channels"]]
    assert "board" not in [c.get("name") for c in ben["channels"]]


async def test_new_message_reaches_an_open_page(slack: SlackSandbox, browser: Browser) -> None:
    async with aiohttp.request("GET", f"{browser.url}/events?as=ben") as stream:
        first = await stream.content.readline()
        await stream.content.readline()
        slack.person("ana").say("hello")
        second = await stream.content.readline()

    assert general(json.loads(first.removeprefix(b"data: ")))["messages"] == []
    words = [m["text"] for m in general(json.loads(second.removeprefix(b"data: ")))["messages"]]
    assert words == ["hello"]


async def test_file_is_given_to_those_who_see_it_and_never_as_a_page(
    slack: SlackSandbox, browser: Browser
) -> None:
    slack.add_channel("board", is_private=True, members=["ana"])
    film = slack.add_file("ana", name="a.mp4", content=b"film")
    page = slack.add_file("ana", name="a.html", content=EVIL.encode())
    slack.person("ana").say("look", "board", files=[film])

    status, response, body = await browser.get(f"/files/{film.id}?as=ana")
    hidden, _, _ = await browser.get(f"/files/{film.id}?as=ben")
    _, attachment, _ = await browser.get(f"/files/{page.id}?as=ana")

    assert (status, response.content_type, body) == (200, "video/mp4", b"film")
    assert hidden == 404
    assert attachment.headers["Content-Disposition"] == "attachment"
    assert attachment.headers["Content-Security-Policy"] == "sandbox"


# -- what one does


async def test_command_opens_form_and_submitting_it_brings_a_message(
    slack: SlackSandbox, browser: Browser, heard: list[Json]
) -> None:
    view = await browser.open_form(slack, "/video some  words")
    uploaded = await browser.upload("logo.png", b"\x89PNG")
    values = {"prompt": "hi", "files": [uploaded["file"]["id"]]}
    reply = await browser.post("submit", {"view": view["id"], "values": values})

    await slack.person("ana").wait_for_message("general")
    state = await browser.state()
    assert reply == {"status": 200, "ok": True}
    assert heard[0]["text"] == "some  words"
    assert [file["name"] for file in heard[1]["files"]["files"]["files"]] == ["logo.png"]
    assert state["view"] is None
    assert [m["text"] for m in general(state)["messages"]] == ["taken"]


async def test_form_tells_its_values_and_what_its_menus_offer(
    slack: SlackSandbox, browser: Browser, heard: list[Json]
) -> None:
    slack.add_channel("board", is_private=True, members=["ana"])

    view = await browser.open_form(slack)

    assert view["choices"] == {"where": [slack.channel("general").id]}
    chosen = view["values"]["where"]["where"]["selected_conversation"]
    assert chosen == slack.channel("general").id


async def test_errors_of_the_bot_come_beside_their_fields(
    slack: SlackSandbox, browser: Browser, heard: list[Json]
) -> None:
    view = await browser.open_form(slack)
    reply = await browser.post("submit", {"view": view["id"], "values": {"prompt": "bad"}})

    assert reply["errors"] == {"prompt": "Say it better."}
    assert (await browser.state())["view"]["id"] == view["id"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({}, "'Label' is required", id="empty"),
        pytest.param({"prompt": "x" * 21}, "takes 20 characters", id="too long"),
        pytest.param({"prompt": "hi", "where": "C0"}, "no channel called", id="unknown place"),
        pytest.param({"prompt": "hi", "files": ["F0"]}, "file is not yours", id="foreign file"),
    ],
)
async def test_what_the_client_would_not_send_is_refused(
    slack: SlackSandbox, browser: Browser, heard: list[Json], values: Json, words: str
) -> None:
    view = await browser.open_form(slack)
    reply = await browser.post("submit", {"view": view["id"], "values": values})

    assert (reply["status"], reply["ok"]) == (409, False)
    assert words in reply["problem"]
    assert len(heard) == 1


async def test_button_in_form_takes_typed_words_along(
    slack: SlackSandbox, browser: Browser, heard: list[Json]
) -> None:
    view = await browser.open_form(slack)
    body = {"view": view["id"], "action_id": "more", "values": {"prompt": "half a"}}
    reply = await browser.post("act", body)

    assert reply["ok"]
    assert heard[1]["view"]["state"]["values"]["prompt"]["prompt"]["value"] == "half a"


async def test_closed_form_is_gone_and_takes_no_more(
    slack: SlackSandbox, browser: Browser, heard: list[Json]
) -> None:
    view = await browser.open_form(slack)
    closed = await browser.post("close", {"view": view["id"]})
    late = await browser.post("submit", {"view": view["id"], "values": {"prompt": "hi"}})

    assert closed["ok"]
    assert (late["status"], late["problem"]) == (409, "this form is not open any more")


async def test_button_in_message_reaches_the_bot(
    slack: SlackSandbox, browser: Browser, heard: list[Json]
) -> None:
    place = slack.channel("general")
    blocks = [actions(a_button("press", value="1"), block_id="b")]
    message = slack.state.post(place, slack.bot.id, "card", blocks=blocks)

    reply = await browser.post(
        "act", {"channel": place.id, "ts": message.ts, "action_id": "press", "value": "1"}, "ben"
    )

    assert reply["ok"]
    assert heard[0]["user"]["username"] == "ben"
    assert heard[0]["actions"][0]["value"] == "1"


async def test_option_behind_the_dots_of_a_message_reaches_the_bot(
    slack: SlackSandbox, browser: Browser, heard: list[Json]
) -> None:
    place = slack.channel("general")
    text = {"type": "plain_text", "text": "Details"}
    menu = {"type": "overflow", "action_id": "press", "options": [{"text": text, "value": "d:1"}]}
    message = slack.state.post(place, slack.bot.id, "card", blocks=[actions(menu, block_id="b")])

    reply = await browser.post(
        "act", {"channel": place.id, "ts": message.ts, "action_id": "press", "value": "d:1"}
    )

    assert reply["ok"]
    assert heard[0]["actions"][0]["selected_option"]["value"] == "d:1"


async def test_picture_comes_with_the_words_for_it(slack: SlackSandbox, browser: Browser) -> None:
    picture = slack.add_file(slack.bot, name="p.png", content=b"x")
    picture.alt_text = "A cat."
    slack.state.post(slack.channel("general"), slack.bot.id, "", files=[picture])

    message = general(await browser.state())["messages"][0]

    assert message["files"][0]["alt"] == "A cat."


async def test_command_in_thread_is_refused_and_a_reply_is_posted(
    slack: SlackSandbox, browser: Browser
) -> None:
    parent = slack.person("ben").say("parent")
    where = {"channel": "general", "thread_ts": parent.ts}

    command = await browser.post("say", {"text": "/video", **where})
    reply = await browser.post("say", {"text": "nice", **where})

    assert "does not work in a thread" in command["problem"]
    assert reply["ok"]
    assert [m.text for m in slack.thread("general", parent.ts)] == ["parent", "nice"]


async def test_bot_that_does_not_answer_is_told_in_words(
    slack: SlackSandbox, browser: Browser
) -> None:
    slack.courier.ack_limit_s = 0.01

    reply = await browser.post("say", {"text": "/video", "channel": "general"})

    assert reply == {"status": 200, "ok": False, "problem": "no bot is connected"}


@pytest.mark.parametrize("name", ["", "..", "a/b.png", "x" * 300])
async def test_file_without_a_plain_name_is_refused(browser: Browser, name: str) -> None:
    reply = await browser.upload(name, b"x")

    assert reply == {"ok": False, "problem": "the file needs a plain name"}


async def test_body_that_the_page_never_sends_is_a_bad_request(browser: Browser) -> None:
    assert (await browser.post("say", {"channel": "general"}))["status"] == 400
    assert (await browser.post("say", ["no", "object"]))["status"] == 400
