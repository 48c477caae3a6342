"""A shop of its own for each test, and its visitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from abos.kernel.demo.shop.app import build_app
from abos.kernel.demo.shop.store import Store
from abos.kernel.demo.web.control import Controls


@pytest.fixture
def store() -> Store:
    return Store(clock=lambda: 1_700_000_000.0)


@pytest.fixture
def newcomer(store: Store, controls: Controls, browse: Callable[[Any], Any]) -> Callable[[], Any]:
    """Makes visitors of one shop, each with cookies of its own."""
    app = build_app(store, controls)
    return lambda: browse(app)


@pytest.fixture
def visitor(newcomer: Callable[[], Any]) -> Any:
    return newcomer()
