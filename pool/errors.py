"""Everything the pool can say no with; each message ends with what the caller can do."""

from __future__ import annotations

from typing import ClassVar, Literal

NavigationKind = Literal[
    "unresolved",
    "refused",
    "unreachable",
    "timeout",
    "tls",
    "http",
    "not-ready",
    "redirects",
    "download",
    "invalid",
    "blocked",
    "aborted",
    "other",
]


class PoolError(Exception):
    """Base of all pool errors: `message` says what happened, `hint` what to do about it."""

    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint or self.default_hint
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class BrowserNotFound(PoolError):
    """No Chromium or Chrome could be found."""

    default_hint = (
        "Run `playwright install chromium-headless-shell`, install a system Chromium, "
        "or point ABOS_CHROMIUM at a browser binary"
    )


class BrowserLaunchFailed(PoolError):
    """The browser was found and would not start."""

    default_hint = "Run `abos doctor` to see what the browser lacks"


class BrowserLost(PoolError):
    """The browser, or the driver in between, died or stopped answering."""

    default_hint = "Acquire again: the pool starts a new browser by itself"


class PageCrashed(PoolError):
    """The page's renderer crashed; its session is of no further use."""

    default_hint = "Release the lease as broken and acquire again"


class PageUnresponsive(PoolError):
    """The page did not answer within its deadline."""

    default_hint = "Release the lease as broken and acquire again"


class NavigationFailed(PoolError):
    """A page could not be opened.

    `url` is the address, `cause` one line for people, `kind` the same for programs,
    `status` the HTTP status for kind "http", else None.
    """

    default_hint = "Check the address and that its server is up"

    def __init__(
        self,
        url: str,
        cause: str,
        kind: NavigationKind = "other",
        *,
        status: int | None = None,
        hint: str = "",
    ) -> None:
        self.url = url
        self.cause = cause
        self.kind: NavigationKind = kind
        self.status = status
        super().__init__(f"Could not open {url}: {cause}", hint=hint)


class AcquireTimeout(PoolError):
    """No session became free, or none could be made, within the deadline or the queue's bound."""

    default_hint = "Release sessions sooner, raise max_slots, or allow more time"


class PoolClosed(PoolError):
    """The pool is closed, or was never started."""

    default_hint = "Start a new pool"


class BadSite(PoolError):
    """A site's or the pool's configuration is not usable."""

    default_hint = "Correct the table in the configuration"


class BadOptions(PoolError):
    """The browser refused the options of a session."""

    default_hint = "Correct the session options: locale, timezone, storage state, headers"


class IllegalTransition(PoolError):
    """A slot was asked to do what its state forbids: a defect in the pool, not in its user."""

    default_hint = "Please report this with the steps that led to it"
