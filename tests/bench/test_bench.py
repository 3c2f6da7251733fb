"""The figures can be taken; whether they are good enough is `make bench`'s to say."""

import pytest

from tests.bench.__main__ import measure_all

WHOLE_FILE_MB = 30  # of 40: far more than the pieces that may be in memory


@pytest.mark.heavy
@pytest.mark.timeout(120)  # twelve bots are started one after the other
async def test_every_figure_can_be_taken() -> None:
    figures = await measure_all(quick=True)

    names = " ".join(figure.name for figure in figures)
    for word in ("ready", "resident", "core", "/video", "submit", "stock", "create", "callback"):
        assert word in names
    for word in ("attachment", "HeyGen to Slack", "files_upload_v2"):
        assert word in names
    idle = [figure for figure in figures if "share of one core" in figure.name]
    growth = [figure for figure in figures if "growth" in figure.name]
    cpu = [figure for figure in figures if "CPU" in figure.name]  # told in ticks of 10 ms
    may_be_none = [f for f in figures if "each render above idle" in f.name]
    measured = [f for f in figures if f not in [*idle, *growth, *cpu, *may_be_none]]
    assert [str(f) for f in measured if not f.value > 0] == []
    assert [str(f) for f in growth if not f.value < WHOLE_FILE_MB] == []
