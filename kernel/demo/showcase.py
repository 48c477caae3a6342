"""`abos demo`: three tasks in plain words in the demo shop, shown as they happen and checked
against what the server recorded."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from ...pool import SiteConfig
from ..actions import Fill
from ..config import load, with_sites
from ..doors.terminal import milliseconds, printer
from ..kernel import Kernel
from ..redact import redact
from ..task import Run, Task
from ..telemetry import by_name
from .shop import DEMO_EMAIL, DEMO_PASSWORD, DemoShop
from .shop.catalogue import products

_WARM_S = 20.0
_SHOWN_PARTS = 14


@dataclass(frozen=True, slots=True)
class Errand:
    """A task, and how the server's state shows that it truly happened."""

    goal: str
    happened: Callable[[dict[str, Any]], str]
    """What the server recorded, in words; empty when it did not happen."""


def _purchase(state: dict[str, Any]) -> str:
    for order in state["orders"]:
        items = ", ".join(f"{item['qty']} × {item['name']}" for item in order["items"])
        if order["name"] == "Ada Lovelace" and "Blue Mug" in items:
            where = f"{order['address']}, {order['city']} {order['postcode']}"
            return f"order {order['number']}: {items} for {order['name']}, {where}, {_money(order)}"
    return ""


def _newsletter(state: dict[str, Any]) -> str:
    on = [each["email"] for each in state["accounts"] if each["newsletter"]]
    return f"account {DEMO_EMAIL}: newsletter on" if DEMO_EMAIL in on else ""


def _cart(state: dict[str, Any]) -> str:
    kitchen = [each for each in products() if each.category.slug == "kitchen-table"]
    cheapest = min(kitchen, key=lambda product: product.price)
    for cart in state["carts"].values():
        for item in cart["items"]:
            if item["product"] == cheapest.slug and item["qty"] == 2:
                return f"cart: 2 × {cheapest.name}, the cheapest of the category"
    return ""


def _money(order: dict[str, Any]) -> str:
    return f"{order['total'] / 100:.2f} {order['currency']}"


ERRANDS = (
    Errand(
        "search for blue mug, open the first result, add it to the cart and check out as "
        "Ada Lovelace, 12 Main St, London, N1 9GU, ada@example.com",
        _purchase,
    ),
    Errand(
        f"sign in as {DEMO_EMAIL} with password {DEMO_PASSWORD}, "
        "open the account page and turn on the newsletter",
        _newsletter,
    ),
    Errand(
        "open the Kitchen category, sort by price from low to high, open the first product, "
        "set the quantity to 2 and add it to the cart",
        _cart,
    ),
)


async def showcase(console: Console, *, delay_ms: int = 50, as_json: bool = False) -> int:
    """Run the demo. Returns 0 when every task truly happened on the server, else 1."""
    console.quiet = as_json
    with DemoShop(delay_ms=delay_ms) as shop:
        console.rule("[bold]ABOS demo[/bold]", align="left")
        console.print(f"demo shop on {shop.url} with {delay_ms} ms of server delay")
        config = with_sites(load(), SiteConfig("demo-shop", shop.url))
        began = time.monotonic()
        async with Kernel(config) as kernel:
            starts = await _starts(kernel, shop.url, began)
            _show_starts(console, starts)
            proofs = [await _run(console, kernel, shop, errand) for errand in ERRANDS]
            await _snapshot(console, kernel, shop)
            _show_parts(console, kernel)
        _show_truth(console, proofs)
        console.quiet = False
        if as_json:
            console.print_json(data={"starts": starts, "proofs": proofs, "state": shop.state()})
    return 0 if all(proof for _, proof in proofs) else 1


async def _starts(kernel: Kernel, url: str, began: float) -> dict[str, float]:
    """Seconds to the first observation: from nothing, with a browser, and warm."""
    starts = {}
    async with await kernel.spawn(url) as process:
        await process.observe()
        starts["cold (driver, browser, context, page)"] = time.monotonic() - began
    for name in ("browser up", "warm"):
        if name == "warm":
            await kernel.pool.wait_warm(timeout_s=_WARM_S)
        started = time.monotonic()
        profile = "nobody" if name == "browser up" else "default"
        async with await kernel.spawn(url, profile=profile) as process:
            await process.observe()
            starts[f"{name} ({process.how} start)"] = time.monotonic() - started
    return starts


def _show_starts(console: Console, starts: dict[str, float]) -> None:
    table = Table(box=None, title="Time to the first observation", title_justify="left")
    table.add_column("start")
    table.add_column("", justify="right")
    for name, seconds in starts.items():
        table.add_row(name, milliseconds(seconds))
    console.print(table)


async def _run(console: Console, kernel: Kernel, shop: DemoShop, errand: Errand) -> tuple[str, str]:
    console.print()
    console.print(f"[bold reverse] task [/] [bold]{redact(errand.goal)}[/bold]")
    await kernel.pool.wait_warm(timeout_s=_WARM_S)
    run = await kernel.submit(Task(errand.goal, shop.url))
    show = printer(console, as_json=False)
    async for event in run:
        show(event)
    _show_deciders(console, run)
    result = await run.result()
    return errand.goal, errand.happened(shop.state()) if result.ok else ""


def _show_deciders(console: Console, run: Run) -> None:
    counts = Counter(move.by for move in run.moves if move.by)
    decided = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    console.print(f"[dim]who decided: {decided}; model calls to a cloud: {counts['cloud']}[/dim]")


async def _snapshot(console: Console, kernel: Kernel, shop: DemoShop) -> None:
    """Fill in a form, keep the page as bytes, lose it, and bring it back."""
    console.print()
    console.rule("[bold]A page as bytes[/bold]", align="left", style="dim")
    async with await kernel.spawn(f"{shop.url.rstrip('/')}/contact") as process:
        view = await process.observe()
        field = next(e for e in view.elements if e.tag == "textarea")
        await process.act(Fill(field.ref, "Is the blue mug safe for the dishwasher?"))
        started = time.monotonic()
        snapshot = await process.snapshot()
        taken = time.monotonic() - started
        await process.navigate(shop.url)
        started = time.monotonic()
        report = await process.restore(snapshot)
        restored = time.monotonic() - started
        view = await process.observe()
        value = next(e.value for e in view.elements if e.tag == "textarea")
    console.print(
        f"taken in {milliseconds(taken)}: {snapshot.size / 1024:.1f} KiB, "
        f"{snapshot.element_count} elements, readable without a browser"
    )
    console.print(
        f"restored in {milliseconds(restored)} (the page loaded again included): {report.state}, "
        f'{report.fields_restored} fields, the message reads "{value}"'
    )


def _show_parts(console: Console, kernel: Kernel) -> None:
    console.print()
    table = Table(box=None, title="Where the time went", title_justify="left")
    for name in ("part", "times", "total", "median", "longest"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for share in by_name(kernel.telemetry.timeline.parts())[:_SHOWN_PARTS]:
        figures = (share.total, share.median, share.longest)
        table.add_row(share.name, str(share.count), *(milliseconds(each) for each in figures))
    console.print(table)
    statistics = kernel.pool_statistics()
    console.print(f"[dim]warm pool hit rate {statistics.hit_rate:.0%}[/dim]")


def _show_truth(console: Console, proofs: list[tuple[str, str]]) -> None:
    console.print()
    console.rule("[bold]What the server recorded[/bold]", align="left", style="dim")
    for goal, proof in proofs:
        mark = "[green]✓[/green]" if proof else "[red]✗[/red]"
        console.print(f"{mark} {proof or f'nothing of: {redact(goal)}'}")
