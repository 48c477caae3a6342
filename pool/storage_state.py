"""Playwright's `storageState`, checked, compared and merged. Pure.

Nothing here puts a value of a state into a message: places are named, contents are not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from .errors import BadProfile

MAX_BYTES = 64 << 20
"""A state longer than this as JSON is refused."""

Json: TypeAlias = dict[str, Any]

_KEYS: dict[str, tuple[str, ...]] = {
    "cookies": ("name", "domain", "path", "partitionKey"),
    "localStorage": ("name",),
    "indexedDB": ("name",),
    "opfs": ("path",),
}
"""What tells the things in a list apart, whose order means nothing."""

_LISTS = _KEYS.keys() - {"cookies"}
_CAPTURED = {"origin", "localStorage", "indexedDB"}
"""What `context.storage_state(indexed_db=True)` says of an origin."""


class CheckedState(Json):
    """A state in Playwright's shape that is sure to survive JSON. Shared: not to be changed.

    Its repr says how much it holds, not what.
    """

    def __repr__(self) -> str:
        return f"<storage state: {len(self['cookies'])} cookies, {len(self['origins'])} origins>"


def checked(state: object) -> CheckedState:
    """A copy of a state, or the state itself if it is one of these copies. Raises BadProfile.

    Keys that are not known here stay: Playwright adds some (`opfs`, `credentials`).
    """
    if isinstance(state, CheckedState):
        return state
    copy = json.loads(to_json(state))
    if not isinstance(copy, dict):
        raise BadProfile("A storage state must be a JSON object")
    copy = CheckedState({"cookies": [], "origins": [], **copy})
    for key in ("cookies", "origins", "credentials"):
        _objects(copy.get(key, []), key)
    for index, cookie in enumerate(copy["cookies"]):
        _cookie(cookie, f"cookies[{index}]")
    for index, origin in enumerate(copy["origins"]):
        _origin(origin, f"origins[{index}]")
    return copy


def to_json(value: object) -> bytes:
    """ASCII JSON, in which even the half surrogates that pages store survive. Raises BadProfile."""
    reason = ""
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False, default=_mapping)
        if len(text) <= MAX_BYTES:
            return text.encode()
        reason = f"is longer than {MAX_BYTES >> 20} MiB"
    except RecursionError:
        reason = "is nested too deeply"
    except (TypeError, ValueError):
        reason = "holds something JSON cannot"
    raise BadProfile(f"A storage state {reason}")  # outside: the cause may hold contents


def _mapping(value: object) -> Json:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _objects(value: object, where: str) -> None:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadProfile(f"{where} of a storage state must be a list of objects")


def _texts(item: Json, names: tuple[str, ...], where: str) -> None:
    for name in names:
        if not isinstance(item.get(name), str):
            raise BadProfile(f"{where}.{name} of a storage state must be text")


def _cookie(cookie: Json, where: str) -> None:
    place = ("url",) if "url" in cookie else ("domain", "path")
    _texts(cookie, ("name", "value", *place), where)


def _origin(origin: Json, where: str) -> None:
    _texts(origin, ("origin",), where)
    origin.setdefault("localStorage", [])
    for key in _LISTS & origin.keys():
        _objects(origin[key], f"{where}.{key}")
    for index, entry in enumerate(origin["localStorage"]):
        _texts(entry, ("name", "value"), f"{where}.localStorage[{index}]")


def same(one: Json, other: Json) -> bool:
    """Whether two checked states mean the same: the order of things does not count."""
    return one == other or _in_order(one) == _in_order(other)


def _in_order(state: Json) -> Json:
    origins = [
        origin | {key: _ordered(origin[key], _KEYS[key]) for key in _LISTS & origin.keys()}
        for origin in state["origins"]
    ]
    cookies = _ordered(state["cookies"], _KEYS["cookies"])
    return {**state, "cookies": cookies, "origins": _ordered(origins, ("origin",))}


def _ordered(items: list[Json], names: tuple[str, ...]) -> list[Json]:
    return sorted(items, key=lambda item: [str(item.get(name)) for name in names])


def carried_over(old: Json, new: Json) -> CheckedState:
    """`new`, and from `old` whatever the capture that made `new` did not look at.

    A capture without IndexedDB, OPFS or passkeys says nothing of them, which is no reason to
    lose them. Both states are checked ones.
    """
    before = {origin["origin"]: origin for origin in old["origins"]}
    seen = {origin["origin"] for origin in new["origins"]}
    origins = [before.get(origin["origin"], {}) | origin for origin in new["origins"]]
    for name, origin in before.items():
        rest = {key: value for key, value in origin.items() if key not in _CAPTURED and value}
        if name not in seen and rest:
            origins.append({"origin": name, "localStorage": [], **rest})
    return CheckedState({**old, **new, "origins": origins})


def only_origins(state: Mapping[str, Any], origins: Collection[str]) -> CheckedState:
    """The state without the storage of other origins; cookies stay. Raises BadProfile."""
    kept = checked(state)
    return CheckedState({**kept, "origins": [o for o in kept["origins"] if o["origin"] in origins]})


def beside_origins(old: Json, new: Json, origins: Collection[str]) -> CheckedState:
    """`new`, and from `old` the storage of all but `origins`, which `new` was made without."""
    seen = {origin["origin"] for origin in new["origins"]}
    rest = [o for o in old["origins"] if o["origin"] not in {*origins, *seen}]
    return CheckedState({**new, "origins": [*new["origins"], *rest]})
