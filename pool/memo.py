"""What a profile folder remembers, in clear, about its key: which one it is, and the salt."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from .errors import BadVaultKey

Source = Literal["key", "passphrase", "keyring", "file"]

FOLDER_FILE = "vault.json"

_FORMAT = 1
_MAX_BYTES = 4096
_SALT_BYTES = 16
_MAX_SCRYPT_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Kdf:
    """How a passphrase becomes a key: scrypt's parameters; memory is 128 * n * r bytes."""

    salt: bytes
    n: int = 1 << 17
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        # From a file: a wrong figure here must not ask for the machine's whole memory.
        power_of_two = self.n > 1 and self.n & (self.n - 1) == 0
        if not power_of_two or self.r < 1 or 128 * self.n * self.r > _MAX_SCRYPT_BYTES:
            raise ValueError("scrypt parameters are out of range")
        if not 1 <= self.p <= 4 or len(self.salt) < _SALT_BYTES:
            raise ValueError("scrypt parameters are out of range")

    @classmethod
    def new(cls) -> Kdf:
        """The parameters of a new folder, with a random salt."""
        return cls(os.urandom(_SALT_BYTES))


@dataclass(frozen=True, slots=True)
class Memo:
    """The content of `vault.json`. Nothing in it is secret."""

    source: Source
    key_id: str
    kdf: Kdf | None = None
    """Set if the source is a passphrase."""

    def to_bytes(self) -> bytes:
        """As it is stored."""
        table: dict[str, Any] = {
            "format": _FORMAT,
            "source": self.source,
            "key_id": self.key_id,
            "scrypt": None,
        }
        if self.kdf is not None:
            table["scrypt"] = asdict(self.kdf) | {"salt": base64.b64encode(self.kdf.salt).decode()}
        return json.dumps(table, indent=2).encode() + b"\n"


def read_memo(folder: Path) -> Memo | None:
    """What `folder` remembers; None if it is new. Raises BadVaultKey, OSError."""
    try:
        with (folder / FOLDER_FILE).open("rb") as file:
            content = file.read(_MAX_BYTES)
    except FileNotFoundError:
        return None
    try:
        return _memo(json.loads(content))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        hint = "Restore it from a backup; a passphrase is worth nothing without it"
        raise BadVaultKey(f"{FOLDER_FILE} is damaged", hint=hint) from error


def _memo(table: Any) -> Memo:
    if table["format"] != _FORMAT or table["source"] not in get_args(Source):
        raise ValueError("format or source is not known")
    kdf = None
    if table["source"] == "passphrase":
        given = table["scrypt"]
        salt = base64.b64decode(given["salt"], validate=True)
        kdf = Kdf(salt, int(given["n"]), int(given["r"]), int(given["p"]))
    return Memo(table["source"], str(table["key_id"]), kdf)
