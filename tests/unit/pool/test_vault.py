"""What is sealed opens under the same key, label and version, and in no other case."""

from __future__ import annotations

import copy
import pickle
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.pool import BadVaultKey, SealBroken, Vault, VaultLocked
from abos.pool.vault import OVERHEAD, key_id_of

KEY = bytes(range(32))
HEAD = OVERHEAD - 16
"""Bytes of the header: magic 0-6, format 7, key id 8-15, version 16-23, nonce 24-35, CRC 36-39."""

VAULT = Vault(KEY, "test")


def with_header(blob: bytes, at: int, new: bytes) -> bytes:
    """A header changed by somebody who knows the format: its CRC fits."""
    head = blob[:at] + new + blob[at + len(new) : HEAD - 4]
    return head + struct.pack(">I", zlib.crc32(head)) + blob[HEAD:]


@given(st.binary(max_size=2000), st.text(), st.integers(0, 2**64 - 1))
def test_what_is_sealed_opens(content: bytes, label: str, version: int) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in label):
        return
    blob = VAULT.seal(content, label, version)
    opened = VAULT.open(blob, label)
    assert (opened.content, opened.version) == (content, version)
    assert len(blob) == len(content) + OVERHEAD
    assert key_id_of(blob) == VAULT.key_id


def test_the_content_is_not_in_the_blob_and_no_two_blobs_are_alike() -> None:
    one, two = (VAULT.seal(b"session=secret" * 9, "ada", 1) for _ in "12")
    assert b"session" not in one
    assert one[24:36] != two[24:36]
    assert one[HEAD:] != two[HEAD:]


def test_no_byte_can_be_changed() -> None:
    blob = VAULT.seal(b"session=secret", "ada", 7)
    for at in range(len(blob)):
        for flip in (0x01, 0x80, 0xFF):
            changed = blob[:at] + bytes([blob[at] ^ flip]) + blob[at + 1 :]
            with pytest.raises(SealBroken):
                VAULT.open(changed, "ada")


def test_no_byte_can_be_missing_or_added() -> None:
    blob = VAULT.seal(b"session=secret", "ada", 7)
    for length in range(len(blob)):
        with pytest.raises(SealBroken):
            VAULT.open(blob[:length], "ada")
    for longer in (blob + b"\0", b"\0" + blob, blob * 2):
        with pytest.raises(SealBroken):
            VAULT.open(longer, "ada")


def test_a_blob_belongs_to_its_label() -> None:
    blob = VAULT.seal(b"x", "ada", 1)
    with pytest.raises(SealBroken):
        VAULT.open(blob, "bob")


@pytest.mark.parametrize(
    ("at", "new"),
    [(16, struct.pack(">Q", 8)), (24, bytes(12))],
    ids=["version", "nonce"],
)
def test_a_forged_header_does_not_open(at: int, new: bytes) -> None:
    blob = with_header(VAULT.seal(b"x", "ada", 7), at, new)
    with pytest.raises(SealBroken, match="was changed"):
        VAULT.open(blob, "ada")


def test_a_later_format_says_to_update() -> None:
    with pytest.raises(SealBroken, match="Update ABOS"):
        VAULT.open(with_header(VAULT.seal(b"x", "ada", 7), 7, b"\x02"), "ada")


def test_another_key_is_told_from_damage() -> None:
    blob = Vault(bytes(32)).seal(b"x", "ada", 1)
    with pytest.raises(VaultLocked, match="ABOS_ENCRYPTION_KEY"):
        VAULT.open(blob, "ada")
    # Naming our key id does not help a blob of another key.
    with pytest.raises(SealBroken):
        VAULT.open(with_header(blob, 8, bytes.fromhex(VAULT.key_id)), "ada")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_32_bytes(length: int) -> None:
    with pytest.raises(BadVaultKey, match=f"this one has {length}"):
        Vault(bytes(length))


def test_a_vault_does_not_give_its_key_away() -> None:
    assert repr(VAULT) == f"Vault(source='test', key_id='{VAULT.key_id}')"
    assert VAULT.key_id not in KEY.hex()
    with pytest.raises(TypeError):
        pickle.dumps(VAULT)
    with pytest.raises(TypeError):
        copy.deepcopy(VAULT)


def test_what_was_opened_does_not_show() -> None:
    assert "secret" not in repr(VAULT.open(VAULT.seal(b"secret", "ada", 3), "ada"))


def test_what_is_no_blob_has_no_key_id() -> None:
    assert key_id_of(b"") == key_id_of(b"ABOSVLT") == key_id_of(b"x" * 60) == ""


def test_subkeys_are_of_one_key_and_one_purpose() -> None:
    vault = Vault(KEY)
    found = {
        Vault(KEY).subkey("a"),
        vault.subkey("a"),
        vault.subkey("b"),
        Vault(KEY[::-1]).subkey("a"),
    }
    assert len(found) == 3
    assert all(len(key) == len(KEY) and key != KEY for key in found)
