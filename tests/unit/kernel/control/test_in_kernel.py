"""A kernel and its control socket: there from boot to close, and never in its way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from abos.kernel.config import Config
from abos.kernel.control import call, kernels
from abos.kernel.fake import FakePage, fake_hardware
from abos.kernel.kernel import Kernel
from abos.planner import LocalConfig, PlannerConfig

HOME = "https://shop.example/"


def kernel() -> Kernel:
    config = Config(planner=PlannerConfig(local=LocalConfig(enabled=False)))
    return Kernel(config, hardware=fake_hardware({HOME: FakePage()}))


async def test_it_answers_from_boot_to_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    async with kernel() as running:
        await running.spawn(HOME)
        (socket,) = kernels()
        (row,) = await asyncio.to_thread(call, socket, "pool.ls")
        assert (row["state"], row["site"]) == ("leased", "")
        assert (await asyncio.to_thread(call, socket, "pool.stats"))["misses"] == 1
        assert socket.path.exists()
    assert not socket.path.exists()


async def test_a_kernel_without_a_place_for_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    async with kernel() as running, await running.spawn(HOME) as process:
        await process.observe()
        assert kernels() == []
