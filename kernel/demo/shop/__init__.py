"""The demo shop: a small, realistic web shop that keeps orders; server-rendered, some scripts."""

from __future__ import annotations

from typing import Any, cast

from ..web.server import DemoSite
from .accounts import DEMO_EMAIL, DEMO_PASSWORD
from .app import build_app
from .store import Limits, Store

__all__ = ["DEMO_EMAIL", "DEMO_PASSWORD", "DemoShop"]


class DemoShop(DemoSite):
    """A running demo shop.

    async with DemoShop(delay_ms=50) as shop:   # or: with DemoShop() as shop:
        ... shop.url ... shop.orders() ...
    """

    def __init__(self, port: int = 0, delay_ms: int = 0, limits: Limits | None = None) -> None:
        super().__init__("shop", Store(limits), build_app, port, delay_ms)

    def orders(self) -> list[dict[str, Any]]:
        """The orders, oldest first; money in cents."""
        return cast("list[dict[str, Any]]", self.state()["orders"])
