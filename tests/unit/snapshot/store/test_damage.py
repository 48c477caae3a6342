"""Broken databases, full disks, and what other processes do meanwhile."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import abos
from abos.snapshot import SnapshotDamaged, StoreBusy, StoreError, UnknownSnapshot
from abos.snapshot.store import Labels, StoreConfig, Tier, TierConfig
from abos.snapshot.store.depot import Depot
from abos.snapshot.store.durable import locked
from abos.snapshot.store.index import Query

CONFIG = StoreConfig(
    warm=TierConfig(200_000, 100.0), cold=TierConfig(2_000_000, 1000.0), timeout_s=2.0
)
WARM = [os.urandom(3000) for _ in range(20)]
COLD = [os.urandom(250_000) for _ in range(3)]
NOW = 1000.0


def ident(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed store with snapshots in both tiers."""
    depot = Depot(tmp_path / "s", CONFIG)
    for number, data in enumerate([*WARM, *COLD]):
        depot.put(data, Labels(name=f"n{number}", title="t", pid=number), NOW + number)
    depot.put(b"delta", Labels(base=ident(COLD[0])), NOW + 50)
    depot.pin(ident(COLD[0]), True)
    depot.close()
    return tmp_path / "s"


@pytest.fixture
def depot(folder: Path) -> Iterator[Depot]:
    depot = Depot(folder, CONFIG)
    yield depot
    depot.close()


def spoil(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)


def all_there(depot: Depot) -> None:
    for number, data in enumerate([*WARM, *COLD]):
        entry, found = depot.get(ident(data))
        assert found == data
        assert (entry.labels.name, entry.created) == (f"n{number}", NOW + number)
    assert depot.entry(ident(COLD[0])).labels.pinned
    assert depot.entry(ident(b"delta")).labels.base == ident(COLD[0])
    assert len(depot.find(Query())) == 24


# ---- the index ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["head", "middle", "cut", "empty", "gone", "text"])
def test_a_broken_index_is_made_again_from_the_bytes(folder: Path, how: str) -> None:
    path = folder / "index.1.sqlite"
    match how:
        case "head":
            spoil(path, 0, 4096)
        case "middle":
            spoil(path, 4096, path.stat().st_size - 4096)
        case "cut":
            os.truncate(path, 5000)
        case "empty":
            os.truncate(path, 0)
        case "gone":
            path.unlink()
        case "text":
            path.write_text("not a database, but long enough to look like one" * 100)
    depot = Depot(folder, CONFIG)
    all_there(depot)
    assert depot.check().clean
    depot.close()


def test_an_index_that_breaks_while_open_is_made_again(folder: Path) -> None:
    one, other = Depot(folder, CONFIG), Depot(folder, CONFIG)
    path = folder / "index.1.sqlite"
    spoil(path, 0, path.stat().st_size)
    assert one.check().mended == ("index",)
    all_there(one)
    # The other one changes over by itself, to read and to write.
    key = other.put(b"more", Labels(), NOW).id
    assert one.get(key)[1] == b"more"
    other.remove(key)
    one.close()
    all_there(other)
    other.close()
    again = Depot(folder, CONFIG)
    all_there(again)
    again.close()


def test_a_database_that_is_emptied_while_open_is_made_again(depot: Depot, folder: Path) -> None:
    os.truncate(folder / "index.1.sqlite", 0)
    all_there(depot)
    key = depot.put(b"more", Labels(), NOW).id
    assert depot.get(key)[1] == b"more"


# ---- the warm database -------------------------------------------------------------------------


def test_a_broken_warm_database_gives_up_what_can_be_read(folder: Path) -> None:
    path = folder / "warm.1.sqlite"
    size = path.stat().st_size
    spoil(path, size // 2, 9000)
    depot = Depot(folder, CONFIG)
    report = depot.check()
    assert report.mended == ("warm",)
    read = 0
    for data in WARM:
        try:
            read += depot.get(ident(data))[1] == data
        except SnapshotDamaged:
            continue
    assert 10 <= read < 20
    assert len(report.lost) == 20 - read
    assert [depot.get(ident(data))[1] for data in COLD] == COLD
    assert (folder / "damaged" / "warm.1.sqlite").exists()
    assert depot.check().clean
    depot.close()


def test_a_lost_warm_database_leaves_the_cold_tier(folder: Path) -> None:
    spoil(folder / "warm.1.sqlite", 0, 8192)
    depot = Depot(folder, CONFIG)
    assert [depot.get(ident(data))[1] for data in COLD] == COLD
    with pytest.raises(SnapshotDamaged):
        depot.get(ident(WARM[0]))
    assert depot.put(WARM[0], Labels(), NOW).id == ident(WARM[0])
    assert depot.get(ident(WARM[0]))[1] == WARM[0]
    assert depot.check().clean
    depot.close()


def test_a_page_that_breaks_under_a_reader(folder: Path, depot: Depot) -> None:
    path = folder / "warm.1.sqlite"
    content = path.read_bytes()
    at = content.find(WARM[5][:500])
    assert at > 0
    spoil(path, at, 500)
    depot.check()  # also lets SQLite read the page again
    with pytest.raises(SnapshotDamaged):
        depot.get(ident(WARM[5]))
    assert depot.get(ident(WARM[6]))[1] == WARM[6]


def test_both_databases_lost(folder: Path) -> None:
    for path in folder.glob("*.sqlite"):
        path.unlink()
    depot = Depot(folder, CONFIG)
    assert {entry.id for entry in depot.find(Query())} == {ident(data) for data in COLD}
    assert [depot.get(ident(data))[1] for data in COLD] == COLD
    depot.close()


def test_a_damaged_note_costs_the_labels_only(folder: Path) -> None:
    path = folder / "objects" / ident(COLD[1])[:2] / ident(COLD[1])
    spoil(path, 0, 1)
    (folder / "index.1.sqlite").unlink()
    depot = Depot(folder, CONFIG)
    entry, data = depot.get(ident(COLD[1]))
    assert (data, entry.labels) == (COLD[1], Labels())
    depot.close()


# ---- what killed writers leave -----------------------------------------------------------------


def test_bytes_in_both_tiers_are_one_snapshot(folder: Path) -> None:
    """As if a mover was killed after it had copied."""
    depot = Depot(folder, CONFIG)
    entry = depot.entry(ident(WARM[0]))
    depot._tiers.cold.write(entry.id, b"{}", WARM[0])
    assert depot.check().copies == 1
    assert depot.entry(entry.id).tier is Tier.WARM
    depot._tiers.cold.write(entry.id, b"{}", WARM[0])
    depot.remove(entry.id)
    assert depot.check().adopted == ()
    with pytest.raises(UnknownSnapshot):
        depot.get(entry.id)
    depot.close()


def test_unfinished_files_are_swept(folder: Path) -> None:
    left = [
        folder / "objects" / ident(COLD[0])[:2] / ".x.tmp",
        folder / "damaged" / ".x.tmp",
        folder / ".fresh-warm.1.sqlite",
    ]
    for path in left:
        path.write_bytes(b"x")
    Depot(folder, CONFIG).close()
    assert [path for path in left if path.exists()] == []


def test_old_damage_goes_in_time(folder: Path, depot: Depot) -> None:
    for name, mtime in (("a" * 64, 1.0), ("b" * 64, None)):
        path = folder / "damaged" / name
        path.write_bytes(b"")
        if mtime is not None:
            os.utime(path, (mtime, mtime))
    depot.shrink()
    assert [path.name for path in (folder / "damaged").iterdir()] == ["b" * 64]


# ---- no room -----------------------------------------------------------------------------------


def test_a_limit_on_file_sizes_is_a_full_disk(folder: Path) -> None:
    """As on a quota: a typed error, the store goes on, and takes the same bytes later."""
    script = """
        import json, os, resource, sys
        from pathlib import Path
        from abos.snapshot import StoreFull
        from abos.snapshot.store import Labels, StoreConfig, TierConfig
        from abos.snapshot.store.depot import Depot

        depot = Depot(Path(sys.argv[1]), StoreConfig(warm=TierConfig(200_000, 100.0)))
        entries = depot._tiers.index.all()
        known = [entry.id for entry in entries]
        bases = {entry.labels.base for entry in entries}
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        told = []
        for size in (190_000, 210_000):
            try:
                depot.put(os.urandom(size), Labels(), 1000.0)
            except StoreFull as error:
                told.append([str(error), error.hint])
        readable = sum(len(depot.get(key)[1]) > 0 for key in known)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        for size in (190_000, 210_000):
            depot.put(bytes(size), Labels(), 1000.0)
        depot.remove(next(key for key in known if key not in bases))
        report = depot.check()
        print(json.dumps([told, readable, report.clean, len(report.adopted), report.copies]))
        depot.close()
    """
    told, readable, clean, adopted, copies = ran(script, folder)
    assert len(told) == 2
    assert all("abos snapshot gc" in hint for _, hint in told)
    assert (readable, clean, adopted, copies) == (24, True, 0, 0)


def test_a_full_disk(tmp_path: Path) -> None:
    """A tiny file system of its own, filled to the last byte."""
    script = """
        import json, os, subprocess, sys
        from pathlib import Path
        from abos.snapshot import StoreFull
        from abos.snapshot.store import Labels, StoreConfig, TierConfig
        from abos.snapshot.store.depot import Depot

        mount = Path(sys.argv[1])
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", mount]).returncode:
            print(json.dumps(None)); sys.exit()
        config = StoreConfig(warm=TierConfig(800_000, 100.0))
        depot = Depot(mount / "s", config)
        known, full = [], 0
        for number in range(60):
            try:
                known.append(depot.put(os.urandom(20_000 if number % 3 else 900_000), Labels(), 1000.0).id)
            except StoreFull:
                full += 1
        readable = sum(len(depot.get(key)[1]) > 0 for key in known)
        depot.close()
        filler = (mount / "other").open("wb", buffering=0)
        for size in (4096, 1):  # somebody else takes the last byte
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                pass
        depot = Depot(mount / "s", config)
        removed = 0
        for key in known[:3]:
            depot.remove(key)
            removed += 1
        again = depot.put(b"small", Labels(), 1000.0).id
        depot.close()
        depot = Depot(mount / "s", config)
        clean = depot.check().clean
        left = sum(len(depot.get(key)[1]) > 0 for key in [*known[3:], again])
        print(json.dumps([len(known), full, readable, removed, clean, left]))
        depot.close()
    """
    if not shutil.which("unshare"):
        pytest.skip("no unshare")
    found = ran(script, tmp_path, "unshare", "--map-root-user", "--mount")
    if found is None:
        pytest.skip("may not mount a file system")
    known, full, readable, removed, clean, left = found
    assert known > 3
    assert full > 0
    assert readable == known
    assert removed == 3
    assert clean
    assert left == known - 2


def ran(script: str, folder: Path, *before: str) -> Any:
    done = subprocess.run(
        [*before, sys.executable, "-c", textwrap.dedent(script), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, "PYTHONPATH": str(Path(abos.__file__).parents[1])},
    )
    if before and done.returncode and "unshare" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


# ---- other failures ----------------------------------------------------------------------------


def test_a_store_that_another_process_holds_is_busy(folder: Path) -> None:
    config = StoreConfig(timeout_s=0.05)
    with locked(folder / ".lock", 1.0), pytest.raises(StoreBusy):
        Depot(folder, config)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        Depot(tmp_path / "file" / "s", CONFIG)


@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_bounds_are_positive(value: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        StoreConfig(half_life_s=value)
    with pytest.raises(ValueError, match="positive"):
        TierConfig(1, value)
