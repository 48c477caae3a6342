"""A snapshot sealed with AES-256-GCM: the header in clear, then key id, nonce, ciphertext and tag.

The header and the key id are authenticated with the content. Its counts are zero: what can be read
without the key is that it is a snapshot, its size, and which key opens it.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING

import xxhash

from .container import HEADER_BYTES, SEALED, Counts, Header, Source, read_header
from .errors import BadSnapshot, SnapshotLocked, WrongKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32

_ID_BYTES = 8
_NONCE_BYTES = 12
_TAG_BYTES = 16
_CONTENT = HEADER_BYTES + _ID_BYTES + _NONCE_BYTES


def is_sealed(data: Source) -> bool:
    """Whether a key is needed to read these bytes. Raises `BadSnapshot`."""
    return bool(read_header(data).flags & SEALED)


def seal(plain: bytes, key: bytes) -> bytes:
    """A container that opens under this key only. Raises `WrongKey` unless it has 32 bytes."""
    key_id, cipher_key = _subkeys(key)
    size = _CONTENT + len(plain) + _TAG_BYTES
    nonce = os.urandom(_NONCE_BYTES)
    length = _ID_BYTES + _NONCE_BYTES
    digest = xxhash.xxh3_64_intdigest(key_id + nonce)
    head = Header(SEALED, Counts(), HEADER_BYTES, length, size, digest).to_bytes()
    return b"".join((head, key_id, nonce, _cipher(cipher_key).encrypt(nonce, plain, head + key_id)))


def unseal(data: Source, key: bytes | None) -> bytes:
    """The container that was sealed. Raises `SnapshotLocked`, `WrongKey`, `BadSnapshot`."""
    from cryptography.exceptions import InvalidTag

    head, rest = bytes(data[:HEADER_BYTES]), bytes(data[HEADER_BYTES:])
    key_id, nonce = rest[:_ID_BYTES], rest[_ID_BYTES : _ID_BYTES + _NONCE_BYTES]
    header = read_header(data)
    if len(data) < _CONTENT + _TAG_BYTES or header.digest != xxhash.xxh3_64_intdigest(
        key_id + nonce
    ):
        raise BadSnapshot("the head of the sealed snapshot was changed")
    if key is None:
        raise SnapshotLocked(f"the snapshot is sealed with key {key_id.hex()}")
    wanted, cipher_key = _subkeys(key)
    if wanted != key_id:
        raise WrongKey(f"the snapshot is sealed with key {key_id.hex()}, not with {wanted.hex()}")
    try:
        return _cipher(cipher_key).decrypt(nonce, rest[_ID_BYTES + _NONCE_BYTES :], head + key_id)
    except InvalidTag:
        raise BadSnapshot("the sealed snapshot was changed") from None


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _subkeys(key: bytes) -> tuple[bytes, bytes]:
    """The id in clear, and the cipher's key, which has nothing to do with it."""
    if len(key) != KEY_BYTES:
        raise WrongKey(f"a key has {KEY_BYTES} bytes, this one has {len(key)}")
    key_id = hmac.digest(key, b"abos snapshot: key id", "sha256")[:_ID_BYTES]
    return key_id, hmac.digest(key, b"abos snapshot: AES-256-GCM", "sha256")
