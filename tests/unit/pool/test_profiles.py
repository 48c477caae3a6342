"""The store: whole files, no lost saves, and errors that say what to do and nothing else."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abos.pool import (
    BadProfile,
    Profile,
    ProfileConflict,
    ProfileCorrupt,
    ProfileError,
    ProfileNotFound,
    ProfileNotSaved,
    ProfileStore,
    Proxy,
    Vault,
    VaultLocked,
    captured,
    durable,
)

VAULT = Vault(bytes(range(32)))
SECRET = "s3cret"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
texts = st.text(st.characters(), max_size=20)  # half surrogates too: pages store them
cookies = st.fixed_dictionaries(
    {"name": texts, "value": texts, "domain": texts, "path": texts},
    optional={"expires": st.floats(-1, 2e9), "httpOnly": st.booleans(), "partitionKey": texts},
)
entries = st.fixed_dictionaries({"name": texts, "value": texts})
databases = st.fixed_dictionaries({"name": texts, "version": st.integers(1), "stores": json_values})
origins = st.fixed_dictionaries(
    {"origin": texts, "localStorage": st.lists(entries, max_size=3)},
    optional={"indexedDB": st.lists(databases, max_size=2)},
)
states = st.fixed_dictionaries(
    {"cookies": st.lists(cookies, max_size=3), "origins": st.lists(origins, max_size=3)}
)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", fullmatch=True).filter(
    lambda name: ".conflict-" not in name.lower()
)
profiles = st.builds(
    Profile,
    name=names,
    storage_state=states,
    permissions=st.lists(st.text(min_size=1, max_size=9), max_size=3),
    extra_headers=st.dictionaries(st.from_regex("[a-z-]+", fullmatch=True), st.just(SECRET)),
    proxy=st.none() | st.builds(Proxy, st.just("http://proxy.example"), password=texts),
    locale=texts,
    timezone=texts,
    viewport=st.none() | st.tuples(st.integers(1), st.integers(1)),
    user_agent=texts,
)


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "profiles", VAULT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "profiles"


def state(value: str = SECRET) -> dict[str, Any]:
    cookie = {"name": "sid", "value": value, "domain": "shop.example", "path": "/"}
    return {"cookies": [cookie], "origins": []}


def value(profile: Profile) -> str:
    return str(profile.storage_state["cookies"][0]["value"])


def everything_said(error: BaseException) -> str:
    """What a log or a crash report could show of an error: all of its chain, and its parts."""
    said = "".join(traceback.format_exception(error))
    chain: BaseException | None = error
    while chain is not None:
        said += repr(chain.args) + repr(vars(chain))
        said += repr(getattr(chain, "doc", "")) + repr(getattr(chain, "object", ""))
        chain = chain.__cause__ or chain.__context__
    return said


# -- what is stored comes back ---------------------------------------------------------------------


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
)
@given(profile=profiles)
def test_what_is_put_comes_back(store: ProfileStore, profile: Profile) -> None:
    try:
        saved = store.put(profile)
        assert saved == replace(profile, version=saved.version)
        assert store.get(profile.name) == saved
        assert store.export_state(profile.name) == profile.storage_state
        assert store.list() == (profile.name,)
        assert store.conflicts(profile.name) == ()
    finally:
        store.delete(profile.name)
    assert store.list() == ()


def test_nothing_readable_is_on_disk(store: ProfileStore, folder: Path) -> None:
    store.put(Profile("ada", state(), extra_headers={"x-token": SECRET}))
    for path in folder.iterdir():
        content = path.read_bytes()
        assert SECRET.encode() not in content
        assert b"shop.example" not in content
        assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_versions_only_grow(tmp_path: Path) -> None:
    now = [1000.0]
    store = ProfileStore(tmp_path, VAULT, clock=lambda: now[0])
    one = store.put(Profile("ada", state("1")))
    assert one.version == 1_000_000
    two = store.put(replace(one, storage_state=state("2")))
    assert two.version == 1_000_001
    now[0] = 5.0
    three = store.put(replace(two, storage_state=state("3")))
    assert three.version == 1_000_002


def test_no_change_is_no_write(store: ProfileStore, folder: Path) -> None:
    saved = store.put(Profile("ada", state()))
    before = (folder / "ada.profile").stat().st_mtime_ns, (folder / "ada.profile").stat().st_ino
    assert store.put(captured(saved, state())) == saved
    assert store.put(replace(saved, storage_state=state())) == saved
    assert store.import_state("ada", state()) == saved
    after = (folder / "ada.profile").stat().st_mtime_ns, (folder / "ada.profile").stat().st_ino
    assert before == after


def test_an_empty_folder_holds_nothing(store: ProfileStore, folder: Path) -> None:
    assert store.list() == ()
    assert store.conflicts("ada") == ()
    for call in (store.get, store.export_state, store.delete):
        with pytest.raises(ProfileNotFound, match="'ada'"):
            call("ada")
    assert not folder.exists() or [path.name for path in folder.iterdir()] == [".lock"]


def test_other_files_are_nobodys_profile(store: ProfileStore, folder: Path) -> None:
    store.put(Profile("ada"))
    for name in ("notes.txt", ".hidden.profile", "a b.profile", "x.conflict-1.profile", ".profile"):
        (folder / name).write_text("")
    (folder / "sub.profile").mkdir()
    assert store.list() == ("ada",)


@pytest.mark.parametrize("name", ["../ada", "a/b", "", ".conflict-1", "../x.conflict-1", "a\0"])
def test_names_never_lead_out_of_the_folder(store: ProfileStore, name: str) -> None:
    for call in (store.get, store.delete, store.export_state):
        with pytest.raises(BadProfile):
            call(name)
    with pytest.raises(BadProfile):
        store.import_state(name, {})


# -- import and export -----------------------------------------------------------------------------


def test_a_playwright_file_comes_in_and_goes_out(store: ProfileStore, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(state("one")))
    for source in (file, str(file), state("one")):
        assert value(store.import_state("ada", source)) == "one"
    exported = store.export_state("ada")
    assert exported == state("one")
    exported["cookies"].clear()
    assert store.export_state("ada") == state("one")


def test_an_import_changes_the_state_alone_and_a_lease_then_meets_a_conflict(
    store: ProfileStore,
) -> None:
    leased = store.put(Profile("ada", state("old"), locale="de-DE", permissions=("geolocation",)))
    after = store.import_state("ada", state("new"))
    assert after == replace(leased, storage_state=state("new"), version=after.version)
    with pytest.raises(ProfileConflict):
        store.put(captured(leased, state("of the lease")))


@pytest.mark.parametrize("content", [b"", b"{s3cret", b"\xffs3cret", b'["s3cret"]', b"[" * 99999])
def test_a_file_that_is_no_state_is_refused(
    store: ProfileStore, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "state.json").write_bytes(content)
    with pytest.raises(BadProfile) as caught:
        store.import_state("ada", tmp_path / "state.json")
    assert SECRET not in everything_said(caught.value)
    assert store.list() == ()


def test_a_file_that_is_not_there_or_too_long_is_refused(
    store: ProfileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (tmp_path / "none.json", tmp_path):
        with pytest.raises(BadProfile, match="cannot be read"):
            store.import_state("ada", place)
    monkeypatch.setattr("abos.pool.profiles.MAX_BYTES", 10)
    (tmp_path / "state.json").write_text(json.dumps(state()))
    with pytest.raises(BadProfile, match="longer than"):
        store.import_state("ada", tmp_path / "state.json")


# -- damage and keys -------------------------------------------------------------------------------


def test_damage_anywhere_is_seen(store: ProfileStore, folder: Path) -> None:
    store.put(Profile("ada"))
    path = folder / "ada.profile"
    blob = path.read_bytes()
    damaged = [blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :] for at in range(len(blob))]
    damaged += [blob[:length] for length in range(0, len(blob), 7)] + [blob + b"\0"]
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(ProfileCorrupt, match="'ada' is lost"):
            store.get("ada")


def test_a_file_under_another_name_is_refused(store: ProfileStore, folder: Path) -> None:
    store.put(Profile("ada", state()))
    (folder / "ada.profile").rename(folder / "bob.profile")
    with pytest.raises(ProfileCorrupt, match="'bob'"):
        store.get("bob")


@pytest.mark.parametrize(
    "content", [b"s3cret", b"null", b"{}", b'{"proxy": "s3cret"}', b'{"proxy": null, "s3cret": 1}']
)
def test_what_opens_and_is_no_profile_is_corrupt(
    store: ProfileStore, folder: Path, content: bytes
) -> None:
    store.put(Profile("ada"))
    (folder / "ada.profile").write_bytes(VAULT.seal(content, "ada", 1))
    with pytest.raises(ProfileCorrupt) as caught:
        store.get("ada")
    assert SECRET not in everything_said(caught.value)


def test_a_save_over_a_corrupt_profile_is_kept_beside_it(store: ProfileStore, folder: Path) -> None:
    leased = store.put(Profile("ada", state("old")))
    (folder / "ada.profile").write_bytes(b"ABOSVLT")
    with pytest.raises(ProfileConflict, match="cannot be read any more") as caught:
        store.put(captured(leased, state("new")))
    assert value(store.get(caught.value.kept)) == "new"
    assert (folder / "ada.profile").read_bytes() == b"ABOSVLT"
    with pytest.raises(ProfileCorrupt):
        store.import_state("ada", state())


def test_another_key_opens_and_overwrites_nothing(store: ProfileStore, folder: Path) -> None:
    saved = store.put(Profile("ada", state()))
    before = (folder / "ada.profile").read_bytes()
    other = ProfileStore(folder, Vault(bytes(32)))
    with pytest.raises(VaultLocked, match="'ada'"):
        other.get("ada")
    with pytest.raises(VaultLocked):
        other.put(captured(saved, state("new")))
    with pytest.raises(VaultLocked):
        other.import_state("ada", state("new"))
    assert (folder / "ada.profile").read_bytes() == before
    assert store.conflicts("ada") == ()


def test_a_file_that_cannot_be_read_is_told(store: ProfileStore, folder: Path) -> None:
    store.put(Profile("bob"))
    (folder / "ada.profile").mkdir()
    with pytest.raises(ProfileError, match="cannot be read"):
        store.get("ada")
    with pytest.raises(ProfileError, match="cannot be read"):
        store.put(Profile("ada"))
    with pytest.raises(ProfileError, match="was not deleted"):
        store.delete("ada")


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = ProfileStore(tmp_path / "file", VAULT)
    with pytest.raises(ProfileNotSaved):
        store.put(Profile("ada"))
    with pytest.raises(ProfileError, match="cannot be listed"):
        store.list()
    with pytest.raises(ProfileError):
        store.delete("ada")


def test_the_store_does_not_show_its_key(store: ProfileStore) -> None:
    assert repr(store).endswith(f"profiles', {VAULT!r})")


# -- conflicts -------------------------------------------------------------------------------------


def test_the_second_of_two_leases_does_not_overwrite_the_first(store: ProfileStore) -> None:
    leased = store.put(Profile("ada", state("old"), locale="de-DE"))
    first = store.put(captured(leased, state("first")))
    with pytest.raises(ProfileConflict) as caught:
        store.put(captured(leased, state("second")))
    error = caught.value
    assert (error.name, error.kept, error.version) == ("ada", "ada.conflict-1", first.version)
    assert "ada.conflict-1" in str(error)
    assert SECRET not in everything_said(error)
    assert store.get("ada") == first
    assert store.list() == ("ada",)
    assert store.conflicts("ada") == ("ada.conflict-1",)
    copy = store.get("ada.conflict-1")
    assert copy == replace(leased, storage_state=state("second"))
    # As the error says: put the one you want, delete the copy.
    assert value(store.put(copy, store.get("ada").version)) == "second"
    store.delete("ada.conflict-1")
    assert store.conflicts("ada") == ()
    assert value(store.get("ada")) == "second"


def test_the_same_change_twice_is_no_conflict(store: ProfileStore) -> None:
    leased = store.put(Profile("ada", state("old")))
    first = store.put(captured(leased, state("new")))
    assert store.put(captured(leased, state("new"))) == first
    assert store.conflicts("ada") == ()


def test_copies_are_bounded_and_the_newest_stay(store: ProfileStore) -> None:
    leased = store.put(Profile("ada", state("old")))
    store.put(captured(leased, state("first")))
    for number in range(1, 13):
        with pytest.raises(ProfileConflict) as caught:
            store.put(captured(leased, state(f"lost {number}")))
        assert caught.value.kept == f"ada.conflict-{number}"
    assert store.conflicts("ada") == ("ada.conflict-10", "ada.conflict-11", "ada.conflict-12")
    assert [value(store.get(copy)) for copy in store.conflicts("ada")] == [
        "lost 10",
        "lost 11",
        "lost 12",
    ]


def test_trying_again_makes_no_further_copy(store: ProfileStore) -> None:
    leased = store.put(Profile("ada", state("old")))
    store.put(captured(leased, state("first")))
    for _ in range(5):
        with pytest.raises(ProfileConflict, match=r"ada\.conflict-1"):
            store.put(captured(leased, state("second")))
    assert store.conflicts("ada") == ("ada.conflict-1",)


def test_an_unreadable_copy_is_in_nobodys_way(store: ProfileStore, folder: Path) -> None:
    leased = store.put(Profile("ada", state("old")))
    store.put(captured(leased, state("first")))
    (folder / "ada.conflict-7").write_bytes(b"")
    with pytest.raises(ProfileConflict) as caught:
        store.put(captured(leased, state("second")))
    assert caught.value.kept == "ada.conflict-8"


def test_a_profile_that_was_deleted_does_not_come_back_by_itself(store: ProfileStore) -> None:
    leased = store.put(Profile("ada", state("old")))
    store.delete("ada")
    with pytest.raises(ProfileConflict, match="was deleted meanwhile") as caught:
        store.put(captured(leased, state("new")))
    assert caught.value.version == 0
    assert store.list() == ()
    store.delete("ada")
    assert store.conflicts("ada") == ()


def test_a_profile_deleted_and_made_anew_is_another_one(store: ProfileStore) -> None:
    leased = store.put(Profile("ada", state("old")))
    store.delete("ada")
    store.put(Profile("ada", state("anew")))
    with pytest.raises(ProfileConflict):
        store.put(captured(leased, state("of the lease")))
    assert value(store.get("ada")) == "anew"


def test_a_name_that_is_taken_is_a_conflict(store: ProfileStore) -> None:
    store.put(Profile("ada", state("one")))
    with pytest.raises(ProfileConflict):
        store.put(Profile("ada", state("two")))


def test_deleting_takes_the_copies_along(store: ProfileStore, folder: Path) -> None:
    leased = store.put(Profile("ada", state("old")))
    store.put(Profile("ada.b", state("bystander")))
    store.put(captured(leased, state("first")))
    with pytest.raises(ProfileConflict):
        store.put(captured(leased, state("second")))
    store.delete("ada")
    assert {path.name for path in folder.iterdir()} == {".lock", "ada.b.profile"}


# -- a disk that fails -----------------------------------------------------------------------------


def fill_disk(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """From here on the disk is full, which shows at this step of a save."""
    real_write, written = os.write, []

    def fail(*args: object, **named: object) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write_a_little(handle: int, content: Any) -> int:
        written.append(real_write(handle, bytes(content[:5])))
        return written[0] if len(written) == 1 else fail()

    match step:
        case "create":
            monkeypatch.setattr("abos.pool.durable.tempfile.mkstemp", fail)
        case "write":
            monkeypatch.setattr("abos.pool.durable.os.write", fail)
        case "second write":
            monkeypatch.setattr("abos.pool.durable.os.write", write_a_little)
        case "sync":
            monkeypatch.setattr("abos.pool.durable.os.fsync", fail)
        case "rename":
            monkeypatch.setattr(Path, "replace", fail)


@pytest.mark.parametrize("step", ["create", "write", "second write", "sync", "rename"])
def test_a_full_disk_leaves_the_old_profile(
    store: ProfileStore, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    saved = store.put(Profile("ada", state("old")))
    with monkeypatch.context() as patch:
        fill_disk(patch, step)
        with pytest.raises(ProfileNotSaved, match=r"No space left on device\. Free") as caught:
            store.put(captured(saved, state()))
    assert SECRET not in everything_said(caught.value)
    assert store.get("ada") == saved
    assert {path.name for path in folder.iterdir()} == {".lock", "ada.profile"}
    assert value(store.put(captured(saved, state("new")))) == "new"


@pytest.mark.parametrize("step", ["create", "write", "second write", "sync", "rename"])
def test_a_full_disk_fails_a_new_profile_and_the_copy_of_a_conflict(
    store: ProfileStore, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    leased = store.put(Profile("ada", state("old")))
    first = store.put(captured(leased, state("first")))
    with monkeypatch.context() as patch:
        fill_disk(patch, step)
        with pytest.raises(ProfileNotSaved):
            store.import_state("bob", state())
        with pytest.raises(ProfileNotSaved):
            store.put(captured(leased, state("second")))
    assert store.get("ada") == first
    assert {path.name for path in folder.iterdir()} == {".lock", "ada.profile"}


def test_a_disk_that_takes_a_few_bytes_at_a_time_gets_them_all(
    store: ProfileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    monkeypatch.setattr(
        "abos.pool.durable.os.write", lambda handle, data: real_write(handle, bytes(data[:7]))
    )
    assert store.put(Profile("ada", state())) == store.get("ada")


def test_a_disk_that_takes_nothing_is_full(
    store: ProfileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abos.pool.durable.os.write", lambda handle, data: 0)
    with pytest.raises(ProfileNotSaved, match="No space left"):
        store.put(Profile("ada"))


@pytest.mark.parametrize("number", [errno.EIO, errno.EINVAL])
def test_when_only_the_folder_cannot_be_synced_saving_again_is_safe(
    store: ProfileStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """EINVAL: the file system cannot do it at all. Anything else is told."""
    saved = store.put(Profile("ada", state("old")))
    real_fsync = os.fsync

    def fsync(handle: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112
            raise OSError(number, os.strerror(number))
        real_fsync(handle)

    after = captured(saved, state("new"))
    with monkeypatch.context() as patch:
        patch.setattr("abos.pool.durable.os.fsync", fsync)
        if number == errno.EINVAL:
            assert value(store.put(after)) == "new"
        else:
            with pytest.raises(ProfileNotSaved):
                store.put(after)
    assert value(store.put(after)) == "new"
    assert store.conflicts("ada") == ()


def test_what_a_killed_writer_left_is_swept(store: ProfileStore, folder: Path) -> None:
    store.put(Profile("ada"))
    (folder / ".abc.tmp").write_bytes(b"half")
    store.put(Profile("bob"))
    assert {path.name for path in folder.iterdir()} == {".lock", "ada.profile", "bob.profile"}


# -- several at once -------------------------------------------------------------------------------


def test_a_lock_that_is_never_given_up_has_a_deadline(
    store: ProfileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abos.pool.profiles._LOCK_TIMEOUT_S", 0.03)
    saved = store.put(Profile("ada"))
    with durable.locked(folder, 1.0):
        with pytest.raises(ProfileNotSaved, match="held the folder's lock"):
            store.put(captured(saved, state()))
        with pytest.raises(ProfileError, match="held the folder's lock"):
            store.delete("ada")
        assert store.get("ada") == saved


COUNTER = """
import sys
from pathlib import Path
from abos.pool import Profile, ProfileConflict, ProfileStore, Vault, captured

store, times = ProfileStore(Path(sys.argv[1]), Vault(bytes(range(32)))), int(sys.argv[2])
while times != 0:
    profile = store.get("ada")
    count = int(profile.storage_state["cookies"][0]["value"]) + 1
    cookie = {"name": "sid", "value": str(count), "domain": "shop.example", "path": sys.argv[3]}
    try:
        store.put(captured(profile, {"cookies": [cookie], "origins": []}))
        times -= 1
    except ProfileConflict:
        pass
print("done")
"""


def counting(folder: Path, times: int, name: str) -> subprocess.Popen[str]:
    command = (sys.executable, "-c", COUNTER, str(folder), str(times), name)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_lose_no_save(store: ProfileStore, folder: Path) -> None:
    store.put(Profile("ada", state("0")))
    running = [counting(folder, 40, name) for name in ("/a", "/b")]
    assert [process.communicate(timeout=60)[0] for process in running] == ["done\n", "done\n"]
    assert value(store.get("ada")) == "80"
    assert len(store.conflicts("ada")) <= 3
    assert not list(folder.glob(".*.tmp"))


def test_a_writer_killed_at_any_moment_leaves_a_whole_profile(
    store: ProfileStore, folder: Path
) -> None:
    store.put(Profile("ada", state("0")))
    for pause_s in (0.001, 0.003, 0.007, 0.02):
        before = int(value(store.get("ada")))
        process = counting(folder, -1, "/")
        deadline = time.monotonic() + 30
        while int(value(store.get("ada"))) == before and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(pause_s)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        assert int(value(store.get("ada"))) > before
        store.put(Profile("bob", state(str(before))), store_version(store, "bob"))
        assert not list(folder.glob(".*.tmp"))


def store_version(store: ProfileStore, name: str) -> int:
    return store.get(name).version if name in store.list() else 0


def test_threads_of_one_process_lose_no_save(store: ProfileStore) -> None:
    store.put(Profile("ada", state("0")))

    def count() -> None:
        times = 0
        while times < 15:
            profile = store.get("ada")
            changed = captured(profile, state(str(int(value(profile)) + 1)))
            # Another one may have counted to the same figure: then this is no save of ours.
            try:
                saved = store.put(replace(changed, locale=threading.current_thread().name))
            except ProfileConflict:
                continue
            times += saved.version > profile.version

    threads = [threading.Thread(target=count, name=f"t{number}") for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert value(store.get("ada")) == "45"
