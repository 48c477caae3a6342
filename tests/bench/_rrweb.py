"""rrweb-snapshot, the peer of a snapshot bench: fetched by npm at bench time, at one pinned version."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from _harness import ROOT

VERSION = "2.2.2"
PACKAGE = "rrweb-snapshot"
_FOLDER = ROOT / "build" / "rrweb"
_BUNDLE = _FOLDER / "node_modules" / PACKAGE / "dist" / "rrweb-snapshot.umd.min.cjs"
_INSTALL_S = 120

SNAPSHOT = "() => JSON.stringify(rrwebSnapshot.snapshot(document))"
"""What a recorder does first: the whole document, style sheets inlined."""
REBUILD = """(json) => {
  const { iframe } = rrwebSnapshot.rebuildIntoSandboxedIframe(JSON.parse(json), { root: document.body, hackCss: true,
    cache: rrwebSnapshot.createCache(), mirror: rrwebSnapshot.createMirror() });
  iframe.width = innerWidth;
  iframe.height = innerHeight;
  return iframe.contentDocument.querySelectorAll("*").length;
}"""
"""What its player does: into a frame without scripts. The DOM answers queries when it is back."""
LAY_OUT = "() => document.querySelector('iframe').contentDocument.body.offsetHeight"


def rrweb() -> str:
    """The source of the bundle. Raises `LookupError` with the reason when it can't be had."""
    if not _BUNDLE.exists():
        _install()
    return _BUNDLE.read_text(encoding="utf-8")


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise LookupError("node and npm are not here")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(_FOLDER), "--no-audit", "--no-fund",
               "--ignore-scripts", "--save-exact", f"{PACKAGE}@{VERSION}"]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LookupError(f"npm: {error}") from error
    if done.returncode or not Path(_BUNDLE).exists():
        raise LookupError(f"npm: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
