"""Short phases of the soak with replicas: what is easy to find is found in each `make test`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres.server import PostgresServer
from tests.soak.__main__ import phase_report
from tests.soak.replicated import Phase, play
from tests.soak.troubles import Rhythm

# Of the replica that works: a stop lasts longer than its lease.
KILLS = Rhythm((2.0, 2.5), at_work=1.0)
STOPS = Rhythm((1.0, 1.5), (4.0, 4.0), at_work=1.0)


@pytest.mark.timeout(120)  # a quarter of a minute, where nobody else is at work
@pytest.mark.parametrize(
    ("name", "rhythm"), [("kills", KILLS), pytest.param("stops", STOPS, marks=pytest.mark.heavy)]
)
async def test_another_replica_goes_on_and_nothing_is_lost_or_doubled(
    name: str, rhythm: Rhythm, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    phase = Phase(
        name,
        honours_key=False,
        jobs=10,
        people=5,
        seconds=4.0,
        render_s=0.5,
        settle_s=30,
        rhythm=rhythm,
    )

    outcome = await play(phase, postgres_server, tmp_path)

    assert outcome.is_good, "\n".join(phase_report(phase, outcome))
    assert outcome.requests == outcome.findings.jobs == phase.jobs
    assert outcome.takeovers >= 1
    assert sum(taken > 0 for taken in outcome.taken_by) > 1
