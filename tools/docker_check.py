"""make docker-check: the Dockerfile's own instructions, run without Docker in an empty folder.

Each stage gets an empty root folder and a fresh Python in place of the base image's; every path of
an instruction is moved below that root. The result is made read-only and started as the image's
user (when we are root), against the sandboxes, until its own HEALTHCHECK is content. What a folder
cannot imitate is said at the end. Needs the package index, as `docker build` does.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typer

from bot.sandbox.heygen.server import HeyGenSandbox
from bot.sandbox.slack.server import SlackSandbox
from tools.dockerfile import Instruction, Stage, environment, is_sent, stages

PROJECT = Path(__file__).resolve().parent.parent
READY_WITHIN_S = 20.0
STOP_WITHIN_S = 10.0  # Docker kills after ten seconds
NEEDS_AN_IMAGE = ("useradd",)  # would change this machine
# The first slash of an absolute path, in a command or behind sqlite:///; not that of a URL.
_ABSOLUTE = re.compile(r"(?:(?<![\w:/.*}-])|(?<=sqlite:///))/(?=\w)")
# A proxy and its certificates are the machine's business; nothing else of it gets in.
_OF_THE_MACHINE = re.compile(r"(?i)(pip_.*|(https?|no)_proxy|ssl_cert_file)")


class CheckFailed(Exception):
    """An instruction or the finished bot did not do what it should."""


class Image:
    """The root folder of the stage that is being built, and those of earlier stages.

    `project` is what `docker build` would be sent; `python` stands in for that of the base image.
    """

    def __init__(
        self, folder: Path, project: Path = PROJECT, python: Path = Path(sys.executable)
    ) -> None:
        self.folder = folder
        self.project = project
        self.python = python
        self.root = folder / "root"
        self.workdir = self.root
        self.env: dict[str, str] = {}
        self.user = ""
        self.left_out: list[str] = []
        self.can_be_another = False

    def build(self, stage: Stage) -> None:
        """Every instruction of one stage, in order; the earlier stage's folder is put aside."""
        self.root.mkdir(parents=True)
        self.workdir, self.env, self.user = self.root, {}, ""
        users = [each.text for each in stage.all("USER")]
        self.can_be_another = bool(users) and _can_run_python(*_ids(users[-1]))
        python = self.root / "usr/local"
        _run([str(self.python), "-m", "venv", str(python)], cwd=self.root)
        self.env["PATH"] = f"{python / 'bin'}:{os.defpath}"
        for instruction in stage.instructions:
            self._follow(instruction)

    def put_aside(self, name: str) -> None:
        self.root.rename(self.folder / name)

    def _follow(self, instruction: Instruction) -> None:
        match instruction.name:
            case "RUN":
                self._run(instruction.text)
            case "COPY":
                self._copy(instruction)
            case "WORKDIR":
                self.workdir = self.below(instruction.text)
                self.workdir.mkdir(parents=True, exist_ok=True)
            case "ENV":
                for name, value in environment([instruction]).items():
                    self.env[name] = self.moved(value).replace("$PATH", self.env["PATH"])
            case "USER":
                self.user = instruction.text

    def below(self, path: str) -> Path:
        return self.root / path.lstrip("/") if path.startswith("/") else self.workdir / path

    def moved(self, text: str) -> str:
        return _ABSOLUTE.sub(f"{self.root}/", text)

    def _run(self, command: str) -> None:
        if command.startswith(NEEDS_AN_IMAGE):
            self.left_out.append(f"RUN {command}")
            return
        typer.echo(f"RUN {command}")
        moved = self.moved(command)
        if not self.can_be_another:  # then the files must be our own
            moved = moved.replace("10001:10001", f"{os.geteuid()}:{os.getegid()}")
        _run(["/bin/sh", "-ec", moved], cwd=self.workdir, env=self.env | _of_the_machine())

    def _copy(self, instruction: Instruction) -> None:
        *sources, target = instruction.words
        stage = instruction.options.get("from")
        for source in sources:
            start = self.project / source if stage is None else self.folder / stage / source[1:]
            end = self.below(target)
            if start.is_file():
                end.mkdir(parents=True, exist_ok=True)
                shutil.copy2(start, end)
            else:
                ignore = self._not_sent if stage is None else None
                shutil.copytree(start, end, symlinks=True, ignore=ignore, dirs_exist_ok=True)

    def _not_sent(self, folder: str, names: list[str]) -> set[str]:
        rules = (self.project / ".dockerignore").read_text("utf-8")
        relative = Path(folder).relative_to(self.project)
        return {name for name in names if not is_sent((relative / name).as_posix(), rules)}


def _ids(user: str) -> tuple[int, int]:
    uid, _, gid = user.partition(":")
    return int(uid), int(gid)


def _can_run_python(uid: int, gid: int) -> bool:
    """Whether we may become this user and this user may run our Python."""
    if os.geteuid() != 0:
        return False
    try:
        command = [sys.executable, "-c", ""]
        return subprocess.run(command, user=uid, group=gid, cwd="/").returncode == 0
    except PermissionError:
        return False


def _of_the_machine() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _OF_THE_MACHINE.fullmatch(name)}


def _run(command: list[str], cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise CheckFailed(f"{' '.join(command)}\nexit code {done.returncode}\n{done.stdout}")
    return done.stdout


class Container:
    """The finished image, started read-only as its user."""

    def __init__(self, image: Image, last: Stage) -> None:
        self.root, self.cwd, self.env = image.root, image.workdir, dict(image.env)
        self.entrypoint = last.all("ENTRYPOINT")[0].words
        self.command = last.all("CMD")[0].words
        self.healthcheck = Instruction(*last.all("HEALTHCHECK")[0].text.rpartition("CMD ")[1:])
        self.ids: dict[str, int] = {}
        self.prefix: list[str] = []
        if image.can_be_another:
            self.ids = dict(zip(("user", "group"), _ids(image.user), strict=True))
        elif os.geteuid() == 0:  # root without its powers obeys write bits like everybody
            self.prefix = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
        self.writable = [image.root / "data", image.root / "tmp"]
        self.env |= {"HOME": str(image.root / "data"), "TMPDIR": str(image.root / "tmp")}

    def seal(self) -> None:
        """A writable /tmp (the tmpfs) and the volume; everything else loses its write bits."""
        (self.root / "tmp").mkdir()
        (self.root / "tmp").chmod(0o1777)
        for path in (self.root, *self._fixed()):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))

    def unseal(self) -> None:
        for path in (self.root, *self._fixed()):
            if path.is_dir() and not path.is_symlink():
                path.chmod(path.stat().st_mode | stat.S_IWUSR)

    def _fixed(self) -> Iterator[Path]:
        for path in self.root.rglob("*"):
            if not any(path.is_relative_to(folder) for folder in self.writable):
                yield path

    def listing(self) -> set[Path]:
        return set(self._fixed())

    async def run(self, *command: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.prefix,
            *command,
            cwd=self.cwd,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self.ids,
        )

    async def output(self, *command: str) -> str:
        process = await self.run(*command)
        text = (await process.communicate())[0].decode()
        if process.returncode:
            raise CheckFailed(f"{' '.join(command)}\nexit code {process.returncode}\n{text}")
        return text


async def _live(container: Container) -> None:
    """Start it, wait for its own HEALTHCHECK, ask for the manifest, stop it with SIGTERM."""
    before = container.listing()
    async with SlackSandbox() as slack:
        heygen = HeyGenSandbox()
        await heygen.start()
        try:
            container.env |= {
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_SIGNING_SECRET": slack.signing_secret,
                "SLACK_API_URL": slack.api_url,
                "HEYGEN_API_KEY": heygen.api_key,
                "HEYGEN_API_URL": heygen.url,
                "PORT": str(_free_port()),
            }
            bot = await container.run(*container.entrypoint, *container.command)
            try:
                await _until_healthy(container, bot)
                await container.output(*container.entrypoint, "manifest", "--socket")
                typer.echo("manifest    printed by a second process beside it")
            finally:
                if bot.returncode is None:
                    bot.send_signal(signal.SIGTERM)
                log = (await asyncio.wait_for(bot.communicate(), STOP_WITHIN_S))[0].decode()
        finally:
            await heygen.stop()
    if bot.returncode != 0 or "Traceback" in log:
        raise CheckFailed(f"after SIGTERM: exit code {bot.returncode}\n{log}")
    typer.echo("SIGTERM     exit code 0")
    if await _is_healthy(container):
        raise CheckFailed("the HEALTHCHECK is content although nothing runs")
    typer.echo("HEALTHCHECK unhealthy once it is stopped")
    if written := container.listing() - before:
        raise CheckFailed(f"written outside /data and /tmp: {sorted(map(str, written))[:5]}")
    if not (container.root / "data/video-bot.db").is_file():
        raise CheckFailed("the database is not in /data")
    typer.echo("database    in /data; nothing else was written")


async def _until_healthy(container: Container, bot: asyncio.subprocess.Process) -> None:
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    while not await _is_healthy(container):
        if bot.returncode is not None or loop.time() - began_at > READY_WITHIN_S:
            raise CheckFailed(f"not healthy after {loop.time() - began_at:.0f} s")
        await asyncio.sleep(0.2)
    typer.echo(f"HEALTHCHECK healthy {loop.time() - began_at:.1f} s after the start")


async def _is_healthy(container: Container) -> bool:
    process = await container.run(*container.healthcheck.words)
    await process.communicate()
    return process.returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def check(folder: Path) -> None:
    built = stages((PROJECT / "Dockerfile").read_text("utf-8"))
    image = Image(folder)
    for stage in built:
        typer.echo(f"FROM {stage.base} (in its place: Python {sys.version.split()[0]})")
        image.build(stage)
        if stage is not built[-1]:
            image.put_aside(stage.name)
    container = Container(image, built[-1])
    if found := [p for p in image.root.rglob("pip*") if p.name == "pip" or "dist-info" in p.name]:
        raise CheckFailed(f"pip is still there: {found[0]}")
    container.seal()
    try:
        await container.output(*container.entrypoint, "demo")
        typer.echo("demo        a video in the thread, from the installed package alone")
        await _live(container)
    finally:
        container.unseal()
    if not image.can_be_another:
        image.left_out.append(f"USER {image.user} (this machine's Python is not theirs to run)")
    for line in [*image.left_out, "the base image, its own file system, the kernel's walls"]:
        typer.echo(f"not checked {line}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="video-bot-image-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)  # the image's user must get in
        try:
            asyncio.run(check(folder))
        except (CheckFailed, TimeoutError) as error:
            typer.echo(f"docker-check failed: {error}", err=True)
            return 1
    typer.echo("docker-check passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
