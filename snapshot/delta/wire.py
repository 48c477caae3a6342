"""Deltas to bytes and back; `FORMAT.md` describes them."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import msgpack  # type: ignore[import-untyped]
import numpy as np
import xxhash
import zstandard

from ..columns import MAX_NODES
from ..errors import BadSnapshot, PageTooLarge
from .content import HASH_BYTES
from .delta import Boxes, Delta, Ints, Rows, Splice, Text
from .tables import TABLES

MAGIC = b"ABOSDLTA"
VERSION = 1
MAX_BODY = 64 * 1024 * 1024
"""Bytes of a delta once unpacked: a bound on what hostile ones make us allocate."""

_FRAME = struct.Struct("<8sHHIQ16s16s")
_ZSTD = 1
_COMPRESS_ABOVE = 128
_LEVEL = 9
_WIDTHS = {1: "<i1", 2: "<i2", 4: "<i4", 8: "<i8"}
_PREFIX = "page."
_ROWS = frozenset(f"{table.name}.{part}" for table in TABLES for part in ("runs", "new"))
_NEEDED = frozenset(["count", "runs", "nodes", "text", "text_ends", "splices"])
_KNOWN = _NEEDED | _ROWS | {"box_runs", "box_values", "selection"}
_MAX_KEYS = 64


def is_delta(data: bytes) -> bool:
    """Whether these bytes begin as a delta does."""
    return data.startswith(MAGIC)


def encode(delta: Delta) -> bytes:
    """The bytes of a delta. Raises `PageTooLarge` above `MAX_BODY`."""
    body = _pack(delta)
    if len(body) > MAX_BODY:
        raise PageTooLarge(f"the delta takes {len(body)} bytes, more than {MAX_BODY}")
    flags, stored = 0, body
    if len(body) > _COMPRESS_ABOVE:
        small = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(body)
        if len(small) < len(body):
            flags, stored = _ZSTD, small
    frame = (MAGIC, VERSION, flags, len(body))
    digest = _digest(flags, delta.base, delta.target, stored)
    return _FRAME.pack(*frame, digest, delta.base, delta.target) + stored


def decode(data: bytes) -> Delta:
    """A delta from its bytes. Whether its numbers fit a page is for `apply` to say.

    Raises `BadSnapshot` for anything that `encode` did not write, and allocates at most a small
    multiple of `MAX_BODY` before it does.
    """
    if len(data) < _FRAME.size or not is_delta(data):
        raise BadSnapshot("these bytes are not a delta")
    _, version, flags, size, wanted, base, target = _FRAME.unpack_from(data)
    if version != VERSION:
        raise BadSnapshot(f"delta version {version} is not known here, only {VERSION}")
    if flags not in {0, _ZSTD} or size > MAX_BODY:
        raise BadSnapshot("unknown flags, or larger than a delta may be")
    stored = data[_FRAME.size :]
    if _digest(flags, base, target, stored) != wanted:
        raise BadSnapshot("the delta was changed: its hash is another")
    body = _inflate(stored, size) if flags else stored
    if len(body) != size:
        raise BadSnapshot("the body has another length than the frame says")
    return _unpack(body, base, target)


def _digest(flags: int, base: bytes, target: bytes, stored: bytes) -> int:
    digest = xxhash.xxh3_64(flags.to_bytes(2, "little") + base + target)
    digest.update(stored)
    return digest.intdigest()


def _inflate(stored: bytes, size: int) -> bytes:
    try:
        if zstandard.frame_content_size(stored) != size:  # else it could ask for any memory
            raise BadSnapshot("the compressed body has another length than the frame says")
        return zstandard.ZstdDecompressor().decompress(stored, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadSnapshot(f"the body can't be decompressed: {error}") from error


def _pack(delta: Delta) -> bytes:
    texts = [text if isinstance(text, str) else text.middle for text in delta.texts]
    blobs = [_bytes(text) for text in texts]
    splices = [
        number
        for i, text in enumerate(delta.texts)
        if isinstance(text, Splice)
        for number in (i, text.column, text.row, text.prefix, text.suffix)
    ]
    body: dict[str, Any] = {
        "count": delta.count,
        "runs": _stream(delta.runs),
        "nodes": _stream(delta.nodes),
        "text": b"".join(blobs),
        "text_ends": _stream(np.cumsum([len(blob) for blob in blobs], dtype="i8")),
        "splices": _stream(np.array(splices, "i8")),
    }
    for name, value in delta.page.items():
        body[_PREFIX + name] = _bytes(value) if isinstance(value, str) else value
    if delta.boxes is not None:
        body["box_runs"] = _stream(delta.boxes.runs)
        body["box_values"] = delta.boxes.values.astype("<f4").tobytes()
    for name, rows in delta.tables.items():
        body[f"{name}.runs"], body[f"{name}.new"] = _stream(rows.runs), _stream(rows.new)
    if delta.selection is not None:
        body["selection"] = _stream(delta.selection)
    packed: bytes = msgpack.packb(body, use_bin_type=True)
    return packed


def _unpack(body: bytes, base: bytes, target: bytes) -> Delta:
    try:
        # One flat map and no arrays: nested lengths could ask for any memory.
        found = msgpack.unpackb(
            body, max_map_len=_MAX_KEYS, max_array_len=0, max_ext_len=0, strict_map_key=True
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise BadSnapshot(f"the body is not msgpack: {error}") from error
    if not isinstance(found, dict) or not found.keys() >= _NEEDED:
        raise BadSnapshot("the body has other parts than a delta")
    page = {name: found.pop(name) for name in list(found) if str(name).startswith(_PREFIX)}
    if not found.keys() <= _KNOWN or type(found["count"]) is not int:
        raise BadSnapshot("the body has other parts than a delta")
    if not 0 < found["count"] <= MAX_NODES:
        raise BadSnapshot("the number of nodes is out of bounds")
    selection = _ints(found, "selection") if "selection" in found else None
    if selection is not None and len(selection) not in {0, 4}:
        raise BadSnapshot("the selection is malformed")
    return Delta(
        base=base,
        target=target,
        count=found["count"],
        runs=_ints(found, "runs"),
        nodes=_ints(found, "nodes"),
        texts=_texts(found),
        page={str(name)[len(_PREFIX) :]: _value(value) for name, value in page.items()},
        boxes=_boxes(found),
        tables=_tables(found),
        selection=selection,
    )


def _stream(numbers: Ints) -> bytes:
    """The width of each number in bytes, then the numbers, as narrow as the widest allows."""
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    for width, dtype in _WIDTHS.items():
        if -(1 << 8 * width - 1) <= low and high < 1 << 8 * width - 1:
            return bytes([width]) + numbers.astype(dtype).tobytes()
    raise AssertionError("numbers have 64 bits")


def _ints(found: dict[str, Any], name: str) -> Ints:
    data = _binary(found, name)
    if not data or data[0] not in _WIDTHS or (len(data) - 1) % data[0]:
        raise BadSnapshot(f"{name} is malformed")
    return np.frombuffer(data, _WIDTHS[data[0]], offset=1).astype("i8")


def _binary(found: dict[str, Any], name: str) -> bytes:
    value = found.get(name)
    if not isinstance(value, bytes):
        raise BadSnapshot(f"{name} is not a byte string")
    return value


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _value(value: Any) -> str | float | int | bool:
    if isinstance(value, bytes):
        return _text(value)
    if type(value) not in {float, int, bool}:
        raise BadSnapshot("the page of the delta is malformed")
    known: float | int | bool = value
    return known


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise BadSnapshot("a string is not UTF-8") from error


def _texts(found: dict[str, Any]) -> tuple[Text, ...]:
    blob, ends = _binary(found, "text"), _ints(found, "text_ends").tolist()
    limits = [0, *ends]
    if limits != sorted(limits) or limits[-1] != len(blob):
        raise BadSnapshot("the texts are malformed")
    texts: list[Text] = [_text(blob[a:b]) for a, b in pairwise(limits)]
    splices = _ints(found, "splices")
    if len(splices) % 5 or len(splices) > 5 * len(texts):
        raise BadSnapshot("the splices are malformed")
    for at, column, row, prefix, suffix in splices.reshape(-1, 5).tolist():
        middle = texts[at] if 0 <= at < len(texts) else None
        if not isinstance(middle, str):
            raise BadSnapshot("the splices are malformed")
        texts[at] = Splice(column, row, prefix, suffix, middle)
    return tuple(texts)


def _boxes(found: dict[str, Any]) -> Boxes | None:
    if "box_runs" not in found and "box_values" not in found:
        return None
    runs, values = _ints(found, "box_runs"), _binary(found, "box_values")
    if len(runs) % 2 or len(values) % 4:
        raise BadSnapshot("the boxes of the delta are cut short")
    return Boxes(runs, np.frombuffer(values, "<f4"))


def _tables(found: dict[str, Any]) -> dict[str, Rows]:
    return {
        table.name: Rows(_ints(found, f"{table.name}.runs"), _ints(found, f"{table.name}.new"))
        for table in TABLES
        if f"{table.name}.runs" in found or f"{table.name}.new" in found
    }


assert HASH_BYTES == 16  # the frame has room for this many
