"""The file that `abos ps` reads: written off the loop, the newest table last."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

from abos.kernel.process import ProcessInfo
from abos.kernel.procfs import ProcessFile, Publisher


class Slow(ProcessFile):
    """A file on a disk that answers when it is told to."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.go = threading.Event()
        self.written: list[int] = []
        self.threads: set[threading.Thread] = set()
        self.at_once = 0

    def write(self, processes: Sequence[ProcessInfo]) -> None:
        self.at_once += 1
        assert self.at_once == 1, "one write at a time"
        self.threads.add(threading.current_thread())
        self.go.wait(5)
        self.written.append(len(processes))
        super().write(processes)
        self.at_once -= 1


async def test_a_slow_disk_holds_nobody_up(tmp_path: Path) -> None:
    place = tmp_path / "run"
    file, asked = Slow(place), 0

    def processes() -> tuple[ProcessInfo, ...]:
        nonlocal asked
        asked += 1
        return ()

    publisher = Publisher(file, processes)
    for _ in range(3):
        publisher.changed()
        await asyncio.sleep(0.12)  # past the wait for more; the first write is still under way
    assert asked == 1
    assert threading.current_thread() not in file.threads
    file.go.set()
    while asked < 2 or len(file.written) < 2:
        await asyncio.sleep(0.01)
    assert list(place.glob("*.json"))
    await publisher.close()
    assert not list(place.glob("*.json"))
    publisher.changed()
    await asyncio.sleep(0.12)
    assert asked == 2


async def test_closing_waits_for_the_write_and_takes_the_file_away(tmp_path: Path) -> None:
    file = Slow(tmp_path / "run")
    publisher = Publisher(file, lambda: ())
    publisher.changed()
    while not file.threads:
        await asyncio.sleep(0.01)
    closing = asyncio.ensure_future(publisher.close())
    await asyncio.sleep(0)
    file.go.set()
    await closing
    assert file.written == [0]
    assert not list((tmp_path / "run").glob("*"))
