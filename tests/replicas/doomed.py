"""`python -m tests.replicas.doomed`: the bot, which kills itself at the call that DIE_AT names.

As tests/crash/killed_bot, of what several workspaces have besides: "after oauth", "before retire".
A number says at which time: "after cancel 2".
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sys
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.run import run_bot
from bot.heygen.client import HeyGenClient
from bot.slack.identity import SlackIdentity
from bot.workflow.controls import Controls
from store.heygen_keys import SqlHeyGenKeys
from store.installations import SqlInstallations
from store.jobs import SqlJobs
from store.oauth_states import SqlOAuthStates

CALLS: dict[str, tuple[type, str]] = {
    "consume": (SqlOAuthStates, "consume"),
    "oauth": (AsyncWebClient, "oauth_v2_access"),
    "keep": (SqlInstallations, "keep"),
    "renew": (SqlInstallations, "renew"),
    "confirm": (SlackIdentity, "confirm"),
    "forget_token": (SqlInstallations, "forget_token"),
    "keep_key": (SqlHeyGenKeys, "keep"),
    "retire": (SqlHeyGenKeys, "retire"),
    "forget_unused": (SqlHeyGenKeys, "forget_unused"),
    "cancel": (Controls, "cancel"),
    "claim": (SqlJobs, "claim_next"),
    "create": (HeyGenClient, "create_session"),
    "stop_session": (HeyGenClient, "stop_session"),
}


def doom(plan: str) -> None:
    when, name, *nth = plan.split()
    owner, attribute = CALLS[name]
    real = getattr(owner, attribute)
    calls, fatal = itertools.count(1), int(nth[0]) if nth else 1

    @functools.wraps(real)
    async def called(*args: Any, **kwargs: Any) -> Any:
        is_it = next(calls) == fatal
        if is_it and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return await real(*args, **kwargs)
        finally:
            if is_it and when == "after":
                os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, attribute, called)


if __name__ == "__main__":
    if plan := os.environ.pop("DIE_AT", ""):
        doom(plan)
    sys.exit(run_bot())
