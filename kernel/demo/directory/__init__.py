"""The demo directory: people, firms and offices of a valley; plain pages, tables and forms."""

from __future__ import annotations

from ..web.server import DemoSite
from .app import build_app
from .data import CLERK_EMAIL, CLERK_PASSWORD
from .store import Store

__all__ = ["CLERK_EMAIL", "CLERK_PASSWORD", "DemoDirectory"]


class DemoDirectory(DemoSite):
    """A running demo directory: `with DemoDirectory() as it: ... it.state()["entries"]`."""

    def __init__(self, port: int = 0, delay_ms: int = 0) -> None:
        super().__init__("directory", Store(), build_app, port, delay_ms)
