"""The log: one line per event, readable by people or machines, without secrets."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.observe import MASK, OnceAMinute, Seldom, configure_logging, quiet_about_files

SECRET = "xoxb-hidden"
LONGER = "xoxb-hidden-and-more"
FORMATS = pytest.mark.parametrize("log_format", ["console", "json"])


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """configure_logging changes what belongs to the whole process."""
    root, known = logging.getLogger(), dict(logging.Logger.manager.loggerDict)
    handlers, level = root.handlers, root.level
    levels = {n: o.level for n, o in known.items() if isinstance(o, logging.Logger)}
    structlog_was = structlog.get_config()
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, one in logging.Logger.manager.loggerDict.items():
        if isinstance(one, logging.Logger):
            one.setLevel(levels.get(name, logging.NOTSET))
    structlog.contextvars.clear_contextvars()
    structlog.configure(**structlog_was)


def configure(log_format: str, level: str = "info") -> None:
    configure_logging(level, log_format, [SECRET, LONGER, ""])


def written(capsys: pytest.CaptureFixture[str]) -> str:
    """What is on standard error; nothing may be on standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    return err


def broken(text: str) -> None:
    local_text = text
    raise ValueError(f"refused: {local_text}")


def log_event(log: Any) -> None:
    log.info(f"token {SECRET}")


def log_value(log: Any) -> None:
    log.info("request", token=SECRET, url=f"https://x/?t={SECRET}&u=1")


def log_nested(log: Any) -> None:
    log.info("request", body={"a": [{"b": (1, SECRET)}], SECRET: {SECRET}}, raw=SECRET.encode())


def log_object(log: Any) -> None:
    log.info("refused", error=ValueError(SECRET))


def log_exception(log: Any) -> None:
    try:
        broken(SECRET)
    except ValueError:
        log.exception("failed")


def log_given_exception(log: Any) -> None:
    try:
        broken(SECRET)
    except ValueError as error:
        log.error("failed", exc_info=error)


def log_cause(log: Any) -> None:
    try:
        try:
            broken(SECRET)
        except ValueError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        log.exception("failed")


def log_context(log: Any) -> None:
    structlog.contextvars.bind_contextvars(user_id=SECRET)
    log.info("request")


def log_stdlib(log: Any) -> None:
    logging.getLogger("some.library").warning("sent %s to %s", SECRET, {"t": SECRET})


def log_stdlib_exception(log: Any) -> None:
    try:
        broken(SECRET)
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")


def log_stdlib_extra(log: Any) -> None:
    logging.getLogger("some.library").warning("sent", extra={"token": SECRET})


WAYS = [
    log_event,
    log_value,
    log_nested,
    log_object,
    log_exception,
    log_given_exception,
    log_cause,
    log_context,
    log_stdlib,
    log_stdlib_exception,
    log_stdlib_extra,
]


@FORMATS
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_secret_is_masked_however_it_comes(
    capsys: pytest.CaptureFixture[str], way: Any, log_format: str
) -> None:
    configure(log_format)

    way(structlog.get_logger("bot.test"))

    text = written(capsys)
    assert MASK in text
    assert "hidden" not in text


@FORMATS
def test_secret_that_begins_with_another_is_masked_whole(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure(log_format)

    structlog.get_logger("bot.test").info("both", tokens=[SECRET, LONGER])

    text = written(capsys)
    assert "-and-more" not in text
    assert text.count(MASK) == 2


def test_json_is_one_object_a_line_with_time_level_and_context(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json")
    structlog.contextvars.bind_contextvars(team_id="T1")

    structlog.get_logger("bot.test").info("two\nlines", job_id="job-1", count=3, odd={1: None})
    logging.getLogger("some.library").warning("from %s", "outside")
    log_exception(structlog.get_logger("bot.test"))

    first, second, third = (json.loads(line) for line in written(capsys).splitlines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "two\nlines",
        "level": "info",
        "team_id": "T1",
        "job_id": "job-1",
        "count": 3,
        "odd": {"1": None},
    }
    assert (second["event"], second["level"]) == ("from outside", "warning")
    assert "Traceback" in third["exception"]


def test_console_is_for_people_and_has_no_local_variables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("console")

    structlog.get_logger("bot.test").info("request taken", job_id="job-1")
    try:
        broken("something")
    except ValueError:
        structlog.get_logger("bot.test").exception("failed")

    text = written(capsys)
    assert "request taken" in text.splitlines()[0]
    assert "job_id=job-1" in text.splitlines()[0]
    assert "ValueError: refused: something" in text
    assert "local_text = " not in text
    assert "\x1b[" not in text


@FORMATS
def test_level_holds_for_us_and_for_libraries(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure(log_format, "warning")

    structlog.get_logger("bot.test").info("ours")
    logging.getLogger("some.library").info("theirs")
    structlog.get_logger("bot.test").warning("loud")

    text = written(capsys)
    assert len(text.splitlines()) == 1
    assert "loud" in text


@pytest.mark.parametrize(
    "name",
    [
        "slack_sdk.web",
        "httpx",
        "httpcore.http11",
        "aiohttp.access",
        "video-bot:x",
        "slack_bolt.App",
    ],
)
def test_libraries_that_log_payloads_stay_quiet_even_at_debug(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    configure("json", "debug")

    logging.getLogger(name).setLevel("DEBUG")  # as Bolt does
    logging.getLogger(name).debug("body of a request")
    logging.getLogger(name).info("body of a request")
    logging.getLogger(name).warning("trouble")

    assert "body" not in written(capsys)


@FORMATS
def test_configured_twice_writes_once(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure("console")
    configure(log_format)

    structlog.get_logger("bot.test").info("once")

    assert written(capsys).count("once") == 1


async def test_what_happens_often_is_told_at_once_and_then_with_a_count() -> None:
    told: asyncio.Queue[int] = asyncio.Queue()
    seldom = Seldom(told.put_nowait, every_s=0.05)

    for _ in range(100):
        seldom()

    assert [await told.get(), await told.get()] == [1, 99]
    seldom()
    assert await told.get() == 1


def test_library_that_tells_of_each_try_is_heard_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seconds = iter([0.0, 1.0, 59.0, 60.0, 61.0])
    caplog.handler.addFilter(OnceAMinute("psycopg.pool", lambda: next(seconds)))
    try:
        for number in range(5):
            logging.getLogger("psycopg.pool").warning("try %d", number)
            logging.getLogger("psycopg.other").warning("word %d", number)
    finally:
        caplog.handler.filters.clear()

    messages = [record.getMessage() for record in caplog.records]
    assert [m for m in messages if m.startswith("try")] == ["try 0", "try 3"]
    assert len([m for m in messages if m.startswith("word")]) == 5


def test_tries_of_the_pool_to_connect_do_not_fill_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("console")

    for _ in range(20):
        logging.getLogger("psycopg.pool").warning("error connecting in 'pool-1': away")

    assert written(capsys).count("error connecting") == 1


async def test_want_of_open_files_is_told_once_and_other_errors_as_ever(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json")
    loop = asyncio.get_running_loop()
    quiet_about_files(loop)

    for _ in range(100):
        loop.call_exception_handler({"message": "socket.accept() out of system resource"})
    loop.call_exception_handler({"message": "something else"})
    loop.set_exception_handler(None)

    first, second = (json.loads(line)["event"] for line in written(capsys).splitlines())
    assert (first, second) == ("no file left for a connection", "something else")
