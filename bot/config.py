"""The settings, from one mapping, every fault named at once. Read by the app and the CLI only."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

_APP_PAGE = "https://api.slack.com/apps → your app"
WHERE_TO_GET = {
    "SLACK_BOT_TOKEN": f"{_APP_PAGE} → OAuth & Permissions → Bot User OAuth Token",
    "SLACK_APP_TOKEN": f"{_APP_PAGE} → Basic Information → App-Level Tokens",
    "SLACK_SIGNING_SECRET": f"{_APP_PAGE} → Basic Information → Signing Secret",
    "SLACK_CLIENT_ID": f"{_APP_PAGE} → Basic Information → Client ID",
    "SLACK_CLIENT_SECRET": f"{_APP_PAGE} → Basic Information → Client Secret",
    "ENCRYPTION_KEYS": "video-bot rotate-keys --new, which prints one",
    "HEYGEN_API_KEY": "https://app.heygen.com/settings/api",
    "HEYGEN_WEBHOOK_SECRET": "video-bot webhooks register (or rotate), which shows it once",
}
FERNET_KEY_BYTES = 32  # 16 to sign, 16 to encrypt
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """One or more settings are missing or wrong; `faults` has a sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


def _printable(secret: SecretStr) -> SecretStr:
    """What goes into a header: a line break there would end it."""
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError("must not have spaces or characters that no key has")
    return secret


def _named_database(url: str) -> str:
    is_file = re.fullmatch(r"sqlite:///.*[^/]", url) and url != "sqlite:///:memory:"
    if not is_file and not _is_postgres(url):
        raise ValueError(
            "must look like sqlite:///video-bot.db, sqlite:////data/bot.db"
            " or postgresql://user:password@host/name (with %40 for @, %20 for a space,"
            " and so on, in the password)"
        )
    return url


def _fernet_keys(keys: SecretStr | None) -> SecretStr | None:
    """ENCRYPTION_KEYS as they are; None where only commas stand."""
    for number, key in enumerate(_parts(keys), 1):
        if not _is_fernet_key(key):
            raise ValueError(
                "must be keys of 32 bytes in URL-safe base64, newest first, with commas between"
                f" them; number {number} is not one"
            )
    return keys if _parts(keys) else None


Secret = SecretStr | None
PrintableSecret = Annotated[SecretStr, AfterValidator(_printable)] | None
EncryptionKeys = Annotated[Secret, AfterValidator(_fernet_keys)]
DatabaseUrl = Annotated[str, AfterValidator(_named_database)]
_NEEDS_SLACK = "needs_slack"
_UNREADABLE: Any = object()  # pydantic takes it for no setting, so its field counts as wrong
_MAY_BE_IN_A_FILE = (
    *("slack_app_token", "slack_bot_token", "slack_signing_secret"),
    *("slack_client_id", "slack_client_secret", "encryption_keys"),
    *("heygen_api_key", "heygen_webhook_secret", "database_url"),
)


class Settings(BaseModel):
    """All settings; names in the environment are the same in upper case. Frozen."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    slack_client_id: str | None = None  # first: several workspaces need other settings
    slack_client_secret: PrintableSecret = None
    encryption_keys: EncryptionKeys = None
    slack_app_token: Secret = None
    slack_bot_token: Secret = None
    slack_signing_secret: Secret = None
    slack_api_url: str = "https://slack.com/api/"
    heygen_api_key: PrintableSecret = None
    heygen_api_url: str = "https://api.heygen.com"
    heygen_webhook_secret: Secret = None
    heygen_usd_per_second: Annotated[float, Field(ge=0, le=100)] = 0.0333
    length_padding: Annotated[float, Field(ge=1, le=2)] = 1.0
    public_url: str | None = None
    database_url: DatabaseUrl = "sqlite:///video-bot.db"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 3000
    max_concurrent_videos: Annotated[int, Field(ge=1, le=100)] = 3
    poll_interval_s: Annotated[float, Field(gt=0, le=3600)] = 15.0
    deliver_file: Annotated[Literal["auto", "never"], BeforeValidator(lambda w: w.lower())] = "auto"
    max_file_mb: Annotated[int, Field(ge=1, le=1000)] = 1000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(lambda w: w.lower())
    ] = "info"
    log_format: Annotated[Literal["console", "json"], BeforeValidator(lambda w: w.lower())] = (
        "console"
    )

    @field_validator("slack_client_id")
    @classmethod
    def _client_id(cls, id_: str | None) -> str | None:
        if id_ is not None and not re.fullmatch(r"[!-~]+\.[!-~]+", id_):
            raise ValueError("must look like 1234567890.1234567890 (the App ID is another one)")
        return id_

    @field_validator("slack_client_secret", "encryption_keys")
    @classmethod
    def _only_for_several(cls, secret: Secret, info: ValidationInfo) -> Secret:
        if secret is None and _is_for_several(info) and _needs_slack(info):
            raise ValueError("is missing (SLACK_CLIENT_ID is set)")
        if secret is not None and not _is_for_several(info):
            raise ValueError("must not be set without SLACK_CLIENT_ID. Set that, too, or remove it")
        return secret

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        is_for_several = _is_for_several(info)
        if token is not None and is_for_several:
            raise ValueError(
                "must not be set beside SLACK_CLIENT_ID: each workspace gets a token of its own."
                " Remove it; or, to serve its workspace alone, remove SLACK_CLIENT_ID,"
                " SLACK_CLIENT_SECRET and ENCRYPTION_KEYS"
            )
        is_needed = _needs_slack(info) and not is_for_several
        return _token(token, "xoxb-") if token is not None or is_needed else None

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, token: SecretStr | None) -> SecretStr | None:
        return None if token is None else _token(token, "xapp-")

    @field_validator("slack_signing_secret")
    @classmethod
    def _signing_secret(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None and not _is_given("slack_app_token", info) and _needs_slack(info):
            raise ValueError("is missing (or set SLACK_APP_TOKEN to use Socket Mode)")
        return secret

    @field_validator("heygen_api_key")
    @classmethod
    def _api_key(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if key is None and not (_is_for_several(info) and _needs_slack(info)):
            raise ValueError("is missing")
        return key

    @field_validator("heygen_webhook_secret")
    @classmethod
    def _webhook_secrets(cls, secrets: SecretStr | None) -> SecretStr | None:
        for secret in _parts(secrets):
            _printable(SecretStr(secret))
        return secrets

    @field_validator("slack_api_url", "heygen_api_url")
    @classmethod
    def _api_url(cls, url: str, info: ValidationInfo) -> str:
        url = _https_or_loopback(url)
        return url if info.field_name == "heygen_api_url" else url + "/"

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None and _is_for_several(info) and _needs_slack(info):
            raise ValueError("is missing (SLACK_CLIENT_ID is set: Slack sends people back to it)")
        return None if url is None else _https_or_loopback(url)

    @property
    def takes_installations(self) -> bool:
        """Whether any workspace may install the app; else there is the one of SLACK_BOT_TOKEN."""
        return self.slack_client_id is not None

    @property
    def fernet_keys(self) -> tuple[str, ...]:
        """ENCRYPTION_KEYS in the clear, newest first."""
        return _parts(self.encryption_keys)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Secrets of the registered HeyGen endpoint, newest first."""
        return _parts(self.heygen_webhook_secret)

    @property
    def link_hosts(self) -> frozenset[str]:
        """Hosts of this machine that people's links may lead to: none but beside the sandbox."""
        is_sandbox = urlsplit(self.heygen_api_url).hostname in LOOPBACK_HOSTS
        return LOOPBACK_HOSTS if is_sandbox else frozenset()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret in the clear, so that logging can keep them out."""
        fields = (
            self.slack_app_token,
            self.slack_bot_token,
            self.slack_signing_secret,
            self.slack_client_secret,
            self.heygen_api_key,
        )
        own = (s.get_secret_value() for s in fields if s)
        lists = (*self.fernet_keys, *self.webhook_secrets)
        return (*own, *lists, *_passwords(self.database_url))


class SealedDatabase(BaseModel):
    """What a command needs that works on the secrets in the database, and nothing more."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    encryption_keys: EncryptionKeys = None
    database_url: DatabaseUrl = Settings.model_fields["database_url"].default

    @field_validator("encryption_keys")
    @classmethod
    def _needed(cls, keys: Secret) -> Secret:
        if keys is None:
            raise ValueError("is missing")
        return keys

    @property
    def fernet_keys(self) -> tuple[str, ...]:
        """In the clear, newest first."""
        return _parts(self.encryption_keys)


Model = TypeVar("Model", bound=BaseModel)


def load_settings(
    environ: Mapping[str, str] | None = None,
    env_file: Path | None = Path(".env"),
    *,
    needs_slack: bool = True,
) -> Settings:
    """Settings from the environment, then from a .env file; raises SettingsError.

    An empty value counts as not set. A secret may be in a file that NAME_FILE names. Without
    `needs_slack` Slack's may be missing, for a command that speaks to HeyGen alone.
    """
    return _load(Settings, environ, env_file, {_NEEDS_SLACK: needs_slack})


def load_sealed_database(
    environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")
) -> SealedDatabase:
    """DATABASE_URL and ENCRYPTION_KEYS alone, as `load_settings` reads them; needs no account."""
    return _load(SealedDatabase, environ, env_file, {})


def load_database_url(
    environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")
) -> str:
    """DATABASE_URL alone, from where `load_settings` has it; raises SettingsError.

    For a command that works on the database and needs no account.
    """
    sources = (os.environ if environ is None else environ, _from_file(env_file))
    try:
        url = _from_secret_file(sources, "DATABASE_URL") or _given(sources, "DATABASE_URL")
    except ValueError as fault:
        raise SettingsError([f"DATABASE_URL_FILE {fault}."]) from None
    default: str = Settings.model_fields["database_url"].default
    return url or default


def _load(
    model: type[Model],
    environ: Mapping[str, str] | None,
    env_file: Path | None,
    context: Mapping[str, bool],
) -> Model:
    sources = (os.environ if environ is None else environ, _from_file(env_file))
    values: dict[str, Any] = {name: _given(sources, name.upper()) for name in model.model_fields}
    unreadable: dict[str, str] = {}
    for name in values.keys() & set(_MAY_BE_IN_A_FILE):
        try:
            values[name] = _from_secret_file(sources, name.upper()) or values[name]
        except ValueError as fault:
            values[name] = _UNREADABLE
            unreadable[name] = f"{name.upper()}_FILE {fault}."
    values = {name: value for name, value in values.items() if value}
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        faults = {str(f["loc"][0]): _sentence(f) for f in error.errors()} | unreadable
        raise SettingsError(list(faults.values())) from None


def _given(sources: Sequence[Mapping[str, str | None]], name: str) -> str:
    """The first source that has it decides; empty where none has."""
    return next(filter(None, ((source.get(name) or "").strip() for source in sources)), "")


def _from_secret_file(sources: Sequence[Mapping[str, str | None]], name: str) -> str:
    """What stands in the file of NAME_FILE (Docker and Kubernetes secrets); empty without one."""
    path = _given(sources, f"{name}_FILE")
    if not path:
        return ""
    if _given(sources, name):
        raise ValueError(f"and {name} are both set; set one of them")
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ValueError(f"cannot be read: {what}") from None


def _is_postgres(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_right = parts.port != 0
    except ValueError:  # of `port`
        return False
    # What the driver would read in another way it would quote, and that may be the password.
    is_clear = url.count("@") <= 1 and re.fullmatch(r"(?:[^\s%]|%(?!00)[0-9A-Fa-f]{2})+", url)
    is_named = bool(parts.hostname and parts.path.strip("/") and is_clear)
    return is_right and is_named and parts.scheme in ("postgresql", "postgres")


def _passwords(database_url: str) -> tuple[str, ...]:
    """As they stand in the address, and as they are meant."""
    if not _is_postgres(database_url):
        return ()
    parts = urlsplit(database_url)
    asked = (pair.partition("=") for pair in parts.query.split("&"))
    written = {parts.password, *(value for name, _, value in asked if "password" in name)}
    return tuple({*filter(None, written), *(unquote(each) for each in written if each)})


def _from_file(env_file: Path | None) -> Mapping[str, str | None]:
    if env_file is None or not env_file.is_file():
        return {}
    try:
        return dotenv_values(env_file)
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError([f"{env_file} cannot be read: {what}."]) from None


def _needs_slack(info: ValidationInfo) -> bool:
    return info.context is None or bool(info.context[_NEEDS_SLACK])


def _is_given(name: str, info: ValidationInfo) -> bool:
    """Also when it is wrong, for then it is not in `data`: one fault must not make a second."""
    return info.data.get(name, "wrong") is not None


def _is_for_several(info: ValidationInfo) -> bool:
    return _is_given("slack_client_id", info)


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == FERNET_KEY_BYTES
    except ValueError:
        return False


def _token(token: SecretStr | None, prefix: str) -> SecretStr:
    if token is None:
        raise ValueError("is missing")
    if not token.get_secret_value().startswith(prefix):
        raise ValueError(f"must begin with {prefix}")
    return _printable(token)


def _parts(secrets: SecretStr | None) -> tuple[str, ...]:
    """What stands between the commas."""
    text = secrets.get_secret_value() if secrets else ""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _https_or_loopback(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:  # of `port` too
        host = None
    if not host or not (parts.scheme == "https" or _is_http_here(parts.scheme, host)):
        raise ValueError("must be an https:// address (http:// only for this machine itself)")
    if parts.username is not None or not re.fullmatch(r"[^\s?#]+", url):
        raise ValueError("must be an address alone, without a password, spaces, ? or #")
    return url.rstrip("/")


def _is_http_here(scheme: str, host: str) -> bool:
    return scheme == "http" and host in LOOPBACK_HOSTS


def _sentence(fault: Mapping[str, Any]) -> str:
    """One fault of pydantic's as "NAME what is wrong. Get it at: …", never with the value."""
    name = str(fault["loc"][0]).upper()
    what = str(fault["msg"]).removeprefix("Value error, ")
    if not what.startswith(("is ", "must ")):
        what = "is wrong: " + what[0].lower() + what[1:]
    where = None if what.startswith("must not be set") else WHERE_TO_GET.get(name)
    return f"{name} {what}." + (f" Get it at: {where}." if where else "")
