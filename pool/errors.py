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


class PageUnfit(PoolError):
    """A page was warmed and cannot be lent: sent to a sign-in page, answered with an error, ..."""

    default_hint = "Sign the profile in again, or set another start URL for the site"


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


class ProfileError(PoolError):
    """Base of what can go wrong with a stored profile. No message holds anything of its content."""

    default_hint = "Check that the profile folder exists and that this user may read and write it"


class BadProfile(ProfileError):
    """A profile's name, or something in it, is not usable; the message says which part."""

    default_hint = "Correct the profile; a storage state is what Playwright's storageState gives"


class ProfileNotFound(ProfileError):
    """No profile of this name is stored."""

    default_hint = "List the stored profiles, or import one"


class ProfileConflict(ProfileError):
    """Somebody else saved the profile since it was read; theirs stands.

    `kept` names the copy the refused state was kept under, `version` is the stored one (0 = the
    profile was deleted, or cannot be read).
    """

    def __init__(self, name: str, message: str, *, kept: str, version: int) -> None:
        self.name = name
        self.kept = kept
        self.version = version
        hint = f"Yours is kept as {kept!r}: read both, put the one you want, delete the copy"
        super().__init__(f"Profile {name!r} {message}", hint=hint)


class ProfileNotSaved(ProfileError):
    """The profile could not be written, e.g. because the disk is full.

    What was stored is whole. Saving the same again is safe, whatever step it was that failed.
    """

    default_hint = "Free space or correct the folder's permissions, then save again"


class ProfileCorrupt(ProfileError):
    """A profile's file is truncated, was changed, or is another profile's."""

    default_hint = "Restore the file from a backup, or delete the profile and sign in again"


class SealBroken(PoolError):
    """Sealed data is truncated or was changed."""

    default_hint = "Restore it from a backup"


class VaultLocked(PoolError):
    """The key at hand is not the one the data was sealed with, or that key cannot be had."""

    default_hint = "Set ABOS_ENCRYPTION_KEY, or unlock the keyring, to the key of this folder"


class BadVaultKey(PoolError):
    """A key, or the file that describes one, is not usable."""

    default_hint = (
        "Set ABOS_ENCRYPTION_KEY to the base64 of 32 random bytes, or to a passphrase of at "
        "least 12 characters"
    )
