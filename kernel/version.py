"""The installed version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _installed


def version() -> str:
    """The version of the installed package; `0+unknown` in a tree that was never installed."""
    try:
        return _installed("abos")
    except PackageNotFoundError:
        return "0+unknown"
