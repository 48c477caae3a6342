"""What this room asks of a DevTools session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class CdpFailed(Exception):
    """A command of a session inside another one was refused, or the session ended.

    Never leaves this room: a world makes `WorldLost` of what says that a document is gone.
    """


class Cdp(Protocol):
    """A DevTools session of one page; Playwright's `CDPSession` fits."""

    async def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Send one command and return its result."""

    def on(self, event: str, f: Callable[[Any], Any]) -> None:
        """Call `f` with the parameters of each such event."""
