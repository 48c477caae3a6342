"""The shop's templates, and money as text; the rest is what all sites share."""

from __future__ import annotations

from pathlib import Path

from ..web.markup import Safe, Templates, attrs, esc, join, tag

__all__ = ["Safe", "attrs", "esc", "join", "money", "render", "tag"]

render = Templates(Path(__file__).parent / "templates")


def money(cents: int) -> str:
    """1450 -> "€14.50"; negative amounts carry the sign in front."""
    sign = "-" if cents < 0 else ""
    return f"{sign}€{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
