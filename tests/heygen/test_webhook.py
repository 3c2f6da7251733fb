"""The registered webhook: who signed it, and what it speaks of."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.heygen.webhook import WebhookEvent, WebhookUnreadable, is_signed_by, read_event

CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "heygen-v3.json").read_text())
EVENT_SAMPLES = {name: body for name, body in CONTRACT["samples"].items() if name[:6] == "event:"}
BODY = b'{"event_type": "video_agent.success", "event_data": {"session_id": "sess_1"}}'
SECRET = "whsec_s3cret"


def signature(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("name", ["Heygen-Signature", "heygen-signature", "Signature", "SIGNATURE"])
def test_either_header_carries_the_signature(name: str) -> None:
    assert is_signed_by(BODY, {name: signature(BODY, SECRET)}, [SECRET])


def test_text_after_the_prefix_may_be_the_key() -> None:
    assert is_signed_by(BODY, {"Signature": signature(BODY, "s3cret")}, [SECRET])


def test_previous_secret_is_accepted_while_rotating() -> None:
    assert is_signed_by(BODY, {"Signature": signature(BODY, "old")}, [SECRET, "old"])


def test_good_signature_counts_beside_a_bad_one() -> None:
    headers = {"Heygen-Signature": "0" * 64, "Signature": signature(BODY, SECRET)}

    assert is_signed_by(BODY, headers, [SECRET])


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        ({}, [SECRET]),
        ({"Signature": ""}, [SECRET]),
        ({"Signature": "é" * 64}, [SECRET]),
        ({"Signature": "\ud800"}, [SECRET]),
        ({"Signature": signature(BODY, SECRET)[:-1]}, [SECRET]),
        ({"Signature": signature(BODY + b" ", SECRET)}, [SECRET]),
        ({"Signature": signature(BODY, "other")}, [SECRET]),
        ({"X-Signature": signature(BODY, SECRET)}, [SECRET]),
        ({"Signature": signature(BODY, SECRET)}, []),
        ({"Signature": signature(BODY, "")}, [""]),
        ({"Signature": signature(BODY, "")}, ["whsec_"]),
    ],
    ids=[
        "no header",
        "empty",
        "not ascii",
        "surrogate",
        "shortened",
        "other bytes",
        "other key",
        "other header",
        "no secret",
        "empty secret",
        "prefix only",
    ],
)
def test_anything_else_is_not_signed(headers: dict[str, str], secrets: list[str]) -> None:
    assert not is_signed_by(BODY, headers, secrets)


@pytest.mark.parametrize("name", EVENT_SAMPLES)
def test_ids_of_each_sample_event_are_found(name: str) -> None:
    sample = EVENT_SAMPLES[name]

    event = read_event(json.dumps(sample).encode())

    data = sample["event_data"]
    assert event == WebhookEvent(
        session_id=data.get("session_id"),
        video_id=data["video_id"],
        callback_id=data.get("callback_id") or sample["callback_id"],
        event_type=sample["event_type"],
    )


def test_ids_may_stand_at_the_top() -> None:
    event = read_event(b'{"event_type": "x", "session_id": "s", "video_id": "v"}')

    assert (event.session_id, event.video_id) == ("s", "v")


def test_ids_that_are_no_short_text_are_none() -> None:
    data = {"session_id": 7, "video_id": "v" * 300, "callback_id": ["x"]}

    event = read_event(json.dumps({"event_type": "x", "event_data": data}).encode())

    assert event == WebhookEvent(None, None, None, "x")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"{}",
        b'{"event_type": 3}',
        b'{"event_type": " "}',
        b"[" * 100_000,
        b"9" * 5_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(WebhookUnreadable):
        read_event(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event_type", "event_data", "session_id", "video_id"]), inner
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_an_event_or_unreadable(value: object) -> None:
    try:
        event = read_event(json.dumps(value).encode())
    except WebhookUnreadable:
        return
    assert event.event_type
