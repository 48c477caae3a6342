"""The OS keyring, through the optional package `keyring`.

A keyring may wait for its user to unlock it, or for a bus that never answers: every call here is
made on a thread of its own and given up after a while.
"""

from __future__ import annotations

import base64
import importlib
import logging
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from .vault import KEY_BYTES

SERVICE = "abos"
ENTRY = "profile key"
TIMEOUT_S = 30.0

_USABLE_PRIORITY = 1
"""What `keyring` recommends for backends that keep secrets well; plain-text ones have less."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class KeyringFailed(Exception):
    """The keyring is there and gave no key; the message says why. It stays inside the pool."""


class Keyring(Protocol):
    """What we ask of a keyring; the backends of `keyring` fit."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


def system_keyring() -> Keyring | None:
    """The machine's keyring; None without the package or without a backend that is worth it."""
    try:
        package = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        backend: Any = _in_time(package.get_keyring, TIMEOUT_S)
        usable = backend.priority >= _USABLE_PRIORITY
    except Exception as error:  # noqa: BLE001 - every backend fails in its own way
        _log.info("The OS keyring cannot be used: %s", type(error).__name__)
        return None
    return cast(Keyring, backend) if usable else None


def stored_key(keyring: Keyring, *, make: bool, timeout_s: float = TIMEOUT_S) -> bytes:
    """This user's key; with `make`, a new one where there is none. Raises KeyringFailed."""
    text = _asked(lambda: keyring.get_password(SERVICE, ENTRY), timeout_s)
    if text is None and make:
        new = base64.b64encode(os.urandom(KEY_BYTES)).decode()
        _asked(lambda: keyring.set_password(SERVICE, ENTRY, new), timeout_s)
        # Read back: a keyring that forgets, or that somebody else wrote to meanwhile, shows here.
        text = _asked(lambda: keyring.get_password(SERVICE, ENTRY), timeout_s)
    if text is None:
        raise KeyringFailed(f"the OS keyring holds no entry {SERVICE!r}, {ENTRY!r}")
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyringFailed(f"the entry {SERVICE!r}, {ENTRY!r} of the OS keyring is not a key")
    return key


def _asked(call: Callable[[], str | None], timeout_s: float) -> str | None:
    reason = ""
    try:
        return _in_time(call, timeout_s)
    except TimeoutError:
        reason = f"did not answer within {timeout_s:g} s"
    except Exception as error:  # noqa: BLE001 - every backend fails in its own way
        reason = f"failed with {type(error).__name__}"
    # Not inside the handler: a backend's error may carry the secret along.
    raise KeyringFailed(f"the OS keyring {reason}")


def _in_time(call: Callable[[], T], timeout_s: float) -> T:
    """What `call` gives or raises. Raises TimeoutError when it takes too long."""
    answers: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            answers.append(call())
        except Exception as error:  # noqa: BLE001 - handed to the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="abos-keyring", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError
    return answers[0]
