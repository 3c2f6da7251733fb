"""manifest.yml against Slack's rules, against the listeners, and against the methods we call."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.screens import ids
from bot.slack.oauth import REDIRECT_PATH, SCOPES
from tests.cli.printing import MANIFEST, printed

Json = dict[str, Any]
PROJECT = Path(__file__).parent.parent
CODE = [
    path
    for folder in ("bot", "handlers")
    for path in sorted((PROJECT / folder).rglob("*.py"))
    if "sandbox" not in path.parts
]


# --- Slack's rules: manifest schema 2.0.0, read 2026-11


def text(longest: int, shortest: int = 1) -> Json:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


def table(_required: str = "", **keys: Json) -> Json:
    known = {"type": "object", "properties": keys, "additionalProperties": False}
    return known | {"required": _required.split()}


def rows(most: int, **keys: Json) -> Json:
    return {"type": "array", "maxItems": most, "items": table(" ".join(keys), **keys)}


URL: Json = {"type": "string", "pattern": r"^https://[^/]+/\S*$"}
WORDS: Json = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
YES_NO: Json = {"type": "boolean"}
COMMANDS = rows(50, command=text(32), description=text(2000))
COMMANDS["items"]["properties"] |= {
    "usage_hint": text(1000),
    "should_escape": YES_NO,
    "url": URL,
}
RULES = table(
    "display_information",
    _metadata=table("major_version", major_version={"const": 2}, minor_version={}),
    display_information=table(
        "name",
        name=text(35),
        description=text(140),
        long_description=text(4000, 175),
        background_color={"type": "string", "pattern": r"^#[0-9a-f]{6}$"},
    ),
    features=table(
        app_home=table(
            home_tab_enabled=YES_NO,
            messages_tab_enabled=YES_NO,
            messages_tab_read_only_enabled=YES_NO,
        ),
        bot_user=table("display_name", display_name=text(80), always_online=YES_NO),
        shortcuts=rows(
            10,
            name=text(24),
            type={"enum": ["message", "global"]},
            callback_id=text(255),
            description=text(150),
        ),
        slash_commands=COMMANDS,
        unfurl_domains={**WORDS, "maxItems": 5},
    ),
    oauth_config=table(
        "scopes",
        scopes=table(bot=WORDS, bot_optional=WORDS, user=WORDS),
        redirect_urls={**WORDS, "items": URL},
        pkce_enabled=YES_NO,
    ),
    settings=table(
        event_subscriptions=table(request_url=URL, bot_events=WORDS),
        interactivity=table(
            "is_enabled", is_enabled=YES_NO, request_url=URL, message_menu_options_url=URL
        ),
        socket_mode_enabled=YES_NO,
        org_deploy_enabled=YES_NO,
        token_rotation_enabled=YES_NO,
    ),
)


# --- What the code does

# Web API method -> the bot scopes it needs here. A method without an entry fails the test.
SCOPES_OF = {
    "auth_teams_list": "",
    "auth_test": "",
    "apps_connections_open": "",  # the app token's own
    "bots_info": "users:read",
    "chat_delete": "chat:write",
    "chat_getPermalink": "",
    "chat_postEphemeral": "chat:write",
    "chat_postMessage": "chat:write chat:write.public",
    "chat_update": "chat:write",
    "conversations_history": "channels:history groups:history im:history",
    "conversations_info": "channels:read groups:read",
    "conversations_join": "channels:join",
    "conversations_open": "im:write",
    "conversations_replies": "channels:history groups:history im:history",
    "files_completeUploadExternal": "files:write",
    "files_delete": "files:write",
    "files_getUploadURLExternal": "files:write",
    "files_info": "files:read",
    "files_upload_v2": "files:write",
    "oauth_v2_access": "",  # client id and secret
    "users_info": "users:read",
    "views_open": "",
    "views_publish": "",
    "views_push": "",
    "views_update": "",
}
SCOPES_OF_EVENT = {
    "app_uninstalled": "",
    "tokens_revoked": "",
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


def api_methods(source: str) -> Iterator[str]:
    """Web API methods that a file names: `client.files_info`, or `api_call("files.info")`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(ast.Attribute(attr="api_call"), [ast.Constant(str(name)), *_]):
                yield name.replace(".", "_")
            case ast.Attribute(attr=name) if name != "api_call" and "_" in name[1:]:
                if inspect.iscoroutinefunction(getattr(AsyncWebClient, name, None)):
                    yield name


def scopes(words: Iterator[str]) -> set[str]:
    return set(" ".join(words).split())


class Listeners:
    """Stands where Bolt's app stands and writes down what is listened to, and how."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Any]] = []

    def __getattr__(self, kind: str) -> Callable[..., Callable[[Any], Any]]:
        assert callable(getattr(AsyncApp, kind)), kind

        def listen(constraint: Any = None, *_: Any, **__: Any) -> Callable[[Any], Any]:
            self.found.append((kind, constraint))
            return lambda listener: listener

        return listen

    def of(self, *kinds: str) -> set[str]:
        """The words that listeners of these kinds wait for."""
        words = (constraint for kind, constraint in self.found if kind in kinds)
        return {word if isinstance(word, str) else _word(word) for word in words}


def _word(constraint: Any) -> str:
    if isinstance(constraint, dict):
        keys = ("callback_id", "action_id", "type")
        return next(str(constraint[key]) for key in keys if key in constraint)
    return str(constraint.pattern)


class Anything:
    """A part that is only stored while the listeners are being registered."""

    def __getattr__(self, name: str) -> Anything:
        return self

    def __call__(self, *_: Any, **__: Any) -> Anything:
        return self


@pytest.fixture(scope="module")
def listeners() -> Listeners:
    heard = Listeners()
    parts = list(inspect.signature(handlers.register).parameters)[1:]
    handlers.register(heard, **dict.fromkeys(parts, Anything()))  # type: ignore[arg-type]
    return heard


@pytest.fixture
def manifest() -> Json:
    return dict(yaml.safe_load(MANIFEST.read_text("utf-8")))


@pytest.mark.parametrize(
    "options",
    [
        ["--socket"],
        ["--url", "https://bot.example.com"],
        ["--oauth", "--url", "https://bot.example.com"],
        ["--oauth", "--socket", "--url", "https://bot.example.com"],
    ],
)
def test_manifest_keeps_slack_rules(options: list[str], manifest: Json) -> None:
    for each in (manifest, printed(*options)):
        errors = [
            f"{e.json_path}: {e.message}" for e in Draft202012Validator(RULES).iter_errors(each)
        ]

        assert errors == []


def test_commands_are_those_listened_to(manifest: Json, listeners: Listeners) -> None:
    commands = {each["command"] for each in manifest["features"]["slash_commands"]}

    assert commands == listeners.of("command") == {ids.COMMAND}


def test_shortcuts_are_those_listened_to(manifest: Json, listeners: Listeners) -> None:
    shortcuts = {each["callback_id"] for each in manifest["features"].get("shortcuts", [])}

    assert shortcuts == listeners.of("shortcut", "global_shortcut", "message_shortcut")


def test_shortcuts_are_of_the_kind_that_their_listeners_expect(manifest: Json) -> None:
    kinds = {each["callback_id"]: each["type"] for each in manifest["features"]["shortcuts"]}

    assert kinds == {ids.VIDEO_FROM_MESSAGE: "message", ids.NEW_VIDEO: "global"}


def test_people_may_write_to_the_bot_directly(manifest: Json) -> None:
    app_home = manifest["features"]["app_home"]

    assert app_home["messages_tab_enabled"] is True
    assert app_home["messages_tab_read_only_enabled"] is False
    assert "message.im" in manifest["settings"]["event_subscriptions"]["bot_events"]


def test_events_are_those_listened_to(manifest: Json, listeners: Listeners) -> None:
    subscriptions = manifest["settings"].get("event_subscriptions", {})
    events = {each.partition(".")[0] for each in subscriptions.get("bot_events", [])}
    listened = listeners.of("event") | ({"message"} if listeners.of("message") else set())
    home = manifest["features"].get("app_home", {}).get("home_tab_enabled", False)

    assert events == listened
    assert home == ("app_home_opened" in events)


def test_installations_add_nothing_but_what_they_need(manifest: Json) -> None:
    url = "https://bot.example.com"
    one, several = printed("--url", url), printed("--oauth", "--url", url)

    gone = ["app_uninstalled", "tokens_revoked"]
    added = several["settings"]["event_subscriptions"]["bot_events"][-len(gone) :]
    assert added == gone
    one["settings"]["event_subscriptions"]["bot_events"] += gone
    one["settings"] |= {"org_deploy_enabled": True, "token_rotation_enabled": True}
    one["oauth_config"]["redirect_urls"] = [url + REDIRECT_PATH]
    assert several == one
    assert scopes(SCOPES_OF_EVENT[name] for name in gone) == set()


def test_every_word_listened_to_stands_in_ids(listeners: Listeners) -> None:
    ours = {value for name, value in vars(ids).items() if name.isupper()}
    kinds = ("view", "view_closed", "action", "block_action", "options", "block_suggestion")

    assert listeners.of("command", "shortcut", "global_shortcut", "message_shortcut") <= ours
    assert listeners.of("view", "view_submission") >= {ids.VIDEO_COMPOSER}
    assert {each for each in listeners.of(*kinds) if each.isidentifier()} <= ours


def test_scopes_are_those_the_code_needs(manifest: Json, listeners: Listeners) -> None:
    methods = {name for path in CODE for name in api_methods(path.read_text("utf-8"))}
    events = manifest["settings"].get("event_subscriptions", {}).get("bot_events", [])
    declared = manifest["oauth_config"]["scopes"]

    assert methods - set(SCOPES_OF) == set(), "say which scopes these methods need"
    needed = scopes(SCOPES_OF[name] for name in methods)
    needed |= scopes(SCOPES_OF_EVENT[name] for name in events) | {"commands"}
    assert {*declared["bot"], *declared.get("bot_optional", [])} == needed
    assert tuple(declared["bot"]) == SCOPES  # what an installation asks for
    assert "user" not in declared


def test_methods_are_found_however_they_are_named() -> None:
    source = 'c.files_info(file="F")\nsend = c.chat_update\nc.api_call("users.info")\nc.base_url'

    assert set(api_methods(source)) == {"files_info", "chat_update", "users_info"}
