"""Three small, realistic sites on the loopback interface that remember what was done to them.

async with DemoShop(delay_ms=50) as shop:
    ...  # use a browser at shop.url
    print(shop.orders())
"""

from collections.abc import Callable

from .directory import DemoDirectory
from .shop import DEMO_EMAIL, DEMO_PASSWORD, DemoShop
from .tracker import DemoTracker
from .web.control import CHANGES
from .web.errors import DemoError, PortTaken, SiteNotRunning, SiteStuck
from .web.server import DemoSite, serve_forever

SITES: dict[str, Callable[[int, int], DemoSite]] = {
    "shop": DemoShop,
    "tracker": DemoTracker,
    "directory": DemoDirectory,
}
"""Each site by its name: makes one from a port (0 for a free one) and a delay in milliseconds."""

__all__ = [
    "CHANGES",
    "DEMO_EMAIL",
    "DEMO_PASSWORD",
    "SITES",
    "DemoDirectory",
    "DemoError",
    "DemoShop",
    "DemoSite",
    "DemoTracker",
    "PortTaken",
    "SiteNotRunning",
    "SiteStuck",
    "serve_forever",
]
