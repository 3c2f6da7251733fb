"""What Slack sends is read as Bolt itself would read it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.request.internals import parse_body

from bot.web.server import payload_of

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=40)
PAYLOADS = st.dictionaries(
    st.text(max_size=20), st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3))
)


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=60)))
def test_fields_of_a_command(fields: dict[str, str]) -> None:
    fields = {name: value for name, value in fields.items() if "payload" not in name}
    body = urlencode({"command": "/video", "text": "a payload of tea", **fields}) + "&text2="

    assert payload_of(body, FORM) == {
        "command": "/video",
        "text": "a payload of tea",
        **fields,
        "text2": "",
    }


@given(PAYLOADS)
def test_json_in_a_field(payload: dict[str, Any]) -> None:
    body = urlencode({"payload": json.dumps(payload)})

    assert payload_of(body, FORM) == payload == parse_body(body, FORM)


@given(PAYLOADS)
def test_json_of_an_event(payload: dict[str, Any]) -> None:
    body = json.dumps(payload)

    assert payload_of(body, JSON) == payload == parse_body(body, JSON)
    assert payload_of(f" {body}", JSON) == payload


@pytest.mark.parametrize(
    "body",
    ["a=%E2%82%AC+1%2B1", "a=50%25", "a=b;c=d", "a=1&a=2", "=x&b", "a=%00", "payload=%7B%7D&a=1"],
)
def test_odd_bodies(body: str) -> None:
    assert payload_of(body, FORM) == parse_body(body, FORM)


@pytest.mark.parametrize("body", ["[1]", '"x"', "1", "null", "{"])
def test_json_that_is_no_payload(body: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        payload_of(body, JSON)
