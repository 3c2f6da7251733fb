"""Order of the run: what judges everything that was sent comes last."""

from __future__ import annotations

import pytest

LAST = "test_block_kit.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == LAST)
