"""Sites: the shipped ones, the user's tables, and which of them an address belongs to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .config import Ready, SiteConfig
from .errors import BadSite

_PORTS = {"http": 80, "https": 443}
_SITE_KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "url": (str,),
    "domains": (list, tuple),
    "enabled": (bool,),
    "min_warm": (int,),
    "max_warm": (int,),
    "profiles": (list, tuple),
    "ttl_s": (int, float),
    "ready": (Mapping,),
    "script": (str,),
    "storage_origins": (list, tuple),
    "max_uses": (int,),
}
_LISTED = {
    "domains": "host names",
    "profiles": "names of profiles",
    "storage_origins": "origins",
}
_READY_KINDS: dict[str, tuple[type, ...]] = {"selector": (str,), "text": (str,), "idle": (bool,)}


def shipped_sites() -> tuple[SiteConfig, ...]:
    """The sites that come with ABOS; all of them are off until a user turns them on."""
    text = resources.files(__package__).joinpath("sites.toml").read_text(encoding="utf-8")
    return tuple(site_from_table(table) for table in tomllib.loads(text)["site"])


def site_from_table(table: Mapping[str, Any]) -> SiteConfig:
    """One site from its TOML table.

    Raises BadSite for a missing, unknown or ill-typed key, naming it.
    """
    label = f"Site {table.get('name', '?')!r}"
    _check(table, _SITE_KINDS, label)
    for key in ("name", "url"):
        if key not in table:
            raise BadSite(f"{label}: the key {key!r} is missing")
    values = dict(table)
    values |= {key: _names(table[key], label, key) for key in _LISTED if key in table}
    if "ready" in table:
        _check(table["ready"], _READY_KINDS, f"{label}, ready")
        values["ready"] = Ready(**table["ready"])
    return SiteConfig(**values)


def site_for(url: str, sites: Iterable[SiteConfig]) -> SiteConfig | None:
    """The site whose most specific domain covers this address; None for any other address."""
    place = _split(url)
    if place is None:
        return None
    best: tuple[int, SiteConfig] | None = None
    for site in sites:
        for domain in site.domains or (_own_domain(site),):
            if _covers(domain, place) and (best is None or len(domain) > best[0]):
                best = (len(domain), site)
    return best[1] if best else None


def _split(url: str) -> SplitResult | None:
    try:
        place = urlsplit(url)
        _ = place.port  # a port that is no number shows only here
    except ValueError:
        return None
    return place if place.scheme in _PORTS and place.hostname else None


def _own_domain(site: SiteConfig) -> str:
    place = urlsplit(site.url)
    host = place.hostname or ""
    return host if place.port is None else f"{host}:{place.port}"


def _covers(domain: str, place: SplitResult) -> bool:
    host = (place.hostname or "").rstrip(".")
    name, _, port = domain.lower().rpartition(":")
    if name and port.isdigit() and not name.endswith(":"):
        if int(port) != (place.port or _PORTS[place.scheme]):
            return False
    else:
        name = domain.lower()
    return host == name or host.endswith(f".{name}")


def _names(value: Any, label: str, key: str) -> tuple[str, ...]:
    if not all(isinstance(item, str) and item for item in value):
        raise BadSite(f"{label}: {key!r} must be a list of {_LISTED[key]}")
    return tuple(value)


def _check(table: Mapping[str, Any], kinds: Mapping[str, tuple[type, ...]], label: str) -> None:
    for key, value in table.items():
        if key not in kinds:
            raise BadSite(f"{label}: unknown key {key!r}; known are {', '.join(kinds)}")
        wrong_bool = isinstance(value, bool) and bool not in kinds[key]
        if wrong_bool or not isinstance(value, kinds[key]):
            names = " or ".join(kind.__name__ for kind in kinds[key])
            raise BadSite(f"{label}: {key!r} must be {names}, not {value!r}")
