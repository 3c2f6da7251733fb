"""The real bot with its death planned: `die_at` says at which call this process kills itself.

"before create", "after post result", "hold workers": when, which call of the table below, and, if
given, a word that must stand in the call's arguments or (afterwards) in what it gave back. `hold`
stops at the call for ever, so that the test can kill the process itself. SIGKILL is real: nothing
is closed, flushed or told.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app.clock import SystemClock
from bot.cli.run import run_bot
from bot.heygen.client import HeyGenClient
from bot.slack.threads import SlackWebThreads
from bot.slack.uploads import SlackWebUploads
from bot.workflow.loop import Loop
from store import jobs
from store.deliveries import SqlDeliveries
from store.jobs import SqlJobs

gc.freeze()  # a collection in a fork would copy the pages of all that was imported
LOG = "bot.log"
CALLS: dict[str, tuple[Any, str]] = {
    "add_job": (SqlJobs, "add"),
    "add_job_statements": (jobs, "add"),  # in the transaction, before its COMMIT
    "workers": (Loop, "run"),
    "claim": (SqlJobs, "claim_next"),
    "upload": (HeyGenClient, "upload_asset"),
    "save_attachment": (SqlJobs, "save_attachment"),
    "create": (HeyGenClient, "create_session"),
    "list_sessions": (HeyGenClient, "list_sessions"),
    "save": (SqlJobs, "save"),
    "save_statements": (jobs, "save"),  # in the transaction, before its COMMIT
    "get_video": (HeyGenClient, "get_video"),
    "mark_posting": (SqlDeliveries, "mark_posting"),
    "post": (SlackWebThreads, "post"),
    "mark_posted": (SqlDeliveries, "mark_posted"),
    "update": (SlackWebThreads, "update"),
    "upload_video": (SlackWebUploads, "upload"),
    "keep_upload": (SqlDeliveries, "keep_upload"),
    "share": (SlackWebUploads, "share"),
    "is_shared": (SlackWebUploads, "is_shared"),
    "mark_shared": (SqlDeliveries, "mark_shared"),
}


def doom(plan: str) -> None:
    """Wrap the one call that `plan` names."""
    when, name, word = [*plan.split(), ""][:3]
    owner, attribute = CALLS[name]
    real = getattr(owner, attribute)

    @functools.wraps(real)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        if when == "hold":
            await asyncio.Event().wait()
        _die_if(when == "before" and word in repr(args))
        result = await real(*args, **kwargs)
        _die_if(when == "after" and word in repr((args, result)))
        return result

    @functools.wraps(real)
    def called(*args: Any, **kwargs: Any) -> Any:
        _die_if(when == "before" and word in repr(args))
        result = real(*args, **kwargs)
        _die_if(when == "after" and word in repr((args, result)))
        return result

    setattr(owner, attribute, awaited if inspect.iscoroutinefunction(real) else called)


def _die_if(it_is_time: bool) -> None:
    if it_is_time:
        os.kill(os.getpid(), signal.SIGKILL)


def live(environ: Mapping[str, str], folder: Path, die_at: str, away: timedelta) -> None:
    """The whole life of one process: `video-bot run` with these settings and no others.

    Its clock is `away` ahead, as if that much time had passed since the last one ended.
    """
    output = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    if die_at:
        doom(die_at)
    SystemClock.now = lambda _: datetime.now(UTC) + away  # type: ignore[method-assign]
    sys.exit(run_bot())
