"""Things of pages that tests make up."""

from __future__ import annotations

from typing import Any

from abos.planner import Thing


def word(ref: str, text: str, path: str, **more: Any) -> Thing:
    """A text; its path is written "1.2.5"."""
    return make(ref, "text", path, text=text, **more)


def make(ref: str, kind: str, path: str, **more: Any) -> Thing:
    more.setdefault("box", (0.0, 0.0, 20.0, 10.0))
    more.setdefault("tag", "div")
    return Thing(ref, kind, path=tuple(int(part) for part in path.split(".")), **more)


def shape(ref: str, tag: str, colour: tuple[int, int, int] | None, **more: Any) -> Thing:
    more.setdefault("box", (0.0, 0.0, 20.0, 20.0))
    return Thing(ref, "shape", tag=tag, colour=colour, path=(1, int(ref[1:])), **more)
