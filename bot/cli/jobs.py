"""video-bot jobs: list, show, cancel and retry, beside a bot that runs or does not."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from bot.app.bot import open_controls
from bot.cli.output import console, print_json, table
from bot.config import SettingsError, load_settings
from bot.domain.errors import BotError
from bot.domain.job.job import Job, JobState
from bot.domain.job.permissions import OPERATOR
from bot.domain.job.story import JobStory
from bot.observe import configure_logging
from bot.workflow.controls import Done
from bot.workflow.parts import OperatorTools

EXIT_SETTINGS = 2
PROMPT_CHARS = 60
# In scripts, as in the database.
KNOWN_AS = {
    "key": "request_key",
    "number": "retry_count",
    "send_count": "attempt_count",
    "began_at": "attempt_at",
}
NOT_SHOWN = frozenset({"callback_token_hash"})


def list_jobs(state: JobState | None, limit: int, *, as_json: bool) -> int:
    async def work(tools: OperatorTools) -> None:
        jobs = await tools.overview.recent_jobs(limit, state)
        if as_json:
            print_json([_plain(job) for job in jobs])
        elif jobs:
            _print_jobs(jobs)
        else:
            typer.echo("There are no jobs here.")

    return _run(work)


def show_job(job_id: str, *, as_json: bool) -> int:
    async def work(tools: OperatorTools) -> None:
        story = await tools.overview.story_of(job_id)
        if as_json:
            print_json(_plain(story))
        else:
            _print_story(story)

    return _run(work)


def cancel_job(job_id: str, *, as_json: bool) -> int:
    async def work(tools: OperatorTools) -> None:
        outcome = await tools.controls.cancel(job_id, OPERATOR)
        _tell(outcome, f"Job {outcome.job.id} is cancelled.", as_json)

    return _run(work)


def retry_job(job_id: str, *, as_json: bool) -> int:
    async def work(tools: OperatorTools) -> None:
        outcome = await tools.controls.retry(job_id, OPERATOR)
        _tell(outcome, f"Job {job_id} is tried again as job {outcome.job.id}.", as_json)

    return _run(work)


def _run(work: Callable[[OperatorTools], Awaitable[None]]) -> int:
    """Exit code: 0 when it is done (or had been done before), 1 when not, 2 for wrong settings."""
    try:
        settings = load_settings()
    except SettingsError as error:
        for fault in ("These settings need your attention:", *error.faults):
            typer.echo(fault, err=True)
        return EXIT_SETTINGS
    configure_logging("warning", settings.log_format, settings.secrets)

    async def with_tools() -> None:
        async with open_controls(settings) as tools:
            await work(tools)

    try:
        asyncio.run(with_tools())
    except BotError as error:
        typer.echo(error.sentence, err=True)
        return 1
    return 0


def _tell(outcome: Done, done: str, as_json: bool) -> None:
    if as_json:
        print_json(_plain(outcome))
    else:
        typer.echo(outcome.note or done)


def _print_jobs(jobs: Iterable[Job]) -> None:
    lines = table("job", "state", "asked for", "by", "prompt", folded=("prompt",))
    for job in jobs:
        prompt = " ".join(job.request.prompt.split())
        lines.add_row(
            job.id,
            _state_words(job),
            _time(job.created_at),
            escape(job.request.requester_id),
            escape(prompt if len(prompt) <= PROMPT_CHARS else prompt[: PROMPT_CHARS - 1] + "…"),
        )
    console().print(lines)


def _print_story(story: JobStory) -> None:
    shown, job = console(), story.job
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(story):
        if value:
            facts.add_row(name, escape(value))
    shown.print(facts)
    shown.print(f"\n{escape(job.request.prompt)}\n")
    history = table("at", "from", "to", "why", "who", folded=("why",))
    for line in story.history:
        before = line.from_state.value if line.from_state else ""
        history.add_row(
            *(_time(line.at), before, line.to_state.value, escape(line.why)),
            escape(f"{line.who} on {line.replica}" if line.replica else line.who),
        )
    shown.print(history)
    messages = table("message", "state", "due or done", "channel", "ts")
    for one in story.deliveries:
        messages.add_row(
            one.kind.value,
            one.state.value,
            _time(one.due_at),
            one.channel_id or "",
            one.message_ts or "",
        )
    shown.print(messages)


def _facts(story: JobStory) -> list[tuple[str, str | None]]:
    job, request = story.job, story.job.request
    result, failure = job.outcome.result, job.outcome.failure
    where = request.thread.channel_id
    return [
        ("job", job.id),
        ("state", _state_words(job)),
        ("asked for", f"{_time(job.created_at)} by {request.requester_id} in {where}"),
        ("again, after", job.request.parent_id),
        ("attachments", ", ".join(a.name or a.file_id for a in story.attachments)),
        ("session", job.render.session_id),
        ("video", job.render.video_id),
        ("page", result.page_url if result else None),
        ("file", result.video_url if result else None),
        ("failed", f"{failure.code}: {failure.message}" if failure else None),
    ]


def _state_words(job: Job) -> str:
    if job.state is JobState.RENDERING:
        return f"{job.state.value} {job.render.progress} %"
    is_stopping = job.state is JobState.CANCELLED and job.due_at is not None
    return f"{job.state.value}, stopping" if is_stopping else job.state.value


def _time(at: datetime) -> str:
    """The operator's own time, to the second."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _flat(job: Job) -> dict[str, Any]:
    """All of a job on one level, with the names that scripts know."""
    parts = ("request", "attempt", "render", "outcome")
    cells = {name: value for name, value in _fields(job).items() if name not in parts}
    for part in parts:
        cells |= _fields(getattr(job, part))
    cells |= cells.pop("thread")
    return {KNOWN_AS.get(name, name): value for name, value in cells.items()}


def _fields(value: Any) -> dict[str, Any]:
    names = (f.name for f in dataclasses.fields(value) if f.name not in NOT_SHOWN)
    return {name: _plain(getattr(value, name)) for name in names}


def _plain(value: Any) -> Any:
    """Dataclasses as objects, times as ISO 8601; what nobody may read is left out."""
    if isinstance(value, Job):
        return _flat(value)
    if dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
