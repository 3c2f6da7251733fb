"""video-bot demo: the real bot between two sandboxes, one person, one video, told as it happens."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bot.app.bot import Bot, build
from bot.config import Settings, load_settings
from bot.domain.slack_markup import Kind, Mark, unescaped, with_words
from bot.observe import configure_logging
from bot.sandbox.heygen.server import HeyGenSandbox, Outcome
from bot.sandbox.media import media_path
from bot.sandbox.page import SandboxPage
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message
from bot.screens import ids

PROMPT = (
    "A 30-second welcome for new colleagues at a small bakery chain: who we are, "
    "what a first week looks like, warm and cheerful. End with our logo."
)
CHANNEL = "general"
PERSON = "ana"
RENDER_S = 11.5  # long enough to see the card move: it is edited every 10 s
POLL_INTERVAL_S = 0.5
VIDEO_WITHIN_S = 18.0
REFRESH_S = 0.1


class DemoFailed(Exception):
    """The video did not arrive; the message says at which step."""


@dataclass
class Timeline:
    """What happened when, in seconds since the person began to type."""

    began_at: float = field(default_factory=time.time)
    steps: list[tuple[str, float]] = field(default_factory=list)

    def mark(self, step: str, at: float | None = None) -> None:
        """`at` is a time of the sandboxes' books (Unix seconds); now, if left out."""
        self.steps.append((step, (time.time() if at is None else at) - self.began_at))


@dataclass
class World:
    """The bot and everything around it, all on loopback."""

    slack: SlackSandbox
    heygen: HeyGenSandbox
    bot: Bot
    settings: Settings


def run_demo(*, keep: bool) -> int:
    """Exit code 0 when the link is in the thread, 1 otherwise."""
    console = Console(highlight=False)
    try:
        with tempfile.TemporaryDirectory(prefix="video-bot-demo-") as folder:
            asyncio.run(_demo(console, Path(folder), keep=keep))
    except (DemoFailed, TimeoutError) as error:
        console.print(f"\n[bold red]The demo did not finish:[/] {escape(str(error))}")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
    return 0


async def _demo(console: Console, folder: Path, *, keep: bool) -> None:
    slack = SlackSandbox()
    heygen = HeyGenSandbox(render_s=RENDER_S)
    heygen.default_outcome = Outcome(has_subtitles=True)
    await slack.start()
    await heygen.start()
    try:
        settings = _settings(slack, heygen, folder)
        configure_logging("warning", "console", settings.secrets)
        bot = build(settings)
        try:
            await bot.start()
            slack.connect(f"{bot.url}/slack/events")
            await _play(console, World(slack, heygen, bot, settings))
            if keep:
                await _keep(console, World(slack, heygen, bot, settings))
        finally:
            await bot.stop()
    finally:
        await heygen.stop()
        await slack.stop()


def _settings(slack: SlackSandbox, heygen: HeyGenSandbox, folder: Path) -> Settings:
    """The same settings an operator gives, pointing at the sandboxes."""
    port = _free_port()
    return load_settings(
        {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "HEYGEN_API_KEY": heygen.api_key,
            "HEYGEN_API_URL": heygen.url,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PORT": str(port),
            "DATABASE_URL": f"sqlite:///{folder / 'video-bot.db'}",
            "POLL_INTERVAL_S": str(POLL_INTERVAL_S),
        },
        env_file=None,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _play(console: Console, world: World) -> None:
    """One person's way from /video to the link."""
    person = world.slack.person(PERSON)
    timeline = Timeline()
    console.print(f"[bold]#{CHANNEL}[/]  {PERSON} types [bold]/video[/]")
    answer = await person.command(channel=CHANNEL)
    if not answer.ok:
        raise DemoFailed(f"/video was answered with {answer.status}")
    timeline.mark(f"/video acknowledged ({answer.elapsed_s * 1000:.1f} ms)")
    view = await person.wait_for_view()
    timeline.mark("form open")

    files = [await person.upload(media_path(name)) for name in ("logo.png", "brief.pdf")]
    _print_form(console, [file.name for file in files])
    answer = await person.submit(
        view,
        {
            ids.PROMPT: PROMPT,
            ids.ORIENTATION: "landscape",
            ids.ATTACHMENTS: files,
            ids.CHANNEL: world.slack.channel(CHANNEL).id,
        },
    )
    if not answer.ok:
        raise DemoFailed(f"the form was answered with {answer.status}: {answer.body}")
    timeline.mark(f"form taken, job on disk ({answer.elapsed_s * 1000:.1f} ms)")

    link = await _watch_thread(console, world, timeline)
    _print_end(console, world, timeline, link)


def _print_form(console: Console, names: list[str]) -> None:
    form = Table.grid(padding=(0, 2))
    form.add_row("What should the video say?", PROMPT)
    form.add_row("Orientation", "landscape")
    form.add_row("Attachments", ", ".join(names))
    form.add_row("Where should it go?", f"#{CHANNEL}")
    console.print(Panel(form, title="Make a video", title_align="left", width=90))


async def _watch_thread(console: Console, world: World, timeline: Timeline) -> str:
    """Print the thread as it grows; returns the link once it is there."""
    shown: set[tuple[str, str]] = set()
    progress = ProgressBar(total=100, completed=0, width=40)
    spinner = Spinner("dots", text="waiting for the card")
    until = time.perf_counter() + VIDEO_WITHIN_S
    with Live(Group(spinner, progress), console=console, transient=True) as live:
        while time.perf_counter() < until:
            for message in world.slack.messages(CHANNEL):
                _show_message(console, world, message, shown)
            percent = max((s.progress for s in world.heygen.sessions.values()), default=0)
            progress.update(completed=percent)
            spinner.update(text=Text(f"HeyGen sandbox: {percent} %"))
            live.refresh()
            if link := _link_in_thread(world):
                _mark_from_books(world, timeline)
                return link
            await asyncio.sleep(REFRESH_S)
    raise DemoFailed(f"no link after {VIDEO_WITHIN_S:.0f} s; last in the thread: {_last(world)}")


def _show_message(
    console: Console, world: World, message: Message, shown: set[tuple[str, str]]
) -> None:
    key = (message.ts, message.text)
    if key in shown:
        return
    was_there = any(ts == message.ts for ts, _ in shown)
    shown.add(key)
    indent = "    " if message.is_reply else ""
    verb = "edits the card" if was_there else "posts"
    console.print(f"\n{indent}[bold magenta]Video Bot[/] [dim]{verb}[/]")
    for line in _as_shown(world.slack, message.text).splitlines():
        console.print(f"{indent}{escape(line)}", soft_wrap=True)
    for file in message.files:
        console.print(f"{indent}[dim]file[/] {escape(file.name)}")


def _as_shown(slack: SlackSandbox, text: str) -> str:
    """Slack's mark-up as its client shows it: names for ids, words for links."""
    users = slack.state.users

    def words(mark: Mark) -> str:
        if mark.kind is Kind.PERSON and mark.target in users:
            return f"@{users[mark.target].name}"
        if mark.kind is Kind.LINK and mark.label:
            return f"{mark.label}: {mark.target}"
        return mark.words

    return unescaped(with_words(text, words))


def _mark_from_books(world: World, timeline: Timeline) -> None:
    """The steps that the bot did by itself, at the times the sandboxes wrote down."""
    card, *replies = world.slack.messages(CHANNEL)
    session = next(iter(world.heygen.sessions.values()))
    created = next(r for r in world.heygen.requests if r.route == "POST /v3/video-agents")
    uploads = [asset.created_at for asset in world.heygen.assets.values()]
    timeline.mark("card in the channel", card.versions[0].at)
    timeline.mark("both attachments at HeyGen", max(uploads))
    timeline.mark("request sent to HeyGen", created.at)
    timeline.mark("HeyGen's video finished", session.ends_at)
    result = next(reply for reply in replies if not reply.files)
    timeline.mark("link in the thread", result.versions[0].at)


def _link_in_thread(world: World) -> str | None:
    videos = list(world.heygen.videos)
    for message in world.slack.messages(CHANNEL):
        if message.is_reply and videos and f"/videos/{videos[0]}" in json.dumps(message.blocks):
            return f"{world.heygen.url}/videos/{videos[0]}"
    return None


def _last(world: World) -> str:
    messages = world.slack.messages(CHANNEL)
    return messages[-1].text.splitlines()[0] if messages else "nothing"


def _print_end(console: Console, world: World, timeline: Timeline, link: str) -> None:
    times = Table(title="When", title_justify="left", show_header=False, box=None)
    for step, seconds in timeline.steps:
        times.add_row(f"{seconds:6.2f} s", step)
    console.print()
    console.print(times)
    console.print("\n[bold]Sent to HeyGen[/] (POST /v3/video-agents)")
    for session in world.heygen.sessions.values():
        console.print_json(json.dumps(_without_token(session.body)))
    console.print(f"[bold green]The link is in the thread:[/] {link}", soft_wrap=True)


def _without_token(body: dict[str, Any]) -> dict[str, Any]:
    address, _, _ = str(body.get("callback_url", "")).rpartition("/")
    return {**body, "callback_url": f"{address}/…"} if address else body


async def _keep(console: Console, world: World) -> None:
    async with SandboxPage(world.slack) as page:
        console.print("\n[bold]Everything keeps running.[/] Press Ctrl-C to stop.")
        console.print(f"[bold]Open the page:[/]     {page.url}  (type /video there)")
        console.print(f"  bot              {world.bot.url}  (/readyz, /metrics)")
        console.print(f"  sandbox Slack    {world.slack.url}")
        console.print(f"  sandbox HeyGen   {world.heygen.url}")
        await asyncio.Event().wait()
