"""Stated probabilities made true: what a tier says, turned into how often it is right.

The curves and thresholds are fitted by ``calibrate`` on pages that nothing was taught on, and
belong to the models they were fitted with: for any others the built-in thresholds stand.
"""

from __future__ import annotations

import json
import logging
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import xxhash

from .config import BUILT_IN, Thresholds
from .question import Decision, Kind, Tier
from .ranker import NONE_SCORE, SHARPNESS, WEIGHTS

_log = logging.getLogger(__name__)

VERSION = 1
FILE = "calibration.json"
TAUGHT = Path(str(resources.files(__package__).joinpath("taught")))
_NO_MODEL = frozenset({FILE, "py.typed"})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising line through points: stated probability -> observed share of right answers."""

    stated: tuple[float, ...]
    observed: tuple[float, ...]

    def of(self, probability: float) -> float:
        """The observed share at a stated probability; level outside of the points."""
        right = bisect_right(self.stated, probability)
        if right == 0:
            return self.observed[0]
        if right == len(self.stated):
            return self.observed[-1]
        (x0, x1), (y0, y1) = (
            self.stated[right - 1 : right + 1],
            self.observed[right - 1 : right + 1],
        )
        return y0 + (y1 - y0) * (probability - x0) / (x1 - x0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Curves by the name that ``curve_name`` gives, thresholds by kind. Empty: as stated."""

    curves: Mapping[str, Curve] = field(default_factory=dict)
    needed: Mapping[Kind, tuple[float, float]] = field(default_factory=dict)
    """Probability from which answers, taken together, are right 95 and 99 times of 100."""

    def calibrated(self, kind: Kind, decision: Decision) -> Decision:
        """The same answer with a probability that means what it says, if that is known."""
        curve = self.curves.get(curve_name(kind, decision.by, none=decision.ref is None))
        if curve is None:
            return decision
        return replace(decision, probability=curve.of(decision.probability), measured=True)

    def thresholds(self, kind: Kind, given: Thresholds) -> Thresholds:
        """What a decision of this kind needs: what the user says, else what was measured."""
        accept, irreversible = self.needed.get(kind, (BUILT_IN.accept, BUILT_IN.irreversible))
        return replace(
            given,
            accept=given.accept or accept,
            irreversible=given.irreversible or max(accept, irreversible),
            stated_accept=given.stated_accept or given.accept or BUILT_IN.stated_accept,
            stated_irreversible=given.stated_irreversible
            or given.irreversible
            or BUILT_IN.stated_irreversible,
        )


NOTHING_KNOWN = Calibration()


def curve_name(kind: Kind, tier: Tier, *, none: bool) -> str:
    """Which curve is meant: "none of these" has one of its own."""
    return f"{kind}/{tier}/none" if none else f"{kind}/{tier}"


@cache
def shipped() -> Calibration:
    """The calibration in the package; without it, or with other models, none and a line in the log.

    Reads the models' files once, some milliseconds. Never raises.
    """
    return load(TAUGHT)


def load(folder: Path) -> Calibration:
    """The calibration in a folder of taught models, as long as it belongs to them."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        calibration = _parsed(found)
        fits = found["models"] == identity(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("no calibration (%s): thresholds are the built-in ones", error)
        return NOTHING_KNOWN
    if not fits:
        _log.warning("the calibration is for other models: thresholds are the built-in ones")
        return NOTHING_KNOWN
    return calibration


def identity(folder: Path = TAUGHT) -> str:
    """A hash of everything that scores: the taught files and the weights set by hand."""
    digest = xxhash.xxh3_128(repr((sorted(WEIGHTS.items()), NONE_SCORE, SHARPNESS)).encode())
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix not in (".py", ".md") and path.name not in _NO_MODEL:
            digest.update(path.name.encode())
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()


def _parsed(found: Mapping[str, Any]) -> Calibration:
    """Raises ValueError, KeyError, TypeError or AttributeError for what is no calibration."""
    if found["version"] != VERSION:
        raise ValueError(f"version {found['version']} is not {VERSION}")
    curves = {str(name): _curve(points) for name, points in found["curves"].items()}
    needed: dict[Kind, tuple[float, float]] = {
        kind: (_share(pair["95"]), _share(pair["99"])) for kind, pair in found["needed"].items()
    }
    return Calibration(curves, needed)


def _curve(points: Sequence[Sequence[float]]) -> Curve:
    stated = tuple(_share(x) for x, _ in points)
    observed = tuple(_share(y) for _, y in points)
    rising = all(a < b for a, b in pairwise(stated))
    if not stated or not rising or list(observed) != sorted(observed):
        raise ValueError("a curve does not rise")
    return Curve(stated, observed)


def _share(number: float) -> float:
    value = float(number)
    if not (math.isfinite(value) and 0 <= value <= 1.01):
        raise ValueError(f"{number} is no probability")
    return value
