"""Columns to bytes and back.

A frame of 32 bytes, little-endian: magic `ABOSDOM\\0`, version u16, flags u16, length of the
unpacked body u32, length of the stored body u32, four zero bytes, XXH3-64 of the 24 bytes before
it and the stored body u64. The body is one flat msgpack map, compressed with zstd above 1 KiB
(flag 1): numeric columns as little-endian byte strings, the string table as one UTF-8 blob
(lone surrogates as three bytes each) with the end of each string.
"""

from __future__ import annotations

import struct
from dataclasses import fields
from itertools import pairwise
from typing import Any, get_type_hints

import msgpack  # type: ignore[import-untyped]
import numpy as np
import xxhash
import zstandard

from .columns import MAX_STRINGS, Columns, Page, check, depths
from .errors import BadSnapshot, PageTooLarge

MAGIC = b"ABOSDOM\0"
VERSION = 1
MAX_BODY = 128 * 1024 * 1024
"""Bytes a body may have once unpacked: a bound on what a hostile file can make us allocate."""

_FRAME = struct.Struct("<8sHHII4x")
_HASH = struct.Struct("<Q")
_HEAD = _FRAME.size + _HASH.size
_ZSTD = 1
_COMPRESS_ABOVE = 1024
_LEVEL = 3
_COLUMNS = {
    "parent": "<i4",
    "kind": "u1",
    "label": "<u4",
    "attr_count": "<u4",
    "attrs": "<u4",
    "boxes": "<f4",
    "hidden": "<u4",
    "state_node": "<u4",
    "state_field": "u1",
    "state_value": "<i4",
    "scroll_node": "<u4",
    "scroll_xy": "<f4",
    "selection": "<i4",
    "sheet_node": "<u4",
    "sheet_flags": "u1",
    "sheet_texts": "<u4",
    "mark_node": "<u4",
    "mark_kind": "u1",
    "mark_value": "<u4",
}
_PAGE: dict[str, type] = get_type_hints(Page)
_KEYS = {*_COLUMNS, *_PAGE, "text", "text_ends"}


def encode(columns: Columns) -> bytes:
    """The bytes of a page. Raises `PageTooLarge` above `MAX_BODY`."""
    body = _pack(columns)
    if len(body) > MAX_BODY:
        raise PageTooLarge(f"the page takes {len(body)} bytes, more than {MAX_BODY}")
    flags, stored = 0, body
    if len(body) > _COMPRESS_ABOVE:
        flags, stored = _ZSTD, zstandard.ZstdCompressor(level=_LEVEL).compress(body)
    frame = _FRAME.pack(MAGIC, VERSION, flags, len(body), len(stored))
    return b"".join((frame, _HASH.pack(_digest(frame, stored)), stored))


def decode(data: bytes) -> Columns:
    """The columns of a page, checked throughout.

    Raises `BadSnapshot` for anything that `encode` did not write, and allocates at most a small
    multiple of `MAX_BODY` before it does.
    """
    columns = _unpack(_open(data))
    check(columns)
    depths(columns)
    return columns


def _digest(frame: bytes, stored: bytes) -> int:
    digest = xxhash.xxh3_64(frame)
    digest.update(stored)
    return digest.intdigest()


def _open(data: bytes) -> bytes:
    """The unpacked body, once frame and hash agree."""
    if len(data) < _HEAD:
        raise BadSnapshot("too short to be a snapshot")
    magic, version, flags, size, stored_size = _FRAME.unpack_from(data)
    if magic != MAGIC:
        raise BadSnapshot("these bytes are not a snapshot")
    if version != VERSION:
        raise BadSnapshot(f"snapshot version {version} is not known here, only {VERSION}")
    if len(data) != _HEAD + stored_size:
        raise BadSnapshot(
            f"{len(data)} bytes instead of {_HEAD + stored_size}: cut short or joined"
        )
    stored = data[_HEAD:]
    (wanted,) = _HASH.unpack_from(data, _FRAME.size)
    if _digest(data[: _FRAME.size], stored) != wanted:
        raise BadSnapshot("the bytes were changed: their hash is another")
    if flags not in {0, _ZSTD} or size > MAX_BODY:
        raise BadSnapshot("unknown flags, or larger than a snapshot may be")
    body = _inflate(stored, size) if flags else stored
    if len(body) != size:
        raise BadSnapshot("the body has another length than the frame says")
    return body


def _inflate(stored: bytes, size: int) -> bytes:
    try:
        if zstandard.frame_content_size(stored) != size:  # else it could ask for any memory
            raise BadSnapshot("the compressed body has another length than the frame says")
        return zstandard.ZstdDecompressor().decompress(stored, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadSnapshot(f"the body can't be decompressed: {error}") from error


def _pack(columns: Columns) -> bytes:
    texts = [text.encode("utf-8", "surrogatepass") for text in columns.strings]
    ends = np.cumsum([len(text) for text in texts], dtype="<u4")
    body: dict[str, Any] = {item.name: getattr(columns.page, item.name) for item in fields(Page)}
    for name in ("url", "title"):
        body[name] = body[name].encode("utf-8", "surrogatepass")
    for name, dtype in _COLUMNS.items():
        body[name] = np.asarray(getattr(columns, name), dtype).tobytes()
    body["text"] = b"".join(texts)
    body["text_ends"] = ends.tobytes()
    packed: bytes = msgpack.packb(body, use_bin_type=True)
    return packed


def _unpack(body: bytes) -> Columns:
    try:
        # One flat map and no arrays: nested lengths could ask for any memory.
        found = msgpack.unpackb(
            body, max_map_len=len(_KEYS), max_array_len=0, max_ext_len=0, strict_map_key=True
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise BadSnapshot(f"the body is not msgpack: {error}") from error
    if not isinstance(found, dict) or found.keys() != _KEYS:
        raise BadSnapshot("the body has other parts than a snapshot")
    return Columns(
        page=_page(found),
        strings=_strings(_binary(found, "text"), _column(found, "text_ends", "<u4")),
        **{name: _column(found, name, dtype) for name, dtype in _COLUMNS.items()},
    )


def _binary(found: dict[str, Any], name: str) -> bytes:
    value = found[name]
    if not isinstance(value, bytes):
        raise BadSnapshot(f"{name} is not a byte string")
    return value


def _column(found: dict[str, Any], name: str, dtype: str) -> Any:
    data = _binary(found, name)
    if len(data) % np.dtype(dtype).itemsize:
        raise BadSnapshot(f"{name} is cut short")
    return np.frombuffer(data, dtype)


def _page(found: dict[str, Any]) -> Page:
    values = {name: found[name] for name in _PAGE}
    for name in ("url", "title"):
        values[name] = _text(_binary(found, name))
    for name, wanted in _PAGE.items():
        if type(values[name]) is not wanted:
            raise BadSnapshot(f"{name} is not of type {wanted.__name__}")
    return Page(**values)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise BadSnapshot("a string is not UTF-8") from error


def _strings(blob: bytes, ends: Any) -> tuple[str, ...]:
    if len(ends) > MAX_STRINGS:
        raise BadSnapshot("too many strings")
    limits = [0, *ends.tolist()]
    if limits != sorted(limits) or limits[-1] != len(blob):
        raise BadSnapshot("the string table is malformed")
    return tuple(_text(blob[a:b]) for a, b in pairwise(limits))
