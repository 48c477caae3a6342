"""Faults around a pool: a site that misbehaves, processes that die or stop, and who waits."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import psutil
import pytest

from abos import Config, Kernel
from abos.kernel.config import KernelConfig
from abos.pool import (
    BrowserConfig,
    ChromiumLauncher,
    ChromiumSession,
    Lease,
    Memory,
    PoolConfig,
    PoolError,
    PoolStatistics,
    Ready,
    SiteConfig,
    WarmPool,
)

from .machine import Quiet, processes_of, until

HEAL_S = 5.0
"""The stated aim: after so long, a warm page is ready again."""
SLACK = 3.0
"""How much longer anything may take where the machine is busy with something else."""
PING_S = 1.0
"""How long a page may take to answer: on a busy machine one that is well needs seconds."""
DEADLINE_S = 6.0
"""What callers allow here: time enough for finding a hung browser and starting another."""

Pool = WarmPool[ChromiumSession, str]

_log = logging.getLogger("abos.tests.faults")


# -- the sites -----------------------------------------------------------------------------------


@dataclass
class Site:
    """A web site that can be made to misbehave."""

    url: str = ""
    mode: str = "fine"
    closing: Event = field(default_factory=Event)
    """Set at the end, so that answers that are held back end."""

    def start(self, handler: Quiet) -> None:
        """Answer a request for the start page."""
        match self.mode:
            case "answers 500":
                handler.answer(PAGE, 500)
            case "signs in":
                handler.answer(b"", 302, location="/sign-in?next=/")
            case "never ends":
                handler.send_response(200)
                handler.send_header("content-type", "text/html")
                handler.send_header("content-length", "100000")
                handler.end_headers()
                handler.wfile.write(PAGE)
                self.closing.wait(60)
            case _:
                handler.answer(PAGE + SCRIPTS.get(self.mode, b""))

    def handler(self) -> type[Quiet]:
        site = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                with suppress(ConnectionError):
                    if self.path == "/":
                        site.start(self)
                    elif self.path == "/sign-in?next=/":
                        self.answer(b"<title>Sign in</title><input type=password>")
                    else:
                        site.closing.wait(0.05)
                        self.answer(b"")

        return Handler


DEVOUR = "{ const all = []; for (;;) all.push(new Array(1e5).fill(1.5)); }"
SCRIPTS = {
    "never quiet": b"<script>(f = () => fetch('/poll').then(f))()</script>",
    "devours": f"<script>setTimeout(() => {DEVOUR}, 300)</script>".encode(),
}
PAGE = b"<!doctype html><title>Shop</title><main id=shop>Welcome</main>"
SMALL_HEAP = BrowserConfig(args=("--js-flags=--max-old-space-size=32",))


# -- the pool ------------------------------------------------------------------------------------


async def prepare(session: ChromiumSession) -> str:
    return "prepared"


def warm(name: str, site: Site, **changes: object) -> SiteConfig:
    return replace(SiteConfig(name, site.url, ready=Ready(selector="#shop")), **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def pool_of(
    *sites: SiteConfig,
    browser: BrowserConfig | None = None,
    memory: Callable[[], Memory | None] = lambda: None,
    **changes: object,
) -> AsyncIterator[Pool]:
    """A pool with the usual settings but for `changes`; memory is never short but on demand."""
    config = PoolConfig(**({"sites": sites, "ping_timeout_s": PING_S} | changes))  # type: ignore[arg-type]
    pool = WarmPool(config, ChromiumLauncher(browser), prepare=prepare, memory=memory)
    async with pool:
        yield pool


async def all_warm(pool: WarmPool[Any, Any]) -> None:
    assert await pool.wait_warm(timeout_s=HEAL_S * SLACK)


async def healed(pool: Pool, condition: Callable[[PoolStatistics], bool]) -> None:
    """Wait until the pool is as it should be, by itself."""
    started = time.monotonic()
    await until(lambda: condition(pool.statistics()), HEAL_S * SLACK)
    _log.info("healed after %.1f s", time.monotonic() - started)


Answer = Lease[ChromiumSession, str] | PoolError


async def ask(pool: Pool, site: Site) -> Answer:
    """What a caller gets: a session that works, or an error; never later than he allowed."""
    started = time.monotonic()
    try:
        return await pool.acquire(site.url, timeout_s=DEADLINE_S)
    except PoolError as error:
        return error
    finally:
        assert time.monotonic() - started < DEADLINE_S * SLACK


def is_fair(answer: Answer) -> bool:
    return bool(answer.hint) if isinstance(answer, PoolError) else answer.session.alive


def kernel_of(profiles: Path, *sites: SiteConfig, **changes: object) -> Kernel:
    base = Config(kernel=KernelConfig(profiles=profiles))
    planner = replace(base.planner, local=replace(base.planner.local, enabled=False))
    pool = PoolConfig(**({"sites": sites, "ping_timeout_s": PING_S} | changes))  # type: ignore[arg-type]
    return Kernel(replace(base, planner=planner, pool=pool))


# -- the faults ----------------------------------------------------------------------------------


class Machine:
    """The processes behind a pool."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def _found(self, sign: str) -> list[psutil.Process]:
        found = []
        for process in processes_of(self._folder):
            with suppress(psutil.Error):
                if any(part.startswith(sign) for part in process.cmdline()):
                    found.append(process)
        return found

    @property
    def browsers(self) -> list[psutil.Process]:
        return self._found("--abos-kernel=")

    @property
    def drivers(self) -> list[psutil.Process]:
        return self._found("run-driver")

    @property
    def renderers(self) -> list[psutil.Process]:
        """The biggest first."""
        found = []
        for process in self._found("--type=renderer"):
            with suppress(psutil.Error):
                found.append((process.memory_info().rss, process.pid, process))
        return [process for *_, process in sorted(found, reverse=True)]

    def kill_browser(self) -> None:
        _each(psutil.Process.kill, self.browsers)

    def stop_browser(self) -> None:
        _each(psutil.Process.suspend, self.browsers)

    def kill_driver(self) -> None:
        _each(psutil.Process.kill, self.drivers)

    def stop_driver(self) -> None:
        _each(psutil.Process.suspend, self.drivers)

    def kill_renderers(self) -> None:
        _each(psutil.Process.kill, self.renderers)


def _each(act: Callable[[psutil.Process], None], processes: list[psutil.Process]) -> None:
    """To all that are still there: one that was just forking is listed twice."""
    for process in processes:
        with suppress(psutil.Error):
            act(process)


def said(log: pytest.LogCaptureFixture, *phrases: str) -> bool:
    """Whether the pool logged a line with all of them."""
    lines = [r.getMessage() for r in log.records if r.name.startswith("abos.pool")]
    return any(all(phrase in line for phrase in phrases) for line in lines)
