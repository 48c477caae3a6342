"""Deltas from anywhere: an error with a reason, never a crash, a hang or memory without bound."""

from __future__ import annotations

import random
import resource
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import msgpack  # type: ignore[import-untyped]
import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from abos.snapshot import BadSnapshot, PageTooLarge, SnapshotError
from abos.snapshot.checks import check
from abos.snapshot.columns import Columns
from abos.snapshot.delta import apply, content_hash, decode, diff, encode, wire
from abos.snapshot.delta.apply import applied
from abos.snapshot.delta.delta import Boxes, Delta, Rows, Splice, ints
from abos.snapshot.delta.reading import MAX_TEXT

from .pages import edited, trees

Build = Callable[..., Columns]
NUMBER = st.integers(-3, 30) | st.sampled_from(
    [2**31 - 1, 2**31, -(2**31), 2**62, -(2**63), 255, 256]
)


def framed(body: bytes, *, flags: int = 0, size: int | None = None, version: int = 1) -> bytes:
    """A frame whose hash is right, whatever else is wrong."""
    base = target = bytes(16)
    digest = wire._digest(flags, base, target, body)
    length = len(body) if size is None else size
    return wire._FRAME.pack(wire.MAGIC, version, flags, length, digest, base, target) + body


@given(trees(), st.randoms(use_true_random=False), st.data())
def test_any_cut_or_flip_is_refused(
    base: Columns, choice: random.Random, data: st.DataObject
) -> None:
    whole = encode(diff(base, edited(base, choice)))
    at = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    flipped = whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
    for broken in (whole[:at], flipped, whole + b"\0"):
        with pytest.raises(BadSnapshot):
            decode(broken)


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(junk: bytes) -> None:
    for data in (
        junk,
        wire.MAGIC + junk,
        framed(junk),
        framed(junk, flags=1),
        framed(junk, version=9),
    ):
        with pytest.raises(BadSnapshot):
            decode(data)


VALUE = st.recursive(
    st.none()
    | st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=20)
    | st.text(max_size=5)
    | st.floats(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from([*sorted(wire._KNOWN), "page.url", "page.focus", "x"]), VALUE)
)
def test_a_true_hash_makes_nothing_true(some: dict[str, Any]) -> None:
    stream = b"\1"
    body = {"count": 1, "runs": stream, "nodes": stream, "text": b"", "text_ends": stream,
            "splices": stream, **some}  # fmt: skip
    try:
        delta = decode(framed(msgpack.packb(body, use_bin_type=True)))
    except BadSnapshot:
        return
    assert isinstance(delta, Delta)


@st.composite
def bent(draw: st.DrawFn, delta: Delta) -> Delta:
    """A delta of which some numbers are others."""

    def other(values: Any) -> Any:
        result = list(values.tolist())
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(result)))
            result[at : at + draw(st.integers(0, 1))] = [draw(NUMBER)]
        return np.array(result, "i8")

    names = ["count", "runs", "nodes", "texts", "page", "boxes", "tables", "selection"]
    changes: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(names), max_size=3)):
        if name == "count":
            changes[name] = draw(NUMBER)
        elif name in {"runs", "nodes"}:
            changes[name] = other(getattr(delta, name))
        elif name == "texts":
            number = NUMBER.filter(lambda n: abs(n) < 2**62)
            splice = st.builds(Splice, NUMBER, number, number, number, st.text(max_size=3))
            changes[name] = tuple(draw(st.lists(splice | st.text(max_size=3), max_size=4)))
        elif name == "page":
            value = st.sampled_from(["", 1, 1.5, True, float("nan"), float("inf"), 2**70])
            key = st.sampled_from(["url", "focus", "width", "standards", "taken_at", "x"])
            changes[name] = draw(st.dictionaries(key, value, max_size=2))
        elif name == "boxes":
            old = delta.boxes or Boxes(ints(), np.zeros(0, "f4"))
            changes[name] = Boxes(other(old.runs), old.values)
        elif name == "selection":
            changes[name] = other(ints(0, 0, 0, 0))[:4]
        else:
            table = draw(
                st.sampled_from(["hidden", "state", "scroll", "sheets", "marks", "veiled"])
            )
            rows = delta.tables.get(table, Rows(ints(), ints()))
            changes[name] = {**delta.tables, table: Rows(other(rows.runs), other(rows.new))}
    return replace(delta, **changes)


@given(trees(), trees(), st.data())
@settings(max_examples=400)
def test_other_numbers_lead_to_a_page_or_to_an_error(
    base: Columns, target: Columns, data: st.DataObject
) -> None:
    delta = data.draw(bent(diff(base, target)))
    try:
        made = applied(base, delta)
    except SnapshotError:
        return
    check(made)
    content_hash(made)


def test_of_another_page_or_to_another(columns_of: Build) -> None:
    one, other = columns_of("<p>one</p>"), columns_of("<p>two</p>")
    delta = diff(one, other)
    with pytest.raises(BadSnapshot, match="of another page"):
        apply(other, delta)
    with pytest.raises(BadSnapshot, match="leads to another"):
        apply(one, replace(delta, target=bytes(16)))


def test_small_deltas_that_ask_for_much(columns_of: Build) -> None:
    """Each of these would take gigabytes, if it were carried out before it is counted."""
    many = "".join(f" a{i}=v" for i in range(1000))
    page = columns_of(f"<p{many}>{'long text ' * 100_000}</p>")
    delta = diff(page, page)
    copies = np.tile(ints(1, 1, 0), 400_000)
    splices = tuple(Splice(0, 2, 1_000_000, 0, str(i)) for i in range(1000))
    bombs = {
        "attributes": replace(delta, count=400_001, runs=np.concatenate((ints(0, 1, 0), copies))),
        "texts": replace(delta, texts=splices),
        "nodes": replace(delta, count=2**40, runs=ints(0, 2**40, 0)),
        "rows": replace(delta, tables={"hidden": Rows(ints(-1, 2**40), ints(1))}),
        "boxes": replace(delta, boxes=Boxes(ints(2**40, 0), np.zeros(0, "f4"))),
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for bomb in bombs.values():
        with pytest.raises(BadSnapshot):
            applied(page, bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5 * MAX_TEXT / 1024


def test_compressed_bombs() -> None:
    zeros = zstandard.ZstdCompressor().compress(bytes(wire.MAX_BODY + 1))
    for size in (wire.MAX_BODY + 1, 100, 2**32 - 1):
        with pytest.raises(BadSnapshot):
            decode(framed(zeros, flags=1, size=size))


def test_deep_trees_take_no_stack(columns_of: Build) -> None:
    deep = columns_of("<p>" + "<b>" * 3000)
    other = columns_of("<div><p>" + "<b>" * 3000)
    assert content_hash(apply(deep, diff(deep, other))) == content_hash(other)


def test_a_delta_may_be_too_large(columns_of: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_BODY", 100)
    with pytest.raises(PageTooLarge):
        encode(diff(columns_of("<p>"), columns_of("<p>" + "x" * 200)))


def test_every_part_of_a_page_is_in_its_hash(columns_of: Build) -> None:
    page = columns_of(
        "<p class=a>x</p><input>", state=[(3, 0, "v")], scroll=[(1, 2, 3)], hidden=[1]
    )
    seen = {content_hash(page)}
    names = [item.name for item in fields(Columns) if item.name not in {"page", "strings"}]
    for name in names:
        column = getattr(page, name)
        longer: dict[str, Any] = {name: np.append(column, column.dtype.type(1))}
        seen.add(content_hash(replace(page, **longer)))
    assert len(seen) == 1 + len(names)
