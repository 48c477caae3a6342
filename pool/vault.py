"""Bytes sealed with AES-256-GCM, so that a stored profile is of no use without its key.

A sealed blob is a header in clear, then ciphertext and tag:

    7   magic "ABOSVLT"
    1   format, 1
    8   key id: says which key, and nothing about it
    8   version of the content, unsigned, big-endian
    12  nonce, random for every seal
    4   CRC-32 of the header up to here

The header and the label are authenticated with the content: a blob that was changed, renamed or
given another version does not open. The CRC protects nothing; it tells a damaged key id (broken)
from a foreign one (locked). What this does not detect is an older blob of the same label put back.
"""

from __future__ import annotations

import hmac
import os
import struct
import zlib
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from .errors import BadVaultKey, SealBroken, VaultLocked

KEY_BYTES = 32

_MAGIC = b"ABOSVLT"
_FORMAT = 1
_HEAD = struct.Struct(">7sB8sQ12s")
_CHECK = struct.Struct(">I")
_TAG_BYTES = 16
OVERHEAD = _HEAD.size + _CHECK.size + _TAG_BYTES
"""Bytes a blob is longer than its content."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in a blob."""

    content: bytes
    version: int

    def __repr__(self) -> str:
        return f"Opened({len(self.content)} bytes, version={self.version})"


class Vault:
    """Seals and opens with one key. It cannot be pickled, and its repr says only which key."""

    def __init__(self, key: bytes, source: str = "given") -> None:
        """`key`: 32 bytes; `source`: where it came from, for people. Raises BadVaultKey."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(key) != KEY_BYTES:
            raise BadVaultKey(f"A key has {KEY_BYTES} bytes, this one has {len(key)}")
        # Two subkeys, so that the id in clear has nothing to do with the cipher's key.
        self._cipher = AESGCM(hmac.digest(key, b"abos vault: AES-256-GCM", "sha256"))
        self._key_id = hmac.digest(key, b"abos vault: key id", "sha256")[:8]
        self._subkey = partial(hmac.digest, key, digest="sha256")
        self.source = source

    @property
    def key_id(self) -> str:
        """16 hex digits that tell keys apart."""
        return self._key_id.hex()

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for another use; they tell nothing of this key or of other purposes."""
        return self._subkey(b"abos vault: subkey: " + purpose.encode())

    def __repr__(self) -> str:
        return f"Vault(source={self.source!r}, key_id={self.key_id!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A vault holds a key and is not to be pickled")

    def seal(self, content: bytes, label: str, version: int) -> bytes:
        """A blob that opens under this key, label and version (0 to 2**64 - 1) only."""
        head = _HEAD.pack(_MAGIC, _FORMAT, self._key_id, version, os.urandom(12))
        head += _CHECK.pack(zlib.crc32(head))
        return head + self._cipher.encrypt(_nonce(head), content, head + label.encode())

    def open(self, blob: bytes, label: str) -> Opened:
        """What `seal` was given. Raises SealBroken, or VaultLocked if the key is another one."""
        from cryptography.exceptions import InvalidTag

        head = blob[: _HEAD.size + _CHECK.size]
        version = self._check(head)
        try:
            content = self._cipher.decrypt(_nonce(head), blob[len(head) :], head + label.encode())
        except InvalidTag:
            raise SealBroken("The sealed data was changed, or belongs elsewhere") from None
        return Opened(content, version)

    def _check(self, head: bytes) -> int:
        """The version in a header that is in order and names this key."""
        if len(head) < _HEAD.size + _CHECK.size:
            raise SealBroken("The sealed data is cut short")
        magic, kind, key_id, version, _ = _HEAD.unpack_from(head)
        if magic != _MAGIC or _CHECK.unpack_from(head, _HEAD.size) != (zlib.crc32(head[:-4]),):
            raise SealBroken("The header of the sealed data is damaged")
        if kind != _FORMAT:
            raise SealBroken(f"Format {kind} of sealed data is not known here", hint="Update ABOS")
        if key_id != self._key_id:
            raise VaultLocked(f"This was sealed with key {key_id.hex()}, not with {self.key_id}")
        return int(version)


def _nonce(head: bytes) -> bytes:
    return head[-_CHECK.size - 12 : -_CHECK.size]


def key_id_of(blob: bytes) -> str:
    """Which key a blob was sealed with; empty if its header is not in order."""
    if len(blob) < OVERHEAD - _TAG_BYTES or not blob.startswith(_MAGIC):
        return ""
    return bytes(_HEAD.unpack_from(blob)[2]).hex()
