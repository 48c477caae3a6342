"""The taught model: the base and the adapter that came with ABOS, made one file and kept.

Computed as two, the adapter would cost a third more for every token; and it may have been taught
on the first layers alone, which no adapter can say. The file is made once, in a few seconds.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..config import LocalConfig
from ..errors import ModelBusy, ModelCorrupt, ModelMissing
from . import artifact
from .tensors import (
    BF16,
    Q4_1,
    Q8_0,
    Array,
    Layout,
    Tensor,
    layout,
    padded,
    size_of,
    to_bf16,
    to_q8_0,
    values,
)
from .worker import Stop

ADAPTER = Path(__file__).parent.parent / "taught" / "smollm2-decider.gguf"

_STEPS = 120
"""Of the changed matrices, where the base has 127. Changes are mostly smaller than half a step: on
the base's own grid a third of what was taught would be rounded away, always towards the base."""

Buffer = bytes | memoryview

_NAME = "smollm2-decider-"
_AGAIN = "Install ABOS again."


def belongs(config: LocalConfig, base: Path) -> bool:
    """Whether the adapter is to be used: not when the user chose another model or adapter."""
    chosen = not config.taught or config.lora_path is not None
    return not chosen and ADAPTER.is_file() and artifact.is_ours(base)


def quickest(lib: Any) -> int:
    """The kind of numbers that llama.cpp computes fastest here.

    Where the processor multiplies bf16, that takes half the time of Q8_0 (measured) and twice the
    memory; elsewhere it is slow.
    """
    return BF16 if b"AVX512_BF16 = 1" in lib.llama_print_system_info() else Q8_0


def merged(base: Path, stop: Stop, adapter: Path, kind: int = Q8_0) -> Path:
    """The file of both, beside the base; made when it is not there. Blocking, seconds when made.

    What was taught is written as ``kind``: Q8_0 or BF16.

    Raises ModelCorrupt when either is damaged or they do not belong together, ModelMissing when
    there is no room for the file, ModelBusy when it is to stop.
    """
    source = hashlib.sha256(adapter.read_bytes())
    source.update(f"{artifact.recorded_hash(base)} {_STEPS} {kind}".encode())
    final = base.with_name(f"{_NAME}{source.hexdigest()[:16]}.gguf")
    if artifact.recorded_hash(final):
        return final
    if not artifact.verify(base):
        raise ModelCorrupt(f"{base} is damaged.", "Run: abos doctor --fix")
    both = _Both(_File.read(base), _File.read(adapter), kind)
    try:
        _write(both, final, stop)
    except OSError as error:
        raise ModelMissing(
            f"The taught model cannot be written to {final.parent}: {error}.",
            f"Make room for {both.size / 1e6:.0f} MB there.",
        ) from error
    for old in final.parent.glob(f"{_NAME}*.gguf"):
        if old != final:
            artifact.remove(old)
    return final


def _write(both: _Both, final: Path, stop: Stop) -> None:
    """Whole or not at all, whatever happens meanwhile."""
    free = shutil.disk_usage(final.parent).free
    if free < both.size:
        raise OSError(f"{free / 1e6:.0f} MB are free")
    with tempfile.TemporaryDirectory(prefix=".merge-", dir=final.parent) as work:
        made = Path(work) / final.name
        with made.open("wb") as file:
            for part in both.parts():
                if stop.is_set:
                    raise ModelBusy("The local model was told to stop.")
                file.write(part)
        artifact.record(made, final, f"{final.stem} of {artifact.PACKAGE} {artifact.VERSION}")
        made.replace(final)


@dataclass(frozen=True, slots=True)
class _File:
    """A GGUF file in memory, as far as it is looked at."""

    raw: Array
    found: Layout

    @staticmethod
    def read(path: Path) -> _File:
        try:
            raw = np.memmap(path, np.uint8, "r")
        except ValueError as error:  # an empty file
            raise ModelCorrupt(f"{path} is empty.", _AGAIN) from error
        return _File(raw, layout(raw, path))

    def numbers(self, tensor: Tensor) -> Array:
        return values(self.raw, self.found, tensor)


class _Both:
    """The base with the adapter's change, part by part. Raises ModelCorrupt if they do not fit."""

    def __init__(self, base: _File, adapter: _File, kind: int) -> None:
        self._base, self._change, self._written = base, adapter, kind
        told = adapter.found.settings
        if told.get("abos.base.sha256") != artifact.MEMBER_SHA256:
            raise ModelCorrupt("The taught adapter belongs to another model.", _AGAIN)
        self._layers = int(told.get("abos.layers", 0))
        pairs = {t.name: t for t in adapter.found.tensors}
        self._pairs = {
            name.removesuffix(".lora_a"): (low, pairs[name.removesuffix("a") + "b"])
            for name, low in pairs.items()
            if name.endswith(".lora_a") and name.removesuffix("a") + "b" in pairs
        }
        ranks = {low.shape[-1] for low, _ in self._pairs.values()}
        if not 0 < self._layers <= int(base.found.settings.get("llama.block_count", 0)):
            raise ModelCorrupt("The taught adapter does not say which layers it is for.", _AGAIN)
        if len(ranks) != 1 or 2 * len(self._pairs) != len(pairs):
            raise ModelCorrupt("The taught adapter lacks a part.", _AGAIN)
        self._scale = float(told.get("adapter.lora.alpha", 0.0)) / ranks.pop()
        self._tensors = [t for t in base.found.tensors if _layer(t.name) < self._layers]
        missing = self._pairs.keys() - {t.name for t in self._tensors}
        if missing:
            raise ModelCorrupt(f"The model has no {min(missing)}, which was taught.", _AGAIN)

    @property
    def size(self) -> int:
        """Bytes of the file, nearly."""
        return self._base.found.data + sum(padded(self._size(t)) for t in self._tensors)

    def parts(self) -> Iterator[Buffer]:
        """The file. What stays as it is is not copied here, which would hold the interpreter."""
        yield from _aligned(self._head())
        for tensor in self._tensors:
            yield from _aligned(self._data(tensor))

    def _head(self) -> bytes:
        """The base's settings with the layers that are left, and the list of tensors."""
        found, raw = self._base.found, self._base.raw
        settings = bytearray(raw[found.first : found.last])
        at = found.places["llama.block_count"] - found.first
        settings[at : at + 4] = struct.pack("<I", self._layers)
        counts = struct.pack("<QQ", len(self._tensors), len(found.places))
        head, start = bytes(raw[:8]) + counts + bytes(settings), 0
        for tensor in self._tensors:
            name = tensor.name.encode()
            shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
            head += struct.pack("<Q", len(name)) + name + shape
            head += struct.pack("<IQ", self._kind(tensor), start)
            start += padded(self._size(tensor))
        return head

    def _kind(self, tensor: Tensor) -> int:
        return self._written if tensor.name in self._pairs else tensor.kind

    def _size(self, tensor: Tensor) -> int:
        return size_of(tensor.shape, self._kind(tensor))

    def _data(self, tensor: Tensor) -> Buffer:
        start = self._base.found.data + tensor.start
        if tensor.name not in self._pairs:
            return self._base.raw[start : start + tensor.size].data
        if tensor.kind not in (Q4_1, Q8_0):
            raise ModelCorrupt(f"{tensor.name} of the model is in a form that cannot be taught.")
        low, high = (self._change.numbers(t) for t in self._pairs[tensor.name])
        numbers = self._base.numbers(tensor)
        if (high.shape[0], low.shape[1]) != numbers.shape or not _finite(low, high):
            raise ModelCorrupt(f"The taught adapter's {tensor.name} is damaged.", _AGAIN)
        numbers = numbers + self._scale * (high @ low)
        return to_bf16(numbers) if self._written == BF16 else to_q8_0(numbers, _STEPS)


def _aligned(data: Buffer) -> Iterator[Buffer]:
    yield data
    yield bytes(padded(len(data)) - len(data))


def _layer(name: str) -> int:
    """The number of the layer that a tensor is of; -1 for those of none."""
    parts = name.split(".")
    return int(parts[1]) if parts[0] == "blk" and parts[1].isdecimal() else -1


def _finite(*arrays: Array) -> bool:
    return all(bool(np.isfinite(each).all()) for each in arrays)
