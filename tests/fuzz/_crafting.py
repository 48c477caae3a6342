"""Containers whose hashes are right, whatever else is wrong."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import msgpack  # type: ignore[import-untyped]
import xxhash

HEADER = struct.Struct("<8sHHIIIQIIQQ")


def digest(data: bytes) -> int:
    return xxhash.xxh3_64_intdigest(data)


def container(
    sections: Mapping[str, bytes],
    *,
    counts: tuple[int, int, int] = (1, 0, 0),
    directory: Any = None,
    rows: Mapping[str, Mapping[int, Any]] | None = None,
    **header: int,
) -> bytes:
    """A container of stored sections. `rows` changes fields of the directory's rows, `directory`
    replaces it, `header` changes `version`, `flags`, `start`, `length`, `zero`, `size`."""
    place, body, entries = 64, b"", {}
    for name, data in sections.items():
        row = {0: 0, 1: place, 2: len(data), 3: len(data), 4: digest(data)}
        entries[name] = tuple({**row, **(rows or {}).get(name, {})}.values())
        body += data + bytes(-len(data) % 8)
        place = 64 + len(body)
    packed = (
        directory
        if isinstance(directory, bytes)
        else msgpack.packb(entries if directory is None else directory)
    )
    given = {"version": 1, "flags": 0, "start": place, "length": len(packed), "zero": 0,
             "size": place + len(packed)} | header  # fmt: skip
    head = HEADER.pack(
        b"ABOSDOM\0", given["version"], given["flags"], *counts, given["start"], given["length"],
        given["zero"], given["size"], digest(packed),
    )  # fmt: skip
    return head + struct.pack("<Q", digest(head)) + body + packed
