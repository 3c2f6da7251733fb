from __future__ import annotations

import socket

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.delivery.reaction import Reaction
from bot.domain.errors import (
    SlackBusy,
    SlackError,
    SlackMoving,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackUnavailable,
)
from bot.sandbox.faults import Fault
from bot.sandbox.slack.server import SlackSandbox
from bot.slack import errors
from bot.slack.client import is_direct, slack_client, slack_session
from bot.slack.errors import from_answer, is_message_fault, is_metadata_fault, slack_call


class Answer:
    """An answer that was not ok, shaped as the SDK hands it over."""

    def __init__(self, error: str | None, status: int = 200, **headers: str) -> None:
        self.status_code = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.data = {"ok": False, "error": error} if error else {}


# Each code of FACTS section 6, "What to do on an error", and of section 12
REFUSED = [
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "is_inactive",
    "channel_is_frozen",
    "cannot_reply_to_message",
    "thread_not_found",
    "restricted_action_thread_locked",
    "restricted_action_non_threadable_channel",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "ekm_access_denied",
    "posting_to_channel_denied",
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "block_mismatch",
    "msg_too_long",
    "msg_blocks_too_long",
    "invalid_blocks",
    "invalid_blocks_format",
    "no_text",
    "metadata_too_large",
    "metadata_must_be_sent_from_app",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "token_expired",
    "token_revoked",
    "account_inactive",
    "invalid_auth",
    "not_authed",
    "team_access_not_granted",
    "missing_scope",
    "not_allowed_token_type",
    "no_permission",
    "method_not_supported_for_channel_type",
    "user_disabled",
    "user_not_visible",
    "messages_tab_disabled",
    "file_not_found",
    "file_deleted",
    "not_visible",
    "app_access_restricted",
    "channel_is_limited_access",
    "send_on_behalf_not_allowed",
    "team_not_found",
]
BUSY = ["ratelimited", "rate_limited", "message_limit_exceeded"]
MIGRATING = ["org_login_required", "team_added_to_org", "external_channel_migrating"]
UNCLEAR = ["fatal_error", "internal_error", "service_unavailable", "request_timeout"]


@pytest.mark.parametrize("code", REFUSED)
def test_refusal_keeps_its_code_and_has_a_sentence_and_a_hint_of_its_own(code: str) -> None:
    error = from_answer(Answer(code), may_repeat=False)

    assert type(error) is SlackRefused
    assert error.code == code
    assert not error.retryable
    assert code not in error.message, "a person reads this"
    assert error.message.endswith(".")
    assert error.hint.endswith(".")


def test_unknown_code_is_a_refusal_that_names_it() -> None:
    error = from_answer(Answer("brand_new_error"), may_repeat=False)

    assert type(error) is SlackRefused
    assert "brand_new_error" in error.message


def test_missing_scope_names_the_scope_for_the_operator() -> None:
    answer = Answer("missing_scope")
    answer.data["needed"] = "im:write"

    assert "im:write" in from_answer(answer, may_repeat=True).hint


@pytest.mark.parametrize("may_repeat", [True, False])
@pytest.mark.parametrize("code", BUSY)
def test_slow_down_keeps_the_seconds_of_the_header(code: str, may_repeat: bool) -> None:
    error = from_answer(Answer(code, 200, Retry_After="37"), may_repeat=may_repeat)

    assert isinstance(error, SlackBusy)
    assert error.retry_after_s == 37


@pytest.mark.parametrize("header", [{}, {"Retry_After": "soon"}, {"Retry_After": "nan"}])
def test_http_429_without_a_usable_header_waits_ten_seconds(header: dict[str, str]) -> None:
    error = from_answer(Answer(None, 429, **header), may_repeat=False)

    assert isinstance(error, SlackBusy)
    assert error.retry_after_s == 10


@pytest.mark.parametrize("code", MIGRATING)
def test_migration_passes_by_itself(code: str) -> None:
    error = from_answer(Answer(code), may_repeat=False)

    assert type(error) is SlackMoving
    assert error.code == code


# A word of Slack's for each, written a second time by hand.
MEANS = {
    "token_revoked": Reaction.UNINSTALLED,
    "missing_scope": Reaction.NO_RIGHT,
    "not_in_channel": Reaction.NO_MEMBER,
    "thread_not_found": Reaction.NO_THREAD,
    "app_access_restricted": Reaction.NO_ENTRY,
    "is_archived": Reaction.CLOSED,
    "message_not_found": Reaction.GONE,
    "edit_window_closed": Reaction.FIXED,
    "file_not_found": Reaction.FILE_GONE,
    "storage_limit_reached": Reaction.FILE_REFUSED,
    "alt_txt_too_large": Reaction.ALT_TEXT_TOO_LARGE,
    "never_heard_of": Reaction.OTHER,
}


@pytest.mark.parametrize(("code", "reaction"), MEANS.items())
def test_word_of_slack_s_becomes_one_of_ours(code: str, reaction: Reaction) -> None:
    error = from_answer(Answer(code), may_repeat=False)

    assert isinstance(error, SlackRefused)
    assert error.reaction is reaction
    assert set(MEANS.values()) == set(Reaction)


@pytest.mark.parametrize(
    "answer",
    [
        *[pytest.param(Answer(code), id=code) for code in UNCLEAR],
        *[pytest.param(Answer(None, s), id=f"http {s}") for s in (500, 502, 503, 504)],
        pytest.param(Answer("channel_not_found", 503), id="5xx with a code"),
        pytest.param(Answer(None, 200), id="HTML"),
    ],
)
def test_unclear_answer_is_unknown_for_a_post_and_harmless_for_a_read(answer: Answer) -> None:
    assert type(from_answer(answer, may_repeat=False)) is SlackOutcomeUnknown
    assert type(from_answer(answer, may_repeat=True)) is SlackUnavailable


@pytest.mark.parametrize("code", sorted(errors.TOO_MUCH))
def test_faults_of_our_message_are_known_as_such(code: str) -> None:
    assert is_message_fault(code)
    assert not is_metadata_fault(code)


# -- the same over real connections


async def post_error(client: AsyncWebClient, *, may_repeat: bool = False) -> SlackError:
    with pytest.raises(SlackError) as caught:
        async with slack_call(may_repeat=may_repeat):
            await client.chat_postMessage(channel="C0", text="hello")
    return caught.value


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop_before"),
        Fault("drop_after"),
        Fault("status", 502, "<html>Bad gateway</html>", "text/html"),
        Fault("status", 200, "<html>Sign in</html>", "text/html"),
        Fault("status", 200, "not json"),
        Fault("status", 200, "null"),
        Fault("status", 200, "[1]"),
        Fault("status", 200, "hello", "text/plain"),
        Fault("status", 500, "hello", "text/plain"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status} {fault.body[:12]}",
)
async def test_answer_that_says_nothing_leaves_the_outcome_unknown(
    slack: SlackSandbox, client: AsyncWebClient, fault: Fault
) -> None:
    slack.faults.add("chat.postMessage", fault, times=2)

    assert type(await post_error(client)) is SlackOutcomeUnknown
    assert type(await post_error(client, may_repeat=True)) is SlackUnavailable


async def test_rate_limit_over_http_becomes_busy(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    body = '{"ok": false, "error": "ratelimited"}'
    fault = Fault("status", 429, body, headers={"Retry-After": "30"})
    slack.faults.add("chat.postMessage", fault)

    error = await post_error(client)

    assert isinstance(error, SlackBusy)
    assert error.retry_after_s == 30


async def test_connection_never_made_had_no_effect() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api/"
        async with slack_session() as session:
            error = await post_error(slack_client("xoxb-t", url, session))

    assert type(error) is SlackUnavailable


async def test_silence_ends_in_time_with_an_unknown_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors, "CALL_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api/"
        async with slack_session() as session:
            error = await post_error(slack_client("xoxb-t", url, session))

    assert type(error) is SlackOutcomeUnknown
    assert error.code == "timeout"


async def test_token_is_in_no_error(slack: SlackSandbox) -> None:
    async with slack_session() as session:
        client = slack_client("xoxb-very-secret", slack.api_url, session)

        error = await post_error(client)

    assert "very-secret" not in f"{error} {error.hint} {error.__cause__}"


async def test_proxy_of_the_environment_is_left_out_on_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "slack.internal")
    async with slack_session() as session:
        assert slack_client("t", "http://127.0.0.1:1/api/", session).proxy is None
        assert slack_client("t", "https://slack.com/api/", session).proxy is not None
    assert is_direct("https://slack.internal/api/")
    assert is_direct("http://localhost:9/")
