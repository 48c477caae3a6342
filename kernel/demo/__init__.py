"""Three small, realistic sites on the loopback interface that remember what was done to them.

async with DemoShop(delay_ms=50) as shop:
    ...  # use a browser at shop.url
    print(shop.orders())
"""

from collections.abc import Callable

from .shop import DEMO_EMAIL, DEMO_PASSWORD, DemoShop
from .web.control import CHANGES
from .web.errors import DemoError, PortTaken, SiteNotRunning, SiteStuck
from .web.server import DemoSite, serve_forever

SITES: dict[str, Callable[[int, int], DemoSite]] = {
    "shop": DemoShop,
}
"""Each site by its name: makes one from a port (0 for a free one) and a delay in milliseconds."""

__all__ = [
    "CHANGES",
    "DEMO_EMAIL",
    "DEMO_PASSWORD",
    "SITES",
    "DemoError",
    "DemoShop",
    "DemoSite",
    "PortTaken",
    "SiteNotRunning",
    "SiteStuck",
    "serve_forever",
]
