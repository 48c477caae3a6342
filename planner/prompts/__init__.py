"""Prompts as text files with a version in their name, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def prompt(name: str) -> str:
    """The text of ``NAME.txt`` in this folder, such as "plan.v1"."""
    return resources.files(__name__).joinpath(f"{name}.txt").read_text("utf-8").strip()
