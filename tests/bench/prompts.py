"""How many tokens a plan costs, beside a verbose prompt of the usual kind. `make bench-prompts`.

The verbose one (`verbose_prompt.txt`) asks for the same verbs and rules in sentences, with a
schema of long keys and room to think, and is given every element of the page. Both are counted
on the same pages of the demo shop and the same plan, with the local model's tokenizer. No model is
asked, so nothing is said here about whose plans are better.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from _harness import Row, report
from _tokens import counter
from playwright.async_api import async_playwright

from abos.kernel.demo import DemoShop
from abos.kernel.space import AddressSpace
from abos.planner.prompting import PlanRequest, plan_parts
from abos.pool import find_chromium
from abos.snapshot import Observation
from abos.snapshot.lines import describe

GOAL = "put two blue mugs into the cart and read the total"
PAGES = ("", "search?q=mug", "c/kitchen", "cart", "help", "sign-in")
TOKENS, BY = counter()
VERBOSE = Path(__file__).with_name("verbose_prompt.txt").read_text()
STEPS = [
    {"do": "search", "with": "blue mug"}, {"do": "click", "on": "Blue mug"},
    {"do": "fill", "on": "Quantity", "with": "2"}, {"do": "click", "on": "Add to cart"},
    {"do": "click", "on": "Cart"}, {"do": "read", "on": "total"},
]  # fmt: skip


def ours(view: Observation) -> dict[str, int]:
    """Tokens by part."""
    parts: dict[str, int] = {}
    for part in plan_parts(PlanRequest(GOAL, view)):
        parts[part.name] = parts.get(part.name, 0) + TOKENS(part.text)
    return parts


def verbose(view: Observation) -> int:
    """Tokens of the usual prompt: everything that is on the page."""
    lines = "\n".join(map(describe, view.elements))
    said = f"# Task\n{GOAL}\n# Current URL\n{view.url}\n# Title\n{view.title}\n# Elements\n{lines}"
    return TOKENS(VERBOSE) + TOKENS(said)


async def views() -> list[Observation]:
    found = []
    with DemoShop() as shop:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=str(find_chromium()), chromium_sandbox=os.geteuid() != 0
            )
            page = await browser.new_page()
            space = await AddressSpace.attach(page)
            for path in PAGES:
                await page.goto(shop.url + path)
                found.append(await space.observe(1500))
            await space.close()
            await browser.close()
    return found


def rows(seen: list[Observation]) -> list[Row]:
    parts = [ours(view) for view in seen]
    answer = VERBOSE.rsplit("Response:\n", 1)[1]
    said = [TOKENS(json.dumps(step, separators=(",", ":")) + ",") for step in STEPS]
    return [
        Row("prompts.verbose", f"verbose prompt and page ({BY})", [verbose(v) for v in seen], "tokens"),
        Row("prompts.ours", "prompt and page", [sum(p.values()) for p in parts], "tokens",
            baseline="prompts.verbose"),
        Row("prompts.system", "of that system and example", [p["system"] for p in parts],
            "tokens", target="p95 <= 450"),
        Row("prompts.page", "of that the page", [p["page"] for p in parts], "tokens",
            target="p95 <= 1500"),
        Row("prompts.verbose_answer", "verbose answer", [TOKENS(answer)], "tokens"),
        Row("prompts.answer", "answer", [sum(said)], "tokens", baseline="prompts.verbose_answer"),
        Row("prompts.step", "a step of it", said, "tokens", target="p95 <= 16"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(0 if report("prompts", rows(asyncio.run(views()))) else 1)
