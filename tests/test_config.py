"""The settings: DESIGN section 2, every fault told at once, no secret ever shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.config import (
    Settings,
    SettingsError,
    load_database_url,
    load_sealed_database,
    load_settings,
)
from tests.keys import FERNET_KEY as OLD_KEY
from tests.keys import OTHER_FERNET_KEY as NEW_KEY

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-hidden-1",
    "SLACK_SIGNING_SECRET": "hidden-2",
    "HEYGEN_API_KEY": "hidden-3",
}
SOCKET = {**REQUIRED, "SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-hidden-4"}
SEVERAL = {
    "SLACK_CLIENT_ID": "1111.2222",
    "SLACK_CLIENT_SECRET": "hidden-5",
    "ENCRYPTION_KEYS": f"{NEW_KEY}, {OLD_KEY}",
    "SLACK_SIGNING_SECRET": "hidden-2",
    "PUBLIC_URL": "https://bot.example",
}


def settings(**more: str) -> Settings:
    return load_settings({**REQUIRED, **more}, env_file=None)


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, env_file=None)
    return caught.value.faults


def fault(**more: str) -> str:
    """The one sentence about the one wrong setting; it begins with its name."""
    (sentence,) = faults({**REQUIRED, **more})
    return sentence


# -- what is taken -----------------------------------------------------------------------------


def test_defaults_are_those_of_the_design() -> None:
    assert settings().model_dump(exclude={name.lower() for name in REQUIRED}) == {
        "slack_client_id": None,
        "slack_client_secret": None,
        "encryption_keys": None,
        "slack_app_token": None,
        "slack_api_url": "https://slack.com/api/",
        "heygen_api_url": "https://api.heygen.com",
        "heygen_webhook_secret": None,
        "public_url": None,
        "database_url": "sqlite:///video-bot.db",
        "host": "127.0.0.1",
        "port": 3000,
        "max_concurrent_videos": 3,
        "poll_interval_s": 15.0,
        "deliver_file": "auto",
        "max_file_mb": 1000,
        "heygen_usd_per_second": 0.0333,
        "length_padding": 1.0,
        "log_level": "info",
        "log_format": "console",
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("SLACK_API_URL", "http://127.0.0.1:9000/api", "http://127.0.0.1:9000/api/"),
        ("SLACK_API_URL", "https://proxy.example/slack/", "https://proxy.example/slack/"),
        ("HEYGEN_API_URL", "https://proxy.example/heygen/", "https://proxy.example/heygen"),
        ("PUBLIC_URL", "https://bot.example/", "https://bot.example"),
        ("DATABASE_URL", "sqlite:////data/bot.db", "sqlite:////data/bot.db"),
        ("DATABASE_URL", "postgresql://u:p%20w@h:5433/bot", "postgresql://u:p%20w@h:5433/bot"),
        ("DATABASE_URL", "postgres://h/bot?sslmode=require", "postgres://h/bot?sslmode=require"),
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("PORT", "0", 0),
        ("PORT", " 8080 ", 8080),
        ("MAX_CONCURRENT_VIDEOS", "20", 20),
        ("POLL_INTERVAL_S", "0.05", 0.05),
        ("DELIVER_FILE", "NEVER", "never"),
        ("MAX_FILE_MB", "50", 50),
        ("LOG_LEVEL", "WARNING", "warning"),
        ("LOG_FORMAT", "JSON", "json"),
    ],
)
def test_setting_is_read(name: str, text: str, value: Any) -> None:
    assert getattr(settings(**{name: text}), name.lower()) == value


def test_secrets_are_read_in_the_clear_where_they_are_asked_for() -> None:
    read = load_settings({**SOCKET, "HEYGEN_WEBHOOK_SECRET": "new, old"}, env_file=None)

    assert set(read.secrets) == {"xapp-hidden-4", "xoxb-hidden-1", "hidden-3", "new", "old"}


def test_password_of_the_database_is_a_secret_as_it_is_written_and_as_it_is_meant() -> None:
    read = settings(DATABASE_URL="postgresql://bot:p%40ss@h/bot")

    assert {"p%40ss", "p@ss"} <= set(read.secrets)
    asked = settings(DATABASE_URL="postgresql://h/bot?user=bot&sslpassword=s%20w&password=pw")
    assert {"s%20w", "s w", "pw"} <= set(asked.secrets)


@pytest.mark.parametrize("name", ["HEYGEN_API_KEY", "SLACK_BOT_TOKEN", "DATABASE_URL"])
def test_secret_is_read_from_the_file_that_is_named_for_it(name: str, tmp_path: Path) -> None:
    value = {**REQUIRED, "DATABASE_URL": "postgresql://bot:pw@h/bot"}[name]
    file = tmp_path / "secret"
    file.write_text(f"{value}\n", "utf-8")
    others = {key: word for key, word in REQUIRED.items() if key != name}

    read = load_settings({**others, f"{name}_FILE": str(file)}, env_file=None)

    assert read == settings(**{name: value})


def test_secret_given_twice_or_in_no_file_is_told_beside_the_other_faults() -> None:
    environ = {**REQUIRED, "HEYGEN_API_KEY_FILE": "/run/key", "DATABASE_URL_FILE": "/nowhere"}

    told = faults({**environ, "PORT": "x"})

    assert sorted(sentence.split()[0] for sentence in told) == [
        *("DATABASE_URL_FILE", "HEYGEN_API_KEY_FILE", "PORT")
    ]
    assert "DATABASE_URL_FILE cannot be read: No such file or directory." in told


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("", ()),
        ("one", ("one",)),
        ("new,old", ("new", "old")),
        (" new , old ,", ("new", "old")),
        (" , ,", ()),
    ],
)
def test_webhook_secrets_are_a_list_newest_first(text: str, secrets: tuple[str, ...]) -> None:
    assert settings(HEYGEN_WEBHOOK_SECRET=text).webhook_secrets == secrets


@pytest.mark.parametrize("text", ["new old", "new;\told", "schlüssel", "new,“old”"])
def test_webhook_secret_that_is_none_is_told_with_where_to_get_one(text: str) -> None:
    sentence = fault(HEYGEN_WEBHOOK_SECRET=text)

    assert sentence.startswith("HEYGEN_WEBHOOK_SECRET must not have spaces")
    assert "video-bot webhooks register" in sentence


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_empty_counts_as_not_set(empty: str) -> None:
    assert settings(PUBLIC_URL=empty, PORT=empty, LOG_LEVEL=empty) == settings()


def test_socket_mode_needs_no_signing_secret() -> None:
    assert load_settings(SOCKET, env_file=None).slack_signing_secret is None


def test_command_that_speaks_to_heygen_alone_needs_nothing_of_slack() -> None:
    read = load_settings({"HEYGEN_API_KEY": "hidden"}, env_file=None, needs_slack=False)

    assert (read.slack_bot_token, read.slack_signing_secret) == (None, None)
    assert read.secrets == ("hidden",)


def test_what_is_wrong_of_slack_is_told_by_every_command() -> None:
    environ = {"HEYGEN_API_KEY": "hidden", "SLACK_BOT_TOKEN": "xoxp-1"}

    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN must begin with xoxb-"):
        load_settings(environ, env_file=None, needs_slack=False)


# -- several workspaces ------------------------------------------------------------------------


def several(**changed: str) -> dict[str, str]:
    return {**SEVERAL, **changed}


def test_client_id_is_the_switch_to_several_workspaces() -> None:
    read = load_settings(SEVERAL, env_file=None)

    assert read.takes_installations
    assert read.fernet_keys == (NEW_KEY, OLD_KEY)
    assert (read.slack_bot_token, read.heygen_api_key) == (None, None)
    assert not settings().takes_installations


def test_secrets_of_several_workspaces_are_known_to_the_log() -> None:
    read = load_settings(several(HEYGEN_API_KEY="hidden-3"), env_file=None)

    assert set(read.secrets) == {"hidden-2", "hidden-3", "hidden-5", NEW_KEY, OLD_KEY}


def test_everything_that_several_workspaces_need_is_asked_for_at_once() -> None:
    assert faults({"SLACK_CLIENT_ID": "1111.2222"}) == [
        "SLACK_CLIENT_SECRET is missing (SLACK_CLIENT_ID is set). Get it at:"
        " https://api.slack.com/apps → your app → Basic Information → Client Secret.",
        "ENCRYPTION_KEYS is missing (SLACK_CLIENT_ID is set). Get it at:"
        " video-bot rotate-keys --new, which prints one.",
        "SLACK_SIGNING_SECRET is missing (or set SLACK_APP_TOKEN to use Socket Mode). Get it at:"
        " https://api.slack.com/apps → your app → Basic Information → Signing Secret.",
        "PUBLIC_URL is missing (SLACK_CLIENT_ID is set: Slack sends people back to it).",
    ]


def test_several_workspaces_over_socket_mode_need_no_signing_secret() -> None:
    read = load_settings(several(SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN="xapp-1"), env_file=None)

    assert read.slack_signing_secret is None


def test_bot_token_beside_the_client_id_is_refused() -> None:
    assert faults(several(SLACK_BOT_TOKEN="xoxb-hidden-1")) == [
        "SLACK_BOT_TOKEN must not be set beside SLACK_CLIENT_ID: each workspace gets a token of its"
        " own. Remove it; or, to serve its workspace alone, remove SLACK_CLIENT_ID,"
        " SLACK_CLIENT_SECRET and ENCRYPTION_KEYS."
    ]


@pytest.mark.parametrize("name", ["SLACK_CLIENT_SECRET", "ENCRYPTION_KEYS"])
def test_half_of_several_workspaces_is_refused(name: str) -> None:
    assert fault(**{name: SEVERAL[name]}) == (
        f"{name} must not be set without SLACK_CLIENT_ID. Set that, too, or remove it."
    )


@pytest.mark.parametrize("client_id", ["A0123456789", "f00ba4" * 5, "1111 .2222", "1111.", ".2222"])
def test_what_cannot_be_a_client_id_is_one_fault_and_not_many(client_id: str) -> None:
    (sentence,) = faults(several(SLACK_CLIENT_ID=client_id))

    assert sentence.startswith("SLACK_CLIENT_ID must look like 1234567890.1234567890")


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ("a-password", 1),
        (f"{NEW_KEY},{OLD_KEY[:-4]}", 2),
        (f"{NEW_KEY} {OLD_KEY}", 1),
        (NEW_KEY.rstrip("="), 1),
        (f"{NEW_KEY},schlüssel", 2),
    ],
    ids=["no key", "too short", "no comma", "cut off", "no ASCII"],
)
def test_encryption_key_that_is_none_is_told_by_its_number(keys: str, number: int) -> None:
    (sentence,) = faults(several(ENCRYPTION_KEYS=keys))

    assert sentence.startswith("ENCRYPTION_KEYS must be keys of 32 bytes in URL-safe base64")
    assert f"; number {number} is not one. Get it at: video-bot rotate-keys --new" in sentence


def test_commas_alone_are_no_encryption_keys() -> None:
    assert faults(several(ENCRYPTION_KEYS=" , "))[0].startswith("ENCRYPTION_KEYS is missing")


def test_client_secret_with_spaces_is_refused() -> None:
    (sentence,) = faults(several(SLACK_CLIENT_SECRET="hidden and spaced"))

    assert sentence.startswith("SLACK_CLIENT_SECRET must not have spaces")


@pytest.mark.parametrize("name", ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "ENCRYPTION_KEYS"])
def test_setting_of_several_workspaces_is_read_from_its_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SEVERAL[name] + "\n", "utf-8")
    others = {key: value for key, value in SEVERAL.items() if key != name}

    read = load_settings({**others, f"{name}_FILE": str(tmp_path / "secret")}, env_file=None)

    assert read == load_settings(SEVERAL, env_file=None)


@pytest.mark.parametrize("name", ["SLACK_CLIENT_ID", "ENCRYPTION_KEYS", "SLACK_CLIENT_SECRET"])
def test_file_that_cannot_be_read_is_one_fault_and_not_many(name: str) -> None:
    others = {key: value for key, value in SEVERAL.items() if key != name}

    assert faults({**others, f"{name}_FILE": "nowhere"}) == [
        f"{name}_FILE cannot be read: No such file or directory."
    ]


def test_command_that_speaks_to_heygen_alone_needs_the_operators_key_and_no_more() -> None:
    environ = {"SLACK_CLIENT_ID": "1111.2222"}

    with pytest.raises(SettingsError) as caught:
        load_settings(environ, env_file=None, needs_slack=False)
    read = load_settings({**environ, "HEYGEN_API_KEY": "k"}, env_file=None, needs_slack=False)

    assert [sentence.split()[0] for sentence in caught.value.faults] == ["HEYGEN_API_KEY"]
    assert read.encryption_keys is None


def test_other_variables_of_the_environment_are_left_alone() -> None:
    assert settings(PATH="/usr/bin", slack_bot_token="xoxb-lower-case") == settings()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().port = 1  # type: ignore[misc]


# -- .env --------------------------------------------------------------------------------------


def from_file(folder: Path, text: str | bytes, **environ: str) -> Settings:
    file = folder / ".env"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings({**REQUIRED, **environ}, env_file=file)


def test_env_file_is_read(tmp_path: Path) -> None:
    text = '# port\nPORT=8080\nexport LOG_FORMAT="json"\nHOST=\n'

    read = from_file(tmp_path, text)

    assert (read.port, read.log_format, read.host) == (8080, "json", "127.0.0.1")


def test_environment_goes_before_the_env_file(tmp_path: Path) -> None:
    assert from_file(tmp_path, "PORT=8080\n", PORT="9090").port == 9090


def test_empty_variable_leaves_the_env_file_s_value(tmp_path: Path) -> None:
    assert from_file(tmp_path, "PORT=8080\n", PORT="").port == 8080


def test_missing_env_file_is_no_fault(tmp_path: Path) -> None:
    assert load_settings(REQUIRED, env_file=tmp_path / ".env") == settings()


def test_env_file_that_is_no_text_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\.env cannot be read: it is not UTF-8"):
        from_file(tmp_path, b"PORT=\xff\xfe\n")


def test_without_arguments_the_environment_and_env_of_this_folder_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=8080\nHOST=0.0.0.0\n")
    monkeypatch.chdir(tmp_path)
    for name, value in {**REQUIRED, "PORT": "9090"}.items():
        monkeypatch.setenv(name, value)

    read = load_settings()

    assert (read.port, read.host) == (9090, "0.0.0.0")


# -- what is refused ---------------------------------------------------------------------------


def test_all_faults_are_told_at_once_each_with_its_name() -> None:
    told = faults({"PORT": "many", "LOG_LEVEL": "loud", "PUBLIC_URL": "ftp://x"})

    assert [sentence.split()[0] for sentence in told] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "HEYGEN_API_KEY",
        "PUBLIC_URL",
        "PORT",
        "LOG_LEVEL",
    ]


def test_wrong_app_token_is_one_fault_and_not_two() -> None:
    (sentence,) = faults({**SOCKET, "SLACK_APP_TOKEN": "xoxb-1"})

    assert sentence.startswith("SLACK_APP_TOKEN must begin with xapp-")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1"),
        ("SLACK_BOT_TOKEN", "xoxb-1\nX-Header: 2"),
        ("SLACK_BOT_TOKEN", "xoxb-1 2"),
        ("SLACK_APP_TOKEN", "A012345"),
        ("HEYGEN_API_KEY", "two words"),
        ("HEYGEN_API_KEY", "schlüssel"),
        ("DATABASE_URL", "mysql://u:p@host/db"),
        ("DATABASE_URL", "postgresql://host"),
        ("DATABASE_URL", "postgresql://bot:pass word@host/db"),
        ("DATABASE_URL", "postgresql://bot:p%zz@host/db"),
        ("DATABASE_URL", "postgresql://bot:p%@host/db"),
        ("DATABASE_URL", "postgresql://bot:p%00w@host/db"),
        ("DATABASE_URL", "postgresql://bot:p@w@host/db"),
        ("DATABASE_URL", "postgresql:///db"),
        ("DATABASE_URL", "postgresql://host:x/db"),
        ("DATABASE_URL", "sqlite://video-bot.db"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///folder/"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("MAX_CONCURRENT_VIDEOS", "0"),
        ("POLL_INTERVAL_S", "0"),
        ("DELIVER_FILE", "sometimes"),
        ("MAX_FILE_MB", "0"),
        ("MAX_FILE_MB", "1001"),
        ("POLL_INTERVAL_S", "nan"),
        ("POLL_INTERVAL_S", "inf"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_wrong_value_is_named_in_one_line(name: str, text: str) -> None:
    sentence = fault(**{name: text})

    assert sentence.startswith(f"{name} ")
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ["PUBLIC_URL", "SLACK_API_URL", "HEYGEN_API_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://bot.example",
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://127.0.0.1@evil.com",
        "http://127.0.0.1:80@evil.com",
        "http://evil.com#127.0.0.1",
        "http://evil.com/127.0.0.1",
        "http://0.0.0.0",
        "http://[::1",
        "https://",
        "https:///path",
        "https://:443",
        "https://bot.example:99999",
        "https://bot.example:port",
        "https://user:password@bot.example",
        "https://bot.example/?a=b",
        "https://bot.example/#here",
        "https://bot example",
        "https://bot.example\nother",
        "ftp://bot.example",
        "bot.example",
        "//bot.example",
        "javascript:alert(1)",
    ],
)
def test_address_that_is_not_https_alone_is_refused(name: str, url: str) -> None:
    assert fault(**{name: url}).startswith(f"{name} must be an ")


@pytest.mark.parametrize(
    "url", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000", "HTTPS://Bot.Example"]
)
def test_this_machine_may_use_http(url: str) -> None:
    assert settings(PUBLIC_URL=url).public_url == url


# -- secrets -----------------------------------------------------------------------------------


def test_secrets_are_in_no_text_of_the_settings() -> None:
    one = load_settings({**REQUIRED, **SOCKET, "HEYGEN_WEBHOOK_SECRET": "hidden-5"}, env_file=None)
    several_ = load_settings(SEVERAL, env_file=None)
    sealed = load_sealed_database(SEVERAL, None)

    for read in (one, several_, sealed):
        shown = f"{read!r} {read} {read.model_dump()} {read.model_dump_json()}"
        assert "hidden" not in shown
        assert NEW_KEY not in shown


def test_secrets_are_in_no_fault() -> None:
    told = faults(
        {
            "SLACK_BOT_TOKEN": "hidden-1",
            "SLACK_APP_TOKEN": "hidden-2",
            "HEYGEN_API_KEY": "hidden 3",
            "DATABASE_URL": "postgres://user:hidden-4@host",
            "PUBLIC_URL": "https://user:hidden-5@bot.example",
            "HEYGEN_WEBHOOK_SECRET": "hidden-6, hidden 7",
            "SLACK_CLIENT_ID": "hidden-8",
            "SLACK_CLIENT_SECRET": "hidden 9",
            "ENCRYPTION_KEYS": "hidden-10, hidden-11",
        }
    )

    assert len(told) == 9
    assert "hidden" not in " ".join(told)


def test_database_alone_is_read_without_any_token(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///of-env.db\n", "utf-8")
    (tmp_path / "secret").write_text("sqlite:///of-file.db\n", "utf-8")

    assert load_database_url({}, None) == "sqlite:///video-bot.db"
    assert load_database_url({}, tmp_path / ".env") == "sqlite:///of-env.db"
    assert load_database_url({"DATABASE_URL": "x"}, tmp_path / ".env") == "x"
    named = {"DATABASE_URL_FILE": str(tmp_path / "secret")}
    assert load_database_url(named, None) == "sqlite:///of-file.db"


def test_database_named_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL_FILE and DATABASE_URL are both set"):
        load_database_url({"DATABASE_URL_FILE": "/run/url", "DATABASE_URL": "x"}, None)


def test_database_and_its_keys_are_read_without_any_token(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"ENCRYPTION_KEYS={NEW_KEY},{OLD_KEY}\nPORT=x\n", "utf-8")
    (tmp_path / "secret").write_text(OLD_KEY, "utf-8")

    read = load_sealed_database({}, tmp_path / ".env")
    in_file = load_sealed_database({"ENCRYPTION_KEYS_FILE": str(tmp_path / "secret")}, None)

    assert (read.database_url, read.fernet_keys) == ("sqlite:///video-bot.db", (NEW_KEY, OLD_KEY))
    assert in_file.fernet_keys == (OLD_KEY,)


def test_database_and_keys_that_are_wrong_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_sealed_database({"DATABASE_URL": "postgresql://u:hidden pw@h/db"}, None)

    keys, database = caught.value.faults
    assert keys.startswith("ENCRYPTION_KEYS is missing. Get it at: video-bot rotate-keys --new")
    assert database.startswith("DATABASE_URL must look like")
    assert "hidden" not in database
