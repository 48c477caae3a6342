"""What makes one browser context different from another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

import xxhash


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a context's traffic goes. Its password never shows in a repr."""

    server: str
    """E.g. "http://proxy.example:3128" or "socks5://proxy.example:1080"; no credentials in it."""
    bypass: str = ""
    """Hosts that are reached directly, separated by commas, e.g. ".internal.example, 10.0.0.1"."""
    username: str = ""
    """Empty = the proxy asks for none."""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Options of one context. Two sessions may stand in for each other only if these are equal.

    What may hold secrets (storage state, headers, the proxy's password) never shows in a repr.
    """

    viewport: tuple[int, int] = (1280, 720)
    """Width and height in CSS pixels."""
    locale: str = "en-US"
    """BCP 47 tag, e.g. "de-DE"."""
    timezone: str = ""
    """IANA name, e.g. "Europe/Berlin"; empty = the machine's."""
    user_agent: str | None = None
    """None = the browser's own."""
    storage_state: Mapping[str, Any] | Path | None = field(default=None, repr=False)
    """Playwright `storageState`: the value, or a file of it. A file counts by its path."""
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """HTTP headers added to every request, whatever its host."""
    permissions: tuple[str, ...] = ()
    """Granted to every origin, e.g. "geolocation", "clipboard-read"; Playwright's names."""
    proxy: Proxy | None = None
    """None = the browser's own way out."""
    ignore_https_errors: bool = False
    """Accept invalid certificates. For tests only."""

    @property
    def fingerprint(self) -> str:
        """16 hex digits, equal for equal options whatever the order of their mappings."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain)
        return xxhash.xxh3_64_hexdigest(text.encode())


def _plain(value: object) -> object:
    """As JSON can take it; a repr would not do, since it hides what makes the difference."""
    if isinstance(value, Mapping):
        return dict(value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
