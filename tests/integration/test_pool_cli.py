"""`abos pool` as a user runs it, beside kernels that run in other processes."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from abos.kernel.demo import DemoShop

pytestmark = pytest.mark.timeout(600)  # many commands, of which each loads everything anew
ABOS = Path(sys.executable).with_name("abos")
KERNEL = """
import asyncio, sys
from abos import Kernel

async def main():
    async with Kernel() as kernel:
        await kernel.pool.wait_warm(timeout_s=30)
        process = await kernel.spawn(sys.argv[1]) if len(sys.argv) > 1 else None
        print("up", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


class Place:
    """A runtime folder of its own, and kernels that publish there."""

    def __init__(self, folder: Path, shop: DemoShop) -> None:
        self.shop = shop
        self.runtime = folder
        config = folder / "abos.toml"
        config.write_text(
            "[planner.local]\nenabled = false\n[pool]\nmax_slots = 6\n"
            f'[[pool.sites]]\nname = "shop"\nurl = "{shop.url}"\nmin_warm = 1\nmax_warm = 3\n'
            f'[[pool.sites]]\nname = "gone"\nurl = "{shop.url}nowhere"\n'
            'min_warm = 0\ndomains = ["gone.example"]\n'
        )
        self.env = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            "ABOS_CONFIG": str(config),
        }

    def abos(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ABOS), *args],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self.env,
        )

    def json(self, *args: str) -> Any:
        done = self.abos(*args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def kernel(self, *args: str, code: int = 0) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, "-c", KERNEL, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self.env,
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "up\n"
                yield process
                process.communicate(timeout=60)
                assert process.returncode == code
            finally:
                process.kill()


@pytest.fixture(scope="module")
def shop() -> Iterator[DemoShop]:
    with DemoShop() as shop:
        yield shop


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, shop: DemoShop
) -> Iterator[tuple[Place, int]]:
    """One kernel, with a process on a page of the shop."""
    place = Place(tmp_path_factory.mktemp("runtime"), shop)
    with place.kernel(shop.url) as process:
        yield place, process.pid
    assert list(place.runtime.glob("abos/*")) == []


Running = tuple[Place, int]


def test_ls_has_a_row_per_slot(running: Running) -> None:
    place, pid = running
    warmed(place)
    done = place.abos("pool", "ls")
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head.split() == [
        "ID",
        "SITE",
        "PROFILE",
        "STATE",
        "AGE",
        "USES",
        "SCORE",
        "MB",
        "BROWSER",
    ]
    told = place.json("pool", "ls")
    assert len(told) == len(rows)
    assert {row["kernel"] for row in told} == {pid}
    states = {row["state"] for row in told}
    assert "leased" in states
    assert states & {"ready", "parked"}
    for row in told:
        assert set(row) >= {"id", "site", "profile", "age_s", "uses", "score", "pss_mb"}
        assert row["browser_pid"] is None or Path(f"/proc/{row['browser_pid']}").exists()


def test_stats(running: Running) -> None:
    place, pid = running
    (told,) = place.json("pool", "stats")
    assert told["kernel"] == pid
    assert told["hits"] + told["misses"] == 1
    assert told["refills"] >= 1
    assert told["refill_seconds"] > 0
    assert told["browsers"]
    done = place.abos("pool", "stats", "--kernel", str(pid))
    assert f"kernel {pid}" in done.stdout
    assert "1 acquire warm" in done.stdout
    assert str(told["browsers"][0]["pid"]) in done.stdout


def test_drain_then_warm(running: Running) -> None:
    place, _ = running
    warmed(place)
    done = place.abos("pool", "drain", "shop")
    assert done.returncode == 0, done.stderr
    assert "retired" in done.stdout
    assert "shop" in done.stdout.splitlines()[-1]
    assert ready(place) == 0
    assert [row["state"] for row in place.json("pool", "ls")].count("leased") == 1
    (told,) = place.json("pool", "stats")
    assert told["draining"] == ["shop"]

    done = place.abos("pool", "warm", "shop", "--count", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("shop: 2 pages ready after ")
    assert ready(place) == 2
    (told,) = place.json("pool", "stats")
    assert told["draining"] == []


def test_warm_and_drain_in_json(running: Running) -> None:
    place, pid = running
    drained = place.json("pool", "drain")
    assert drained["kernel"] == pid
    assert "shop" in drained["draining"]
    warmed = place.json("pool", "warm", "shop")
    assert (warmed["kernel"], warmed["site"], warmed["ready"]) == (pid, "shop", 1)


def test_pages_that_cannot_be_made_are_told_with_the_cause(running: Running) -> None:
    place, _ = running
    done = place.abos("pool", "warm", "gone", "--timeout", "3")
    assert done.returncode == 1
    assert "0 of 1 pages ready" in done.stderr
    assert "404" in done.stderr
    place.abos("pool", "drain", "gone")


def test_no_room_for_more(running: Running) -> None:
    place, _ = running
    done = place.abos("pool", "warm", "shop", "--count", "50")
    assert done.returncode == 0, done.stderr
    assert "no slot is free for" in done.stdout
    done = place.abos("pool", "warm", "shop")
    assert done.returncode == 1
    assert "no slot is free" in done.stderr
    place.abos("pool", "drain", "shop")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("warm", "bank"), 2, "bank"),
        (("drain", "bank"), 2, "shop"),
        (("warm",), 2, "Missing argument"),
        (("warm", "shop", "--count", "0"), 2, "count"),
        (("ls", "--kernel", "1"), 1, "no kernel 1"),
    ],
)
def test_failures_are_one_line(
    running: Running, args: tuple[str, ...], code: int, words: str
) -> None:
    place, _ = running
    done = place.abos("pool", *args)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def warmed(place: Place) -> None:
    done = place.abos("pool", "warm", "shop")
    assert done.returncode == 0, done.stderr


def ready(place: Place) -> int:
    return sum(row["state"] in {"ready", "parked"} for row in place.json("pool", "ls"))


# ---- watching ----------------------------------------------------------------------------------


def test_watch_redraws_on_a_terminal_until_ctrl_c(running: Running) -> None:
    place, _ = running
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    watching = subprocess.Popen(
        [str(ABOS), "pool", "ls", "--watch"],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        env={**place.env, "TERM": "xterm"},
    )
    os.close(theirs)
    try:
        shown = read_until(lambda: read(ours), "Ctrl-C ends", times=4)  # one drawn twice at first
        watching.send_signal(signal.SIGINT)
        shown += read_until(lambda: read(ours), "\x1b[?25h", times=1)  # the cursor is back
        assert watching.wait(30) == 0
        assert watching.stderr is not None
        assert watching.stderr.read() == ""
    finally:
        watching.kill()
        watching.communicate()
        os.close(ours)
    assert "SITE" in shown
    assert "\x1b[1A" in shown  # drawn over itself
    assert "Traceback" not in shown


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_watch_in_a_pipe_prints_plainly(running: Running, extra: tuple[str, ...]) -> None:
    place, pid = running
    watching = subprocess.Popen(
        [str(ABOS), "pool", "stats", "--watch", *extra],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=place.env,
    )
    try:
        assert watching.stdout is not None
        stdout = watching.stdout
        shown = read_until(stdout.readline, f"{pid}", times=2)
        watching.send_signal(signal.SIGINT)
        rest, said = watching.communicate(timeout=30)
    finally:
        watching.kill()
        watching.communicate()
    assert watching.returncode == 0
    assert said == ""
    assert "\x1b" not in shown + rest
    if extra:
        assert [json.loads(line)[0]["kernel"] for line in shown.splitlines()] == [pid, pid]


def read(handle: int) -> str:
    ready_now, _, _ = select.select([handle], [], [], 10)
    return os.read(handle, 65536).decode() if ready_now else ""


def read_until(more: Callable[[], str], word: str, times: int, seconds: float = 60) -> str:
    end, shown = time.monotonic() + seconds, ""
    while shown.count(word) < times and time.monotonic() < end:
        shown += more()
    assert shown.count(word) >= times, shown
    return shown


# ---- none, and several -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args", [("ls",), ("stats", "--json"), ("warm", "shop"), ("drain",), ("ls", "--watch")]
)
def test_no_kernel(tmp_path: Path, shop: DemoShop, args: tuple[str, ...]) -> None:
    done = Place(tmp_path, shop).abos("pool", *args)
    assert done.returncode == 1
    assert "no kernel runs" in done.stderr
    assert "abos run" in done.stderr
    assert done.stdout == ""


def test_two_kernels(tmp_path: Path, shop: DemoShop) -> None:
    place = Place(tmp_path, shop)
    with ExitStack() as stack:
        pids = sorted(stack.enter_context(place.kernel()).pid for _ in range(2))
        assert sorted({row["kernel"] for row in place.json("pool", "ls")}) == pids
        assert [row["kernel"] for row in place.json("pool", "stats")] == pids
        assert "KERNEL" in place.abos("pool", "ls").stdout.split()
        for args in (("warm", "shop"), ("drain",)):
            done = place.abos("pool", *args)
            assert done.returncode == 2
            assert all(str(pid) in done.stderr for pid in pids)
            assert "--kernel" in done.stderr
        assert place.json("pool", "drain", "--kernel", str(pids[0]))["kernel"] == pids[0]
        draining = {row["kernel"]: row["draining"] for row in place.json("pool", "stats")}
        assert draining[pids[0]]
        assert not draining[pids[1]]


def test_a_kernel_that_was_killed_leaves_nothing_to_find(tmp_path: Path, shop: DemoShop) -> None:
    place = Place(tmp_path, shop)
    with place.kernel(code=-signal.SIGKILL) as process:
        process.kill()
        process.wait()
        assert list((tmp_path / "abos").glob("*.sock"))
        assert "no kernel runs" in place.abos("pool", "ls").stderr
        assert not list((tmp_path / "abos").glob("*.sock"))
