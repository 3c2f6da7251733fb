"""make soak: many requests, faults and fronts of every kind, kill -9 again and again; no harm.

With --replicas: three replicas over PostgreSQL in four phases, each with the Idempotency-Key
honoured by HeyGen and ignored.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.postgres.binaries import NONE
from tests.postgres.binaries import find as find_server
from tests.postgres.server import DURABLE, PostgresServer
from tests.soak.findings import EVIDENCE_LINES
from tests.soak.replicated import LIMIT, Phase, PhaseOutcome, play
from tests.soak.soak import JOBS_A_MINUTE, Outcome, Plan, soak
from tests.soak.troubles import PHASES


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


def phase_report(phase: Phase, outcome: PhaseOutcome) -> list[str]:
    """A phase of the soak with replicas, in the same words."""
    found = outcome.findings
    key = "honoured" if phase.honours_key else "ignored"
    shares = "+".join(map(str, outcome.taken_by))
    troubles = ", ".join(f"{n} {name}" for name, n in sorted(outcome.troubles.items()))
    lines = [
        f"{phase.name}, key {key}, {phase.seconds:g} s, seed {phase.seed}",
        f"  requests      {outcome.requests} of {phase.jobs} (sent {outcome.tries} times),"
        f" taken by the three: {shares}",
        f"  troubles      {troubles}",
        f"  takeovers     {outcome.takeovers}",
        f"  settled       {outcome.settled_after_s:.1f} s later, exit codes {outcome.exit_codes}",
        f"  lost          {len(found.lost)}",
        f"  paid twice    {len(found.paid_twice)}",
        f"  posted twice  {len(found.posted_twice)}",
        f"  on hold       {len(found.on_hold)}",
        f"  stale cards   {len(outcome.stale_cards)} (told, and no fault here)",
        f"  at once       {outcome.most_jobs} jobs rendering, of {LIMIT} at most;"
        f" {outcome.most_sessions} sessions with the {found.stopped} second ones, stopped",
    ]
    unsettled = (f"unsettled: {one}" for one in outcome.unsettled)
    evidence = [*found.evidence, *unsettled, *outcome.stale_cards]
    return lines + evidence[:EVIDENCE_LINES] + found.stories


def soak_replicas(phases: list[Phase]) -> bool:
    """One after the other, on one server; whether all is well."""
    binaries = find_server()
    if binaries is None:
        sys.exit(NONE)
    is_good = True
    with PostgresServer(binaries, DURABLE) as server:
        for phase in phases:
            with tempfile.TemporaryDirectory(prefix="video-bot-soak-") as folder:
                outcome = asyncio.run(play(phase, server, Path(folder)))
            sys.stdout.write("\n".join(phase_report(phase, outcome)) + "\n")
            sys.stdout.flush()
            is_good = is_good and outcome.is_good
    return is_good


def main() -> int:
    """Exit code 1 when anything was lost, doubled, left undone or over the limit."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    usual = Plan()
    parser.add_argument("--replicas", action="store_true", help="three of them, over PostgreSQL")
    parser.add_argument("--phase", choices=PHASES, action="append", help="with --replicas, of four")
    parser.add_argument("--minutes", type=float, default=usual.seconds / 60)
    parser.add_argument(
        "--jobs", type=int, help=f"{JOBS_A_MINUTE} a minute unless told; {Phase.jobs} in each phase"
    )
    parser.add_argument("--people", type=int, default=usual.people)
    parser.add_argument("--seed", type=int, default=usual.seed)
    given = parser.parse_args()
    # The sandboxes would log each request that a killed bot left half sent.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    if given.replicas:
        size = (given.jobs or Phase.jobs, given.people, 60 * given.minutes, given.seed)
        phases = [
            Phase(name, honours, *size)
            for name in given.phase or PHASES
            for honours in (True, False)
        ]
        return 0 if soak_replicas(phases) else 1
    jobs = given.jobs or round(JOBS_A_MINUTE * given.minutes)
    plan = Plan(jobs, given.people, 60 * given.minutes, given.seed)
    with tempfile.TemporaryDirectory(prefix="video-bot-soak-") as folder:
        outcome = asyncio.run(soak(plan, Path(folder)))
    sys.stdout.write("\n".join(report(plan, outcome)) + "\n")
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
