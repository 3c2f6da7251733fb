"""The figures can be taken; whether they are good enough is `make bench`'s to say."""

import pytest

from tests.bench.__main__ import measure_all


@pytest.mark.timeout(60)
async def test_every_figure_can_be_taken() -> None:
    figures = await measure_all(quick=True)

    names = " ".join(figure.name for figure in figures)
    for word in ("ready", "resident", "core", "/video", "submit", "stock", "create", "callback"):
        assert word in names
    idle = [figure for figure in figures if "share of one core" in figure.name]
    assert all(figure.value > 0 for figure in figures if figure not in idle)
