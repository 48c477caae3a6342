"""What goes wrong around a warm pool, for real: who asks meanwhile is answered, and it heals.

For each fault: whoever asks gets a session or a typed error that says what to do, within his
deadline; a warm page is ready again by itself; statistics and the log say what happened; and no
process and no file is left (`nothing_left`).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import psutil
import pytest

from abos import Config, Kernel
from abos.kernel import errors
from abos.kernel.config import KernelConfig
from abos.kernel.process import EXIT_LOST
from abos.pool import (
    BrowserConfig,
    BrowserLost,
    ChromiumLauncher,
    ChromiumSession,
    Lease,
    Memory,
    PageCrashed,
    PageUnresponsive,
    PoolConfig,
    PoolError,
    PoolStatistics,
    Profile,
    ProfileStore,
    Ready,
    Reason,
    SiteConfig,
    State,
    WarmPool,
    open_vault,
)

from .machine import Quiet, is_running, processes_of, served, until

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc"),
]

HEAL_S = 5.0
"""The stated aim: after so long, a warm page is ready again."""
SLACK = 3.0
"""How much longer anything may take where the machine is busy with something else."""
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
    asked: int = 0
    """Requests for the start page."""
    closing: Event = field(default_factory=Event)
    """Set at the end, so that answers that are held back end."""

    def start(self, handler: Quiet) -> None:
        """Answer a request for the start page."""
        self.asked += 1
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


@pytest.fixture
def sites() -> Iterator[tuple[Site, Site]]:
    """The shop, which misbehaves, and the news, which never do."""
    with ExitStack() as stack:
        found = Site(), Site()
        for site in found:
            site.url = stack.enter_context(served(site.handler()))
        yield found
        for site in found:
            site.closing.set()


@pytest.fixture
def shop(sites: tuple[Site, Site]) -> Site:
    return sites[0]


@pytest.fixture
def news(sites: tuple[Site, Site]) -> Site:
    return sites[1]


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
    config = PoolConfig(sites=sites, **changes)  # type: ignore[arg-type]
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
        for process in self.browsers:
            process.kill()

    def stop_browser(self) -> None:
        for process in self.browsers:
            process.suspend()

    def kill_driver(self) -> None:
        for process in self.drivers:
            process.kill()

    def kill_renderers(self) -> None:
        for process in self.renderers:
            process.kill()

    def stop_driver(self) -> None:
        for process in self.drivers:
            process.suspend()


@pytest.fixture
def machine(nothing_left: str) -> Machine:
    return Machine(nothing_left)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "abos")
    return caplog


def said(log: pytest.LogCaptureFixture, *phrases: str) -> bool:
    """Whether the pool logged a line with all of them."""
    lines = [r.getMessage() for r in log.records if r.name.startswith("abos.pool")]
    return any(all(phrase in line for phrase in phrases) for line in lines)


BROWSER_FAULTS = {
    "kill_browser": "is gone",
    "stop_browser": "did not answer",
    "kill_driver": "is gone",
    "stop_driver": "did not answer",
}
browser_fault = pytest.mark.parametrize(("fault", "why"), BROWSER_FAULTS.items())


@browser_fault
async def test_a_lost_browser_is_replaced_though_nobody_asks(
    shop: Site, machine: Machine, log: pytest.LogCaptureFixture, fault: str, why: str
) -> None:
    """Nor is there room: every place is taken by what was lost, which must not be long in going."""
    async with pool_of(warm("shop", shop, min_warm=2), max_slots=2) as pool:
        await all_warm(pool)
        lost = machine.browsers
        getattr(machine, fault)()
        await healed(pool, lambda now: now.launches == 2 and now.ready["shop"] == 2)
        now = pool.statistics()
        # A page that missed its pings meanwhile is not lost, but not fit.
        gone = [now.retirements.get(why, 0) for why in (Reason.LOST, Reason.HEALTH)]
        assert sum(gone) == 2
        assert said(log, "Replacing the browser", why)
        await until(lambda: not any(map(is_running, lost)))
        lease = await pool.acquire(shop.url)
        assert lease.how == "warm"
        assert await lease.session.page.title() == "Shop"


@browser_fault
async def test_who_asks_a_lost_browser_is_answered(
    shop: Site, news: Site, machine: Machine, fault: str, why: str
) -> None:
    async with pool_of(warm("shop", shop), browser_ping_timeout_s=0.5) as pool:
        await all_warm(pool)
        lent = await pool.acquire(shop.url)
        await all_warm(pool)
        getattr(machine, fault)()
        asked = [ask(pool, site) for site in (shop, news, shop)]
        answers = await asyncio.gather(*asked)
        assert all(map(is_fair, answers)), answers
        with pytest.raises((BrowserLost, PageUnresponsive)) as caught:
            await lent.session.ping(1)
        assert caught.value.hint
        for lease in (lent, *answers):
            if isinstance(lease, Lease):
                await pool.release(lease)
        await healed(pool, lambda now: now.launches == 2 and now.ready["shop"] == 1)


async def test_a_browser_is_not_blamed_when_our_own_process_stood_still() -> None:
    launcher = ChromiumLauncher()
    browser = await launcher.launch()
    try:
        asked = asyncio.create_task(browser.ping(0.3))
        await asyncio.sleep(0)
        time.sleep(0.6)  # noqa: ASYNC251 - a debugger, a library that blocks the event loop
        assert await asked < DEADLINE_S
    finally:
        await launcher.close()


async def test_a_browser_that_hangs_is_killed_without_manners(machine: Machine) -> None:
    launcher = ChromiumLauncher()
    browser = await launcher.launch()
    machine.stop_browser()
    with pytest.raises(BrowserLost):
        await browser.ping(0.3)
    async with asyncio.timeout(HEAL_S * SLACK):
        await browser.close(HEAL_S * SLACK * 4)


# -- a site at fault -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "reason", "why"),
    [
        ("answers 500", Reason.FAILED, "the server answered 500"),
        ("signs in", Reason.HEALTH, "sent to a sign-in page"),
        ("never ends", Reason.FAILED, "did not load in time"),
        ("never quiet", Reason.FAILED, "its network never went quiet"),
    ],
)
async def test_a_site_at_fault_is_told_and_comes_back(
    shop: Site, news: Site, log: pytest.LogCaptureFixture, mode: str, reason: Reason, why: str
) -> None:
    shop.mode = mode
    quiet = warm("shop", shop, ready=Ready(selector="#shop", idle=mode == "never quiet"))
    async with pool_of(quiet, warm("news", news), warm_timeout_s=1.0) as pool:
        assert await pool.wait_warm("news", timeout_s=HEAL_S * SLACK)
        answer = await ask(pool, shop)
        assert isinstance(answer, Lease)
        assert answer.how == "cold"
        assert (await pool.acquire(news.url)).how == "warm"
        await until(lambda: pool.statistics().refill_failures > 0)
        now = pool.statistics()
        assert now.retirements[reason] > 0
        assert why in now.last_error
        assert said(log, "Could not warm shop", why)
        shop.mode = "fine"
        await healed(pool, lambda now: now.ready == {"shop": 1, "news": 1})
        assert (await pool.acquire(shop.url)).how == "warm"


async def test_a_site_that_hangs_does_not_hold_up_the_others(shop: Site, news: Site) -> None:
    """With the usual deadlines: a page that hangs is given up after 20 s."""
    shop.mode = "never ends"
    async with pool_of(warm("shop", shop), warm("news", news)) as pool:
        await healed(pool, lambda now: now.ready["news"] == 1)
        assert (await pool.acquire(news.url)).how == "warm"
        await healed(pool, lambda now: now.ready["news"] == 1)
        assert pool.statistics().ready["shop"] == 0


async def test_a_site_whose_page_dies_again_and_again_is_not_asked_without_end(
    shop: Site, news: Site, log: pytest.LogCaptureFixture
) -> None:
    shop.mode = "devours"
    both = warm("shop", shop), warm("news", news)
    async with pool_of(*both, browser=SMALL_HEAP, retry_s=0.2) as pool:
        await until(lambda: said(log, "A ready page of shop crashed", "again in 0.4 s"), 15 * SLACK)
        assert pool.statistics().retirements[Reason.LOST] >= 3
        assert (await pool.acquire(news.url)).how == "warm"
        shop.mode = "fine"
        await healed(pool, lambda now: now.ready == {"shop": 1, "news": 1})


# -- renderers and memory --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["crash", "heap", "killed"])
async def test_a_lent_page_that_dies_is_told_and_replaced(
    shop: Site, machine: Machine, log: pytest.LogCaptureFixture, how: str
) -> None:
    async with pool_of(warm("shop", shop), browser=SMALL_HEAP) as pool:
        await all_warm(pool)
        lease = await pool.acquire(shop.url)
        await all_warm(pool)
        reasons: list[str] = []
        lease.session.on_lost(reasons.append)
        dying = asyncio.create_task(kill_page(lease.session, machine, how))
        await until(lambda: reasons == ["the page crashed"], HEAL_S * SLACK)
        with pytest.raises(PageCrashed) as caught:
            await lease.session.ping(2)
        assert caught.value.hint
        answer = await ask(pool, shop)
        assert isinstance(answer, Lease)
        assert answer.how == "warm"
        await pool.release(lease, broken=True)
        await asyncio.gather(dying, return_exceptions=True)
        await healed(pool, lambda now: now.ready["shop"] == 1)
        assert pool.statistics().retirements[Reason.BROKEN] == 1
        assert pool.statistics().launches == 1
        assert said(log, "(shop) is lost", "the page crashed")


async def kill_page(session: ChromiumSession, machine: Machine, how: str) -> None:
    """Let the page of a session die."""
    if how == "crash":
        await session.page.goto("chrome://crash")
    elif how == "heap":
        await session.page.evaluate(f"() => {DEVOUR}")
    else:  # as the kernel's OOM killer does it: the biggest goes
        await session.page.evaluate("() => { window.big = new Uint8Array(1e8).fill(1) }")
        machine.renderers[0].kill()


async def test_ready_pages_that_die_are_replaced(
    shop: Site, machine: Machine, log: pytest.LogCaptureFixture
) -> None:
    """All renderers at once: a page that runs, two that are parked, and the clipboard's."""
    site = warm("shop", shop, min_warm=3, max_warm=3)
    async with pool_of(site, park_after_s=0.0) as pool:
        await all_warm(pool)
        await until(lambda: pool.statistics().slots[State.PARKED] == 2)
        machine.kill_renderers()
        await healed(pool, lambda now: now.retirements.get(Reason.LOST) == 3)
        answers = await asyncio.gather(*(ask(pool, shop) for _ in range(2)))
        assert all(map(is_fair, answers)), answers
        await healed(pool, lambda now: now.ready["shop"] == 3)
        assert pool.statistics().launches == 1
        assert said(log, "(shop) is lost", "the page crashed")


async def test_a_ready_page_that_crashes_by_itself_is_replaced(
    shop: Site, log: pytest.LogCaptureFixture
) -> None:
    async with pool_of(warm("shop", shop)) as pool:
        cold = await pool.acquire("http://other.example/")
        await all_warm(pool)
        browser = cold.session.context.browser
        assert browser is not None
        pages = [page for context in browser.contexts for page in context.pages]
        (ready,) = [page for page in pages if page.url == shop.url]
        dying = asyncio.create_task(ready.goto("chrome://crash"))
        await healed(pool, lambda now: now.retirements.get(Reason.LOST) == 1)
        await healed(pool, lambda now: now.ready["shop"] == 1)
        await asyncio.gather(dying, return_exceptions=True)
        assert await cold.session.ping(5) < 5
        assert said(log, "(shop) is lost", "the page crashed")


async def test_ready_pages_go_while_memory_is_short(
    shop: Site, log: pytest.LogCaptureFixture
) -> None:
    machine = [Memory(total_mb=8000, available_mb=6000)]
    async with pool_of(warm("shop", shop, min_warm=2), memory=lambda: machine[0]) as pool:
        await all_warm(pool)
        machine[0] = Memory(total_mb=8000, available_mb=100)
        await healed(pool, lambda now: now.ready["shop"] == 0)
        assert pool.statistics().retirements[Reason.MEMORY] == 2
        assert said(log, "is retired: memory")
        answer = await ask(pool, shop)
        assert isinstance(answer, Lease)
        assert answer.how == "cold"
        assert pool.statistics().ready["shop"] == 0
        machine[0] = Memory(total_mb=8000, available_mb=6000)
        await healed(pool, lambda now: now.ready["shop"] == 2)


# -- profiles --------------------------------------------------------------------------------------

EMPTY: dict[str, object] = {"cookies": [], "origins": []}
MARK = "localStorage.setItem('mark', '{}'.repeat(9000))"


def kernel_of(profiles: Path, *sites: SiteConfig, **changes: object) -> Kernel:
    base = Config(kernel=KernelConfig(profiles=profiles))
    planner = replace(base.planner, local=replace(base.planner.local, enabled=False))
    pool = PoolConfig(sites=sites, **changes)  # type: ignore[arg-type]
    return Kernel(replace(base, planner=planner, pool=pool))


def mark(profile: Profile) -> str:
    """The letter that a page left in its storage."""
    origins = profile.storage_state["origins"]
    assert isinstance(origins, list)
    return "".join(item["value"][0] for origin in origins for item in origin["localStorage"])


def leftovers(folder: Path) -> list[Path]:
    """What a write that was broken off left behind."""
    return list(folder.glob(".*.tmp"))


@pytest.fixture
def runtime(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Where kernels publish their tables: they take them away in the end."""
    folder = tmp_path_factory.mktemp("run")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield
    assert not list(folder.glob("abos/*"))


class FullDisk:
    """A folder on a small file system of its own; for others than root, writes that break off."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._filler = folder / "filler"
        self._patch = patch
        mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(folder)]
        done = subprocess.run(mount, check=False, capture_output=True) if not os.geteuid() else None
        self._mounted = done is not None and done.returncode == 0

    def fill(self) -> None:
        if self._mounted:
            with suppress(OSError), self._filler.open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
        else:
            self._patch.setattr(os, "write", self._broken_off)

    def empty(self) -> None:
        self._filler.unlink(missing_ok=True)
        self._patch.undo()

    def close(self) -> None:
        if self._mounted:
            subprocess.run(["umount", str(self.folder)], check=True)

    def _broken_off(self, handle: int, content: bytes, write: Any = os.write) -> int:
        if not Path(f"/proc/self/fd/{handle}").readlink().is_relative_to(self.folder):
            return int(write(handle, content))  # asyncio's pipes
        if len(content) < 4096:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(write(handle, content[:4096]))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FullDisk]:
    with pytest.MonkeyPatch.context() as patch:
        disk = FullDisk(tmp_path, patch)
        yield disk
        disk.close()


@pytest.mark.usefixtures("runtime")
async def test_a_profile_that_finds_no_room_is_told_and_the_stored_one_stands(
    shop: Site, disk: FullDisk, log: pytest.LogCaptureFixture
) -> None:
    store = ProfileStore(disk.folder, open_vault(disk.folder))
    stored = store.import_state("ada", EMPTY)
    async with kernel_of(disk.folder) as kernel:
        process = await kernel.spawn(shop.url, profile="ada")
        await process.evaluate(MARK.format("a"))
        disk.fill()
        with pytest.raises(errors.ProfileError, match="not saved: No space left") as caught:
            await process.exit()
        assert "Free space" in caught.value.hint
        assert {row.exit_code for row in kernel.ps()} == {0}
        assert said(log, "Profile 'ada' was not saved", "No space left")
        assert 'call="EXIT",outcome="ProfileError"' in kernel.metrics()
        assert store.get("ada") == stored
        assert not leftovers(disk.folder)
        disk.empty()
        async with await kernel.spawn(shop.url, profile="ada") as again:
            await again.evaluate(MARK.format("b"))
        assert mark(store.get("ada")) == "b"


@pytest.mark.usefixtures("runtime")
async def test_two_kernels_that_save_one_profile_lose_neither_state(
    shop: Site, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    store = ProfileStore(tmp_path, open_vault(tmp_path))
    store.import_state("ada", EMPTY)
    async with kernel_of(tmp_path) as one, kernel_of(tmp_path) as two:
        processes = [await kernel.spawn(shop.url, profile="ada") for kernel in (one, two)]
        for process, letter in zip(processes, "ab", strict=True):
            await process.evaluate(MARK.format(letter))
        ends = await asyncio.gather(*(p.exit() for p in processes), return_exceptions=True)
        (refused,) = [end for end in ends if end is not None]
        assert isinstance(refused, errors.ProfileError)
        (copy,) = store.conflicts("ada")
        assert copy in refused.hint
        assert {mark(store.get("ada")), mark(store.get(copy))} == {"a", "b"}
        assert said(log, "'ada' was saved by somebody else meanwhile", copy)


WRITER = """
import sys
from pathlib import Path
from abos.pool import Profile, ProfileConflict, ProfileNotFound, ProfileStore, captured, open_vault

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print(flush=True)
sys.stdin.readline()  # until all are up
store = ProfileStore(folder, open_vault(folder))
number = 0
while number < count:
    try:
        base = store.get("ada")
    except ProfileNotFound:
        base = Profile("ada", {"cookies": [], "origins": []})
    items = [i for o in base.storage_state["origins"] for i in o["localStorage"]]
    items.append({"name": f"{name}{number}", "value": "x" * 2000})
    origin = {"origin": "https://shop.example", "localStorage": items}
    try:
        store.put(captured(base, {"cookies": [], "origins": [origin]}))
    except ProfileConflict:
        continue
    print(f"{name}{number}", flush=True)
    number += 1
"""


async def line_of(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await process.stdout.readline()


async def test_processes_that_write_one_profile_lose_nothing_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    """From an empty folder on, whose key they make as well; one of them is killed in between."""
    counts = {"a": 20, "b": 20, "killed": 10_000}
    writers = {
        name: await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WRITER, tmp_path, name, str(count)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name, count in counts.items()
    }
    try:
        async with asyncio.timeout(20 * SLACK):
            said = [await line_of(writer) for writer in writers.values()]
            for writer in writers.values():
                assert writer.stdin is not None
                writer.stdin.write(b"go\n")
            doomed = writers["killed"]
            said += [await line_of(doomed) for _ in range(3)]
            doomed.kill()
            said += [(await writer.communicate())[0] for writer in writers.values()]
    finally:
        for writer in writers.values():
            with suppress(ProcessLookupError):
                writer.kill()
    assert [writer.returncode for writer in writers.values()] == [0, 0, -signal.SIGKILL]
    acknowledged = set(b"".join(said).decode().split())
    assert len(acknowledged) >= 20 + 20 + 3
    (origin,) = ProfileStore(tmp_path, open_vault(tmp_path)).export_state("ada")["origins"]
    stored = {item["name"] for item in origin["localStorage"]}
    assert acknowledged <= stored
    assert len(stored - acknowledged) <= 1  # what the killed one wrote and could not tell of
    assert not leftovers(tmp_path)


# -- the kernel ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "launches"),
    [("stop_driver", 2), ("kill_renderers", 1)],
)
@pytest.mark.usefixtures("runtime")
async def test_a_process_whose_browser_fails_ends_and_the_next_one_starts(
    shop: Site, machine: Machine, tmp_path: Path, fault: str, launches: int
) -> None:
    kernel = kernel_of(tmp_path, warm("shop", shop), browser_ping_timeout_s=0.5)
    async with kernel:
        await all_warm(kernel.pool)
        process = await kernel.spawn(shop.url)
        call = asyncio.create_task(process.evaluate("new Promise(() => {})"))
        await all_warm(kernel.pool)
        getattr(machine, fault)()
        async with asyncio.timeout(DEADLINE_S * SLACK):
            with pytest.raises(errors.AbosError) as caught:
                await call
            assert caught.value.hint
            assert await kernel.wait(process.pid) == EXIT_LOST
            async with await kernel.spawn(shop.url) as again:
                assert await again.evaluate("document.title") == "Shop"
        now = kernel.pool_statistics()
        lines = kernel.metrics().splitlines()
        assert f"abos_warm_pool_launches_total {launches}.0" in lines
        assert any(line.startswith("abos_warm_pool_refill_failures_total") for line in lines)
        lost = now.retirements[Reason.BROKEN]
        assert f'abos_warm_pool_retirements_total{{reason="broken"}} {lost}.0' in lines
