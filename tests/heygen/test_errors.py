"""Every row of the contract's error table, and every shape an error can come in."""

import json
from pathlib import Path

import pytest

from bot.domain.errors import (
    VideoAgentBlocked,
    VideoAgentBusy,
    VideoAgentNotFound,
    VideoAgentOutcomeUnknown,
    VideoAgentRefused,
    VideoAgentUnavailable,
)
from bot.heygen.errors import MEANINGS, QUOTA_WAIT_S, QUOTE_MAX_CHARS, error_from

CONTRACT = Path(__file__).parents[1] / "contract" / "heygen-v3.json"
ROWS = json.loads(CONTRACT.read_text())["errors"]
ASSUMED_STATUS = {  # for codes whose status nobody has seen
    "content_policy_violation": 400,
    "subscription_required": 402,
    "avatar_consent_required": 403,
    "phone_verification_required": 403,
    "asset_not_available": 409,
    "unclassified_server_error": 520,
    "unclassified_client_error": 418,
}
KIND_OF_STATUS = {
    400: VideoAgentRefused,
    401: VideoAgentBlocked,
    402: VideoAgentBlocked,
    403: VideoAgentRefused,
    404: VideoAgentNotFound,
    413: VideoAgentRefused,
    418: VideoAgentRefused,
    422: VideoAgentRefused,
    429: VideoAgentBusy,
}
EXCEPTIONS_TO_STATUS = {"phone_verification_required": VideoAgentBlocked}


def status_of(code: str) -> int:
    return ROWS[code]["http"] or ASSUMED_STATUS[code]


def kind_of(code: str, *, is_write: bool) -> type:
    row, status = ROWS[code], status_of(code)
    if status >= 500:
        return VideoAgentOutcomeUnknown if is_write else VideoAgentUnavailable
    if status == 409:
        return VideoAgentBusy if row["retryable"] else VideoAgentRefused
    return EXCEPTIONS_TO_STATUS.get(code, KIND_OF_STATUS[status])


def envelope(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize("is_write", [False, True], ids=["read", "write"])
@pytest.mark.parametrize("code", ROWS)
def test_each_code_of_the_contract_becomes_its_error(code: str, is_write: bool) -> None:
    body = envelope(code=code, message="why")

    error = error_from(status_of(code), {}, body, is_write=is_write)

    assert type(error) is kind_of(code, is_write=is_write)
    assert (error.code, error.status) == (code, status_of(code))
    assert error.message.endswith(".")
    assert error.hint.endswith(".")
    # Blocked: not by itself, but as soon as the operator has acted (bot/domain/errors.py).
    if type(error) is not VideoAgentBlocked:
        assert error.retryable is ROWS[code]["retryable_on_create" if is_write else "retryable"]


def test_the_table_has_the_codes_of_the_contract_and_no_others() -> None:
    assert set(MEANINGS) == set(ROWS)


@pytest.mark.parametrize("body", [b"", b"<html>Bad</html>", b"{", b"[]", b"null", b"\xff\xfe"])
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (301, VideoAgentUnavailable, "redirected"),
        (400, VideoAgentUnavailable, "no_envelope"),
        (401, VideoAgentUnavailable, "no_envelope"),
        (402, VideoAgentUnavailable, "no_envelope"),
        (403, VideoAgentUnavailable, "no_envelope"),
        (404, VideoAgentUnavailable, "no_envelope"),
        (408, VideoAgentUnavailable, "no_envelope"),
        (409, VideoAgentUnavailable, "no_envelope"),
        (413, VideoAgentRefused, "payload_too_large"),
        (418, VideoAgentUnavailable, "no_envelope"),
        (422, VideoAgentUnavailable, "no_envelope"),
        (429, VideoAgentBusy, "rate_limit_exceeded"),
        (500, VideoAgentUnavailable, "unclassified_server_error"),
        (522, VideoAgentUnavailable, "unclassified_server_error"),
    ],
)
def test_body_that_is_no_json_is_no_verdict_but_for_too_large_and_too_many(
    status: int, kind: type, code: str, body: bytes
) -> None:
    error = error_from(status, {}, body)

    assert (type(error), error.code) == (kind, code)
    assert "<" not in error.sentence


@pytest.mark.parametrize("body", [b"<html>Denied</html>", b'{"message": "Forbidden"}', b""])
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422])
def test_page_of_the_edge_after_a_write_is_unclear(status: int, body: bytes) -> None:
    error = error_from(status, {}, body, is_write=True)

    assert (type(error), error.code) == (VideoAgentOutcomeUnknown, "no_envelope")


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, VideoAgentRefused, "validation_error"),
        (401, VideoAgentBlocked, "unauthorized"),
        (402, VideoAgentBlocked, "insufficient_credit"),
        (403, VideoAgentRefused, "forbidden"),
        (404, VideoAgentNotFound, "not_found"),
        (408, VideoAgentUnavailable, "gateway_timeout"),
        (409, VideoAgentRefused, "conflict"),
        (418, VideoAgentRefused, "unclassified_client_error"),
        (422, VideoAgentRefused, "unprocessable"),
    ],
)
def test_envelope_without_a_known_code_is_classified_by_status(
    status: int, kind: type, code: str
) -> None:
    error = error_from(status, {}, envelope(message="why"))

    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
@pytest.mark.parametrize("code", ["internal_error", "not_found", "unauthorized", "new_code"])
def test_server_fault_after_a_write_is_unclear_whatever_its_code(status: int, code: str) -> None:
    if status == 408:
        code = "internal_error"
    error = error_from(status, {}, envelope(code=code), is_write=True)

    assert type(error) is VideoAgentOutcomeUnknown
    assert not error.retryable


def test_key_and_balance_are_told_apart() -> None:
    key, balance = error_from(401, {}, envelope()), error_from(402, {}, envelope())

    assert "key" in key.message
    assert "balance" in balance.message
    assert "HEYGEN_API_KEY" in key.hint
    assert "HEYGEN_API_KEY" not in balance.hint


def test_phone_verification_blocks_although_it_may_come_as_any_status() -> None:
    for status in (400, 402, 403):
        error = error_from(status, {}, envelope(code="phone_verification_required"))
        assert type(error) is VideoAgentBlocked


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (envelope(code="invalid_parameter"), "invalid_parameter", None),
        (envelope(message="no such style"), "validation_error", "no such style"),
        (envelope(code="brand_new", message="no"), "brand_new", "no"),
        (envelope(code=400664, message="no"), "400664", "no"),
        (envelope(code="Not A Code!", message="no"), "validation_error", "no"),
        (envelope(code=None, message=None), "validation_error", None),
        (envelope(code=True, message=["no"]), "validation_error", None),
        (b'{"error": "prompt is empty"}', "validation_error", "prompt is empty"),
        (b'{"error": null, "code": 40001, "message": "old style"}', "40001", "old style"),
        (b'{"detail": "field required"}', "validation_error", "field required"),
    ],
)
def test_every_shape_of_a_refusal_is_read(body: bytes, code: str, words: str | None) -> None:
    error = error_from(400, {}, body)

    assert (type(error), error.code) == (VideoAgentRefused, code)
    assert error.message.partition("HeyGen says: ")[2] == (f"{words}." if words else "")


def test_param_of_a_refusal_is_kept() -> None:
    error = error_from(400, {}, envelope(code="invalid_parameter", param="style_id"))

    assert error.param == "style_id"


@pytest.mark.parametrize("said", ["Too long.", "Too long!", "Why so long?", "Too long…"])
def test_heygens_words_keep_the_stop_they_have(said: str) -> None:
    error = error_from(400, {}, envelope(message=said))

    assert error.message.endswith(f"HeyGen says: {said}")


def test_heygens_words_are_one_short_line() -> None:
    error = error_from(400, {}, envelope(message="too\nlong\x00 \u202e" + "x" * 900))

    told = error.message.partition("HeyGen says: ")[2]
    assert told.startswith("too long x")
    assert len(told) == QUOTE_MAX_CHARS
    assert told.isprintable()


@pytest.mark.parametrize("markup", ["<b>no</b>", "oops <!doctype html>", "< script>x"])
def test_markup_is_never_quoted(markup: str) -> None:
    assert "HeyGen says" not in error_from(400, {}, envelope(message=markup)).message


@pytest.mark.parametrize("status", [401, 402, 403, 404, 429, 500])
def test_only_refused_requests_quote_heygen(status: int) -> None:
    assert "secret" not in error_from(status, {}, envelope(message="secret")).sentence


def test_unlisted_error_in_a_success_is_a_fault() -> None:
    body = envelope(code="brand_new")

    assert type(error_from(200, {}, body)) is VideoAgentUnavailable
    assert type(error_from(200, {}, body, is_write=True)) is VideoAgentOutcomeUnknown


def test_busy_tells_how_long_to_wait() -> None:
    date = {"Date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    until = date | {"Retry-After": "Wed, 21 Oct 2026 07:28:40 GMT"}

    assert _wait(error_from(429, {"Retry-After": "17"}, b"")) == 17
    assert _wait(error_from(429, until, b"")) == 40
    assert _wait(error_from(429, {}, b"")) is None
    assert _wait(error_from(429, {}, envelope(code="quota_exceeded"))) == QUOTA_WAIT_S
    assert _wait(error_from(409, {"Retry-After": "2"}, envelope(code="request_in_progress"))) == 2


def _wait(error: Exception) -> float | None:
    assert isinstance(error, VideoAgentBusy)
    return error.retry_after_s
