"""The command line: one file per command; this one lists them. Imports wait for the command."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.domain.job.job import JobState

app = typer.Typer(
    name="video-bot",
    help="/video in Slack, a HeyGen Video Agent video in the thread.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

jobs = typer.Typer(help="See and steer the jobs; works while the bot runs.", no_args_is_help=True)
app.add_typer(jobs, name="jobs")

webhooks = typer.Typer(
    help="See and steer HeyGen's registered webhook endpoints; needs HEYGEN_API_KEY only.",
    no_args_is_help=True,
)
app.add_typer(webhooks, name="webhooks")

EndpointId = Annotated[str, typer.Argument(help="As `video-bot webhooks list` shows it.")]
JobId = Annotated[str, typer.Argument(help="The job's number, as its card shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]


@contextmanager
def _everything_stays() -> Iterator[None]:
    """What is imported here is never garbage: not to look for any saves an eighth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@app.command()
def run() -> None:
    """Run the bot with the settings of the environment and of .env, until SIGTERM."""
    with _everything_stays():
        from bot.cli.run import run_bot

    raise typer.Exit(run_bot())


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave everything running afterwards.")] = False,
) -> None:
    """Make one video on this machine, against a sandbox: no accounts, no network."""
    with _everything_stays():
        from bot.cli.demo import run_demo

    raise typer.Exit(run_demo(keep=keep))


@app.command()
def manifest(
    socket: Annotated[bool, typer.Option("--socket", help="For Socket Mode.")] = False,
    url: Annotated[
        str | None, typer.Option(help="For HTTP: the bot's public https address.")
    ] = None,
    oauth: Annotated[
        bool, typer.Option("--oauth", help="For several workspaces, which install it themselves.")
    ] = False,
    path: Annotated[Path, typer.Option(help="The manifest to start from.")] = Path("manifest.yml"),
) -> None:
    """Print the Slack app manifest, ready to paste at https://api.slack.com/apps."""
    from bot.cli.manifest import print_manifest

    raise typer.Exit(print_manifest(path, socket=socket, url=url, oauth=oauth))


@app.command()
def rotate_keys(
    new: Annotated[
        bool, typer.Option("--new", help="Only print a new key; nothing is changed.")
    ] = False,
) -> None:
    """Encrypt the workspaces' tokens and keys anew, with the first of ENCRYPTION_KEYS.

    Needs DATABASE_URL and ENCRYPTION_KEYS only. The bot may run meanwhile, with the same keys.
    """
    from bot.cli.rotate_keys import print_new_key, rotate

    raise typer.Exit(print_new_key() if new else rotate())


@app.command()
def move_to_postgres(
    url: Annotated[
        str,
        typer.Argument(
            help="postgresql://user:password@host/name, or - to be asked for it (from a pipe: "
            "its first line). Others on this machine can see what stands in a command line, "
            "a password too."
        ),
    ],
) -> None:
    """Copy the SQLite database of DATABASE_URL, jobs in flight included, to PostgreSQL.

    Stop the bot first. Every table is compared by count and checksum before anything is kept, and
    afterwards no bot starts on the SQLite file. Needs no tokens. To repeat it is harmless.
    """
    from bot.cli.move_to_postgres import move_jobs

    raise typer.Exit(move_jobs(url))


@jobs.command("list")
def list_(
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the newest jobs."""
    from bot.cli.jobs import list_jobs

    raise typer.Exit(list_jobs(state, limit, as_json=as_json))


@jobs.command()
def show(job_id: JobId, as_json: AsJson = False) -> None:
    """Show all that is known of one job, with its history and its messages."""
    from bot.cli.jobs import show_job

    raise typer.Exit(show_job(job_id, as_json=as_json))


@jobs.command()
def cancel(job_id: JobId, as_json: AsJson = False) -> None:
    """Cancel a job. What runs at HeyGen is stopped by the bot, within seconds."""
    from bot.cli.jobs import cancel_job

    raise typer.Exit(cancel_job(job_id, as_json=as_json))


@jobs.command()
def retry(job_id: JobId, as_json: AsJson = False) -> None:
    """Make a new job with the same request, of one that has ended. It is paid for anew."""
    from bot.cli.jobs import retry_job

    raise typer.Exit(retry_job(job_id, as_json=as_json))


@webhooks.command()
def register(
    url: Annotated[
        str | None, typer.Option(help="The bot's public https address, if not PUBLIC_URL.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let HeyGen tell the bot, signed, when a video ends. The bot must be running."""
    from bot.cli.webhooks import register_endpoint

    raise typer.Exit(register_endpoint(url, as_json=as_json))


@webhooks.command("list")
def list_webhooks(as_json: AsJson = False) -> None:
    """Show every endpoint that is registered for this HeyGen account."""
    from bot.cli.webhooks import list_endpoints

    raise typer.Exit(list_endpoints(as_json=as_json))


@webhooks.command()
def rotate(endpoint_id: EndpointId, as_json: AsJson = False) -> None:
    """Make a new secret for an endpoint; the old one signs nothing from then on."""
    from bot.cli.webhooks import rotate_secret

    raise typer.Exit(rotate_secret(endpoint_id, as_json=as_json))


@webhooks.command()
def delete(endpoint_id: EndpointId, as_json: AsJson = False) -> None:
    """Remove an endpoint: HeyGen tells it nothing more."""
    from bot.cli.webhooks import delete_endpoint

    raise typer.Exit(delete_endpoint(endpoint_id, as_json=as_json))


def main() -> None:
    os.umask(0o077)  # prompts and people's files: nobody else of this machine reads what we write
    app()
