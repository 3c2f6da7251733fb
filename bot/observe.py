"""Logging with a job's context and without secrets."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "[secret]"
OURS = frozenset({"bot", "handlers", "store"})
# Libraries write whole payloads at debug and info, and Bolt gives its loggers levels and names of
# their own (that of the app), so they are told apart by who is ours, not by who is known to.
_OTHERS_FROM = logging.WARNING
# Warns at each start that it found SLACK_BOT_TOKEN and leaves it alone.
_BOLT, _BOLT_FROM = "slack_bolt", logging.ERROR


def configure_logging(level: str, log_format: str, secrets: Iterable[str]) -> None:
    """Send our log and the libraries' to standard error, `console` or `json`, secrets masked."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, _masked(secrets)]
    if log_format == "json":
        last.append(structlog.processors.JSONRenderer())
    else:
        last.append(
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                exception_formatter=structlog.dev.plain_traceback,  # never local variables
            )
        )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.addFilter(_is_to_be_written)
    handler.addFilter(OnceAMinute("psycopg.pool"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def _is_to_be_written(record: logging.LogRecord) -> bool:
    room = record.name.partition(".")[0]
    if room in OURS:
        return True
    return record.levelno >= (_BOLT_FROM if room == _BOLT else _OTHERS_FROM)


class OnceAMinute(logging.Filter):
    """A library that tells of each of its tries: an outage is told, and not a line a second."""

    def __init__(self, library: str, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._library = library
        self._now_s = now_s
        self._next_s = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != self._library:
            return True
        now_s = self._now_s()
        if now_s < self._next_s:
            return False
        self._next_s = now_s + 60
        return True


class Seldom:
    """A line of the log that strangers can cause: at once, then once a minute with a count."""

    def __init__(self, tell: Callable[[int], object], *, every_s: float = 60.0) -> None:
        """`tell` is given how often it happened since it was told last."""
        self._tell = tell
        self._every_s = every_s
        self._count = 0
        self._is_resting = False

    def __call__(self) -> None:
        """It happened; to be called in the event loop."""
        self._count += 1
        if not self._is_resting:
            self._say()

    def _say(self) -> None:
        self._is_resting = self._count > 0
        if self._count:
            self._tell(self._count)
            self._count = 0
            asyncio.get_running_loop().call_later(self._every_s, self._say)


def quiet_about_files(loop: asyncio.AbstractEventLoop) -> None:
    """asyncio tells every connection that it cannot take for want of open files: once a minute."""
    log = structlog.get_logger(__name__)
    told = Seldom(lambda count: log.error("no file left for a connection", count=count))

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "socket.accept()" in context["message"]:
            told()
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)


def _masked(secrets: Iterable[str]) -> Processor:
    hidden = sorted(filter(None, secrets), key=len, reverse=True)  # one may begin with another

    def mask(value: Any) -> Any:
        if isinstance(value, str):
            for secret in hidden:
                value = value.replace(secret, MASK)
            return value
        if isinstance(value, dict):
            return {mask(str(key)): mask(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [mask(item) for item in value]
        return value if isinstance(value, int | float | bool | None) else mask(str(value))

    def processor(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: mask(value) for key, value in event.items()}

    return processor
