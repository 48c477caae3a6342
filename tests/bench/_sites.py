"""The sites that are measured, served by a process of their own.

In the benchmark's process they would hold its interpreter lock while a refill loads them, and the
kernel would be charged for its sites.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from _heavy import LINKS, TITLE, heavy_site

from abos.kernel.demo import DemoShop
from abos.snapshot import Observation

SHOP_DELAY_MS = 50
"""Added by the demo shop to every document, for the way to a server and back."""


@dataclass(frozen=True)
class Site:
    """A page to be opened, and how an observation of it is known."""

    name: str
    url: str
    title: str
    least: int
    """Elements that every observation of it has."""

    def check(self, view: Observation) -> None:
        """Refuse to count what is no observation of this page."""
        assert self.title in view.title, f"{self.name}: the title is {view.title!r}"
        assert len(view.elements) >= self.least, f"{self.name}: {len(view.elements)} elements"


@contextmanager
def serving() -> Iterator[tuple[Site, Site]]:
    """The demo shop and the heavy page while the block runs. They end with us, however we end."""
    server = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        urls = json.loads(server.stdout.readline())
        yield (
            Site("shop", urls["shop"], "Harbour Lane", 30),
            Site("heavy", urls["heavy"], TITLE, LINKS),
        )
    finally:
        server.stdin.close()
        server.wait(20)
        server.stdout.close()


def main() -> None:
    """Serve until standard input ends."""
    with DemoShop(delay_ms=SHOP_DELAY_MS) as shop, heavy_site() as heavy:
        print(json.dumps({"shop": shop.url, "heavy": heavy}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
