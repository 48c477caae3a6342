"""How to get a browser, in which order. Pure: from what the host allows to commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .facts import Host

SHELL = "chromium-headless-shell"

# What the driver links to that a minimal Debian or Ubuntu does not have, and where it is.
PACKAGES = {
    "libatomic.so.1": "libatomic1",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a way."""

    argv: tuple[str, ...]
    timeout_s: float
    stall_s: float
    """Seconds without a line of output after which it counts as stuck."""
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A way to get something: its steps in order, the first failure ends it."""

    title: str
    steps: tuple[Step, ...]


def browser_ways(host: Host, *, found: bool) -> tuple[Way, ...]:
    """The ways to a browser, best first.

    ``found`` says that the system has a full browser already: then only a better one is
    worth a download, and no package is installed.
    """
    ways = (Way("Playwright's headless shell", (_playwright(host, "install"),)),)
    return ways if found else (*ways, *_package_ways(host, SHELL))


def driver_ways(host: Host, libraries: Sequence[str]) -> tuple[Way, ...]:
    """The ways to the shared libraries that Playwright's driver lacks."""
    packages = sorted({PACKAGES[name] for name in libraries if name in PACKAGES})
    return _package_ways(host, *packages) if packages else ()


def library_ways(host: Host) -> tuple[Way, ...]:
    """The ways to the shared libraries that Playwright's own browser lacks; none without root."""
    elevated = _elevation(host)
    if elevated is None:
        return ()
    return (Way("its shared libraries", (_playwright(host, "install-deps", elevated),)),)


def _package_ways(host: Host, *packages: str) -> tuple[Way, ...]:
    elevated = _elevation(host)
    if elevated is None or not host.apt:
        return ()
    # The package lists of a fresh machine are empty or old: ask for new ones only then.
    update = _apt(elevated, "update")
    install = _apt(elevated, "install", "-y", "--no-install-recommends", *packages)
    words = f"apt-get install {' '.join(packages)}"
    return (Way(words, (install,)), Way(f"apt-get update, {words}", (update, install)))


def _elevation(host: Host) -> tuple[str, ...] | None:
    if host.root:
        return ()
    return ("sudo", "-n") if host.sudo else None


def _playwright(host: Host, verb: str, elevated: tuple[str, ...] = ()) -> Step:
    return Step(
        argv=(*elevated, host.python, "-m", "playwright", verb, SHELL),
        timeout_s=1800.0,
        stall_s=120.0,
        # It tries several mirrors five times each: a network that drops packets must not
        # cost a minute an attempt.
        env=(("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", "10000"),),
    )


def _apt(elevated: tuple[str, ...], *words: str) -> Step:
    argv = (*elevated, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    wait_for_lock = ("-o", "DPkg::Lock::Timeout=120")
    return Step((*argv, *wait_for_lock, *words), timeout_s=1800.0, stall_s=300.0)
