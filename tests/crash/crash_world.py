"""Both sandboxes and one person, around a bot that is killed and started again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bot.sandbox.faults import Fault, FaultPlan
from bot.sandbox.heygen.server import HeyGenSandbox, Outcome
from bot.sandbox.slack.delivery import Answer
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SlackSandbox
from bot.sandbox.slack.state import Message, SlackFile, View
from bot.screens import ids
from tests.block_kit.recorder import record
from tests.crash.books import Books, PostgresBooks
from tests.scenarios.sandbox_world import PROMPT, environ, free_port

LIST = "GET /v3/video-agents"
CREATE = "POST /v3/video-agents"
UPLOAD = "POST /v3/assets"
DOWNLOAD = "GET /files/{name}"
SEND_BYTES = "file upload"
SHARE = "files.completeUploadExternal"
NEVER_S = 3600.0
SETTLED_WITHIN_S = 15.0
BIG_PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(4_000_000)  # does not fit into socket buffers


class Watch(FaultPlan):
    """A plan that tells of each request as it arrives, before it has any effect."""

    def __init__(self) -> None:
        super().__init__()
        self.on_arrival: list[Callable[[str], None]] = []

    def take(self, route: str, path: str = "") -> Fault | None:
        for tell in self.on_arrival:
            tell(route)
        return super().take(route, path)


@dataclass
class World:
    slack: SlackSandbox
    heygen: HeyGenSandbox
    watch: Watch
    environ: dict[str, str]
    folder: Path
    books: Books
    ana: Person

    async def open_composer(self) -> View:
        assert (await self.ana.command()).ok
        return await self.ana.wait_for_view()

    async def submit(self, view: View, files: Sequence[SlackFile] = ()) -> Answer:
        values: dict[str, object] = {ids.PROMPT: PROMPT}
        if files:
            values[ids.ATTACHMENTS] = list(files)
        return await self.ana.submit(view, values)

    def when_asked(self, route: str, act: Callable[[], None]) -> None:
        """Act at the moment a request for this route arrives at HeyGen or Slack."""
        self.watch.on_arrival.append(lambda asked: act() if asked == route else None)

    def hide_sessions_from_the_first_look(self) -> None:
        """HeyGen's list lags behind: it shows a session from the second time it is asked."""
        self.heygen.list_lag_s = NEVER_S
        looks = count(1)

        def look() -> None:
            self.heygen.list_lag_s = NEVER_S if next(looks) == 1 else 0.0

        self.when_asked(LIST, look)

    async def wait_for_result(self) -> None:
        """The result is in the thread, and nothing is on its way any more."""
        await self.ana.wait_for_message("general", is_result, SETTLED_WITHIN_S)
        await self.books.wait_until_settled(SETTLED_WITHIN_S)

    def from_bot(self) -> list[Message]:
        return [m for m in self.slack.messages("general") if m.user_id == self.slack.bot.id]

    def cards(self) -> list[Message]:
        return [m for m in self.from_bot() if not m.is_reply]

    def results(self) -> list[Message]:
        return [m for m in self.from_bot() if is_result(m)]

    def other_replies(self) -> list[str]:
        """Everything that is neither card, result nor file: there should be none."""
        known = [*self.cards(), *self.results()]
        return [m.text for m in self.from_bot() if m not in known and not m.files]

    def shared_files(self) -> list[str]:
        """The name of each file that the bot shared, once for each time it was shared."""
        return [file.name for m in self.from_bot() for file in m.files]


def is_result(message: Message) -> bool:
    return message.is_reply and "is ready" in message.text


@asynccontextmanager
async def sandboxes(
    folder: Path, *, honours_key: bool = True, postgres_url: str = ""
) -> AsyncIterator[World]:
    """The bot's database is a file of the folder, unless it is this one of PostgreSQL's."""
    slack = SlackSandbox()
    heygen = HeyGenSandbox(render_s=0.05, honour_idempotency=honours_key)
    heygen.default_outcome = Outcome(has_subtitles=True)
    heygen.faults = slack.api.faults = watch = Watch()
    await slack.start()
    await heygen.start()
    port = str(free_port())
    slack.connect(f"http://127.0.0.1:{port}/slack/events")
    # Temporary files of a killed bot stay behind: in the test's own folder.
    settings = {**environ(slack, heygen, folder), "PORT": port, "TMPDIR": str(folder)}
    books = Books(folder / "bot.db")
    if postgres_url:
        settings["DATABASE_URL"], books = postgres_url, PostgresBooks(postgres_url)
    world = World(slack, heygen, watch, settings, folder, books, slack.person("ana"))
    yield world
    await heygen.stop()
    await slack.stop()
    record(slack)
