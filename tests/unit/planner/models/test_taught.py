"""Base and adapter made one file: what is in it, and what happens when that fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import planner_ggufs as ggufs
import pytest

from abos.planner import LocalConfig, ModelBusy, ModelCorrupt, ModelMissing
from abos.planner.models import artifact, taught
from abos.planner.models.tensors import BF16, F16, F32, Q4_1, Q8_0, layout, to_q8_0, values
from abos.planner.models.worker import Stop

Array = np.ndarray[Any, Any]

WIDE, HIGH, RANK, ALPHA = 64, 32, 2, 6.0
NAMES = [f"blk.{i}.attn_q.weight" for i in range(3)]
RNG = np.random.default_rng(4)
WEIGHTS = {name: RNG.normal(size=(HIGH, WIDE)).astype(np.float32) for name in NAMES}
NORM = RNG.normal(size=WIDE).astype(np.float32)
LOW = RNG.normal(size=(RANK, WIDE)).astype(np.float16)
HIGHER = RNG.normal(size=(HIGH, RANK)).astype(np.float16)


class Files(NamedTuple):
    base: Path
    adapter: Path


def base_file(path: Path, kind: int = Q8_0) -> Path:
    settings: dict[str, str | int | float | list[str]] = {
        "general.architecture": "llama",
        "words": ["a", "b"],
        "llama.block_count": 3,
    }
    tensors = {name: (WEIGHTS[name], kind) for name in NAMES}
    ggufs.write(path, settings, {**tensors, "output_norm.weight": (NORM, F32)})
    artifact.record(path, path)
    return path


def adapter_file(path: Path, low: Array = LOW, layers: int = 2, **other: str | int | float) -> Path:
    settings = {
        "abos.base.sha256": artifact.MEMBER_SHA256,
        "abos.layers": layers,
        "adapter.lora.alpha": ALPHA,
        **{name.replace("_", "."): value for name, value in other.items()},
    }
    pair = {"lora_a": (low, F16), "lora_b": (HIGHER, F16)}
    return ggufs.write(path, settings, {f"{NAMES[0]}.{k}": v for k, v in pair.items()})


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(base_file(tmp_path / "base.gguf"), adapter_file(tmp_path / "a.lora"))


def numbers(path: Path) -> dict[str, Array]:
    raw = np.fromfile(path, np.uint8)
    found = layout(raw, path)
    return {t.name: values(raw, found, t) for t in found.tensors}


def made(files: Files, stop: Stop | None = None) -> Path:
    return taught.merged(files.base, stop or Stop(), files.adapter)


def leftovers(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} - {"base.gguf", "base.json", "a.lora"}


@pytest.mark.parametrize("kind", [Q8_0, Q4_1])
@pytest.mark.parametrize("written", [Q8_0, BF16])
def test_the_change_is_added_and_the_upper_layers_are_gone(
    tmp_path: Path, kind: int, written: int
) -> None:
    files = Files(base_file(tmp_path / "base.gguf", kind), adapter_file(tmp_path / "a.lora"))
    path = taught.merged(files.base, Stop(), files.adapter, written)
    before, after = numbers(files.base), numbers(path)
    assert after.keys() == {*NAMES[:2], "output_norm.weight"}
    change = ALPHA / RANK * HIGHER.astype(np.float32) @ LOW.astype(np.float32)
    assert np.abs(after[NAMES[0]] - before[NAMES[0]] - change).max() < 0.2
    assert np.abs(change).max() > 1
    assert np.array_equal(after[NAMES[1]], before[NAMES[1]])
    assert np.array_equal(after["output_norm.weight"], NORM)
    found = layout(np.fromfile(path, np.uint8), tmp_path)
    assert found.settings == {"general.architecture": "llama", "llama.block_count": 2}


def test_changes_below_the_steps_of_the_base_are_not_rounded_away(files: Files) -> None:
    """As a whole: a single number cannot change by less than a step."""
    adapter_file(files.adapter, LOW / np.float16(1500))
    change = ALPHA / RANK * HIGHER.astype(np.float32) @ (LOW / np.float16(1500)).astype(np.float32)
    step = np.abs(WEIGHTS[NAMES[0]]).max() / 127
    assert np.abs(change).mean() < step / 4
    for kind in (Q8_0, BF16):
        path = taught.merged(files.base, Stop(), files.adapter, kind)
        found = numbers(path)[NAMES[0]] - numbers(files.base)[NAMES[0]]
        assert 0.8 < (found * change).sum() / (change * change).sum() < 1.2


def test_it_is_made_once_and_again_when_it_is_cut_off(files: Files) -> None:
    path = made(files)
    assert artifact.verify(path)
    stamp = path.stat().st_mtime_ns
    assert made(files) == path
    assert path.stat().st_mtime_ns == stamp
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert made(files).read_bytes() == whole


def test_another_adapter_takes_its_place(files: Files) -> None:
    old = made(files)
    adapter_file(files.adapter, LOW + 1)
    new = made(files)
    assert new != old
    assert leftovers(new.parent) == {new.name, new.with_suffix(".json").name}


DAMAGE: dict[str, Callable[[Path], object]] = {
    "another model's": lambda p: adapter_file(p, abos_base_sha256="0" * 64),
    "no model's": lambda p: ggufs.write(p, {}, {}),
    "not finite": lambda p: adapter_file(p, LOW * np.float16("nan")),
    "another width": lambda p: adapter_file(p, LOW[:, :32]),
    "more layers than there are": lambda p: adapter_file(p, layers=4),
    "no layers": lambda p: adapter_file(p, layers=0),
    "empty": lambda p: p.write_bytes(b""),
    "text": lambda p: p.write_bytes(b"<html>" * 100),
    "cut in its head": lambda p: p.write_bytes(p.read_bytes()[:90]),
    "cut in its tensors": lambda p: p.write_bytes(p.read_bytes()[:-100]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_an_adapter_that_does_not_fit_is_refused(files: Files, damage: str) -> None:
    DAMAGE[damage](files.adapter)
    with pytest.raises(ModelCorrupt):
        made(files)
    assert not leftovers(files.base.parent)


def test_a_damaged_base_is_not_built_upon(files: Files) -> None:
    raw = bytearray(files.base.read_bytes())
    raw[-50] ^= 255
    files.base.write_bytes(raw)
    with pytest.raises(ModelCorrupt, match="doctor --fix"):
        made(files)


def test_without_room_nothing_is_left_behind(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(files.base.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(ModelMissing, match=r"cannot be written .* Make room"):
        made(files)
    assert not leftovers(files.base.parent)


def test_a_disk_that_fails_in_the_middle(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifact, "record", fails)
    with pytest.raises(ModelMissing, match="No space left"):
        made(files)
    assert not leftovers(files.base.parent)


def test_told_to_stop_it_stops(files: Files) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(ModelBusy):
        made(files, stop)
    assert not leftovers(files.base.parent)


def test_what_the_user_chose_is_left_as_it_is(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.gguf"
    shutil.copy(files.base, other)
    monkeypatch.setattr(taught, "ADAPTER", files.adapter)
    assert taught.belongs(LocalConfig(), files.base)
    assert not taught.belongs(LocalConfig(taught=False), files.base)
    assert not taught.belongs(LocalConfig(lora_path=files.adapter), files.base)
    assert not taught.belongs(LocalConfig(path=other), other)
    monkeypatch.setattr(taught, "ADAPTER", tmp_path / "none.gguf")
    assert not taught.belongs(LocalConfig(), files.base)


def test_eight_bits_are_near(tmp_path: Path) -> None:
    rows = RNG.normal(size=(64, 96)).astype(np.float32)
    rows[0] = 0
    path = ggufs.write(tmp_path / "x.gguf", {}, {"x": (rows, Q8_0)})
    assert len(to_q8_0(rows)) == rows.size // 32 * 34
    assert np.abs(numbers(path)["x"] - rows).max() < np.abs(rows).max() / 250
