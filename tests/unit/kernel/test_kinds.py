"""DECIDE of every kind through a kernel over pages in memory, and what a process saw and did."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from abos.kernel.actions import Check, Click, Effect, Fill, Press, Select, Type
from abos.kernel.config import Config
from abos.kernel.doors.cli import app
from abos.kernel.errors import CannotDecide, UsageError
from abos.kernel.fake import FakePage, fake_hardware
from abos.kernel.kernel import Kernel
from abos.kernel.past import Past
from abos.planner import LocalConfig, PlannerConfig, Thresholds
from abos.snapshot import Element, Observation

HOME, CART = "https://shop.example/", "https://shop.example/cart"
SITE = {
    HOME: FakePage(
        [Element("e1", "link", "Cart"), Element("e2", "textbox", "Search")],
        {"e1": CART},
        "Welcome\nOrder number: AB-10293",
        "Shop",
    ),
    CART: FakePage([Element("e1", "link", "Sign in")], {}, "Your cart is empty", "Cart"),
}


_LOOSE = Thresholds(floor=0.3)
"""What is sure enough hangs on the shipped calibration; this is about what arrives where."""


@pytest.fixture
async def kernel() -> AsyncIterator[Kernel]:
    config = Config(planner=PlannerConfig(LocalConfig(enabled=False), thresholds=_LOOSE))
    async with Kernel(config, hardware=fake_hardware(SITE)) as running:
        yield running


async def test_every_kind(kernel: Kernel) -> None:
    process = await kernel.spawn(HOME)
    value = await process.decide("the order number", kind="value")
    assert (value.answer, value.kind, value.ref) == ("AB-10293", "value", None)
    element = await process.decide("Cart")
    assert (element.ref, element.answer, element.kind) == ("e1", "e1", "element")
    effect = await process.act(Click("e1"))
    assert effect.navigated
    done = await process.decide("open the cart", kind="done")
    assert (done.answer, done.kind) == ("yes", "done")
    empty = await process.decide("is the cart empty?", kind="yesno")
    assert empty.answer == "yes"
    assert 0.5 < empty.probability < 1


async def test_a_field_that_holds_the_value(kernel: Kernel) -> None:
    process = await kernel.spawn(HOME)
    await process.act(Fill("e2", "mug"))
    assert (await process.decide("type mug", kind="done")).answer == "yes"


async def test_none_of_these(kernel: Kernel) -> None:
    process = await kernel.spawn(CART)
    with pytest.raises(CannotDecide):
        await process.decide("the phone number", kind="value")
    found = await process.decide("the phone number", kind="value", or_none=True)
    assert found.answer is None


def test_a_view_that_was_cut_short_does_not_replace_a_longer_one() -> None:
    past = Past()
    past.saw(Observation(HOME, "", text="- text: a\n- text: b", tokens=9))
    past.saw(Observation(HOME, "", text="", tokens=0, truncated=2))
    past.acted(Click("e1"), Effect(HOME, changed=1))
    assert past.change.before is not None
    assert list(past.change.before.lines) == ["a", "b"]
    past.saw(Observation(CART, "", text="- text: c", tokens=1, truncated=5))
    past.acted(Click("e1"), Effect(HOME))
    assert past.change.before is not None
    assert list(past.change.before.lines) == ["c"]


@pytest.mark.parametrize(
    ("action", "name", "value"),
    [
        (Click("e1"), "click", ""), (Fill("e1", "x"), "fill", "x"), (Type("e1", "x"), "type", "x"),
        (Check("e1"), "check", ""), (Check("e1", False), "uncheck", ""),
        (Select("e1", ("a", "b")), "select", "a"), (Press("Enter"), "press", ""),
    ],
)  # fmt: skip
def test_what_was_done_is_remembered(action: object, name: str, value: str) -> None:
    past = Past()
    past.acted(action, Effect(HOME, added=1, removed=2, changed=3, value="v", status=200))  # type: ignore[arg-type]
    assert (past.change.action, past.change.value, past.change.got) == (name, value, "v")
    assert (past.change.changed, past.change.status, past.change.before) == (6, 200, None)


# ---- the command line ------------------------------------------------------------------------


def test_the_command_line_knows_its_kinds() -> None:
    done = CliRunner().invoke(app, ["decide", HOME, "x", "--kind", "frob"])
    assert isinstance(done.exception, UsageError)


def test_labelled_decisions_are_evaluated(tmp_path: Path) -> None:
    record = {
        "id": 1, "kind": "form", "instruction": "Email", "action": "type", "answer": [0],
        "candidates": [{"role": "textbox", "name": "Email"}],
    }  # fmt: skip
    file, out = tmp_path / "a.jsonl", tmp_path / "out" / "d.json"
    file.write_text(json.dumps(record))
    config = tmp_path / "abos.toml"
    config.write_text("[planner.local]\nenabled = false\n")
    more = ["--out", str(out), "--config", str(config)]
    shown = CliRunner().invoke(app, ["eval", "decisions", str(file), "--json", *more])
    assert shown.exit_code == 0, shown.output
    document = json.loads(out.read_text())
    assert json.loads(shown.stdout) == document
    assert document["rows"][0]["id"] == "all"
    assert document["rows"][0]["accuracy"] == 1.0
    assert document["missing"][:2] == ["local", "cloud"]
    table = CliRunner().invoke(app, ["eval", "decisions", str(file), "--wrong", *more])
    assert "coverage95" in table.output
    file.write_text("")
    empty = CliRunner().invoke(app, ["eval", "decisions", str(file), *more])
    assert isinstance(empty.exception, UsageError)
