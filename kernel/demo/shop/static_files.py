"""The shop's style sheets, scripts and icon."""

from __future__ import annotations

from pathlib import Path

from ..web.static_files import StaticFiles

_FILES = StaticFiles(Path(__file__).parent / "static")
asset = _FILES.asset
serve = _FILES.serve
