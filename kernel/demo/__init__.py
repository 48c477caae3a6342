"""The demo shop: a small, realistic site on the loopback interface that keeps orders.

async with DemoShop(delay_ms=50) as shop:
    ...  # use a browser at shop.url
    print(shop.orders())
"""

from .accounts import DEMO_EMAIL, DEMO_PASSWORD
from .errors import DemoError, PortTaken, ShopNotRunning, ShopStuck
from .server import DemoShop, serve_forever

__all__ = [
    "DEMO_EMAIL",
    "DEMO_PASSWORD",
    "DemoError",
    "DemoShop",
    "PortTaken",
    "ShopNotRunning",
    "ShopStuck",
    "serve_forever",
]
