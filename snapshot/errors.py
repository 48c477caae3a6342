"""Errors of the snapshot room. Each says what the caller can do about it."""

from __future__ import annotations


class SnapshotError(Exception):
    """Something about reading a page or its bytes failed."""

    hint = ""


class BadSnapshot(SnapshotError):
    """The bytes are not a snapshot, are cut short, or were changed."""

    hint = "Take the snapshot again; the bytes can't be trusted."


class NotLive(SnapshotError):
    """The page has no address that a browser could load it from with its scripts."""

    hint = "Restore it inert."


class UnknownRef(SnapshotError):
    """No element of this observation carries the reference."""

    hint = "Observe the page again and use a ref from that observation."

    def __init__(self, ref: str) -> None:
        super().__init__(f"no element {ref!r} in this observation")
        self.ref = ref


class WorldLost(SnapshotError):
    """The document went away (navigation, crash, closed page) while we were in it."""

    hint = "Observe the page again; it has a new document."


class PageHung(SnapshotError):
    """The page did not answer before the deadline; its main thread is likely busy."""

    hint = "Navigate to another page, or end the process: the page's main thread is busy."


class ScriptFailed(SnapshotError):
    """Our own script raised inside the page."""

    hint = "This is a defect in ABOS, please report it together with the page."


class PageTooLarge(SnapshotError):
    """The page holds more than a snapshot may."""

    hint = "Close what the page has unfolded (long lists, logs), or observe it instead."


class StoreError(SnapshotError):
    """The store of snapshots could not do what it was asked."""

    hint = "Check the store with `abos snapshot verify`."


class UnknownSnapshot(StoreError):
    """The store holds no snapshot of this id."""

    hint = (
        "List what there is with `abos snapshot ls`; what nobody pins or names is dropped in time."
    )


class AmbiguousId(StoreError):
    """The beginning of an id is too short, or several snapshots share it."""

    hint = "Give more of its digits; `abos snapshot ls` shows them."


class SnapshotDamaged(StoreError):
    """The bytes of a stored snapshot are gone or are not what was put. They were moved aside."""

    hint = "Take the snapshot again; what is left of it lies in the store's folder `damaged`."


class SnapshotNeeded(StoreError):
    """Other snapshots of the store are deltas of this one."""

    hint = "Remove those first."


class StoreFull(StoreError):
    """There is no room: on the disk, or in what the store may use of it. Nothing was put."""

    hint = "Free disk space, or remove or unpin snapshots (`abos snapshot rm`, `abos snapshot gc`)."


class StoreBusy(StoreError):
    """Too many calls wait, or it took longer than the deadline; a put may still succeed."""

    hint = "Try again, with fewer calls at once or a longer deadline."


class StoreClosed(StoreError):
    """The store is not open."""

    hint = "Open it with `async with SnapshotStore(folder) as store`."


class SnapshotLocked(BadSnapshot):
    """The snapshot is sealed, and no key was given."""

    hint = "Open it with the key that it was sealed with."


class WrongKey(SnapshotLocked):
    """The snapshot is sealed with another key than the one given."""


class KeyNeeded(SnapshotError):
    """Passwords and card data were asked for, and no key to seal them with was given."""

    hint = "Give a key of 32 bytes; without secrets none is needed."


class BadSelector(SnapshotError):
    """This is not a CSS selector that can be asked of a page without a browser."""

    hint = "Use tags, ids, classes, attributes, combinators, :is, :not and structural classes."
