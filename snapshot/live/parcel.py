"""A snapshot and its recording, sealed together with AES-256-GCM.

    8   magic "ABOSLIVE"
    2   version, 1, little-endian
    8   key id: says which key, and nothing about it
    12  nonce, random for every seal

then ciphertext and tag of: length of the snapshot u32, the snapshot, the recording as zstd. The
header is authenticated with the content.
"""

from __future__ import annotations

import hmac
import os
import struct
from typing import TYPE_CHECKING

import zstandard

from ..errors import BadSnapshot, SnapshotLocked
from .recording import MAX_BODIES, MAX_STORAGE, Recording

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32

_MAGIC = b"ABOSLIVE"
_VERSION = 1
_HEAD = struct.Struct("<8sH8s12s")
_LENGTH = struct.Struct("<I")
_LEVEL = 3
_MAX_RECORDING = MAX_BODIES + 3 * MAX_STORAGE


def is_sealed(data: bytes) -> bool:
    """Whether a key is needed to read these bytes."""
    return data.startswith(_MAGIC)


def parcel(snapshot: bytes, recording: Recording, key: bytes) -> bytes:
    """Bytes that open under this key of 32 bytes only. Raises `SnapshotLocked` for others."""
    key_id, cipher = _of_key(key)
    nonce = os.urandom(12)
    head = _HEAD.pack(_MAGIC, _VERSION, key_id, nonce)
    packed = zstandard.ZstdCompressor(level=_LEVEL).compress(recording.to_bytes())
    plain = b"".join((_LENGTH.pack(len(snapshot)), snapshot, packed))
    return head + cipher.encrypt(nonce, plain, head)


def unpack(data: bytes, key: bytes | None) -> tuple[bytes, Recording | None]:
    """The snapshot's bytes, and the recording if there is one.

    Raises `SnapshotLocked` without the right key, `BadSnapshot` for bytes that were changed.
    """
    from cryptography.exceptions import InvalidTag

    if not is_sealed(data):
        return data, None
    if len(data) < _HEAD.size + 16:
        raise BadSnapshot("the sealed snapshot is cut short")
    _, version, key_id, nonce = _HEAD.unpack_from(data)
    if version != _VERSION:
        raise BadSnapshot(f"version {version} of sealed snapshots is not known here")
    if key is None:
        raise SnapshotLocked(f"the snapshot is sealed with key {key_id.hex()}")
    wanted, cipher = _of_key(key)
    if wanted != key_id:
        raise SnapshotLocked(f"sealed with key {key_id.hex()}, not with {wanted.hex()}")
    try:
        plain = cipher.decrypt(nonce, data[_HEAD.size :], data[: _HEAD.size])
    except InvalidTag:
        raise BadSnapshot("the sealed snapshot was changed") from None
    (length,) = _LENGTH.unpack_from(plain)
    end = _LENGTH.size + length
    return plain[_LENGTH.size : end], Recording.from_bytes(_inflated(plain[end:]))


def _inflated(packed: bytes) -> bytes:
    try:
        if not 0 <= zstandard.frame_content_size(packed) <= _MAX_RECORDING:
            raise BadSnapshot("the recording is larger than one may be")
        return zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadSnapshot(f"the recording can't be decompressed: {error}") from error


def _of_key(key: bytes) -> tuple[bytes, AESGCM]:
    """The id in clear, and the cipher, whose key has nothing to do with it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(key) != KEY_BYTES:
        raise SnapshotLocked(f"a key has {KEY_BYTES} bytes, this one has {len(key)}")
    key_id = hmac.digest(key, b"abos live snapshot: key id", "sha256")[:8]
    return key_id, AESGCM(hmac.digest(key, b"abos live snapshot: AES-256-GCM", "sha256"))
