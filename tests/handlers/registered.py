"""The names of all listeners, as `register` gives them to Bolt: “action cancel_job”."""

from __future__ import annotations

from typing import Any

from handlers import register


def registered() -> set[str]:
    app: Any = _ListeningTable()
    anything: Any = _Anything()
    register(app, anything, people=anything, tasks=anything, usd_per_second=0.0333)
    names: set[str] = app.names
    return names


class _ListeningTable:
    """Takes the listeners as Bolt's app does and keeps their names."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getattr__(self, kind: str) -> Any:
        def listen(what: Any) -> Any:
            if isinstance(what, str):
                self.names.add(f"{kind} {what}")
            return lambda listener: listener

        return listen


class _Anything:
    """Stands for any part: nothing is asked of it while listeners are registered."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self
