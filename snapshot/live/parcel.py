"""A page and its recording in one sealed snapshot, the recording as section LIVE."""

from __future__ import annotations

from ..codec import encode
from ..columns import Columns
from ..errors import BadSnapshot
from ..reader import Snapshot
from ..sealing import is_sealed
from .recording import Recording

_SECTION = "LIVE"


def parcel(columns: Columns, recording: Recording, key: bytes) -> Snapshot:
    """A snapshot that opens under this key of 32 bytes only. Raises `WrongKey` for others."""
    data = encode(columns, key=key, extras={_SECTION: recording.to_bytes()})
    return Snapshot.from_bytes(data, key)


def unpack(data: bytes, key: bytes | None) -> tuple[Snapshot, Recording | None]:
    """The snapshot, and the recording if there is one.

    A recording in the open is refused: it holds cookies, and restoring it sets them. Raises
    `SnapshotLocked` without the right key, `BadSnapshot` for bytes that were changed.
    """
    snapshot = Snapshot.from_bytes(data, key)
    recorded = snapshot.section(_SECTION)
    if recorded is None:
        return snapshot, None
    if not is_sealed(data):
        raise BadSnapshot("its recording is not sealed")
    return snapshot, Recording.from_bytes(recorded)
