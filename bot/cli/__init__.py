"""The command line: one file per command; this one lists them. Imports wait for the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="video-bot",
    help="/video in Slack, a HeyGen Video Agent video in the thread.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run() -> None:
    """Run the bot with the settings of the environment and of .env, until SIGTERM."""
    from bot.cli.run import run_bot

    raise typer.Exit(run_bot())


@app.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Leave everything running afterwards.")] = False,
) -> None:
    """Make one video on this machine, against a sandbox: no accounts, no network."""
    from bot.cli.demo import run_demo

    raise typer.Exit(run_demo(keep=keep))


@app.command()
def manifest(
    socket: Annotated[bool, typer.Option("--socket", help="For Socket Mode.")] = False,
    url: Annotated[
        str | None, typer.Option(help="For HTTP: the bot's public https address.")
    ] = None,
    path: Annotated[Path, typer.Option(help="The manifest to start from.")] = Path("manifest.yml"),
) -> None:
    """Print the Slack app manifest, ready to paste at https://api.slack.com/apps."""
    from bot.cli.manifest import print_manifest

    raise typer.Exit(print_manifest(path, socket=socket, url=url))


def main() -> None:
    app()
