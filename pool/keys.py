"""Where the key of a profile folder comes from.

1. `ABOS_ENCRYPTION_KEY`: the base64 of 32 bytes, or a passphrase of at least 12 characters,
   stretched with scrypt and a salt that is stored in the folder.
2. The OS keyring (package `keyring`, the extra "keyring"), where there is a usable one.
3. A file `vault.key` in the folder, readable by its owner alone, made at first use.

What the key file is worth: it keeps the profiles from whoever gets single profile files (a synced
copy, a backup or an upload that leaves `vault.key` out) and from other users of the machine. It
protects from nobody who can read the whole folder: programs of the same user, root, the owner of
the disk or of a full backup. Against those, use 1 or 2.

`vault.json` says, in clear, which of the three the folder was begun with, the key's id, and the
salt: so another key is refused at once, not mixed in, and a keyring that is missing today is not
answered with a new key. It belongs to the folder: without its salt a passphrase opens nothing.
"""

from __future__ import annotations

import base64
import logging
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .durable import locked, sweep, write_file
from .errors import BadVaultKey, ProfileError, VaultLocked
from .keyrings import Keyring, KeyringFailed, stored_key, system_keyring
from .memo import FOLDER_FILE, Kdf, Memo, Source, read_memo
from .vault import KEY_BYTES, OVERHEAD, Vault, key_id_of

VARIABLE = "ABOS_ENCRYPTION_KEY"
KEY_FILE = "vault.key"
MIN_PASSPHRASE = 12

_LOCK_TIMEOUT_S = 10.0

_FindKeyring = Callable[[], Keyring | None]

_log = logging.getLogger(__name__)


def open_vault(
    folder: Path,
    *,
    environ: Mapping[str, str] | None = None,
    keyring: _FindKeyring = system_keyring,
) -> Vault:
    """The vault of a profile folder; a folder that is new is given a key.

    Blocks: a passphrase takes about half a second, a keyring may ask its user to unlock it.
    `environ` is the process's own by default. Raises BadVaultKey, VaultLocked, or ProfileError
    for a folder that cannot be written.
    """
    secret = (os.environ if environ is None else environ).get(VARIABLE)
    try:
        with locked(folder, _LOCK_TIMEOUT_S):
            sweep(folder)
            memo = read_memo(folder)
            known = memo.key_id if memo is not None else _sealed_with(folder)
            key, source, kdf = _key(_Folder(folder, memo, not known), secret, keyring)
            vault = Vault(key, source)
            if known not in ("", vault.key_id):
                raise _other_key(memo, source)
            if memo is None:
                write_file(folder / FOLDER_FILE, Memo(source, vault.key_id, kdf).to_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ProfileError(f"The profile folder cannot be used: {reason}") from error
    return vault


def _sealed_with(folder: Path) -> str:
    """The key id of the profiles in a folder whose memo is gone; empty for a folder that is new."""
    for path in folder.glob("*.profile"):
        with path.open("rb") as file:
            if key_id := key_id_of(file.read(OVERHEAD)):
                return key_id
    return ""


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    memo: Memo | None
    new: bool
    """Nothing in it is sealed yet: it may be given a key."""


def _key(
    folder: _Folder, secret: str | None, keyring: _FindKeyring
) -> tuple[bytes, Source, Kdf | None]:
    memo = folder.memo
    if secret is not None:
        raw = raw_key(secret)
        if raw is not None:
            return raw, "key", None
        kdf = _kdf(folder)
        return stretched(secret, kdf), "passphrase", kdf
    if memo is not None:
        return _known(folder.path, memo, keyring), memo.source, None
    if not (folder.path / KEY_FILE).exists():
        try:
            if (backend := keyring()) is not None:
                return stored_key(backend, make=folder.new), "keyring", None
        except KeyringFailed as error:
            _log.warning("The OS keyring is not used, a key file is: %s", error)
    return _file_key(folder.path, make=folder.new), "file", None


def _kdf(folder: _Folder) -> Kdf:
    if folder.new:
        return Kdf.new()
    if folder.memo is None:
        hint = "Restore it from a backup; a passphrase is worth nothing without it"
        raise VaultLocked(f"This folder's {FOLDER_FILE} with the salt is gone", hint=hint)
    if folder.memo.kdf is None:
        raise _other_key(folder.memo, "passphrase")
    return folder.memo.kdf


def _known(folder: Path, memo: Memo, keyring: _FindKeyring) -> bytes:
    """The key of a folder that was begun without ABOS_ENCRYPTION_KEY."""
    if memo.source == "file":
        return _file_key(folder, make=False)
    if memo.source != "keyring":
        raise VaultLocked(f"This folder needs the {memo.source} it was begun with in {VARIABLE}")
    try:
        if (backend := keyring()) is None:
            raise VaultLocked("This folder's key is in the OS keyring, and none is usable here")
        return stored_key(backend, make=False)
    except KeyringFailed as error:
        raise VaultLocked(f"This folder's key cannot be had: {error}") from error


def _other_key(memo: Memo | None, given: Source) -> VaultLocked:
    begun = f"a {memo.source}, id {memo.key_id}" if memo is not None else "its profiles say so"
    return VaultLocked(
        f"This folder was begun with another key ({begun}) than the one at hand (a {given})",
        hint=f"Set {VARIABLE} to that one, or unset it if the key is in the keyring or a file",
    )


def raw_key(secret: str) -> bytes | None:
    """32 bytes if they are what `secret` spells; None for a passphrase. Raises BadVaultKey."""
    text = secret.strip()
    if not text:
        raise BadVaultKey(f"{VARIABLE} is set and empty", hint="Set it to a key, or unset it")
    try:
        padded = text + "=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=_altchars(text), validate=True)
    except ValueError:
        raw = b""
    if len(raw) == KEY_BYTES:
        return raw
    if len(text) < MIN_PASSPHRASE:
        raise BadVaultKey(f"The passphrase in {VARIABLE} is too short")
    return None


def _altchars(text: str) -> bytes:
    return b"-_" if set(text) & {"-", "_"} else b"+/"


def stretched(secret: str, kdf: Kdf) -> bytes:
    """A key from a passphrase. Takes about half a second and 128 MB. Raises BadVaultKey."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        phrase = secret.strip().encode()
    except UnicodeEncodeError:
        phrase = b""  # raised below: the error at hand would carry the passphrase with it
    if not phrase:
        raise BadVaultKey(f"The passphrase in {VARIABLE} is not UTF-8")
    return Scrypt(salt=kdf.salt, length=KEY_BYTES, n=kdf.n, r=kdf.r, p=kdf.p).derive(phrase)


def _file_key(folder: Path, *, make: bool) -> bytes:
    path = folder / KEY_FILE
    if not path.exists():
        if not make:
            raise VaultLocked(f"This folder's key is not here: it has no {KEY_FILE}")
        write_file(path, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadVaultKey(f"{KEY_FILE} is open to other users", hint="chmod 600 it, or replace it")
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadVaultKey(f"{KEY_FILE} is damaged", hint="Restore it from a backup")
    return key
