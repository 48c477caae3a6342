"""What suits a model on this machine: measured once by a short probe, and remembered.

``suited`` decides and is pure; ``remembered`` and ``remember`` keep it in the user's cache folder,
by machine and model. A file that is damaged or somebody else's counts as none.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

PROBE_S = 1.0
"""Upper bound of the whole probe."""
PROBE_TOKENS = 64
"""About what one decision has to read."""

_GAIN = 1.15
"""More threads have to be this much faster: they take their cores from the browser."""
_FEWEST, _MOST = 512, 4096
_PER_OPTION, _PREFIX = 12, 40
"""Tokens of a candidate, and of what stands before all of them."""
_SHARE = 0.5
"""Of the deadline that reading may take: the machine is not always as idle as it was then."""
_SHORTEST, _LONGEST = 2, 8
_CALM = 1.5
"""Load average for each core up to which a measurement is remembered."""
_KEPT = 20
"""Models that are remembered; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Settings for one model on one machine, and the figures that they come from.

    ``context_tokens`` and ``batch_tokens`` (of one evaluation) take effect when the model is loaded
    next. ``shortlist`` is how many candidates it is asked to choose from.
    """

    threads: int
    context_tokens: int
    batch_tokens: int
    shortlist: int
    tokens_s: float
    """Prompt tokens read in a second."""
    first_token_s: float
    """From the prompt of an average decision to its first answer."""


def choices(cores: int, given: int = 0) -> tuple[int, ...]:
    """Thread counts worth trying: a quarter, half and all of the cores, at most eight; or the one
    that the user says."""
    if given:
        return (given,)
    return tuple(sorted({max(1, cores // 4), max(1, cores // 2), max(1, min(8, cores))}))


def is_calm() -> bool:
    """Whether the machine had little else to do lately, so that a measurement is good for later."""
    try:
        return os.getloadavg()[0] < _CALM * (os.cpu_count() or 1)
    except OSError:
        return False


def suited(seconds: Mapping[int, float], deadline_s: float) -> Tuning | None:
    """The best settings when reading ``PROBE_TOKENS`` took these seconds by thread count."""
    usable = {n: s for n, s in sorted(seconds.items()) if math.isfinite(s) and s > 0}
    if not usable:
        return None
    threads = min(usable)
    for count, took in usable.items():
        threads = count if took * _GAIN < usable[threads] else threads
    speed = PROBE_TOKENS / usable[threads]
    in_time = speed * deadline_s
    context = min(_MOST, max(_FEWEST, 2 ** math.ceil(math.log2(max(1.0, in_time)))))
    options = int((_SHARE * in_time - _PREFIX) / _PER_OPTION)
    return Tuning(
        threads,
        context,
        min(context, _FEWEST),
        min(_LONGEST, max(_SHORTEST, options)),
        speed,
        usable[threads],
    )


def tuning_file() -> Path:
    """Where it is remembered: one file for all models of this user."""
    return Path(platformdirs.user_cache_dir("abos")) / "tuning.json"


def machine() -> str:
    """This machine's name for itself: another processor or container size is another machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    about = f"{platform.node()} {platform.machine()} {_processor()} {cores}"
    return hashlib.blake2b(about.encode(), digest_size=8).hexdigest()


def _processor() -> str:
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
        return next((line.strip() for line in lines if line.startswith("model name")), "")
    return platform.processor()


def remembered(model: str, file: Path | None = None) -> Tuning | None:
    """What was measured of a model on this machine; None when nothing usable is there."""
    return _parsed(_read(file or tuning_file()).get(f"{machine()} {model}"))


def latest(file: Path | None = None) -> Tuning | None:
    """What was measured last on this machine, of whichever model."""
    rows = [value for name, value in _read(file or tuning_file()).items() if _here(name)]
    return _parsed(rows[-1]) if rows else None


def _here(name: str) -> bool:
    return name.startswith(f"{machine()} ")


def remember(model: str, tuning: Tuning, file: Path | None = None) -> None:
    """Keep it, whole or not at all. A folder that cannot be written to costs the memory alone."""
    file = file or tuning_file()
    name = f"{machine()} {model}"
    kept = {other: value for other, value in _read(file).items() if other != name}
    kept = dict(list(kept.items())[-(_KEPT - 1) :]) | {name: asdict(tuning)}
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".tuning-", dir=file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump(kept, out)
            Path(part).replace(file)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _parsed(raw: object) -> Tuning | None:
    """A tuning with every number in its bounds, or None."""
    if not isinstance(raw, dict):
        return None
    try:
        found = Tuning(
            int(raw["threads"]),
            int(raw["context_tokens"]),
            int(raw["batch_tokens"]),
            int(raw["shortlist"]),
            float(raw["tokens_s"]),
            float(raw["first_token_s"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    fine = (
        1 <= found.threads <= 64
        and _FEWEST <= found.context_tokens <= _MOST
        and 32 <= found.batch_tokens <= found.context_tokens
        and _SHORTEST <= found.shortlist <= _LONGEST
        and 0 < found.tokens_s < math.inf
        and 0 < found.first_token_s < math.inf
    )
    return found if fine else None
