"""Answers of HeyGen made up from the contract's schemas: valid ones, and damaged ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from hypothesis import strategies as st

CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "heygen-v3.json").read_text())
ENDPOINTS: Mapping[str, Any] = CONTRACT["endpoints"]
STORAGE = "https://storage.example.test/put"

ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)
IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
# Said in words only, in the contract or its pages: what the schema's types do not say.
KNOWN_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "upload_url": st.just(STORAGE),
    "upload_headers": st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,10}", fullmatch=True), IDS, max_size=2
    ),
    "max_bytes": st.integers(10_000_000, 10**12),
    "expires_in_seconds": st.integers(60, 86_400),
    "created_at": st.integers(0, 4_000_000_000),  # Unix seconds
}
NEW_WORD = "a_word_of_next_year"  # unknown values mean "still running" (contract, conventions)
ODD: list[Any] = ["\ud800", "", "\x00", "9" * 99, NEW_WORD, -1, 10**400, float("nan"), float("inf")]
ODD += [None, True, [], {}, [None], [{}], {"a": []}]


def valid(schema: Mapping[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """What the schema allows, and unknown fields and words besides."""
    if name == "secret":  # null only where the route is not the one that makes it
        return IDS
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([_of_kind(kind, schema, name) for kind in kinds])


def _of_kind(kind: str, schema: Mapping[str, Any], name: str) -> st.SearchStrategy[Any]:
    if kind != "null" and name in KNOWN_FIELDS:
        is_date = name == "created_at" and kind == "string"
        return st.just("2026-01-01T00:00:00Z") if is_date else KNOWN_FIELDS[name]
    match kind:
        case "object":
            return _object(schema)
        case "array":
            most = min(schema.get("maxItems", 3), 3)
            return st.lists(valid(schema["items"], name), max_size=most)
        case "string":
            return _string(schema, name)
        case "integer":
            return st.integers(schema.get("minimum", 0), schema.get("maximum", 10**9))
        case "number":
            return st.floats(0, 1e6)
        case "boolean":
            return st.booleans()
        case _:
            return st.none()


def _object(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    fields = {name: valid(one, name) for name, one in schema.get("properties", {}).items()}
    required = {*schema.get("required", ()), *(fields.keys() & {"secret"})}
    return st.fixed_dictionaries(
        {name: one for name, one in fields.items() if name in required},
        optional={name: one for name, one in fields.items() if name not in required}
        | {"a_field_of_next_year": ANY_JSON},
    )


def _string(schema: Mapping[str, Any], name: str) -> st.SearchStrategy[Any]:
    words = schema.get("enum") or schema.get("x-known-values")
    if words:
        return st.sampled_from([*words, NEW_WORD])
    return IDS if name.endswith("id") else st.text(max_size=20)


Place = tuple[str | int, ...]


def whole_document(endpoint: str) -> Any:
    """One valid answer of this route with every field that the contract knows."""
    return _whole(ENDPOINTS[endpoint]["response"])


def _whole(schema: Mapping[str, Any], name: str = "") -> Any:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    match kinds[0]:
        case "object":
            return {one: _whole(of, one) for one, of in schema.get("properties", {}).items()}
        case "array":
            return [_whole(schema["items"], name)]
        case "string":
            words = schema.get("enum") or schema.get("x-known-values")
            return STORAGE if name == "upload_url" else words[0] if words else "text"
        case "boolean":
            return False
        case _:
            return 1_000_000  # as "max_bytes", enough for the file


def places_in(document: Any) -> Iterator[Place]:
    """Where a value stands, the whole itself first: () and ("data",) and ("data", 0, "id")."""
    yield ()
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inner:
        nested = value if isinstance(value, dict | list) else ()
        yield from ((key, *rest) for rest in places_in(nested))


def with_value_at(document: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    changed = document.copy()
    changed[place[0]] = with_value_at(document[place[0]], place[1:], value)
    return changed


def success(document: Any) -> httpx.Response:
    return _response(200, json.dumps(document).encode())


def answer(endpoint: str) -> st.SearchStrategy[httpx.Response]:
    """One valid answer of this route."""
    documents = valid(ENDPOINTS[endpoint]["response"])
    # A non-null "error" beside the data would be a failure (contract, envelopes).
    return documents.map(lambda document: success(document | {"error": None}))


@st.composite
def damaged_answer(draw: st.DrawFn, endpoint: str) -> httpx.Response:
    """An answer of this route to which something has happened on its way, or was never right."""
    document = draw(valid(ENDPOINTS[endpoint]["response"]))
    for _ in range(draw(st.integers(0, 2))):
        document = draw(_with_one_damage(document))
    body = json.dumps(document).encode()
    harm = draw(st.sampled_from(["none", "none", "cut", "bytes", "error", "any"]))
    if harm == "cut":
        body = body[: draw(st.integers(0, len(body)))]
    elif harm == "bytes":
        body = draw(st.binary(max_size=30))
    elif harm == "error":
        body = json.dumps({"error": draw(_errors()), **draw(_objects())}).encode()
    elif harm == "any":
        body = json.dumps(draw(ANY_JSON)).encode()
    status = draw(st.just(200) | st.sampled_from(STATUSES) | st.integers(100, 999))
    return _response(status, body, draw(_headers()))


STATUSES = [201, 202, 204, 206, 301, 302, 307, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429]
STATUSES += [500, 502, 503, 504, 520]
CODES = [*CONTRACT["errors"], "brand_new", "", None, 7, True, [], {}]


def _objects() -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(["data", "code", "message", "detail"]), ANY_JSON)


def _errors() -> st.SearchStrategy[Any]:
    told = {"code": st.sampled_from(CODES), "message": ANY_JSON, "param": ANY_JSON}
    return st.fixed_dictionaries({}, optional=told) | ANY_JSON


def _headers() -> st.SearchStrategy[dict[str, str]]:
    text = st.text(st.characters(codec="latin-1"), max_size=12)
    dates = st.sampled_from(["Wed, 21 Oct 2026 07:28:00 GMT", "Mon, 99 Foo 0000 00:00:00 GMT"])
    named = {
        "Retry-After": text | dates | st.integers(-5, 10**12).map(str),
        "Date": text | dates,
        "Content-Type": text | st.sampled_from(["text/html", "application/json; charset=utf-99"]),
        "Content-Encoding": st.sampled_from(["gzip", "deflate", "br", "identity", "nonsense"]),
        "X-Request-Id": text,
        "Location": text | st.just("https://elsewhere.example.test/"),
    }
    usual: st.SearchStrategy[dict[str, str]] = st.just({})
    return usual | st.fixed_dictionaries({}, optional=named)


@st.composite
def _with_one_damage(draw: st.DrawFn, document: Any) -> Any:
    """One value somewhere inside is dropped, or is something else than it should be."""
    if isinstance(document, dict) and document:
        key = draw(st.sampled_from(sorted(document)))
        rest = {name: value for name, value in document.items() if name != key}
        if draw(st.booleans()):
            return rest | {key: draw(_with_one_damage(document[key]))}
        return rest
    if isinstance(document, list) and document:
        place = draw(st.integers(0, len(document) - 1))
        inner = draw(_with_one_damage(document[place]))
        return [*document[:place], inner, *document[place + 1 :]]
    return draw(st.sampled_from(ODD) | ANY_JSON)


def _response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Unread, as it comes from the network: decoding it may fail."""
    raw = [(name.encode(), text.encode("latin-1")) for name, text in (headers or {}).items()]
    return httpx.Response(status, headers=raw, stream=httpx.ByteStream(body))
