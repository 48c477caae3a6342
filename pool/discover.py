"""Finding a Chromium to run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from .errors import BrowserNotFound

# The commands in /usr/bin are often shell wrappers; the binaries they start lie here. Process ids
# and memory figures need the binary.
_LIBRARIES = (
    "usr/lib/chromium/chromium-headless-shell",
    "usr/lib64/chromium-browser/headless_shell",
    "opt/google/chrome/chrome",
    "usr/lib/chromium/chromium",
    "usr/lib/chromium-browser/chromium-browser",
    "usr/lib64/chromium-browser/chromium-browser",
)
_COMMANDS = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
)
_PLAYWRIGHT = (
    ("chromium-headless-shell", "chromium_headless_shell", "chrome-headless-shell"),
    ("chromium-headless-shell", "chromium_headless_shell", "headless_shell"),
    ("chromium", "chromium", "chrome"),
)


def find_chromium(
    explicit: str = "",
    environment: Mapping[str, str] | None = None,
    *,
    root: Path = Path("/"),
) -> Path:
    """The browser binary to run.

    In order: `explicit`, `$ABOS_CHROMIUM`, Playwright's own browser, a system Chromium or Chrome;
    headless shells first, as they make contexts several times faster. A path that was named and
    does not exist is an error, not a reason to take another. `root` is where system folders are
    looked for.

    Raises BrowserNotFound.
    """
    env = os.environ if environment is None else environment
    for named, source in (
        (explicit, "The configuration"),
        (env.get("ABOS_CHROMIUM", ""), "ABOS_CHROMIUM"),
    ):
        if named:
            return _named(named, source, env)
    for path in _candidates(env, root):
        if _runnable(path):
            return path
    raise BrowserNotFound("No Chromium or Chrome was found")


def _named(name: str, source: str, env: Mapping[str, str]) -> Path:
    path = Path(name).expanduser()
    if os.sep not in name and (found := shutil.which(name, path=env.get("PATH", ""))):
        path = Path(found)
    if not _runnable(path):
        raise BrowserNotFound(f"{source} names {name}, which is not an executable file")
    return path


def _candidates(env: Mapping[str, str], root: Path) -> Iterator[Path]:
    yield from _playwright_browsers(env)
    yield from (root / path for path in _LIBRARIES)
    for command in _COMMANDS:
        if found := shutil.which(command, path=env.get("PATH", "")):
            yield Path(found).resolve()


def _playwright_browsers(env: Mapping[str, str]) -> Iterator[Path]:
    """Where the installed Playwright keeps the browsers of its own revision."""
    package = _playwright_package()
    if package is None:
        return
    folder = _playwright_folder(env, package)
    revisions = _revisions(package / "browsers.json")
    for browser, stem, binary in _PLAYWRIGHT:
        if browser in revisions:
            yield from sorted(folder.glob(f"{stem}-{revisions[browser]}/*/{binary}"))


def _playwright_package() -> Path | None:
    spec = find_spec("playwright")
    return Path(spec.origin).parent / "driver" / "package" if spec and spec.origin else None


def _playwright_folder(env: Mapping[str, str], package: Path) -> Path:
    named = env.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named == "0":
        return package / ".local-browsers"
    if named:
        return Path(named)
    home = Path(env.get("HOME", "~")).expanduser()
    return Path(env.get("XDG_CACHE_HOME") or home / ".cache") / "ms-playwright"


def _revisions(listing: Path) -> dict[str, str]:
    try:
        browsers = json.loads(listing.read_text(encoding="utf-8"))["browsers"]
        return {browser["name"]: str(browser["revision"]) for browser in browsers}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # another layout of the package: its browsers are then not found, others are


def _runnable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
