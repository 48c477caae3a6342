"""Every question a reader answers, asked of bytes that may be hostile."""

from __future__ import annotations

from abos.snapshot import BadSelector, Snapshot
from abos.snapshot.errors import SnapshotError

SELECTORS = ("div > a[href]", "p:nth-child(2n+1) ~ *", "#a .b, [id]:not(:empty)", ":has(> b) i")


def ask(data: bytes, *, first: int) -> str:
    """What the reader says: the reason it refuses, or nothing.

    The questions are asked in another order for each `first`, so that each of them also meets
    sections that nobody has looked at. Any exception but `SnapshotError` passes through.
    """
    try:
        snapshot = Snapshot.from_bytes(data)
        for i in range(len(_QUESTIONS)):
            _QUESTIONS[(first + i) % len(_QUESTIONS)](snapshot)
    except BadSelector:
        raise AssertionError("the selectors are all right") from None
    except SnapshotError as error:
        reason = str(error)
        assert reason, "a reason is given"
        return reason
    return ""


def _elements(snapshot: Snapshot) -> None:
    for node in snapshot.find()[:20]:
        snapshot.where(node.index)
        snapshot.text(node.index)
        snapshot.options(node.index)


def _selected(snapshot: Snapshot) -> None:
    for selector in SELECTORS:
        snapshot.select(selector)


def _observed(snapshot: Snapshot) -> None:
    view = snapshot.observe(300)
    assert view.tokens <= 300
    for element in view.elements[:5]:
        snapshot.at(element.ref)


_QUESTIONS = (
    lambda s: s.observe(50),
    _elements,
    lambda s: s.text(),
    _selected,
    lambda s: (s.url, s.title, s.taken_at, s.node_count, s.element_count),
    lambda s: s.form_state(),
    _observed,
    lambda s: s.by_id("a"),
    lambda s: s.tree_hash,
    lambda s: s.html,
    lambda s: s.columns,
    lambda s: s.verify(),
)
