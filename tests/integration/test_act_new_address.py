"""Scripts that set a new address within the document: what they ask for then belongs to the act."""

from __future__ import annotations

import time
from typing import Any

import pytest

from abos import Click, Kernel
from abos.kernel.actions import WaitFor
from abos.kernel.config import Config
from abos.kernel.demo import DemoTracker
from abos.kernel.demo.tracker.api import Call, show_settings
from abos.kernel.demo.tracker.app import _API
from abos.planner import LocalConfig, PlannerConfig


async def test_an_act_ends_when_what_a_new_address_asked_for_has_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slowly(call: Call) -> dict[str, Any]:
        time.sleep(0.3)  # the site has a thread of its own
        return show_settings(call)

    monkeypatch.setitem(_API, ("GET", "/api/settings"), slowly)
    config = Config(planner=PlannerConfig(local=LocalConfig(enabled=False)))
    with DemoTracker() as tracker:
        async with Kernel(config) as kernel, await kernel.spawn(tracker.url) as process:
            await process.act(WaitFor(text="42 tickets"))
            view = await process.observe()
            link = next(e for e in view.elements if e.name == "Settings")
            effect = await process.act(Click(link.ref))
            assert effect.navigated
            assert "Email me when" in (await process.observe()).text
