"""Read side: what the bot is doing, for health checks and metrics."""

from __future__ import annotations

from bot.domain.job import JobState
from bot.domain.ports import JobStore


class Overview:
    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def count_by_state(self) -> dict[JobState, int]:
        """How many jobs are in each state; states without jobs are 0."""
        counts = await self._store.count_by_state()
        return {state: counts.get(state, 0) for state in JobState}
