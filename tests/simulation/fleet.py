"""Many worlds on all cores: each process takes a few seeds at a time."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice

import structlog

from tests.simulation.simulation import Outcome, live
from tests.simulation.weather import lives_of

SEEDS_AT_ONCE = 4
MOST_WRONG = 5  # seeds; then the rest is left alone


@dataclass
class Report:
    """What a fleet of worlds came to."""

    seconds: float = 0.0
    figures: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)
    quiet_after_s: tuple[float, int] = (0.0, 0)  # the longest, and its seed
    only: str | None = None

    def add(self, outcome: Outcome) -> None:
        self.quiet_after_s = max(self.quiet_after_s, (outcome.quiet_after_s, outcome.seed))
        self.figures.update(outcome.figures)
        self.faults.update(outcome.faults)
        if outcome.wrong is not None:
            self.wrong[outcome.seed] = outcome.wrong

    def __str__(self) -> str:
        rate = self.figures["lives"] / self.seconds if self.seconds else 0.0
        lines = [
            f"{self.figures['lives']:,} lives in {self.figures['worlds']:,} worlds, "
            f"{self.seconds:.1f} s, {rate:.0f} lives/s",
            *(f"  {name}: {n:,}" for name, n in sorted(self.figures.items())),
            f"  quiet at the latest {self.quiet_after_s[0] / 60:.0f} min after the weather cleared"
            f" (seed {self.quiet_after_s[1]})",
            "faults:",
            *(f"  {name}: {n:,}" for name, n in sorted(self.faults.items())),
            *(
                f"seed {seed} FAILED: {what}\n  {replay(seed, self.only)}"
                for seed, what in self.wrong.items()
            ),
        ]
        return "\n".join(lines)


def replay(seed: int, only: str | None = None) -> str:
    front = f' --only "{only}"' if only else ""
    return f"python -m tests.simulation --replay {seed} --trace{front}"


def keep_quiet() -> None:
    """The worlds have their own trace; a million lives' log would be nobody's."""
    gc.freeze()
    gc.set_threshold(100_000)  # worlds are thrown away as a whole
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        cache_logger_on_first_use=True,
    )


def seeds_for(lives: int, first_seed: int) -> list[int]:
    """As many seeds as it takes to have this many lives."""
    seeds: list[int] = []
    for seed in count(first_seed):
        if lives <= 0:
            return seeds
        seeds.append(seed)
        lives -= lives_of(seed)
    raise AssertionError("numbers never end")


def live_all(seeds: list[int], only: str | None = None) -> list[Outcome]:
    """Runs in a process of its own."""
    return [_live(seed, only) for seed in seeds]


def _live(seed: int, only: str | None) -> Outcome:
    try:
        return live(seed, only=only)
    except Exception as error:  # a world that breaks tells its seed too
        return Outcome(seed, "", f"the world broke: {error!r}")


@contextmanager
def in_quiet() -> Iterator[None]:
    """As `keep_quiet`, and afterwards everything as it was."""
    config, threshold = structlog.get_config(), gc.get_threshold()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.set_threshold(100_000)
    try:
        yield
    finally:
        structlog.configure(**config)
        gc.set_threshold(*threshold)


def run_here(seeds: list[int]) -> Report:
    """These worlds one after the other, in this process: for tests that run side by side."""
    began_at = time.process_time()
    report = Report()
    with in_quiet():
        for seed in seeds:
            report.add(_live(seed, None))
            if len(report.wrong) >= MOST_WRONG:
                break
    report.seconds = time.process_time() - began_at
    return report


def run_fleet(
    lives: int,
    first_seed: int = 0,
    *,
    workers: int | None = None,
    only: str | None = None,
    on_progress: Callable[[Report], None] = lambda report: None,
) -> Report:
    """All worlds that have so many lives together; ends early when several of them fail."""
    began_at = time.monotonic()
    report = Report(only=only)
    chunks = _chunks(seeds_for(lives, first_seed))
    workers = workers or os.cpu_count() or 1
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=keep_quiet) as pool:
        running = {pool.submit(live_all, chunk, only) for chunk in islice(chunks, 2 * workers)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                for outcome in future.result():
                    report.add(outcome)
            if len(report.wrong) < MOST_WRONG:
                running |= {
                    pool.submit(live_all, chunk, only) for chunk in islice(chunks, len(done))
                }
            report.seconds = time.monotonic() - began_at
            on_progress(report)
    return report


def _chunks(seeds: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(seeds), SEEDS_AT_ONCE):
        yield seeds[start : start + SEEDS_AT_ONCE]
