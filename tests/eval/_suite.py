"""The request suite as values, and the check of an outcome against a site's state."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "suite"
SITES = ("shop", "tracker", "directory")
STYLES = ("terse", "polite", "rambling", "typos", "non-native")
ROUTES = ("trivial", "instructions", "skill", "open", "question", "unsafe")
_FLEETING = frozenset({"sessions", "requests", "errors", "carts", "wishlists"})
"""What a visit leaves behind without anything having been done."""


@dataclass(frozen=True, slots=True)
class GoldStep:
    """A step of a gold plan; `role` tells elements of the same name apart."""

    verb: str
    target: str = ""
    value: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the suite; see suite/README.md."""

    id: str
    site: str
    style: str
    route: str
    goal: str
    gold: tuple[GoldStep, ...]
    outcome: tuple[tuple[Any, ...], ...]
    impossible: bool = False
    after: str = ""

    @property
    def refused(self) -> bool:
        """Whether the right end is to say no."""
        return self.impossible or self.route == "unsafe"

    @property
    def answer(self) -> str:
        """What an answer has to contain; empty when nothing was asked."""
        return next((str(c[2]) for c in self.outcome if c[:2] == ("answer", "has")), "")


def load(sites: Iterable[str] = SITES) -> tuple[Request, ...]:
    """All requests of some sites. Raises ValueError for a request that makes no sense."""
    found = []
    for site in sites:
        text = (FOLDER / f"{site}.toml").read_text(encoding="utf-8")
        found += [_request(site, row) for row in tomllib.loads(text)["request"]]
    known = {request.id for request in found}
    for request in found:
        if request.after and request.after not in known:
            raise ValueError(f"{request.id} comes after {request.after}, which is not there")
    if len(known) < len(found):
        raise ValueError("an id is there twice")
    return tuple(found)


def _request(site: str, row: Mapping[str, Any]) -> Request:
    if row["style"] not in STYLES or row["route"] not in ROUTES:
        raise ValueError(f"{row['id']} has an unknown style or route")
    gold = tuple(GoldStep(*step) for step in row["gold"])
    outcome = tuple(tuple(condition) for condition in row["outcome"])
    for condition in outcome:
        _holds(condition, {}, {}, "")
    rest = {key: row[key] for key in ("impossible", "after") if key in row}
    return Request(row["id"], site, row["style"], row["route"], row["goal"], gold, outcome, **rest)


def unmet(
    request: Request, state: Mapping[str, Any], fresh: Mapping[str, Any], answer: str
) -> list[str]:
    """The conditions that do not hold; `fresh` is the state before anybody came."""
    return [" ".join(map(str, c)) for c in request.outcome if not _holds(c, state, fresh, answer)]


def _holds(
    condition: tuple[Any, ...], state: Mapping[str, Any], fresh: Mapping[str, Any], answer: str
) -> bool:
    if condition == ("unchanged",):
        return _lasting(state) == _lasting(fresh)
    path, test, wanted = condition
    values = [answer] if path == "answer" else list(_at(state, path.split(".")))
    match test:
        case "is":
            return any(_plain(value) == wanted for value in values)
        case "has":
            return any(_has(value, wanted) for value in values)
        case "lacks":
            return not any(_has(value, wanted) for value in values)
        case "len":
            return any(len(value) == wanted for value in values)
        case "match":
            return any(re.search(wanted, text) for value in values for text in value)
    raise ValueError(f"unknown test {test!r}")


def _lasting(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key not in _FLEETING}


def _at(value: Any, path: list[str]) -> Iterable[Any]:
    """What lies at a path; `*` is any key or place."""
    if not path:
        yield value
        return
    head, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        keys = list(value) if head == "*" else [head] if head in value else []
        for key in keys:
            yield from _at(value[key], rest)
    elif isinstance(value, list | tuple) and head == "*":
        for item in value:
            yield from _at(item, rest)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _has(value: Any, wanted: Any) -> bool:
    """Text in a text, a key in a mapping, an item (or part of one) in a list."""
    if isinstance(value, str):
        return str(wanted).casefold() in value.casefold()
    if isinstance(value, Mapping):
        return _part(wanted, value) if isinstance(wanted, Mapping) else wanted in value
    return any(_part(wanted, item) for item in value)


def _part(wanted: Any, item: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(item, Mapping) and all(
            key in item and _part(each, item[key]) for key, each in wanted.items()
        )
    return bool(_plain(item) == wanted)
