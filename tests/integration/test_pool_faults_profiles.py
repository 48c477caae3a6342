"""What goes wrong around a stored profile: no room on the disk, and several who write it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from abos.kernel import errors
from abos.pool import Profile, ProfileStore, open_vault

from .faults import SLACK, Site, kernel_of, said

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc"),
]

EMPTY: dict[str, object] = {"cookies": [], "origins": []}
MARK = "localStorage.setItem('mark', '{}'.repeat(9000))"


def mark(profile: Profile) -> str:
    """The letter that a page left in its storage."""
    origins = profile.storage_state["origins"]
    assert isinstance(origins, list)
    return "".join(item["value"][0] for origin in origins for item in origin["localStorage"])


def leftovers(folder: Path) -> list[Path]:
    """What a write that was broken off left behind."""
    return list(folder.glob(".*.tmp"))


class FullDisk:
    """A folder on a small file system of its own; for others than root, writes that break off."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._filler = folder / "filler"
        self._patch = patch
        mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(folder)]
        done = subprocess.run(mount, check=False, capture_output=True) if not os.geteuid() else None
        self._mounted = done is not None and done.returncode == 0

    def fill(self) -> None:
        if self._mounted:
            with suppress(OSError), self._filler.open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
        else:
            self._patch.setattr(os, "write", self._broken_off)

    def empty(self) -> None:
        self._filler.unlink(missing_ok=True)
        self._patch.undo()

    def close(self) -> None:
        if self._mounted:
            subprocess.run(["umount", str(self.folder)], check=True)

    def _broken_off(self, handle: int, content: bytes, write: Any = os.write) -> int:
        if not Path(f"/proc/self/fd/{handle}").readlink().is_relative_to(self.folder):
            return int(write(handle, content))  # asyncio's pipes
        if len(content) < 4096:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(write(handle, content[:4096]))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FullDisk]:
    with pytest.MonkeyPatch.context() as patch:
        disk = FullDisk(tmp_path, patch)
        yield disk
        disk.close()


@pytest.mark.usefixtures("runtime")
async def test_a_profile_that_finds_no_room_is_told_and_the_stored_one_stands(
    shop: Site, disk: FullDisk, log: pytest.LogCaptureFixture
) -> None:
    store = ProfileStore(disk.folder, open_vault(disk.folder))
    stored = store.import_state("ada", EMPTY)
    async with kernel_of(disk.folder) as kernel:
        process = await kernel.spawn(shop.url, profile="ada")
        await process.evaluate(MARK.format("a"))
        disk.fill()
        with pytest.raises(errors.ProfileError, match="not saved: No space left") as caught:
            await process.exit()
        assert "Free space" in caught.value.hint
        assert {row.exit_code for row in kernel.ps()} == {0}
        assert said(log, "Profile 'ada' was not saved", "No space left")
        assert 'call="EXIT",outcome="ProfileError"' in kernel.metrics()
        assert store.get("ada") == stored
        assert not leftovers(disk.folder)
        disk.empty()
        async with await kernel.spawn(shop.url, profile="ada") as again:
            await again.evaluate(MARK.format("b"))
        assert mark(store.get("ada")) == "b"


@pytest.mark.usefixtures("runtime")
async def test_two_kernels_that_save_one_profile_lose_neither_state(
    shop: Site, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    store = ProfileStore(tmp_path, open_vault(tmp_path))
    store.import_state("ada", EMPTY)
    async with kernel_of(tmp_path) as one, kernel_of(tmp_path) as two:
        processes = [await kernel.spawn(shop.url, profile="ada") for kernel in (one, two)]
        for process, letter in zip(processes, "ab", strict=True):
            await process.evaluate(MARK.format(letter))
        ends = await asyncio.gather(*(p.exit() for p in processes), return_exceptions=True)
        (refused,) = [end for end in ends if isinstance(end, BaseException)]
        assert isinstance(refused, errors.ProfileError)
        (copy,) = store.conflicts("ada")
        assert copy in refused.hint
        assert {mark(store.get("ada")), mark(store.get(copy))} == {"a", "b"}
        assert said(log, "'ada' was saved by somebody else meanwhile", copy)


WRITER = """
import sys
from pathlib import Path
from abos.pool import Profile, ProfileConflict, ProfileNotFound, ProfileStore, captured, open_vault

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print(flush=True)
sys.stdin.readline()  # until all are up
store = ProfileStore(folder, open_vault(folder))
number = 0
while number < count:
    try:
        base = store.get("ada")
    except ProfileNotFound:
        base = Profile("ada", {"cookies": [], "origins": []})
    items = [i for o in base.storage_state["origins"] for i in o["localStorage"]]
    items.append({"name": f"{name}{number}", "value": "x" * 2000})
    origin = {"origin": "https://shop.example", "localStorage": items}
    try:
        store.put(captured(base, {"cookies": [], "origins": [origin]}))
    except ProfileConflict:
        continue
    print(f"{name}{number}", flush=True)
    number += 1
"""


async def line_of(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


async def test_processes_that_write_one_profile_lose_nothing_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    """From an empty folder on, whose key they make as well; one of them is killed in between."""
    counts = {"a": 20, "b": 20, "killed": 10_000}
    writers = {
        name: await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WRITER, tmp_path, name, str(count)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name, count in counts.items()
    }
    try:
        async with asyncio.timeout(20 * SLACK):
            said = [await line_of(writer) for writer in writers.values()]
            for writer in writers.values():
                assert writer.stdin is not None
                writer.stdin.write(b"go\n")
            doomed = writers["killed"]
            said += [await line_of(doomed) for _ in range(3)]
            doomed.kill()
            said += [(await writer.communicate())[0] for writer in writers.values()]
    finally:
        for writer in writers.values():
            with suppress(ProcessLookupError):
                writer.kill()
    assert [writer.returncode for writer in writers.values()] == [0, 0, -signal.SIGKILL]
    acknowledged = set(b"".join(said).decode().split())
    assert len(acknowledged) >= 20 + 20 + 3
    (origin,) = ProfileStore(tmp_path, open_vault(tmp_path)).export_state("ada")["origins"]
    stored = {item["name"] for item in origin["localStorage"]}
    assert acknowledged <= stored
    assert len(stored - acknowledged) <= 1  # what the killed one wrote and could not tell of
    assert not leftovers(tmp_path)
