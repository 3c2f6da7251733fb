"""HeyGen's contract as a judge: what is wrong with a request, with an answer, with a piece of news.

Compiled once for each route. Stricter than the schemas only where the contract says it in words:
bodies of other types, query parameters, headers, error codes with their statuses.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, reduce
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from bot.sandbox.heygen.exchange import Exchange

CONTRACT: Mapping[str, Any] = json.loads(
    (Path(__file__).parent / "heygen-v3.json").read_text("utf-8")
)
ENDPOINTS: Mapping[str, Any] = CONTRACT["endpoints"]
# Not HeyGen's API: its storage and its web page, of which the contract says nothing.
OUTSIDE = ("/files/", "/videos/", "/storage/")
_KEY = re.compile(CONTRACT["limits"]["idempotency_key"]["pattern"])
_PATHS = {
    name: (one["method"], re.compile(re.sub(r"\{\w+\}", "[^/]+", one["path"])))
    for name, one in ENDPOINTS.items()
}


def route_for(method: str, path: str) -> str:
    """The contract's name of a route, literal segments first; as it is when there is none."""
    fitting = [
        name for name, (verb, form) in _PATHS.items() if verb == method and form.fullmatch(path)
    ]
    return min(fitting, key=lambda name: name.count("{"), default=f"{method} {path}")


def is_contracted(exchange: Exchange) -> bool:
    return not exchange.path.startswith(OUTSIDE)


def wrong_with_request(exchange: Exchange) -> list[str]:
    if not is_contracted(exchange):
        return []
    if exchange.route not in ENDPOINTS:
        return ["the contract has no such route"]
    endpoint = ENDPOINTS[exchange.route]
    return [
        *_wrong_query(endpoint, exchange.query),
        *_wrong_headers(endpoint, exchange),
        *_wrong_body(endpoint, exchange),
    ]


def wrong_with_answer(exchange: Exchange) -> list[str]:
    if not is_contracted(exchange):
        return []
    endpoint = ENDPOINTS.get(exchange.route)
    if not 200 <= exchange.status < 300:
        return list(_wrong_refusal(exchange))
    if endpoint is None:
        return ["a success on a route that the contract does not have"]
    if exchange.status not in endpoint["success_status"]:
        return [f"{exchange.status} is no success of this route"]
    if exchange.status == 204:
        return ["a 204 has no body"] if exchange.answer else []
    return list(_wrong_success(exchange))


def wrong_with_news(payload: Mapping[str, Any]) -> list[str]:
    name = payload.get("event_type")
    for place, event in enumerate(CONTRACT["events"]):
        if event["event_type"] == name:
            return _faults(("events", place, "schema"), payload, "news")
    return [f"news: the contract has no event {name!r}"]


def _wrong_query(endpoint: Mapping[str, Any], query: Mapping[str, str]) -> Iterator[str]:
    known = {one["name"]: one for one in endpoint["query"]}
    for name, value in query.items():
        if name not in known:
            yield f"query: {name} is no parameter of this route"
        elif wrong := _wrong_parameter(known[name], value):
            yield f"query: {name}={value[:40]!r} {wrong}"
    for name, one in known.items():
        if one["required"] and name not in query:
            yield f"query: {name} is missing"
    if "query_rule" in endpoint:
        ids = [one for value in query.values() for one in value.split(",") if one.strip()]
        if not 1 <= len(ids) <= CONTRACT["limits"]["statuses_ids_max"]:
            yield f"query: {len(ids)} ids; {endpoint['query_rule']}"


def _wrong_parameter(parameter: Mapping[str, Any], value: str) -> str | None:
    if parameter["type"] == "integer":
        if not re.fullmatch(r"-?[0-9]{1,9}", value):
            return "is no whole number"
        least, most = parameter.get("minimum", 0), parameter.get("maximum", 10**9)
        return None if least <= int(value) <= most else f"is not in {least}..{most}"
    if parameter["type"] == "boolean" and value not in ("true", "false"):
        return "is neither true nor false"
    words = parameter.get("enum")
    return f"is none of {words}" if words and value not in words else None


def _wrong_headers(endpoint: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
    headers = exchange.headers
    for name, rule in endpoint["headers"]["request"].items():
        if rule.get("required") and name not in headers and name != "Content-Type":
            yield f"header: {name} is missing"
    key = headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        yield f"header: Idempotency-Key {key[:40]!r} has another form"
    kind = headers.get("Content-Type", "").partition(";")[0].strip()
    if kind != (endpoint["content_type"] or "") and (endpoint["content_type"] or exchange.has_body):
        yield f"header: Content-Type is {kind!r} and not {endpoint['content_type']!r}"


def _wrong_body(endpoint: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
    if endpoint["request"] is None:
        if exchange.has_body:
            yield "body: this route takes none"
    elif exchange.form_fields is not None:
        if exchange.form_fields != tuple(endpoint["request"]["required"]):
            yield f"body: the fields of the form are {exchange.form_fields}"
    elif exchange.json_body is not None:
        try:
            body = json.loads(exchange.json_body)
        except ValueError:
            yield "body: no JSON"
        else:
            at = ("endpoints", exchange.route, "request")
            yield from _faults(at, _as_in_the_world(body), "body")


def _wrong_success(exchange: Exchange) -> Iterator[str]:
    if not _is_json(exchange.answer_headers):
        yield "answer: the Content-Type is not application/json"
    try:
        answer = json.loads(exchange.answer)
    except ValueError:
        yield "answer: no JSON"
        return
    at = ("endpoints", exchange.route, "response")
    yield from _faults(at, answer, "answer", exchange.odd_words)
    if isinstance(answer, dict) and answer.get("error") is not None:
        yield "answer: a success that tells an error"


def _wrong_refusal(exchange: Exchange) -> Iterator[str]:
    try:
        answer = json.loads(exchange.answer)
    except ValueError:
        yield "answer: a refusal without HeyGen's envelope"
        return
    yield from _faults(("envelopes", "error"), answer, "answer")
    if not _is_json(exchange.answer_headers):
        yield "answer: the Content-Type is not application/json"
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    known = CONTRACT["errors"].get(code)
    if code is not None and known is None:
        yield f"answer: the contract has no error {code!r}"
    elif known is not None and known["http"] not in (None, exchange.status):
        yield f"answer: {code} is a {known['http']} and not a {exchange.status}"
    if "Retry-After" in exchange.answer_headers and exchange.status != 429:
        yield f"answer: Retry-After comes with a 429 only, not with a {exchange.status}"


def _is_json(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Type", "").partition(";")[0].strip() == "application/json"


def _as_in_the_world(body: Any) -> Any:
    """The stand-in, and it alone, takes http for an address of this machine (coverage.md)."""
    if isinstance(body, list):
        return [_as_in_the_world(one) for one in body]
    if isinstance(body, dict):
        return {
            name: "https" + value[4:]
            if _is_plain_loopback(name, value)
            else _as_in_the_world(value)
            for name, value in body.items()
        }
    return body


def _is_plain_loopback(name: str, value: object) -> bool:
    is_address = name in ("url", "callback_url") and isinstance(value, str)
    if not is_address or not str(value).startswith("http://"):
        return False
    try:
        host = urlsplit(str(value)).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _faults(
    at: tuple[str | int, ...], value: Any, what: str, odd_words: frozenset[str] = frozenset()
) -> list[str]:
    """What the schema there says of a value. A status word that a test ordered may be odd."""
    return [
        f"{what}: {error.json_path} {error.message[:200]}"
        for error in _validator(at).iter_errors(value)
        if not (error.validator == "enum" and str(error.instance) in odd_words)
    ]


@cache
def _validator(at: tuple[str | int, ...]) -> Draft202012Validator:
    """Of the schema at that place of the contract."""
    schema = reduce(lambda part, name: part[name], at, CONTRACT)
    return Draft202012Validator(schema, format_checker=FormatChecker())
