"""Writers that are killed: forked from one process, as importing takes longer than they live.

    crash_writer.py random FOLDER ROUNDS SEED     killed at any moment, wherever it may be
    crash_writer.py lines FOLDER FIRST STEP       killed before every STEP-th line that reads or writes

Prints a line of JSON for each kill, and ends with 1 if anything acknowledged was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import abos.snapshot.store as package
from abos.snapshot import StoreError, UnknownSnapshot
from abos.snapshot.store import Labels, SnapshotStore, StoreConfig, TierConfig
from abos.snapshot.store.depot import Depot

TRACED = {
    str(Path(package.__file__).with_name(name))
    for name in ("tiers.py", "mending.py", "durable.py", "database.py", "warm.py", "cold.py")
}
BUSY = StoreConfig(
    hot=TierConfig(50_000, 3600.0),
    warm=TierConfig(150_000, 3600.0),
    cold=TierConfig(1 << 30, 86400.0),
    collect_every_s=0.005,
)


def main() -> int:
    kind, folder, *numbers = sys.argv[1:]
    first, second = (int(number) for number in numbers)
    kill = by_chance if kind == "random" else by_line
    return 0 if kill(Path(folder), first, second) else 1


# ---- at random moments ---------------------------------------------------------------------------


def by_chance(folder: Path, rounds: int, seed: int) -> bool:
    chance = random.Random(seed)
    acked: set[str] = set()
    removed: set[str] = set()
    for number in range(rounds):
        lines = killed_after(
            lambda: asyncio.run(busy(folder)), chance.uniform(0, 0.12), number % 2 + 1
        )
        told = [line.split() for line in lines]
        removed |= {key for word, key in told if word == "removing"}
        acked |= {key for word, key in told if word == "put"}
        gone = {key for word, key in told if word == "removed"}
        result = checked_apart(folder, acked - removed, gone)
        result["wrong"] += [what for word, what in told if word == "failed"]
        result |= {"round": number, "acknowledged": len(acked), "new": len(told)}
        print(json.dumps(result), flush=True)
        if result["wrong"]:
            return False
    return True


async def busy(folder: Path) -> None:
    """Put, pin and remove without a pause, while snapshots move to the cold tier."""
    async with SnapshotStore(folder, BUSY) as store:
        while True:
            data = os.urandom(random.choice([100, 5_000, 40_000, 200_000]))
            key = await store.put(data, Labels(title="x"))
            say("put", key)
            match random.randrange(4):
                case 0:
                    await store.pin(key)
                case 1:
                    say("removing", key)
                    await store.remove(key)
                    say("removed", key)


def say(word: str, key: str) -> None:
    os.write(1, f"{word} {key}\n".encode())


def killed_after(work: Callable[[], None], seconds: float, writers: int) -> list[str]:
    """What writers said until they were killed, `seconds` after the first word of one."""
    started = [forked(work) for _ in range(writers)]
    first = os.read(started[0][1], 4096)
    time.sleep(seconds)
    for pid, _ in started:
        os.kill(pid, signal.SIGKILL)
    said = [first, *(drained(handle) for _, handle in started)]
    for pid, handle in started:
        os.waitpid(pid, 0)
        os.close(handle)
    # A line may have been cut by the kill: then it was never said.
    whole = [b"".join(said[:2]), *said[2:]]
    return [line.decode() for text in whole for line in text.split(b"\n")[:-1]]


def forked(work: Callable[[], None]) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(writing, 1)
        os.close(reading)
        try:
            work()
        except BaseException as error:
            say("failed", f"{type(error).__name__}:{error}".replace(" ", "_"))
            raise
        finally:
            os._exit(0)
    os.close(writing)
    return pid, reading


def drained(handle: int) -> bytes:
    parts = []
    while part := os.read(handle, 65536):
        parts.append(part)
    return b"".join(parts)


# ---- before every line ---------------------------------------------------------------------------


def by_line(folder: Path, first: int, step: int) -> bool:
    start = folder / "start"
    prepared(start)
    number, ended = first, False
    while not ended:
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(start, copy)
        lines = killed_before(copy, number)
        ended = bool(lines) and lines[-1] == "end -"
        told = [line.split() for line in lines]
        acked = {key for word, key in told if word == "put"} | {ident(b"old"), ident(b"named")}
        removing = {key for word, key in told if word == "removing"}
        gone = {key for word, key in told if word == "removed"}
        result = checked_apart(copy, acked - removing, gone) | {"line": number}
        result["wrong"] += [what for word, what in told if word == "failed"]
        print(json.dumps(result), flush=True)
        if result["wrong"]:
            return False
        number += step
    return True


def ident(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def prepared(folder: Path) -> None:
    depot = Depot(folder, BUSY)
    depot.put(b"old", Labels(), 1000.0)
    depot.put(b"named", Labels(name="n"), 1000.0)
    depot.close()


def scenario(folder: Path) -> None:
    """One of everything that writes."""
    depot = Depot(folder, BUSY)
    for data in (b"one", b"two", bytes(200_000)):
        depot.put(data, Labels(title="t"), 2000.0)
        say("put", ident(data))
    depot.put(b"old", Labels(name="again"), 2000.0)
    depot.pin(ident(b"two"), True)
    for decision in depot.decisions(2000.0 + 3601.0):
        depot.perform(decision)
    depot.pin(ident(b"two"), False)
    for data in (b"one", bytes(200_000)):
        say("removing", ident(data))
        depot.remove(ident(data))
        say("removed", ident(data))
    depot.put(b"late", Labels(), 3000.0)
    say("put", ident(b"late"))
    depot.shrink()
    depot.close()
    say("end", "-")


def killed_before(folder: Path, number: int) -> list[str]:
    """What the scenario said until it was killed before the store's `number`-th line."""
    left = number

    def traced(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in TRACED:
            return None
        if event == "line":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return traced

    def work() -> None:
        sys.settrace(traced)
        scenario(folder)

    pid, handle = forked(work)
    said = drained(handle)
    os.waitpid(pid, 0)
    os.close(handle)
    return [line.decode() for line in said.split(b"\n")[:-1]]


# ---- afterwards ----------------------------------------------------------------------------------


def checked_apart(folder: Path, acked: set[str], gone: set[str]) -> dict[str, Any]:
    """The check, in a process of its own: this one must stay without threads to fork well."""
    pid, handle = forked(
        lambda: print(json.dumps(asyncio.run(check(folder, acked, gone))), flush=True)
    )
    said = drained(handle)
    os.waitpid(pid, 0)
    os.close(handle)
    return json.loads(said) if said else {"wrong": ["the check itself failed"]}


async def check(folder: Path, acked: set[str], gone: set[str]) -> dict[str, Any]:
    wrong = []
    config = StoreConfig(collect_every_s=float("inf"))
    async with SnapshotStore(folder, config) as store:
        wrong += left_behind(folder)
        report = await store.verify()
        if not report.clean:
            wrong.append(f"not clean: {report}")
        for key in acked:
            try:
                await store.get(key)
            except StoreError as error:
                wrong.append(f"lost: {error}")
        for key in gone - acked:
            with contextlib.suppress(UnknownSnapshot):
                await store.get(key)
                wrong.append(f"came back: {key}")
    return {"wrong": wrong, "checked": report.checked, "adopted": len(report.adopted)}


def left_behind(folder: Path) -> list[str]:
    hidden = (path for path in folder.rglob(".*") if path.name not in {".lock", ".reserve"})
    return [f"left behind: {path}" for path in (*hidden, *(folder / "damaged").iterdir())]


if __name__ == "__main__":
    sys.exit(main())
