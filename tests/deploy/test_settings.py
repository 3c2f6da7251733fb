"""The environments of the examples are settings of the bot's, and it starts with them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot.config import Settings, SettingsError, load_settings
from tests.deploy.examples import (
    COMPOSE,
    KUBERNETES,
    SECRET,
    bots,
    container,
    environments,
    image,
    objects,
    pod,
    read,
)
from tools.dockerfile import environment

EXAMPLES = [pytest.param(added, id=name) for name, added in environments()]
NOT_OURS = {"TMPDIR"}  # Python's own
FILE = "_FILE"
VALUES = {
    "DATABASE_URL": "postgresql://video_bot:secret@db.example.com/video_bot?sslmode=require",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "signing",
    "HEYGEN_API_KEY": "key",
}
OF_SEVERAL = {
    "SLACK_CLIENT_ID": "1111.2222",
    "SLACK_CLIENT_SECRET": "client",
    "ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(32)).decode(),
}


def with_files(added: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment inside the container, its secrets in files of ours."""
    inside = {**environment(image().all("ENV")), **added}
    inside["PUBLIC_URL"] = "https://bot.example.com"
    for name in [name for name in inside if name.endswith(FILE)]:
        value = (VALUES | OF_SEVERAL)[name.removesuffix(FILE)]
        (folder / name).write_text(value + "\n", "utf-8")
        inside[name] = str(folder / name)
    return inside


@pytest.mark.parametrize("added", EXAMPLES)
def test_every_name_is_a_setting(added: dict[str, str]) -> None:
    known = {name.upper() for name in Settings.model_fields}

    assert {name.removesuffix(FILE) for name in added} - NOT_OURS <= known


@pytest.mark.parametrize("added", EXAMPLES)
def test_bot_starts_with_it_and_reads_every_secret_from_its_file(
    added: dict[str, str], tmp_path: Path
) -> None:
    settings = load_settings(with_files(added, tmp_path), env_file=None)

    files = {name.removesuffix(FILE) for name in added if name.endswith(FILE)}
    assert files == set(VALUES)
    assert settings.database_url == VALUES["DATABASE_URL"]
    assert {"xoxb-1", "signing", "key", "secret"} <= set(settings.secrets)
    assert settings.log_format == "json"


@pytest.mark.parametrize("added", EXAMPLES)
def test_three_secrets_in_place_of_the_bot_token_make_it_serve_several_workspaces(
    added: dict[str, str], tmp_path: Path
) -> None:
    left = {name: v for name, v in added.items() if name != "SLACK_BOT_TOKEN_FILE"}
    instead = {name + FILE: f"/run/secrets/{name}" for name in OF_SEVERAL}

    settings = load_settings(with_files(left | instead, tmp_path), env_file=None)

    assert settings.takes_installations
    assert settings.fernet_keys == (OF_SEVERAL["ENCRYPTION_KEYS"],)


def test_comments_name_what_several_workspaces_need() -> None:
    compose, secret = COMPOSE.read_text("utf-8"), SECRET.read_text("utf-8")
    deployment = (KUBERNETES / "deployment.yaml").read_text("utf-8")

    for name in OF_SEVERAL:
        assert f"{name.lower()} ({name}{FILE})" in compose.replace("\n# ", " ")
        assert name + FILE in deployment
        assert f"  # {name.lower().replace('_', '-')}: FILL-IN\n" in secret


@pytest.mark.parametrize("added", EXAMPLES)
def test_without_the_empty_database_url_the_images_own_would_be_in_the_way(
    added: dict[str, str], tmp_path: Path
) -> None:
    without = {name: value for name, value in added.items() if name != "DATABASE_URL"}

    with pytest.raises(SettingsError, match="DATABASE_URL_FILE and DATABASE_URL are both set"):
        load_settings(with_files(without, tmp_path), env_file=None)


@pytest.mark.parametrize("added", EXAMPLES)
def test_no_secret_stands_in_the_open(added: dict[str, str]) -> None:
    assert not {name for name in VALUES if added.get(name)}


def test_compose_hands_each_replica_the_secrets_that_it_reads() -> None:
    declared = read(COMPOSE)["secrets"]

    for service in bots().values():
        files = {v for name, v in service["environment"].items() if name.endswith(FILE)}
        assert files == {f"/run/secrets/{name}" for name in service["secrets"]}
        assert set(service["secrets"]) <= set(declared)
    assert all(each == {"file": f"./secrets/{name}"} for name, each in declared.items())


def test_compose_keeps_the_files_of_its_secrets_out_of_git() -> None:
    ignored = (COMPOSE.parent / ".gitignore").read_text("utf-8").split()

    assert {"secrets/", ".env"} <= set(ignored)


def test_kubernetes_mounts_the_secrets_that_the_bot_reads() -> None:
    secret = objects()["Secret"]
    (volume,) = (each for each in pod()["volumes"] if "secret" in each)
    (mount,) = (each for each in container()["volumeMounts"] if each["name"] == volume["name"])

    files = {each["value"] for each in container()["env"] if each["name"].endswith(FILE)}
    assert files == {f"{mount['mountPath']}/{key}" for key in secret["stringData"]}
    assert volume["secret"]["secretName"] == secret["metadata"]["name"]


def test_secret_of_the_example_has_no_values_and_is_not_applied_with_the_rest() -> None:
    values = objects()["Secret"]["stringData"].values()

    assert {value for value in values if "://" not in value} == {"FILL-IN"}
    assert "USER:PASSWORD@HOST" in objects()["Secret"]["stringData"]["database-url"]
    assert not list(SECRET.parent.parent.glob("*secret*.yaml"))
