"""What every workspace of this process is handed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.ports.clock import Clock
from bot.workflow.parts import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    policy: Policy
    clock: Clock
    dice: random.Random
    has_replicas: bool
    waiting_for: Callable[[], str | None]  # asked where another replica works
