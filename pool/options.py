"""What makes one browser context different from another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import xxhash


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Options of one context. Two sessions may stand in for each other only if these are equal."""

    viewport: tuple[int, int] = (1280, 720)
    """Width and height in CSS pixels."""
    locale: str = "en-US"
    """BCP 47 tag, e.g. "de-DE"."""
    timezone: str = ""
    """IANA name, e.g. "Europe/Berlin"; empty = the machine's."""
    user_agent: str | None = None
    """None = the browser's own."""
    storage_state: Mapping[str, Any] | Path | None = None
    """Playwright `storageState`: the value, or a file of it. A file counts by its path."""
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    """HTTP headers added to every request."""
    ignore_https_errors: bool = False
    """Accept invalid certificates. For tests only."""

    @property
    def fingerprint(self) -> str:
        """16 hex digits, equal for equal options whatever the order of their mappings."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
        return xxhash.xxh3_64_hexdigest(text.encode())
