"""How much memory there is, how much a slot takes, and when to give slots up. Linux.

Reading and deciding are apart: `relief` and `affordable` are pure. Giving up starts while there is
still something left, because a machine that swaps is slow long before it is full, and a browser
that is killed for memory takes all its sessions along.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")
_MB_KB = 1024.0
_MB = 1024.0 * 1024.0
_HARD = 10.0
"""Above this many times the tolerated stall, everything that is not lent out goes."""


@dataclass(frozen=True, slots=True)
class MemoryConfig:
    """When memory counts as short."""

    reserve_share: float = 0.10
    """Share of the machine's memory (or of the container's) that is to stay available."""
    reserve_mb: float = 512.0
    """Megabytes that are to stay available, if that is more; never more than half of all."""
    margin_mb: float = 256.0
    """New slots are made only while this much more than the reserve is left, lest they are given
    up right after."""
    stall_percent: float = 5.0
    """Tolerated share of the last 10 s in which some process waited for memory (PSI "some")."""
    step_share: float = 0.25
    """Share of the ready slots given up at each look while processes stall."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The machine's memory, or the container's where that is tighter, at one moment."""

    total_mb: float
    available_mb: float
    """What can be taken without swapping, megabytes."""
    some_avg10: float | None = None
    """Percent of the last 10 s in which some process waited for memory; None = the kernel does
    not tell."""
    full_avg10: float | None = None
    """The same for all processes at once."""

    def reserve_mb(self, config: MemoryConfig) -> float:
        """What is to stay available, megabytes."""
        wanted = max(config.reserve_mb, config.reserve_share * self.total_mb)
        return min(wanted, self.total_mb / 2)


def relief(memory: Memory, ready_mb: Sequence[float], config: MemoryConfig | None = None) -> int:
    """How many ready slots to give up, from the first on; 0 while there is enough.

    `ready_mb` is what each takes, megabytes, in the order in which they would go. As many go as
    bring what is available back to the reserve; where processes stall already, at least a quarter,
    and all of them where all processes stall or nearly nothing is left. Lent slots are not ours to
    give.
    """
    config = config or MemoryConfig()
    reserve = memory.reserve_mb(config)
    full, some = memory.full_avg10 or 0.0, memory.some_avg10 or 0.0
    if full > config.stall_percent or some > _HARD * config.stall_percent:
        return len(ready_mb)
    count = _prefix(ready_mb, reserve - memory.available_mb)
    if some > config.stall_percent:
        count = max(count, math.ceil(len(ready_mb) * config.step_share))
    return min(count, len(ready_mb))


def affordable(memory: Memory, slot_mb: float, config: MemoryConfig | None = None) -> int:
    """How many further slots of that size can be made; 0 while processes stall."""
    config = config or MemoryConfig()
    if (memory.some_avg10 or 0.0) > config.stall_percent:
        return 0
    room = memory.available_mb - memory.reserve_mb(config) - config.margin_mb
    return max(0, int(room / max(slot_mb, 1.0)))


def _prefix(sizes_mb: Sequence[float], deficit_mb: float) -> int:
    """How many of the first cover the deficit."""
    count = 0
    while deficit_mb > 0 and count < len(sizes_mb):
        deficit_mb -= sizes_mb[count]
        count += 1
    return count


# -- reading ---------------------------------------------------------------------------------------


def pss_mb(pid: int, *, root: Path = _ROOT) -> float | None:
    """A process' memory, its part of what it shares included (PSS), megabytes.

    None when it is gone or not ours. Where the kernel keeps the figure back, what it shares with
    nobody stands in. Costs 2 ms of kernel time for a page: read it off the loop, and every
    few seconds at most.
    """
    folder = root / "proc" / str(pid)
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE)
        if found:
            return int(found.group(1)) / _MB_KB
    except OSError:
        pass  # kept back, or gone: the next file tells
    try:
        _, resident, shared, *_ = (folder / "statm").read_text().split()
    except (OSError, ValueError):
        return None
    return (int(resident) - int(shared)) * _page_size() / _MB


def total_pss_mb(pids: Collection[int], *, root: Path = _ROOT) -> float:
    """The memory of all these processes, megabytes; those that are gone count nothing."""
    return sum(pss_mb(pid, root=root) or 0.0 for pid in pids)


def read_memory(*, root: Path = _ROOT) -> Memory | None:
    """The memory now; None where the system does not tell (no /proc). Takes 0.1 ms."""
    facts = _meminfo(root)
    if facts is None:
        return None
    total, available = facts
    limit, left = _container(root)
    some, full = _stalls(root)
    return Memory(min(total, limit), min(available, left), some, full)


def _meminfo(root: Path) -> tuple[float, float] | None:
    try:
        text = (root / "proc/meminfo").read_text()
    except OSError:
        return None
    kb = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    if "MemTotal" not in kb or "MemAvailable" not in kb:
        return None
    return kb["MemTotal"] / _MB_KB, kb["MemAvailable"] / _MB_KB


def _container(root: Path) -> tuple[float, float]:
    """The tightest limit of our control groups (v2) and what is left, megabytes; or infinite.

    File cache that can be dropped counts as left, as it does in MemAvailable.
    """
    limits = [found for folder in _groups(root) if (found := _limit(folder)) is not None]
    return (
        min((limit for limit, _ in limits), default=math.inf),
        min((left for _, left in limits), default=math.inf),
    )


def _groups(root: Path) -> list[Path]:
    """Our control group and those it lies in, as folders."""
    try:
        text = (root / "proc/self/cgroup").read_text()
    except OSError:
        return []
    found = re.search(r"^0::/(.*)$", text, re.MULTILINE)
    if found is None:
        return []
    top = root / "sys/fs/cgroup"
    own = top / found.group(1)
    return [own, *(folder for folder in own.parents if folder.is_relative_to(top))]


def _limit(folder: Path) -> tuple[float, float] | None:
    """One group's limit and what is left of it, megabytes; None where it has none."""
    try:
        limit = int((folder / "memory.max").read_text())
        used = int((folder / "memory.current").read_text())
        found = re.search(
            r"^inactive_file (\d+)", (folder / "memory.stat").read_text(), re.MULTILINE
        )
    except (OSError, ValueError):  # "max" is not a number
        return None
    droppable = int(found.group(1)) if found else 0
    return limit / _MB, (limit - used + droppable) / _MB


def _stalls(root: Path) -> tuple[float | None, float | None]:
    """PSI "some" and "full" of the last 10 s: our control group's where it has its own."""
    own = [folder / "memory.pressure" for folder in _groups(root)[:1]]
    for path in (*own, root / "proc/pressure/memory"):
        try:
            text = path.read_text()
        except OSError:
            continue
        found = dict(re.findall(r"^(some|full) avg10=([\d.]+)", text, re.MULTILINE))
        if "some" in found:
            return float(found["some"]), float(found.get("full", 0.0))
    return None, None


def _page_size() -> int:
    import resource

    return resource.getpagesize()
