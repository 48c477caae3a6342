"""The model in this process: adapters, unloading, memory, and damage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from abos.planner import (
    Candidate,
    Decider,
    Decision,
    LocalConfig,
    ModelBusy,
    ModelCorrupt,
    ModelMissing,
    ModelTooLarge,
    PlannerConfig,
    Question,
)
from abos.planner.models import gguf, llama, tuning
from abos.planner.models.artifact import Q8_NAME, default_model_path, fetch, verify
from abos.planner.models.base import ModelInfo
from abos.planner.models.engine import Engine
from abos.planner.models.gguf import refuse_unless_loadable
from abos.planner.models.llama import LlamaModel
from abos.planner.models.worker import Stop

from .adapters import adapter

pytestmark = [
    pytest.mark.skipif(find_spec("llama_cpp") is None, reason="llama.cpp is missing"),
    pytest.mark.model,
]

TWINS = Question(
    "open the details",
    "click",
    tuple(
        Candidate(f"e{i}", "link", f"Details of {n}") for i, n in enumerate(("Xanthe", "Yorick"))
    ),
)
WORDS = [f" the {each}" for each in ("cart", "help page", "sign in button", "green banana")]


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real model: from the user's cache when it is whole there, else fetched."""
    kept = default_model_path()
    if kept.name == Q8_NAME and verify(kept):
        return kept
    return fetch(tmp_path_factory.mktemp("models"))


@pytest.fixture
def config(model_path: Path) -> LocalConfig:
    return LocalConfig(path=model_path, taught=False, load_s=60, deadline_s=30)


@pytest.fixture
async def model(config: LocalConfig) -> AsyncIterator[LlamaModel]:
    made = LlamaModel(config)
    await made.warm_up()
    yield made
    await made.close()


async def scores(config: LocalConfig) -> list[float]:
    model = LlamaModel(config)
    try:
        return await model.score("To buy it, open", WORDS, 60)
    finally:
        await model.close()


# ---- adapters --------------------------------------------------------------------------------


async def test_an_adapter_changes_the_model(config: LocalConfig, tmp_path: Path) -> None:
    plain = await scores(config)
    nothing = replace(config, lora_path=adapter(tmp_path / "zero.gguf", 0.0))
    assert await scores(nothing) == pytest.approx(plain, abs=0.05)
    something = replace(config, lora_path=adapter(tmp_path / "some.gguf", 0.5))
    changed = await scores(something)
    assert changed != pytest.approx(plain, abs=0.5)
    off = replace(something, lora_scale=0.0)
    assert await scores(off) == pytest.approx(plain, abs=0.05)


async def test_another_adapter_is_another_model(config: LocalConfig, tmp_path: Path) -> None:
    names = set()
    for strength in (0.1, 0.2):
        lora = adapter(tmp_path / f"{strength}.gguf", strength)
        model = LlamaModel(replace(config, lora_path=lora))
        await model.warm_up()
        names.add(model.info.identity)
        await model.close()
    assert len(names) == 2


async def test_an_adapter_that_is_none(config: LocalConfig, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no LoRA adapter"):
        await scores(replace(config, lora_path=tmp_path / "none.gguf"))
    assert config.path is not None
    with pytest.raises(ModelCorrupt):
        await scores(replace(config, lora_path=config.path))


# ---- deadlines ---------------------------------------------------------------------------------

LONG = [" a text of some length" * 3] * 64


async def test_work_that_nobody_waits_for_any_more_ends_at_once(model: LlamaModel) -> None:
    """Given up by its deadline or by its caller, it leaves the thread to the next."""
    started = time.monotonic()
    await model.score("We saw", LONG, 120)
    whole = time.monotonic() - started
    for way in ("deadline", "cancelled"):
        call = asyncio.ensure_future(
            model.score(f"{way} we saw", LONG, whole / 10 if way == "deadline" else 120)
        )
        await asyncio.sleep(whole / 10)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        started = time.monotonic()
        await model.score("Then", [" this"], 120)
        assert time.monotonic() - started < whole / 2


# ---- memory ----------------------------------------------------------------------------------


async def test_unused_it_is_unloaded_and_needed_it_is_loaded_again(config: LocalConfig) -> None:
    model = LlamaModel(replace(config, keep_s=0.3))
    before = await model.score("To buy it, open", WORDS, 60)
    assert model.info.rss_mb > 0
    async with asyncio.timeout(20):
        while model.loaded or model.info.rss_mb:
            await asyncio.sleep(0.02)
    again = await model.score("To buy it, open", WORDS, 60)
    assert again == pytest.approx(before, abs=0.01)
    await model.close()


async def test_in_use_it_stays(config: LocalConfig) -> None:
    model = LlamaModel(replace(config, keep_s=0.4))
    await model.warm_up()
    ends = time.monotonic() + 1.2
    while time.monotonic() < ends:
        await model.score("To buy it, open", WORDS[:1], 60)
        assert model.loaded
        await asyncio.sleep(0.02)
    await model.close()


async def test_without_memory_for_it_nothing_is_loaded(
    config: LocalConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = replace(config, memory_reserve_mb=1e9)
    model = LlamaModel(needs)
    with pytest.raises(ModelTooLarge, match="must stay free"):
        await model.warm_up()
    assert not model.loaded
    await model.close()

    decider = Decider(PlannerConfig(local=needs))
    await decider.warm_up()
    assert "local" in decider.available  # memory may become free
    end = await asyncio.gather(decider.decide(TWINS), return_exceptions=True)
    assert not isinstance(end[0], Decision) or end[0].by != "local"
    await decider.close()


async def test_while_it_is_loaded_the_deadline_holds(
    config: LocalConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(path: Path, lora: Path | None, stop: Stop) -> None:
        time.sleep(0.6)
        refuse_unless_loadable(path, lora, Stop())

    monkeypatch.setattr(llama, "refuse_unless_loadable", slowly)
    model = LlamaModel(config)
    with pytest.raises(ModelBusy, match="being loaded"):
        await model.score("We saw", WORDS, 0.05)
    await model.warm_up()  # it went on behind the call's back
    assert len(await model.score("We saw", WORDS, 30)) == len(WORDS)
    await model.close()


async def test_closing_does_not_wait_for_a_file_that_is_being_checked(
    config: LocalConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf, "_TRIAL", "import time; time.sleep(600)")
    assert config.path is not None
    copy = tmp_path / "copy.gguf"
    copy.symlink_to(config.path)
    model = LlamaModel(replace(config, path=copy))
    loading = asyncio.ensure_future(model.warm_up())
    await asyncio.sleep(0.2)
    async with asyncio.timeout(10):
        await model.close()
    with pytest.raises(ModelBusy):
        await loading


# ---- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage", ["empty", "short", "header", "counts", "settings", "tensors", "cut", "text"]
)
async def test_a_damaged_file_is_a_typed_error(
    config: LocalConfig, tmp_path: Path, damage: str
) -> None:
    """Whatever is in the file, this process lives, and a second try costs nothing."""
    assert config.path is not None
    raw = bytearray(config.path.read_bytes())
    noise = np.random.default_rng(len(damage)).bytes(4096)
    match damage:
        case "empty":
            raw = bytearray()
        case "short":
            del raw[15:]
        case "header":
            raw[4:8] = b"\xff\xff\xff\xff"
        case "counts":
            raw[8:24] = b"\xff" * 16
        case "settings":
            raw[200:4296] = noise
        case "tensors":
            at = raw.index(b"blk.0.attn_q.weight")
            raw[at : at + 4096] = noise
        case "cut":
            del raw[len(raw) // 2 :]
        case "text":
            raw = bytearray(b"<html>404 not found</html>" * 100)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(raw)
    model = LlamaModel(replace(config, path=broken))
    for _ in range(2):
        with pytest.raises(ModelCorrupt):
            await model.weigh("click it", ["a", "b"], 60)
    await model.close()


async def test_what_suits_the_machine_is_measured_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: LocalConfig
) -> None:
    monkeypatch.setattr(tuning, "tuning_file", lambda: tmp_path / "tuning.json")
    monkeypatch.setattr(tuning, "is_calm", lambda: True)
    monkeypatch.setattr("abos.planner.models.llama.PROBE_S", 60.0)
    first = await _tuned(config)
    assert first.tokens_s > 0
    assert first.first_token_s > 0
    kept = tuning.latest(tmp_path / "tuning.json")
    assert kept is not None
    assert (kept.threads, kept.tokens_s) == (first.threads, first.tokens_s)

    monkeypatch.setattr(Engine, "_read_speed", None)  # remembered: nothing is measured again
    assert (await _tuned(config)).tokens_s == first.tokens_s
    assert (await _tuned(replace(config, threads=3))).threads == 3


async def test_a_busy_machine_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: LocalConfig
) -> None:
    monkeypatch.setattr(tuning, "tuning_file", lambda: tmp_path / "tuning.json")
    monkeypatch.setattr(tuning, "is_calm", lambda: False)
    assert (await _tuned(config)).tokens_s == 0
    assert not (tmp_path / "tuning.json").exists()


async def _tuned(config: LocalConfig) -> ModelInfo:
    model = LlamaModel(config)
    await model.warm_up()
    assert model._tuning is not None
    await model._tuning
    await model.close()
    return model.info
