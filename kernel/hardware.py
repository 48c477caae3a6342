"""What a kernel runs on: a browser, and how a new session of it becomes an address space."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..pool import BrowserConfig, ChromiumLauncher, Launcher
from .handlers import Space
from .space import AddressSpace


@dataclass(frozen=True, slots=True)
class Hardware:
    """A launcher of browsers, and what prepares each new session."""

    launcher: Launcher[Any]
    prepare: Callable[[Any], Awaitable[Space]]


def chromium(config: BrowserConfig) -> Hardware:
    """A real Chromium."""
    return Hardware(ChromiumLauncher(config), lambda session: AddressSpace.attach(session.page))
