"""What can be said of the Dockerfile without building it; `make docker-check` builds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import load_settings
from tools.dockerfile import Instruction, Stage, environment, is_sent, stages

PROJECT = Path(__file__).parent.parent
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "HEYGEN_API_KEY": "key",
}


@pytest.fixture(scope="module")
def built() -> list[Stage]:
    return stages((PROJECT / "Dockerfile").read_text("utf-8"))


@pytest.fixture(scope="module")
def last(built: list[Stage]) -> Stage:
    return built[-1]


@pytest.fixture(scope="module")
def dockerignore() -> str:
    return (PROJECT / ".dockerignore").read_text("utf-8")


def copied(built: list[Stage]) -> set[str]:
    own = [each for stage in built for each in stage.all("COPY") if "from" not in each.options]
    return {source for each in own for source in each.words[:-1]}


def test_every_stage_starts_from_the_same_slim_python_with_a_version(built: list[Stage]) -> None:
    bases = {stage.base for stage in built}

    assert len(built) > 1
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[1-9](\.\d+)?-slim-[a-z]+", bases.pop())


def test_every_copied_path_exists_and_reaches_the_builder(
    built: list[Stage], dockerignore: str
) -> None:
    for source in copied(built):
        assert (PROJECT / source).exists(), source
        assert is_sent(source, dockerignore), source
    assert is_sent("bot/sandbox/media/logo.png", dockerignore)


def test_every_package_of_the_wheel_is_copied(built: list[Stage]) -> None:
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests", "tools"}

    assert packages <= copied(built)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".venv/bin/python",
        "video-bot.db",
        "bot/.env",
        "bot/jobs.db-wal",
        "bot/domain/__pycache__/job.cpython-312.pyc",
        "tests/builders.py",
    ],
)
def test_what_is_private_or_useless_stays_out(path: str, dockerignore: str) -> None:
    assert not is_sent(path, dockerignore)


def test_everything_is_installed_with_hashes_or_without_the_network(built: list[Stage]) -> None:
    text = " && ".join(run.text for stage in built for run in stage.all("RUN"))
    installs = [step for step in text.split(" && ") if " pip " in step and " install " in step]

    assert len(installs) == 3
    assert all("--require-hashes" in step or "--no-index" in step for step in installs)
    assert "--no-build-isolation" in text


def test_the_last_stage_has_no_tools_and_installs_nothing(last: Stage) -> None:
    text = " ".join(run.text for run in last.all("RUN"))

    assert "uninstall --yes --root-user-action ignore pip" in text
    assert not re.search(r"\bapt|\binstall ", text)


def test_the_last_stage_runs_as_a_fixed_user_who_is_not_root(last: Stage) -> None:
    (user,) = last.all("USER")
    uid = user.text.split(":")[0]

    assert uid.isdigit()
    assert int(uid) >= 1000
    assert f"--uid {uid} " in last.all("RUN")[0].text
    assert last.instructions.index(user) > last.instructions.index(last.all("RUN")[-1])


def test_the_database_lives_in_the_volume(last: Stage) -> None:
    (volume,) = last.all("VOLUME")
    settings = load_settings(SECRETS | environment(last.all("ENV")), env_file=None)

    assert volume.words == ["/data"]
    assert settings.database_url.startswith("sqlite:////data/")
    assert settings.host == "0.0.0.0"
    assert str(settings.port) in last.all("EXPOSE")[0].words


def test_signals_reach_the_bot(last: Stage) -> None:
    assert [each.text for each in last.all("ENTRYPOINT")] == ['["video-bot"]']
    assert [each.text for each in last.all("CMD")] == ['["run"]']


def test_health_is_asked_at_readyz_on_the_port_of_the_settings(last: Stage) -> None:
    (check,) = last.all("HEALTHCHECK")
    command = Instruction("CMD", check.text.partition("CMD ")[2]).words

    assert command[:2] == ["python", "-c"]
    assert "/readyz" in command[2]
    assert "environ['PORT']" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")


def test_no_secret_is_baked_in(built: list[Stage]) -> None:
    instructions = [each for stage in built for each in stage.instructions]
    text = (PROJECT / "Dockerfile").read_text("utf-8")

    assert not [each for each in instructions if each.name in ("ARG", "ADD")]
    assert not set(SECRETS) & {name for stage in built for name in environment(stage.all("ENV"))}
    assert not re.search(r"xox[bp]-|xapp-|TOKEN|SECRET|API_KEY", text)
