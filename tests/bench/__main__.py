"""make bench: every figure, with its limit, the versions and the machine."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench import fleet, large_files, measures, replicas
from tests.bench.report import Figure, machine

Measure = Callable[[measures.Bench], Awaitable[list[Figure]]]


def plan(*, quick: bool) -> list[Measure]:
    """All measurements; quick ones only show that they can be taken."""
    requests, jobs, starts, idle_s = (20, 3, 1, 0.5) if quick else (500, 50, 5, 10.0)
    sizes_mb, times = ((40,), 1) if quick else ((100, 500), 5)
    accepts, renders, fleet_s = (64, 50, 1.0) if quick else (2000, 10_000, 60.0)
    return [
        lambda b: measures.start_figures(b, starts),
        lambda b: measures.idle_figures(b, idle_s),
        lambda b: measures.ack_figures(b, requests),
        lambda b: measures.delivery_figures(b, jobs),
        lambda b: fleet.accepts_per_second(b, accepts),
        lambda b: fleet.transactions(b, accepts),
        lambda b: fleet.many_renders(b, renders, fleet_s),
        lambda b: large_files.large_files(b, sizes_mb, times),
        lambda b: replicas.accepts_of_replicas(b, accepts),
        lambda b: replicas.takeover(b, 1.0 if quick else 15.0),
        lambda b: replicas.many_renders_on_postgres(b, renders, fleet_s),
    ]


async def measure_all(*, quick: bool) -> list[Figure]:
    figures: list[Figure] = []
    for measure in plan(quick=quick):
        with tempfile.TemporaryDirectory(prefix="video-bot-bench-") as folder:
            async with measures.bench(Path(folder)) as bench:
                figures += await measure(bench)
    return figures


def main() -> int:
    """Exit code 1 when a limit was missed, so that nobody overlooks it."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few of each, to see that it runs")
    figures = asyncio.run(measure_all(quick=parser.parse_args().quick))
    lines = [machine(), "", *(figure.line() for figure in figures)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
