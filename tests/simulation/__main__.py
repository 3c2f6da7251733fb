"""`python -m tests.simulation`: as many lives as asked for, or one world again with its trace."""

from __future__ import annotations

import argparse
import sys

from tests.simulation import fronts
from tests.simulation.fleet import Report, keep_quiet, replay, run_fleet
from tests.simulation.simulation import live


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--lives", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first world")
    parser.add_argument("--workers", type=int, help="processes; one per core unless told")
    parser.add_argument("--replay", type=int, metavar="SEED", help="only the world of this seed")
    parser.add_argument("--trace", action="store_true", help="with --replay: all that happened")
    parser.add_argument("--only", choices=fronts.KINDS, help="no other bad weather than this")
    args = parser.parse_args()
    if args.replay is not None:
        return _replay(args.replay, args.only, has_trace=args.trace)

    def show(report: Report) -> None:
        done = report.figures["lives"]
        rate = done / report.seconds
        sys.stderr.write(f"\r{done:,} of {args.lives:,} lives, {rate:.0f} lives/s ")
        sys.stderr.flush()

    report = run_fleet(
        args.lives, args.seed, workers=args.workers, only=args.only, on_progress=show
    )
    sys.stderr.write("\n")
    sys.stdout.write(f"{report}\n")
    return 1 if report.wrong else 0


def _replay(seed: int, only: str | None, *, has_trace: bool) -> int:
    keep_quiet()
    outcome = live(seed, keeps_trace=has_trace, only=only)
    lines = outcome.trace if has_trace else [replay(seed, only)]
    sys.stdout.write("\n".join([*lines, f"trace {outcome.digest}"]) + "\n")
    sys.stdout.write(f"seed {seed}: {outcome.wrong or 'the books agree'}\n")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
