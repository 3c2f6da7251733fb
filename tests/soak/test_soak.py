"""A short soak: it shows that the long one runs, and finds what is easy to find."""

from __future__ import annotations

from pathlib import Path

from tests.soak.__main__ import report
from tests.soak.soak import Plan, soak

SHORT = Plan(
    jobs=20,
    people=5,
    seconds=4,
    kill_every_s=1.2,
    settle_s=40,
    render_s=0.5,
    list_lag_s=0.2,
    has_fronts=False,
)


async def test_short_soak_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = await soak(SHORT, tmp_path)

    assert outcome.is_good, "\n".join(report(SHORT, outcome))
    assert outcome.requests == outcome.findings.jobs == SHORT.jobs
    assert outcome.kills >= SHORT.least_kills
    assert outcome.faults.total() > 0
