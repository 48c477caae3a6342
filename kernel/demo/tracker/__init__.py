"""The demo tracker: tickets of a ferry company, drawn by scripts, with ARIA widgets."""

from __future__ import annotations

from ..web.server import DemoSite
from .app import build_app
from .data import PASSWORD
from .store import Store

__all__ = ["PASSWORD", "DemoTracker"]


class DemoTracker(DemoSite):
    """A running demo tracker: `with DemoTracker() as tracker: ... tracker.state()["tickets"]`."""

    def __init__(self, port: int = 0, delay_ms: int = 0) -> None:
        super().__init__("tracker", Store(), build_app, port, delay_ms)
