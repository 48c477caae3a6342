"""Whether a model fits into the memory that is free, asked before anything of it is loaded."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelTooLarge

_CGROUP = Path("/sys/fs/cgroup")


def free_bytes(cgroup: Path = _CGROUP) -> int:
    """Memory that can be had: of the machine, or of the control group where that has less."""
    import psutil

    free = int(psutil.virtual_memory().available)
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        cached = _inactive((cgroup / "memory.stat").read_text())
    except (OSError, ValueError):  # no control group, or one without a limit ("max")
        return free
    return min(free, max(0, limit - used + cached))


def _inactive(stat: str) -> int:
    """Bytes of files that the control group gives back when they are needed."""
    fields = dict(line.split() for line in stat.splitlines())
    return int(fields.get("inactive_file", 0))


def refuse_unless_it_fits(what: str, needed: int, reserve_mb: float, free: int = -1) -> None:
    """Raise ModelTooLarge unless this many bytes and the reserve are free."""
    free = free_bytes() if free < 0 else free
    if needed + reserve_mb * 1e6 > free:
        raise ModelTooLarge(
            f"The local model needs {needed / 1e6:.0f} MB for {what} and {reserve_mb:.0f} MB must "
            f"stay free, but {free / 1e6:.0f} MB are.",
            "Free memory, or choose a smaller model.",
        )
