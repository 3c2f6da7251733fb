"""Words of any length that people might write."""

from __future__ import annotations

from hypothesis import strategies as st

LONG = ["<!channel>" * 1_000, "&" * 3_001, "👩‍👩‍👧" * 2_000, "\n" * 4_000 + "x", "x" * 3_000]
WORDS = st.text(min_size=1) | st.sampled_from(LONG)
