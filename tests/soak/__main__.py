"""make soak: many requests, faults and fronts of every kind, kill -9 again and again; no harm."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.soak.findings import EVIDENCE_LINES
from tests.soak.soak import JOBS_A_MINUTE, Outcome, Plan, soak


def report(plan: Plan, outcome: Outcome) -> list[str]:
    """What happened, and the evidence of what must not happen."""
    found = outcome.findings
    faults = ", ".join(f"{n} {kind}" for kind, n in sorted(outcome.faults.items()))
    lines = [
        f"requests      {outcome.requests} of {plan.jobs} from {plan.people} people"
        f" (sent {outcome.tries} times), seed {plan.seed}",
        f"killed        {outcome.kills} times in {plan.seconds:g} s, at the end stopped with exit"
        f" code {outcome.exit_code}",
        f"faults        {outcome.faults.total()}: {faults}",
        f"fronts        {outcome.fronts.total()}: "
        + ", ".join(f"{n} {name}" for name, n in sorted(outcome.fronts.items())),
        f"settled       {outcome.settled_after_s:.1f} s later",
        f"sessions      {found.sessions}, {found.stopped} of them second ones and stopped",
        f"messages      {found.messages['card']} cards, {found.messages['result']} results,"
        f" {found.messages['file']} files, {found.messages['failure']} failures,"
        f" {found.messages['parked']} parked",
        f"lost          {len(found.lost)}",
        f"paid twice    {len(found.paid_twice)}",
        f"posted twice  {len(found.posted_twice)}",
        f"on hold       {len(found.on_hold)}",
    ]
    evidence = [*found.evidence, *(f"unsettled: {one}" for one in outcome.unsettled)]
    return lines + evidence[:EVIDENCE_LINES] + found.stories


def main() -> int:
    """Exit code 1 when anything was lost, doubled or left undone."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    usual = Plan()
    parser.add_argument("--minutes", type=float, default=usual.seconds / 60)
    parser.add_argument("--jobs", type=int, help=f"{JOBS_A_MINUTE} a minute unless told")
    parser.add_argument("--people", type=int, default=usual.people)
    parser.add_argument("--seed", type=int, default=usual.seed)
    given = parser.parse_args()
    # The sandboxes would log each request that a killed bot left half sent.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    jobs = given.jobs or round(JOBS_A_MINUTE * given.minutes)
    plan = Plan(jobs, given.people, 60 * given.minutes, given.seed)
    with tempfile.TemporaryDirectory(prefix="video-bot-soak-") as folder:
        outcome = asyncio.run(soak(plan, Path(folder)))
    sys.stdout.write("\n".join(report(plan, outcome)) + "\n")
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
