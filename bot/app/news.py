"""What this replica tells the others: one notice for all that comes up at once."""

from __future__ import annotations

from bot.domain.ports.store import Store
from bot.workflow.loop import Tasks


class News:
    def __init__(self, store: Store, tasks: Tasks) -> None:
        self._store = store
        self._tasks = tasks
        self._untold: set[str] = set()

    def tell(self, word: str) -> None:
        """May get lost: it only shortens a wait. A word has no spaces."""
        if not self._untold:
            self._tasks.spawn(self._tell_others())
        self._untold.add(word)

    async def _tell_others(self) -> None:
        words, self._untold = self._untold, set()
        await self._store.notify(" ".join(sorted(words)))
