"""Reading memory from files made here, and when slots are given up."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abos.pool.memory import (
    Memory,
    MemoryConfig,
    affordable,
    pss_mb,
    read_memory,
    relief,
    total_pss_mb,
)

PAGES = [40.0] * 10
TOTAL = 8192.0


def memory(available_mb: float, some: float | None = 0.0, full: float | None = 0.0) -> Memory:
    return Memory(TOTAL, available_mb, some, full)


@pytest.mark.parametrize(
    ("state", "count"),
    [
        (memory(4000), 0),
        (memory(820), 0),  # the reserve is 10 % of 8 GB
        (memory(819), 1),
        (memory(819.2 - 100), 3),
        (memory(0), 10),
        (memory(4000, some=5), 0),
        (memory(4000, some=6), 3),  # a quarter, rounded up
        (memory(700, some=6), 3),
        (memory(600, some=6), 6),
        (memory(4000, some=60), 10),
        (memory(4000, full=6), 10),
        (memory(4000, some=None, full=None), 0),
    ],
)
def test_slots_are_given_up_before_it_swaps(state: Memory, count: int) -> None:
    assert relief(state, PAGES) == count


def test_nothing_can_be_given_where_nothing_is_ready() -> None:
    assert relief(memory(0, full=90), []) == 0


def test_the_reserve_of_a_small_machine_leaves_half() -> None:
    assert Memory(600, 300).reserve_mb(MemoryConfig()) == 300
    assert Memory(TOTAL, 1).reserve_mb(MemoryConfig(reserve_mb=1000)) == 1000


@pytest.mark.parametrize(
    ("state", "count"),
    [
        (memory(819.2 + 256 + 400), 10),
        (memory(819.2 + 256 + 39), 0),
        (memory(100), 0),
        (memory(8000, some=6), 0),
        (memory(819.2 + 256 + 400, some=None), 10),
    ],
)
def test_new_slots_are_made_while_there_is_room(state: Memory, count: int) -> None:
    assert affordable(state, 40.0) == count


def test_a_slot_of_unknown_size_counts_as_something() -> None:
    assert affordable(memory(4000), 0.0) < math.inf


@given(
    st.floats(0, TOTAL),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 100),
    st.lists(st.floats(0, 500), max_size=20),
)
def test_relief_is_bounded_and_enough_and_never_followed_by_a_refill(
    available: float, some: float | None, full: float | None, ready: list[float]
) -> None:
    state = memory(available, some, full)
    count = relief(state, ready)
    assert 0 <= count <= len(ready)
    after = available + sum(ready[:count])
    assert count == len(ready) or after >= state.reserve_mb(MemoryConfig()) - 1e-6
    if count:
        assert affordable(state, 40.0) == 0 or (full or 0) > 5


# -- reading ---------------------------------------------------------------------------------------


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


MEMINFO = "MemTotal:  8388608 kB\nMemFree: 1 kB\nMemAvailable:  4194304 kB\n"
PSI = "some avg10=1.50 avg60=0.2 avg300=0 total=1\nfull avg10=0.75 avg60=0 avg300=0 total=1\n"


def test_a_machine_without_groups(tmp_path: Path) -> None:
    root = write(tmp_path, {"proc/meminfo": MEMINFO, "proc/pressure/memory": PSI})
    assert read_memory(root=root) == Memory(8192, 4096, 1.5, 0.75)


def test_an_old_kernel_tells_no_pressure(tmp_path: Path) -> None:
    root = write(tmp_path, {"proc/meminfo": MEMINFO})
    assert read_memory(root=root) == Memory(8192, 4096, None, None)


def test_the_tightest_group_counts(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/box"
    root = write(
        tmp_path,
        {
            "proc/meminfo": MEMINFO,
            "proc/pressure/memory": PSI,
            "proc/self/cgroup": "1:cpu:/x\n0::/box/inner\n",
            f"{group}/memory.max": f"{1 << 30}\n",
            f"{group}/memory.current": f"{900 << 20}\n",
            f"{group}/memory.stat": f"anon 1\ninactive_file {100 << 20}\nactive_file 5\n",
            f"{group}/inner/memory.max": "max\n",
            f"{group}/inner/memory.pressure": PSI.replace("1.50", "9.00"),
        },
    )
    assert read_memory(root=root) == Memory(1024, 224, 9.0, 0.75)


@pytest.mark.parametrize("text", ["", "nothing of use", "MemTotal: 5 kB\n"])
def test_a_system_that_does_not_tell(tmp_path: Path, text: str) -> None:
    assert read_memory(root=write(tmp_path, {"proc/meminfo": text})) is None
    assert read_memory(root=tmp_path / "nowhere") is None


def test_pss_and_what_stands_in_for_it(tmp_path: Path) -> None:
    pages = (1 << 20) // os.sysconf("SC_PAGE_SIZE")
    root = write(
        tmp_path,
        {
            "proc/7/smaps_rollup": "00-ff ---p 0 00:00 0 [rollup]\nRss: 9 kB\nPss:   38912 kB\n",
            "proc/8/statm": f"999999 {50 * pages} {20 * pages} 1 0 1 0\n",
            "proc/9/statm": "what\n",
        },
    )
    assert pss_mb(7, root=root) == 38.0
    assert pss_mb(8, root=root) == 30.0
    assert pss_mb(9, root=root) is None
    assert total_pss_mb([7, 8, 9, 10], root=root) == 68.0


def test_this_very_process() -> None:
    mine = pss_mb(os.getpid())
    assert mine is None or 1 < mine < 10_000
