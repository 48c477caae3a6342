"""Which operating-system process draws a page. Linux only: elsewhere no page is ever located.

CDP names the renderers of a browser (`SystemInfo.getProcessInfo`) and the frames of a page, and
nothing says which belongs to which. A trace does (`TracingStartedInBrowser`), but a trace waits for
every renderer: with a single stopped one its start takes 10 s and its end 5 s.

So the page is told to count for a few milliseconds, and asked how much processor time its main
thread used (`Performance.getMetrics`, ThreadTime). The one renderer whose main thread used just as
much, by the kernel's books (`/proc/PID/schedstat`, nanoseconds), in every round, is the page's. A
quiet round is one of them, since a renderer that is always busy would fit all others. When two fit,
or none does, the answer is "not known", and such a page is never parked. Compared with traces: no
wrong answer, with busy pages beside it and load 15 on two cores too. It takes 30-60 ms, half a
second under that load, and about 35 ms of processor time in all (browser 19, driver 7, here 8).

What else was measured on headless-shell 156: every context has a renderer of its own, whatever its
site and however many there are (200 contexts of one site: 200 renderers); pages of one context and
one site share one. Frames of other sites may have one of their own (a full Chromium isolates sites;
between addresses of the loopback it did not).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Frame, Page

_log = logging.getLogger(__name__)

_PROC = Path("/proc")
_QUIET_S = 0.004
_DETACH_S = 0.5
_STEPS = (400_000, 0, 700_000)
"""Loop rounds of each measurement; 0 = be quiet. About 5 ms for a million, more when contended."""
_FACTORS = (1, 2, 4)
"""Each attempt counts longer, and allows more: the kernel's books of a thread that runs at this
very moment lag by up to a tick of 1-10 ms."""
_SLACK_S = 0.001
_COUNT = "((n) => {{ let x = 0; for (let i = 0; i < n; i++) x = (x * 31 + i) | 0; }})({steps})"
"""Names nothing that a page could have replaced, and leaves nothing behind."""
_MAX_FRAMES = 8
_MAX_GENERATIONS = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """One round, in processor seconds of main threads."""

    page_s: float
    """Used by the page's, as the page says."""
    candidates_s: Mapping[int, tuple[float, float]]
    """Used by each candidate's, by process id: at least and at most, because the page was asked at
    a moment in between. One that ended meanwhile is missing."""


def match(
    samples: Sequence[Sample], *, slack_s: float = _SLACK_S, slack_share: float = 0.1
) -> int | None:
    """The only candidate whose bounds hold what the page used, in every round; None if not one did.

    The bounds are widened by `slack_s` seconds or `slack_share` of the page's time, whichever is
    more: the page's figure leaves out what its thread does between tasks, the kernel's does not.
    Nor is there an answer if the page used so little that an idle process would fit as well.
    """
    if not any(sample.page_s > 2 * slack_s for sample in samples):
        return None
    fitting = set(samples[0].candidates_s)
    for sample in samples:
        slack = max(slack_s, slack_share * sample.page_s)
        fitting &= {
            pid
            for pid, (least, most) in sample.candidates_s.items()
            if least - slack <= sample.page_s <= most + slack
        }
    return fitting.pop() if len(fitting) == 1 else None


def is_renderer(pid: int, browser_pid: int) -> bool:
    """Whether this process is a renderer of that browser.

    False for the browser, its zygotes, GPU process and services, and for everybody else's.
    """
    try:
        if "--type=renderer" not in _words(pid):
            return False
        parent = pid
        for _ in range(_MAX_GENERATIONS):  # a renderer's parent is a zygote, or the browser
            parent = _parent(parent)
            if parent == browser_pid:
                return True
    except (OSError, ValueError):
        return False
    return False


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the renderers of pages of one browser."""

    control: CDPSession
    """A session of the browser itself, not of a page."""
    browser_pid: int

    async def locate(
        self,
        context: BrowserContext,
        page: Page,
        timeout_s: float,
        others: Collection[int] = (),
    ) -> frozenset[int]:
        """Process ids of the renderers of a page: its own, and those of frames of other sites.

        `others` are known to belong to other contexts and are not considered, which makes it
        cheaper. Empty when the page's own is not known: it is stopped, hung, has a dialog open, or
        the system does not tell. A frame whose renderer is not known is left out; so are those
        after the eighth. Never raises for what a browser does.
        """
        from playwright.async_api import Error

        found: set[int] = set()
        try:
            async with asyncio.timeout(timeout_s):
                targets: list[Page | Frame] = [page, *_foreign_frames(page)]
                for target in targets:
                    if (pid := await self._locate(context, target, others)) is not None:
                        found.add(pid)
                    elif target is page:
                        break
        except (TimeoutError, Error):
            _log.debug("Could not look for the renderers of %s", page.url)
        return frozenset(found)

    async def _locate(
        self, context: BrowserContext, target: Page | Frame, others: Collection[int]
    ) -> int | None:
        """The renderer of one page or frame."""
        from playwright.async_api import Error

        try:
            session = await context.new_cdp_session(target)
        except Error as error:
            if "does not have a separate CDP session" in str(error):
                return None  # it lives in the process of its parent
            raise
        try:
            await session.send("Performance.enable")
            for factor in _FACTORS:
                candidates = await self._candidates(others)
                samples = [await _sample(session, factor * steps, candidates) for steps in _STEPS]
                if (pid := match(samples, slack_s=factor * _SLACK_S)) is not None:
                    return pid
        finally:
            with contextlib.suppress(TimeoutError, Error):
                async with asyncio.timeout(_DETACH_S):
                    await session.detach()
        return None

    async def _candidates(self, others: Collection[int]) -> list[int]:
        listed = (await self.control.send("SystemInfo.getProcessInfo"))["processInfo"]
        pids = [int(process["id"]) for process in listed if process["type"] == "renderer"]
        return [pid for pid in pids if pid not in others and is_renderer(pid, self.browser_pid)]


def _foreign_frames(page: Page) -> list[Frame]:
    """Frames that may be of another site: those of the page's own share its renderer."""
    foreign = [
        frame
        for frame in page.frames
        if frame.parent_frame is not None
        and _origin(frame.url) not in {"", _origin(frame.parent_frame.url)}
    ]
    return foreign[:_MAX_FRAMES]


def _origin(url: str) -> str:
    found = re.match(r"https?://[^/?#]+", url)
    return found.group() if found else ""


async def _sample(session: CDPSession, steps: int, candidates: Collection[int]) -> Sample:
    first, page_before, second = await _ask(session, candidates)
    if steps:
        await session.send("Runtime.evaluate", {"expression": _COUNT.format(steps=steps)})
    else:
        await asyncio.sleep(_QUIET_S)
    third, page_after, fourth = await _ask(session, candidates)
    bounds = {pid: (third[pid] - second[pid], fourth[pid] - first[pid]) for pid in fourth}
    return Sample(page_after - page_before, bounds)


async def _ask(
    session: CDPSession, candidates: Collection[int]
) -> tuple[dict[int, float], float, dict[int, float]]:
    """What the candidates used before and after the page said what it used, seconds."""
    before = _main_threads_s(candidates)
    page_s = await _thread_s(session)
    return before, page_s, _main_threads_s(candidates)


async def _thread_s(session: CDPSession) -> float:
    answer: dict[str, Any] = await session.send("Performance.getMetrics")
    return next(float(m["value"]) for m in answer["metrics"] if m["name"] == "ThreadTime")


def _main_threads_s(pids: Collection[int]) -> dict[int, float]:
    """Processor seconds of the main thread of each, ended ones left out."""
    seconds = {}
    for pid in pids:
        try:
            seconds[pid] = int((_PROC / f"{pid}/schedstat").read_text().split()[0]) / 1e9
        except (OSError, ValueError, IndexError):
            continue
    return seconds


def _words(pid: int) -> list[str]:
    """The command line. Children of a zygote rewrite theirs, with spaces in between."""
    return re.split(r"[\0 ]", (_PROC / f"{pid}/cmdline").read_text(errors="replace"))


def _parent(pid: int) -> int:
    stat = (_PROC / f"{pid}/stat").read_text(errors="replace")
    return int(stat.rpartition(")")[2].split()[1])
