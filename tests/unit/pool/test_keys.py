"""A folder gets one key and keeps it: from the environment, the keyring, or a file."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from abos.pool import (
    BadVaultKey,
    Profile,
    ProfileError,
    ProfileStore,
    Vault,
    VaultLocked,
    open_vault,
)
from abos.pool.keyrings import Keyring, KeyringFailed, stored_key, system_keyring
from abos.pool.keys import KEY_FILE, VARIABLE
from abos.pool.memo import FOLDER_FILE, Kdf

RAW = bytes(range(200, 232))
PHRASE = "correct horse battery"


class Ring:
    """A keyring in memory that can be told to fail."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.error is not None:
            raise self.error
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture(autouse=True)
def cheap_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kdf, "new", classmethod(lambda cls: cls(os.urandom(16), n=16)))


def opened(folder: Path, secret: str | None = None, ring: Keyring | None = None) -> Vault:
    environ = {} if secret is None else {VARIABLE: secret}
    return open_vault(folder, environ=environ, keyring=lambda: ring)


# -- ABOS_ENCRYPTION_KEY ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [
        base64.b64encode(RAW).decode(),
        base64.b64encode(RAW).decode().rstrip("="),
        base64.urlsafe_b64encode(RAW).decode(),
        f"  {base64.b64encode(RAW).decode()}\n",
    ],
    ids=["standard", "no padding", "url-safe", "spaces"],
)
def test_a_key_in_base64_is_taken_as_it_is(tmp_path: Path, secret: str) -> None:
    vault = opened(tmp_path, secret)
    assert (vault.source, vault.key_id) == ("key", Vault(RAW).key_id)
    assert not (tmp_path / KEY_FILE).exists()


def test_a_passphrase_gives_the_same_key_in_one_folder_only(tmp_path: Path) -> None:
    one, again, elsewhere = (opened(tmp_path / name, PHRASE) for name in ("a", "a", "b"))
    assert one.source == "passphrase"
    assert one.key_id == again.key_id != elsewhere.key_id
    assert PHRASE.encode() not in (tmp_path / "a" / FOLDER_FILE).read_bytes()


def test_a_passphrase_is_stretched_as_much_as_is_advised_today() -> None:
    assert Kdf(bytes(16)).n * Kdf(bytes(16)).r >= 1 << 20


@pytest.mark.parametrize("secret", ["", "  \n", "hunter2", "eleven char", "\udcff" * 20])
def test_what_is_no_key_and_no_passphrase_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(BadVaultKey) as caught:
        opened(tmp_path, secret)
    assert not secret.strip() or secret.strip() not in str(caught.value)
    assert not (tmp_path / FOLDER_FILE).exists()


@pytest.mark.parametrize("begun", [base64.b64encode(RAW).decode(), PHRASE, None])
@pytest.mark.parametrize("later", [base64.b64encode(bytes(32)).decode(), "another passphrase"])
def test_another_key_is_refused_at_once(tmp_path: Path, begun: str | None, later: str) -> None:
    key_id = opened(tmp_path, begun).key_id
    with pytest.raises(VaultLocked, match="begun with another key") as caught:
        opened(tmp_path, later)
    assert later not in str(caught.value)
    assert opened(tmp_path, begun).key_id == key_id


@pytest.mark.parametrize("begun", [base64.b64encode(RAW).decode(), PHRASE])
def test_a_key_that_is_no_longer_set_is_not_replaced(tmp_path: Path, begun: str) -> None:
    opened(tmp_path, begun)
    with pytest.raises(VaultLocked, match=VARIABLE):
        opened(tmp_path, ring=Ring())
    assert not (tmp_path / KEY_FILE).exists()


# -- the keyring -----------------------------------------------------------------------------------


def test_the_keyring_is_used_where_there_is_one(tmp_path: Path) -> None:
    ring = Ring()
    one, again, other = (opened(tmp_path / name, ring=ring) for name in ("a", "a", "b"))
    assert one.source == "keyring"
    assert one.key_id == again.key_id == other.key_id
    assert len(ring.entries) == 1
    assert not (tmp_path / "a" / KEY_FILE).exists()


def test_a_keyring_that_is_gone_later_is_not_replaced(tmp_path: Path) -> None:
    ring = Ring()
    opened(tmp_path, ring=ring)
    with pytest.raises(VaultLocked, match="none is usable here"):
        opened(tmp_path)
    with pytest.raises(VaultLocked, match="holds no entry"):
        opened(tmp_path, ring=Ring())
    ring.error = RuntimeError("locked")
    with pytest.raises(VaultLocked, match="RuntimeError"):
        opened(tmp_path, ring=ring)
    assert not (tmp_path / KEY_FILE).exists()


def test_a_keyring_that_fails_at_first_use_is_passed_over_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ring = Ring()
    ring.error = RuntimeError("a secret of the backend")
    with caplog.at_level(logging.WARNING):
        assert opened(tmp_path, ring=ring).source == "file"
    assert "keyring is not used" in caplog.text
    assert "secret" not in caplog.text
    ring.error = None
    assert opened(tmp_path, ring=ring).source == "file"


def test_a_keyring_that_never_answers_is_given_up() -> None:
    answer = threading.Event()
    ring = Ring()
    ring.get_password = lambda service, username: str(answer.wait(20))  # type: ignore[method-assign]
    try:
        with pytest.raises(KeyringFailed, match=r"within 0\.02 s"):
            stored_key(ring, make=True, timeout_s=0.02)
    finally:
        answer.set()


@pytest.mark.parametrize("entry", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_an_entry_that_is_no_key_is_not_overwritten(entry: str) -> None:
    ring = Ring()
    ring.get_password = lambda service, username: entry  # type: ignore[method-assign]
    with pytest.raises(KeyringFailed, match="is not a key"):
        stored_key(ring, make=True)
    assert ring.entries == {}


def test_a_keyring_that_forgets_is_not_trusted(tmp_path: Path) -> None:
    ring = Ring()
    ring.get_password = lambda service, username: None  # type: ignore[method-assign]
    assert opened(tmp_path, ring=ring).source == "file"


def test_the_package_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert system_keyring() is None


@pytest.mark.parametrize(("priority", "usable"), [(-1, False), (0, False), (0.5, False), (5, True)])
def test_only_keyrings_that_keep_secrets_well_count(
    monkeypatch: pytest.MonkeyPatch, priority: float, usable: bool
) -> None:
    backend = SimpleNamespace(priority=priority)
    package = SimpleNamespace(get_keyring=lambda: backend)
    monkeypatch.setitem(sys.modules, "keyring", package)
    assert (system_keyring() is backend) is usable


def test_a_keyring_that_cannot_even_load_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    package = SimpleNamespace(get_keyring=lambda: 1 / 0)
    monkeypatch.setitem(sys.modules, "keyring", package)
    assert system_keyring() is None


# -- the key file ----------------------------------------------------------------------------------


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    old = os.umask(0)
    try:
        one = opened(folder)
    finally:
        os.umask(old)
    assert (one.source, one.key_id) == ("file", opened(folder).key_id)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes.pop("profiles") == 0o700
    assert set(modes.values()) == {0o600}
    assert KEY_FILE in modes


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    opened(tmp_path)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(BadVaultKey, match="chmod 600"):
        opened(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"c2hvcnQ="])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    opened(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(BadVaultKey, match="is damaged"):
        opened(tmp_path)


def test_a_lost_key_file_is_not_replaced(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(VaultLocked, match=r"has no vault\.key"):
        opened(tmp_path)


# -- the folder's memo -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 4000,
        b'{"format": 2, "source": "file", "key_id": "x"}',
        b'{"format": 1, "source": "passphrase", "key_id": "x", "scrypt": null}',
        b'{"format": 1, "source": "elsewhere", "key_id": "x"}',
    ],
)
def test_a_damaged_memo_is_refused(tmp_path: Path, content: bytes) -> None:
    opened(tmp_path, PHRASE)
    (tmp_path / FOLDER_FILE).write_bytes(content)
    with pytest.raises(BadVaultKey, match=r"vault\.json is damaged"):
        opened(tmp_path, PHRASE)


@pytest.mark.parametrize("change", [{"n": 2**60}, {"n": 3}, {"r": 2**30}, {"p": 10**6}, {"r": 0}])
def test_a_memo_cannot_ask_for_all_memory(tmp_path: Path, change: dict[str, int]) -> None:
    opened(tmp_path, PHRASE)
    path = tmp_path / FOLDER_FILE
    memo = json.loads(path.read_bytes())
    memo["scrypt"] |= change
    path.write_text(json.dumps(memo))
    with pytest.raises(BadVaultKey, match="is damaged"):
        opened(tmp_path, PHRASE)


@pytest.mark.parametrize("secret", [None, PHRASE, base64.b64encode(RAW).decode()])
def test_a_lost_memo_never_leads_to_a_second_key(tmp_path: Path, secret: str | None) -> None:
    vault = opened(tmp_path, secret)
    ProfileStore(tmp_path, vault).put(Profile("ada"))
    (tmp_path / FOLDER_FILE).unlink()
    with pytest.raises(VaultLocked):
        opened(tmp_path, base64.b64encode(bytes(32)).decode())
    if secret == PHRASE:
        with pytest.raises(VaultLocked, match="with the salt is gone"):
            opened(tmp_path, secret)
    else:
        assert opened(tmp_path, secret).key_id == vault.key_id
        assert (tmp_path / FOLDER_FILE).exists()


def test_with_memo_and_key_gone_no_new_key_is_made(tmp_path: Path) -> None:
    ProfileStore(tmp_path, opened(tmp_path)).put(Profile("ada"))
    (tmp_path / FOLDER_FILE).unlink()
    (tmp_path / KEY_FILE).unlink()
    for ring in (None, Ring()):
        with pytest.raises(VaultLocked):
            opened(tmp_path, ring=ring)
    assert not (tmp_path / KEY_FILE).exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProfileError, match="cannot be used"):
        opened(tmp_path / "file" / "profiles")


def test_processes_that_begin_one_folder_at_once_get_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from abos.pool import open_vault; "
        "print(open_vault(Path(sys.argv[1]), environ={}, keyring=lambda: None).key_id)"
    )
    command = (sys.executable, "-c", code, str(tmp_path))
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    ids = {process.communicate(timeout=60)[0] for process in running}
    assert len(ids) == 1
    assert len(ids.pop().strip()) == 16
