"""Why a kernel decided as it did: in spans, over the control socket, and on the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from abos.kernel.config import Config
from abos.kernel.control import call, kernels
from abos.kernel.doors.cli import app
from abos.kernel.errors import CannotDecide, NoSuchDecision, Refused
from abos.kernel.fake import FakePage, fake_hardware
from abos.kernel.handle import Process
from abos.kernel.kernel import Kernel
from abos.planner import LocalConfig, PlannerConfig
from abos.snapshot import Element

HOME = "https://shop.example/"
PAGE = FakePage([Element("e1", "link", "Cart"), Element("e2", "textbox", "Search")])


@pytest.fixture
async def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kernel]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    config = Config(planner=PlannerConfig(local=LocalConfig(enabled=False), keep_decisions=3))
    async with Kernel(config, hardware=fake_hardware({HOME: PAGE})) as running:
        while not kernels():
            await asyncio.sleep(0.01)
        yield running


@pytest.fixture
async def process(kernel: Kernel) -> Process:
    return await kernel.spawn(HOME, profile="ada")


def spans(kernel: Kernel) -> list[dict[str, Any]]:
    return [
        dict(span.attributes)
        for span in kernel.telemetry.timeline.parts()
        if span.name == "abos.decide"
    ]


async def test_a_decision_is_explained_in_its_span_and_over_the_socket(
    kernel: Kernel, process: Process
) -> None:
    view = await process.observe()
    name = view.elements[0].name
    decision = await process.decide(name, "")
    (span,) = spans(kernel)
    assert span["abos.decision.id"] == decision.id
    assert span["abos.decision.exact"] == f"{decision.probability:.2f}"
    assert span["abos.decision.cloud"] == "skipped"
    assert name not in span["abos.decision.route"]
    (socket,) = kernels()
    told = await asyncio.to_thread(call, socket, "why", {"id": decision.id})
    assert (told["id"], told["ref"], told["by"]) == (decision.id, decision.ref, "exact")
    assert [note["tier"] for note in told["tiers"]] == ["exact", "ranker", "local", "cloud"]


async def test_a_failure_is_explained_too(kernel: Kernel, process: Process) -> None:
    with pytest.raises(CannotDecide) as caught:
        await process.decide("frobnicate the quux", "click")
    (span,) = spans(kernel)
    assert span["abos.decision.id"] in caught.value.hint
    assert "undecided" in span["abos.decision.route"]
    assert span["error.type"] == "CannotDecide"


async def test_secrets_are_masked(kernel: Kernel, process: Process) -> None:
    with suppress(CannotDecide):
        await process.decide('type "hunter2" into the password field', "fill")
    (socket,) = kernels()
    told = await asyncio.to_thread(call, socket, "why.ls", {})
    assert "hunter2" not in json.dumps(told)
    assert "password" in told[0]["instruction"]
    assert "hunter2" not in json.dumps(spans(kernel))


async def test_only_so_many_are_kept(kernel: Kernel, process: Process) -> None:
    view = await process.observe()
    ids = [(await process.decide(view.elements[0].name, "")).id for _ in range(5)]
    (socket,) = kernels()
    told = await asyncio.to_thread(call, socket, "why.ls", {"count": 100})
    assert [each["id"] for each in told] == ids[:1:-1]
    with pytest.raises(Refused, match="no decision") as caught:
        await asyncio.to_thread(call, socket, "why", {"id": ids[0]})
    assert caught.value.kind == NoSuchDecision.__name__
    assert caught.value.exit_code == 2


async def test_the_models_and_caches_tell_how_they_are(kernel: Kernel, process: Process) -> None:
    view = await process.observe()
    for _ in range(2):
        await process.decide(view.elements[0].name, "")
    (socket,) = kernels()
    told = await asyncio.to_thread(call, socket, "minds.stats")
    assert told["tiers"] == ["exact", "ranker"]
    assert told["local"] is None
    assert told["routes"]["hit_rate"] == 0.5
    assert 'cache="routes",result="hit"} 1.0' in kernel.metrics()


async def test_the_command_line_prints_it(kernel: Kernel, process: Process) -> None:
    view = await process.observe()
    element = view.elements[0]
    decision = await process.decide(element.name, "")
    shown = await abos("why", decision.id)
    assert shown.startswith(f"{decision.id}  any action")
    assert f"-> {decision.ref} by exact at {decision.probability:.2f}" in shown
    assert "a cheaper tier was sure enough" in shown
    assert json.loads(await abos("why", decision.id, "--json"))["id"] == decision.id
    assert decision.id in await abos("why")
    assert json.loads(await abos("why", "--json"))[0]["id"] == decision.id


async def test_an_id_that_nobody_knows(kernel: Kernel) -> None:
    with pytest.raises(NoSuchDecision, match="d0000"):
        await abos("why", "d0000")
    assert "No decision was taken yet" in await abos("why")


async def abos(*words: str) -> str:
    """What the command prints; the kernel goes on meanwhile. Raises what the command raises."""

    def run() -> str:
        done = CliRunner().invoke(app, words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return await asyncio.to_thread(run)
