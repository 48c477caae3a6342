"""Columns from a piece of markup, so that tests read as pages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "fuzz"))

from _markup import build

from abos.snapshot.columns import Columns


@pytest.fixture(scope="session")
def columns_of() -> Callable[..., Columns]:
    return build
