"""video-bot webhooks, against the HeyGen stand-in and an address that answers or does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import stamina
from aiohttp import web
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.webhooks import ASKED_FIRST
from bot.sandbox.faults import Fault
from bot.sandbox.heygen.server import HeyGenSandbox

KEY = "heygen-key-1"
PUBLIC = "https://bot.example.test"  # the stand-in asks nobody but this machine
ADDRESS = f"{PUBLIC}/heygen/webhook"
REGISTER = "POST /v3/webhooks/endpoints"
ROTATE = "POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret"
DELETE = "DELETE /v3/webhooks/endpoints/{endpoint_id}"

Webhooks = Callable[..., Awaitable[Result]]


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
async def heygen() -> AsyncIterator[HeyGenSandbox]:
    sandbox = HeyGenSandbox(api_key=KEY)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def webhooks(heygen: HeyGenSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Webhooks:
    """await webhooks("list"): the command without any setting of Slack's, and no .env file."""
    monkeypatch.chdir(tmp_path)
    usual = {"HEYGEN_API_KEY": KEY, "HEYGEN_API_URL": heygen.url, "PUBLIC_URL": PUBLIC}

    async def run(*words: str, **settings: str | None) -> Result:
        environ = {"HEYGEN_WEBHOOK_SECRET": None, **usual, **settings}
        return await asyncio.to_thread(CliRunner().invoke, app, ["webhooks", *words], env=environ)

    return run


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def registered(webhooks: Webhooks, **settings: str) -> tuple[str, str]:
    """(id, secret) of a new endpoint."""
    document = json.loads((await webhooks("register", "--json", **settings)).stdout)
    return document["endpoint_id"], document["secret"]


async def test_register_shows_the_line_for_env_once(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    result = await webhooks("register")

    (endpoint,) = heygen.endpoints.by_id.values()
    assert result.exit_code == 0
    assert result.stderr == ""
    assert f"HEYGEN_WEBHOOK_SECRET={endpoint.secret}" in result.stdout.splitlines()
    assert result.stdout.count(endpoint.secret) == 1
    assert endpoint.url == ADDRESS
    assert endpoint.events == [
        *("video_agent.success", "video_agent.fail"),
        *("avatar_video.success", "avatar_video.fail"),
    ]


@pytest.mark.parametrize("url", [PUBLIC, f"{PUBLIC}/", ADDRESS])
async def test_address_may_be_an_option(
    webhooks: Webhooks, heygen: HeyGenSandbox, url: str
) -> None:
    result = await webhooks("register", "--url", url, PUBLIC_URL=None)

    assert result.exit_code == 0
    assert [one.url for one in heygen.endpoints.by_id.values()] == [ADDRESS]


async def test_register_keeps_the_secrets_of_other_endpoints(webhooks: Webhooks) -> None:
    result = await webhooks("register", "--json", HEYGEN_WEBHOOK_SECRET="whsec_other")

    document = json.loads(result.stdout)
    assert document["env"] == f"HEYGEN_WEBHOOK_SECRET={document['secret']},whsec_other"
    assert "other secrets" in document["note"]


async def test_register_twice_makes_one_endpoint_and_names_the_way_on(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    id_, _ = await registered(webhooks)

    result = await webhooks("register")

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"webhooks rotate {id_}" in result.stderr
    assert len(heygen.endpoints.by_id) == 1


async def test_lost_answer_is_asked_for_again_and_makes_one_endpoint(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    heygen.faults.add(REGISTER, Fault("drop_after"))

    _, secret = await registered(webhooks)

    assert [one.secret for one in heygen.endpoints.by_id.values()] == [secret]


async def test_answer_lost_twice_is_told_with_what_to_look_at(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    heygen.faults.add(REGISTER, Fault("drop_after"), times=2)

    result = await webhooks("register")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "webhooks list" in result.stderr
    assert "webhooks rotate" in result.stderr


async def test_list_shows_every_endpoint_and_no_secret(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    id_, secret = await registered(webhooks)
    for number in range(2):
        await registered(webhooks, PUBLIC_URL=f"https://bot-{number}.example.test")

    result = await webhooks("list")
    document = json.loads((await webhooks("list", "--json")).stdout)

    lines = result.stdout.splitlines()
    assert lines[0].split() == ["endpoint", "status", "since", "address", "events"]
    assert lines[1].startswith(f"{id_}  enabled")
    assert ADDRESS in lines[1]
    assert "video_agent.success, video_agent.fail" in lines[1]
    assert [one["id"] for one in document] == list(heygen.endpoints.by_id)
    assert "secret" not in document[0]
    assert secret not in result.stdout


async def test_nothing_to_list_is_said(webhooks: Webhooks) -> None:
    result = await webhooks("list")

    assert result.stdout == "No endpoint is registered for this HeyGen account.\n"


async def test_rotate_puts_the_new_secret_before_the_old_one(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    id_, old = await registered(webhooks)

    result = await webhooks("rotate", id_, HEYGEN_WEBHOOK_SECRET=old)

    new = heygen.endpoints.by_id[id_].secret
    assert new != old
    assert f"HEYGEN_WEBHOOK_SECRET={new},{old}" in result.stdout.splitlines()
    assert "24 hours" in result.stdout


async def test_rotate_elsewhere_says_how_to_keep_the_old_secret(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    id_, old = await registered(webhooks)

    result = await webhooks("rotate", id_)

    assert f"HEYGEN_WEBHOOK_SECRET={heygen.endpoints.by_id[id_].secret}\n" in result.stdout
    assert old not in result.stdout
    assert "after a comma" in result.stdout


async def test_rotation_with_a_lost_answer_is_one_rotation(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    id_, _ = await registered(webhooks)
    heygen.faults.add(ROTATE, Fault("drop_after"))

    document = json.loads((await webhooks("rotate", id_, "--json")).stdout)

    assert document["secret"] == heygen.endpoints.by_id[id_].secret


@pytest.mark.parametrize("kind", ["none", "drop_after", "drop_before"])
async def test_delete_removes_the_endpoint_also_when_the_answer_is_lost(
    webhooks: Webhooks, heygen: HeyGenSandbox, kind: str
) -> None:
    id_, _ = await registered(webhooks)
    if kind != "none":
        heygen.faults.add(DELETE, Fault("drop_after" if kind == "drop_after" else "drop_before"))

    result = await webhooks("delete", id_, "--json")

    assert json.loads(result.stdout) == {"deleted": id_}
    assert heygen.endpoints.by_id == {}


@pytest.mark.parametrize("command", ["rotate", "delete"])
@pytest.mark.parametrize("id_", ["ep_gone", "..", "../endpoints", "a/b?c#d", "é"])
async def test_unknown_endpoint_is_told_in_words(
    webhooks: Webhooks, heygen: HeyGenSandbox, command: str, id_: str
) -> None:
    await registered(webhooks)

    result = await webhooks(command, id_)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "webhooks list" in result.stderr
    assert len(heygen.endpoints.by_id) == 1


# What goes wrong


async def test_address_where_nobody_answers_is_told_with_what_heygen_wants(
    webhooks: Webhooks, heygen: HeyGenSandbox
) -> None:
    result = await webhooks("register", "--url", "http://127.0.0.1:9")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f" with 2xx within a second. {ASKED_FIRST}\n")
    assert heygen.endpoints.by_id == {}


async def test_slow_address_is_told_alike(webhooks: Webhooks, heygen: HeyGenSandbox) -> None:
    heygen.endpoints.probe_s = 0.05

    async def handle(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError("nobody waits that long")

    server = web.AppRunner(web.Application(), shutdown_timeout=0.01)
    server.app.router.add_route("*", "/heygen/webhook", handle)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    result = await webhooks("register", "--url", f"http://127.0.0.1:{server.addresses[0][1]}")
    await server.cleanup()

    assert result.exit_code == 1
    assert "the bot must be running" in result.stderr


@pytest.mark.parametrize("words", [("register",), ("list",), ("rotate", "x"), ("delete", "x")])
async def test_wrong_key_is_told_with_where_to_get_one(
    webhooks: Webhooks, words: tuple[str, ...]
) -> None:
    result = await webhooks(*words, HEYGEN_API_KEY="another")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "HEYGEN_API_KEY" in result.stderr
    assert "https://app.heygen.com/settings/api" in result.stderr
    assert "another" not in result.stderr


async def test_heygen_out_of_reach_is_told_in_words(webhooks: Webhooks) -> None:
    result = await webhooks("list", HEYGEN_API_URL="http://127.0.0.1:9")

    assert result.exit_code == 1
    assert result.stderr == "HeyGen could not be reached. Try again in a minute.\n"


@pytest.mark.parametrize(
    ("words", "settings", "sentence"),
    [
        (("list",), {"HEYGEN_API_KEY": None}, "HEYGEN_API_KEY is missing"),
        (("register",), {"PUBLIC_URL": None}, "set PUBLIC_URL, or use --url"),
        (("register", "--url", "http://bot.example"), {}, "\n--url must be an https://"),
        (("register",), {"PUBLIC_URL": "http://bot.example"}, "\nPUBLIC_URL must be an https://"),
    ],
    ids=["no key", "no address", "http address", "http address in the settings"],
)
async def test_wrong_settings_are_named(
    webhooks: Webhooks, words: tuple[str, ...], settings: dict[str, None], sentence: str
) -> None:
    result = await webhooks(*words, **settings)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


async def test_secret_is_nowhere_but_in_what_is_printed(
    webhooks: Webhooks, heygen: HeyGenSandbox, tmp_path: Path
) -> None:
    made = await webhooks("register", LOG_LEVEL="debug")
    (id_,) = heygen.endpoints.by_id
    rotated = await webhooks("rotate", id_, LOG_LEVEL="debug")

    assert (made.stderr, rotated.stderr) == ("", "")
    assert files_in(tmp_path) == []
