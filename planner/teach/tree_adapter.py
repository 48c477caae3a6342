"""The taught change as a GGUF adapter: 16-bit matrices, and which model they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .tree_batch import Array


def write(
    path: Path, matrices: Mapping[str, tuple[Array, Array]], alpha: float, layers: int, base: str
) -> None:
    """Write the (A, B) of each matrix; all of it or, when that fails, nothing.

    ``layers`` is how many of the base's are used, ``base`` the hash of the file it came from.
    """
    import gguf

    unfinished = path.with_name(f".{path.name}.new")
    writer = gguf.GGUFWriter(unfinished, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    writer.add_uint32("abos.layers", layers)
    writer.add_string("abos.base.sha256", base)
    for name, (a, b) in sorted(matrices.items()):
        writer.add_tensor(f"{name}.lora_a", np.ascontiguousarray(a, np.float16))
        writer.add_tensor(f"{name}.lora_b", np.ascontiguousarray(b, np.float16))
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path) -> dict[str, tuple[Array, Array]]:
    """The (A, B) of each matrix of an adapter that was written here."""
    import gguf

    found = {t.name: np.asarray(t.data, np.float32) for t in gguf.GGUFReader(path).tensors}
    names = {name.removesuffix(".lora_a") for name in found if name.endswith(".lora_a")}
    return {name: (found[f"{name}.lora_a"], found[f"{name}.lora_b"]) for name in names}
