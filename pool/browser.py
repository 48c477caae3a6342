"""What the pool asks of a browser. Playwright stands behind it in `chromium`, memory in `fake`.

Every call is bounded by the seconds it is given and raises only errors of this package.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from .config import Ready
from .options import SessionOptions

LostCallback = Callable[[str], None]

PAGE_CRASHED = "the page crashed"
"""The reason given for a session whose browser lives."""

_log = logging.getLogger(__name__)


class Session(Protocol):
    """One browser context with one page."""

    @property
    def alive(self) -> bool:
        """False once the page crashed, the session was closed or the browser went."""
        ...

    @property
    def url(self) -> str:
        """Where the page is now; "about:blank" before it was opened."""
        ...

    async def open(self, url: str, ready: Ready, timeout_s: float, script: str = "") -> None:
        """Go to `url`, wait until it is ready, and run `script` in it.

        Raises NavigationFailed, PageCrashed or BrowserLost.
        """
        ...

    async def reset(self, options: SessionOptions, timeout_s: float) -> None:
        """Undo what a lease left, as far as that can be, and give it a blank page of its own.

        Not undone, since neither browser nor driver offers it: init scripts, bindings, listeners
        and clocks that code gave to the whole context, basic-auth credentials, client hints, open
        connections and their tickets, downloaded files. So the next lease has to be of the same
        owner. Raises PageUnresponsive, PageCrashed or BrowserLost.
        """
        ...

    async def ping(self, timeout_s: float) -> float:
        """Have the page answer; returns the seconds it took.

        Raises PageUnresponsive, PageCrashed or BrowserLost.
        """
        ...

    async def storage_state(self, timeout_s: float) -> Mapping[str, Any]:
        """What a profile keeps of this session, as Playwright's `storageState`.

        Raises PageUnresponsive, PageCrashed or BrowserLost.
        """
        ...

    @property
    def last_status(self) -> int | None:
        """HTTP status of the document `open` loaded; None = not known."""
        ...

    @property
    def parked(self) -> bool:
        """Whether the page stands still. It answers nothing then: `unpark` it first."""
        ...

    async def park(self) -> bool:
        """Stop the page, so that waiting costs nothing. Never raises.

        False if that cannot be done, or somebody called `unpark` or `close` meanwhile.
        """
        ...

    def unpark(self) -> None:
        """Let the page run, at once; a `park` under way is called off."""
        ...

    async def pss_mb(self) -> float | None:
        """Memory of the page's renderers, megabytes; None while they are not known."""
        ...

    async def close(self, timeout_s: float) -> None:
        """Destroy the context. Closing twice is fine. Raises PageUnresponsive if it would not."""
        ...

    def on_lost(self, callback: LostCallback) -> None:
        """Call back once, with the reason, when the page crashes or the browser goes.

        Not for a `close` of our own. Called at once if it is lost already.
        """
        ...


S_co = TypeVar("S_co", bound=Session, covariant=True)


class Browser(Protocol[S_co]):
    """A running browser."""

    @property
    def pid(self) -> int | None:
        """Process id of the browser, None where there is none."""
        ...

    @property
    def alive(self) -> bool:
        """False once it is known to be gone. A hung browser is alive: only `ping` finds it."""
        ...

    async def new_session(self, options: SessionOptions) -> S_co:
        """Make a context and a blank page. Raises BrowserLost.

        Cancelling may leave a context behind in the browser: let it finish, or close the browser.
        """
        ...

    async def ping(self, timeout_s: float) -> float:
        """Have the browser answer; returns the seconds it took. Raises BrowserLost."""
        ...

    async def wipe(self, timeout_s: float) -> None:
        """Empty what all contexts of the browser share: its clipboard. Raises BrowserLost."""
        ...

    async def close(self, timeout_s: float) -> None:
        """Close politely for `timeout_s`, then kill the whole process tree. Never raises for it."""
        ...


class Launcher(Protocol[S_co]):
    """Starts browsers."""

    async def launch(self) -> Browser[S_co]:
        """Start one. Raises BrowserNotFound or BrowserLaunchFailed; leaves nothing on failure."""
        ...

    async def close(self) -> None:
        """Stop whatever is still running of all that was launched."""
        ...


class LossBell:
    """Rings each listener once when something is lost; a late listener hears it at once."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._listeners: list[LostCallback] = []

    def listen(self, callback: LostCallback) -> None:
        """Add a listener."""
        if self.reason is None:
            self._listeners.append(callback)
        else:
            callback(self.reason)

    def mute(self) -> None:
        """Forget all listeners: what follows is of our own doing."""
        self._listeners.clear()

    def ring(self, reason: str) -> None:
        """Tell everyone; only the first ring counts."""
        if self.reason is not None:
            return
        self.reason = reason
        listeners, self._listeners = self._listeners, []
        for callback in listeners:
            try:
                callback(reason)
            except Exception:  # noqa: BLE001 - one listener's defect must not deafen the others
                _log.exception("A listener for a lost session failed")
