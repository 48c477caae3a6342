"""What the doctor saw, as values: the only thing its decisions are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Origin = Literal["chosen", "playwright", "system", "none"]
SandboxLimit = Literal["", "root", "clone", "apparmor", "count", "container"]


@dataclass(frozen=True, slots=True)
class BrowserFacts:
    """The browser that would be started."""

    path: str = ""
    origin: Origin = "none"
    """``chosen`` by ``$ABOS_CHROMIUM``, ``playwright``'s own, the ``system``'s, or ``none``."""
    headless_shell: bool = False
    version: str = ""
    missing_libraries: tuple[str, ...] = ()
    problem: str = ""
    """Why none was found, or why the one found does not run."""
    launched: bool | None = None
    """Whether it showed a page; None when that was not tried."""


@dataclass(frozen=True, slots=True)
class DriverFacts:
    """Playwright's driver: a Node.js in the package, between us and the browser."""

    path: str = ""
    missing_libraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """A folder and the bytes free where it lies."""

    path: str = ""
    free: int = 0


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The local model: its file and the library that runs it."""

    path: str = ""
    bytes: int = 0
    """Size of the file; 0 when it is not there."""
    whole: bool = True
    """The file is the one that was made (its hash is the recorded one)."""
    bindings: str = ""
    """Version of llama-cpp-python; empty when it is not installed."""
    tuned: str = ""
    """What was measured of it here, and the settings that follow; empty before its first use."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One look at the machine."""

    python: tuple[int, int, int] = (0, 0, 0)
    prefix: str = ""
    compiler: str = ""
    driver: DriverFacts = field(default_factory=DriverFacts)
    browser: BrowserFacts = field(default_factory=BrowserFacts)
    sandbox: SandboxLimit = ""
    """What keeps the browser's sandbox off; empty when nothing does."""
    model: ModelFacts = field(default_factory=ModelFacts)
    cache: Room = field(default_factory=Room)
    temporary: Room = field(default_factory=Room)
    shared_memory: int | None = None
    """Size of /dev/shm in bytes; None when there is none."""
    loopback: str = ""
    """Why no port on 127.0.0.1 could be bound; empty when one could."""
    memory: int = 0
    """Bytes of memory that processes can still take."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the doctor may use to get something."""

    root: bool = False
    sudo: bool = False
    """``sudo -n`` works: no password is asked for."""
    apt: bool = False
    python: str = "python3"
