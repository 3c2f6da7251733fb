"""Whatever is wrong ends in a sentence that says what happened and what to do; nothing is lost."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.sandbox.faults import Fault
from bot.sandbox.media import media_path
from bot.sandbox.slack.delivery import Answer, Delivery, ViewErrors, sign
from bot.screens import ids
from tests.scenarios.sandbox_world import PROMPT, World

# -- refused beside the field, before anything is stored ---------------------------------------


def fault(answer: Answer, field: str) -> str:
    assert isinstance(answer, ViewErrors), answer
    assert set(answer.errors) == {field}
    return answer.errors[field]


async def nothing_was_stored(world: World) -> bool:
    return await world.bot.store.jobs.recent(10) == []


async def test_empty_prompt_is_refused_beside_its_field(world: World) -> None:
    sentence = fault(await world.ask("   \n "), ids.PROMPT)

    assert "Say what the video should be about" in sentence
    assert await nothing_was_stored(world)


async def submit_changed(world: World, change: Any) -> Answer:
    """A submit whose payload is changed after Slack's client has checked it."""
    view = await world.open_composer()
    sent = await world.ana.submit(view, {ids.PROMPT: PROMPT})
    payload = dict(sent.delivery.payload)
    payload["view"] = {**payload["view"], "id": "V0CHANGED"}
    change(payload["view"]["state"]["values"])
    return await world.ana.deliver_again(Delivery("interactive", payload))


async def test_prompt_over_ten_thousand_characters_is_refused_with_the_excess(
    world: World,
) -> None:
    def lengthen(values: dict[str, Any]) -> None:
        values[ids.PROMPT][ids.PROMPT]["value"] = "a" * 10_001

    answer = await submit_changed(world, lengthen)

    sentence = answer.body["errors"][ids.PROMPT]
    assert "10,001" in sentence
    assert "Shorten it by 1." in sentence


async def test_more_files_than_heygen_takes_are_refused(world: World) -> None:
    logo = world.slack.add_file(world.ana.user, name="a.png", content=media_path("logo.png"))

    def add_files(values: dict[str, Any]) -> None:
        values[ids.ATTACHMENTS][ids.ATTACHMENTS]["files"] = [logo.as_json()] * 21

    answer = await submit_changed(world, add_files)

    assert "at most 20" in answer.body["errors"][ids.ATTACHMENTS]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        pytest.param({"name": "deck.pptx", "content": b"PK"}, "PNG, JPEG", id="unsupported"),
        pytest.param({"name": "logo.png", "content": b""}, "is empty", id="empty"),
        pytest.param(
            {"name": "logo.png", "content": b"x", "size": 1_000_000_001}, "1,000 MB", id="too large"
        ),
        pytest.param(
            {"name": "logo.png", "content": b"x", "is_external": True},
            "outside Slack",
            id="external",
        ),
        pytest.param(
            {"name": "logo.png", "content": b"x", "mode": "tombstone"}, "was deleted", id="deleted"
        ),
        pytest.param(
            {"name": "script.txt", "content": b"x" * 40_001}, "too long", id="long text file"
        ),
    ],
)
async def test_file_that_slack_already_describes_as_unusable_is_refused_beside_its_field(
    world: World, file: dict[str, Any], words: str
) -> None:
    view = await world.open_composer()
    upload = world.slack.add_file(world.ana.user, **file)

    def attach(values: dict[str, Any]) -> None:
        values[ids.ATTACHMENTS][ids.ATTACHMENTS]["files"] = [upload.as_json()]

    await world.ana.close(view)
    answer = await submit_changed(world, attach)

    sentence = answer.body["errors"][ids.ATTACHMENTS]
    assert words in sentence
    assert file["name"] in sentence


# -- found out later, told in the thread, before HeyGen is asked for anything -------------------


@pytest.mark.parametrize(
    ("file", "words"),
    [
        pytest.param(
            {"deleted": True},
            "“logo.png” cannot be used. The file was deleted",
            id="deleted meanwhile",
        ),
        pytest.param({"html_login": True}, "logo.png", id="login page instead of the file"),
        pytest.param({"content": b"PK\x03\x04 not a picture"}, "logo.png", id="lying name"),
    ],
)
async def test_file_that_cannot_be_read_ends_in_the_thread_and_costs_nothing(
    world: World, file: dict[str, Any], words: str
) -> None:
    given = {"name": "logo.png", "content": media_path("logo.png"), **file}
    upload = world.slack.add_file(world.ana.user, **given)

    answer = await world.ask(files=[upload])

    assert answer.ok
    failure = await world.failure("could not be made")
    assert words in failure.text
    assert "“Edit and run again” in the card" in failure.text
    assert world.heygen.sessions == {}


async def test_text_file_that_makes_the_prompt_too_long_is_told_with_the_excess(
    world: World,
) -> None:
    text = world.slack.add_file(world.ana.user, name="script.txt", content=b"x" * 10_000)

    await world.ask(files=[text])

    failure = await world.failure("characters longer")
    assert "10,000" in failure.text
    assert world.heygen.sessions == {}


# -- places -------------------------------------------------------------------------------------


async def test_private_channel_without_the_bot_means_a_direct_message_that_says_why(
    world: World,
) -> None:
    world.slack.add_channel("board", is_private=True, members=["ana"], bot_is_member=False)

    await world.ask(channel="board")

    card = await world.direct_message("could not post")
    assert "/invite" in card.text
    result = await world.direct_message("is ready")
    assert result.thread_ts == card.ts
    assert len(world.heygen.sessions) == 1


async def test_archived_channel_means_a_direct_message(world: World) -> None:
    world.slack.add_channel("old", members=["ana"], is_archived=True)

    await world.ask(channel="old")

    assert "archived" in (await world.direct_message("could not post")).text
    await world.direct_message("is ready")


# -- twice, unknown -----------------------------------------------------------------------------


async def test_same_modal_submitted_twice_makes_one_job(world: World) -> None:
    first = await world.ask()
    second = await world.ana.deliver_again(first)

    assert second.ok
    await world.result()
    assert len(await world.bot.store.jobs.recent(10)) == 1
    assert len(world.heygen.sessions) == 1


async def test_unknown_command_word_is_answered_with_what_there_is(world: World) -> None:
    await world.ana.command("stauts")
    answer = await world.message(lambda m: "do not know `/video stauts`" in m.text)

    assert answer.ephemeral_to == world.ana.user.id
    assert "/video help" in answer.text
    assert world.ana.top_view is None


# -- requests that are not Slack's --------------------------------------------------------------

BODY = b"command=%2Fvideo&text=&trigger_id=1&user_id=U1&team_id=T1&channel_id=C1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def headers(secret: str, *, age_s: int = 0) -> dict[str, str]:
    return {**FORM, **sign(secret, BODY, int(time.time()) - age_s)}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda s: headers("another-secret"), id="wrong signature"),
        pytest.param(lambda s: headers(s, age_s=301), id="old timestamp"),
        pytest.param(lambda s: headers(s, age_s=-301), id="timestamp of the future"),
        pytest.param(lambda s: FORM, id="no headers"),
        pytest.param(
            lambda s: {k: v for k, v in headers(s).items() if "Signature" not in k},
            id="no signature",
        ),
        pytest.param(
            lambda s: {k: v for k, v in headers(s).items() if "Timestamp" not in k},
            id="no timestamp",
        ),
        pytest.param(
            lambda s: {**headers(s), "X-Slack-Request-Timestamp": "soon"}, id="timestamp in words"
        ),
        pytest.param(
            lambda s: {**headers(s), "X-Slack-Request-Timestamp": "9" * 5000},
            id="endless timestamp",
        ),
        pytest.param(lambda s: {**headers(s), "X-Slack-Signature": "v0="}, id="empty signature"),
        pytest.param(
            lambda s: {**headers(s), "X-Slack-Signature": "v0=é"}, id="signature not in ASCII"
        ),
    ],
)
async def test_request_not_signed_by_slack_is_401_and_changes_nothing(
    world: World, spoil: Any
) -> None:
    url = f"{world.bot.url}/slack/events"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=BODY, headers=spoil(world.slack.signing_secret)) as answer,
    ):
        assert answer.status == 401
        assert "Traceback" not in await answer.text()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xff\xfe", 401),  # nothing that Slack could have signed
        *((body, 400) for body in (b"payload=%7Bnot+json", b"payload=%ff%fe", b"payload=[]")),
        *((body, 400) for body in (b'{"authorizations": 5}', b'payload={"team": 5}', b"{")),
        *((body, 400) for body in (b"payload=null", b"payload=", b"payload")),
        *((body, 404) for body in (b"", b"[]", b"{}", b"&;=%")),  # read, and nobody's
    ],
)
async def test_signed_nonsense_is_no_server_error(world: World, body: bytes, expected: int) -> None:
    url = f"{world.bot.url}/slack/events"
    signed = {**FORM, **sign(world.slack.signing_secret, body, int(time.time()))}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=signed) as answer,
    ):
        assert answer.status == expected


# -- HeyGen says no, or nothing -----------------------------------------------------------------

CREATE = "POST /v3/video-agents"


def error(status: int, code: str, **more: Any) -> Fault:
    body = f'{{"error": {{"code": "{code}", "message": "words of HeyGen"}}}}'
    return Fault("status", status=status, body=body, **more)


async def test_heygen_400_is_told_and_not_sent_again(world: World) -> None:
    world.heygen.faults.add(CREATE, error(400, "invalid_parameter"))

    await world.ask()

    failure = await world.failure("could not be made")
    assert "“Edit and run again” in the card" in failure.text
    assert [r.status for r in world.heygen.requests if r.route == CREATE] == [400]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(error(401, "unauthorized"), "key", id="401"),
        pytest.param(error(402, "insufficient_credit"), "balance", id="402"),
    ],
)
async def test_heygen_refusing_the_account_is_told_in_the_card_and_sent_later(
    world: World, trouble: Fault, words: str
) -> None:
    world.heygen.faults.add(CREATE, trouble)

    await world.ask()

    await world.card_says(words)
    await world.result()
    assert len(world.heygen.sessions) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(error(429, "rate_limit_exceeded", headers={"Retry-After": "1"}), id="429"),
        pytest.param(error(500, "internal_error"), id="500"),
        pytest.param(
            Fault("status", 502, "<html>Bad gateway</html>", "text/html", odd=True),
            id="HTML before",
        ),
        pytest.param(
            Fault("status_after", 200, "<html>Hello</html>", "text/html", odd=True),
            id="HTML after",
        ),
        pytest.param(replace(error(500, "internal_error"), kind="status_after"), id="500 after"),
        pytest.param(Fault("drop_before"), id="nothing, before"),
        pytest.param(Fault("drop_after"), id="nothing, after"),
        pytest.param(Fault("status_after", 200, "", odd=True), id="empty answer, after"),
    ],
)
async def test_heygen_in_trouble_means_one_session_and_one_result(
    world: World, trouble: Fault
) -> None:
    world.heygen.faults.add(CREATE, trouble)

    await world.ask()

    await world.result()
    assert len(world.heygen.sessions) == 1
    assert len([m for m in world.slack.messages("general") if m.is_reply]) == 1
