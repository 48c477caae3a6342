"""Targets are computed, from further figures as well."""

from __future__ import annotations

import pytest
from _harness import Row, _entry, met


def test_a_target_may_ask_for_further_figures() -> None:
    row = Row("a", "", [4.0, 6.0], target="p50 <= 5 and cold <= 0", extra={"cold": 1})
    entry = _entry(row, {})
    assert (entry["p50"], entry["cold"], entry["met"]) == (5.0, 1, False)
    assert met("p50 <= 5 and cold <= 0", {"p50": 5.0, "cold": 0.0})


def test_a_figure_that_is_not_there_is_no_success() -> None:
    with pytest.raises(KeyError):
        met("cold <= 0", {"p50": 1.0})
