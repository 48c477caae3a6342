"""One thread that owns a model: a bounded queue, deadlines, cancellation, and a measure of load."""

from __future__ import annotations

import asyncio
import ctypes
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ..errors import ModelBusy
from .base import Load

T = TypeVar("T")

_WEIGHT = 0.4
"""Share of the latest call in the running mean of what a call takes."""
_FORGET_S = 10.0
"""A slow call counts half after this: what was busy then may be idle now."""


class Stop:
    """A flag that C code reads without asking Python: set, the work is to end.

    It is a C string, empty as long as nobody wants an end: see ``Engine``.
    """

    def __init__(self) -> None:
        self._text = ctypes.create_string_buffer(2)

    def set(self) -> None:
        """Have the work end soon."""
        self._text[0] = b"\x01"

    @property
    def is_set(self) -> bool:
        """Whether the work is to end."""
        return self._text[0] != b"\0"

    @property
    def address(self) -> int:
        """Where C code finds the string."""
        return ctypes.addressof(self._text)


@dataclass(frozen=True, slots=True)
class Pace:
    """What calls took lately: a running mean in seconds, and when it was brought up to date."""

    mean_s: float = 0.0
    at: float = 0.0

    def after(self, seconds: float, now: float) -> Pace:
        """With one call more."""
        known = self.expected(now)
        return Pace(seconds if not known else known + _WEIGHT * (seconds - known), now)

    def expected(self, now: float) -> float:
        """Seconds that a call is expected to take; fades, so that a model is tried again."""
        return self.mean_s * math.exp2(-max(0.0, now - self.at) / _FORGET_S)


class Worker:
    """Runs work in a thread of its own, one after another. Used from one event loop at a time."""

    def __init__(self, name: str, queue: int) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._queue = queue
        self._waiting = 0
        self._count = threading.Lock()
        self._pace = Pace()
        self._closed = False
        self._stops: set[Stop] = set()
        self.used = time.monotonic()
        """When work was asked for, or ended, last."""

    @property
    def idle(self) -> bool:
        """Whether nothing waits or runs."""
        return self._waiting == 0

    @property
    def load(self) -> Load:
        """How many calls wait or run, and when a further one may be done."""
        waiting = self._waiting
        return Load(waiting, (waiting + 1) * self._pace.expected(time.monotonic()))

    async def run(
        self,
        work: Callable[[Stop], T],
        deadline_s: float,
        *,
        measured: bool = True,
        counted: bool = True,
    ) -> T:
        """Do some work within the queue and a deadline; given up, it is told to stop.

        What is not ``counted`` takes no place in the queue: for what nobody waits for. Raises
        ModelBusy, and what the work raises.
        """
        if self._closed:
            raise ModelBusy("The local model is closed.")
        if counted:
            self._enter()
        stop, started = Stop(), time.monotonic()
        self._stops.add(stop)
        future = self._thread.submit(work, stop)
        if counted:
            future.add_done_callback(lambda _: self._leave())
        try:
            result = await asyncio.wait_for(asyncio.wrap_future(future), deadline_s)
        except TimeoutError as error:
            self._measure(deadline_s, measured)
            raise ModelBusy(f"The local model did not answer within {deadline_s:g} s.") from error
        finally:
            stop.set()
            self._stops.discard(stop)
            future.cancel()
        self._measure(time.monotonic() - started, measured)
        return result

    async def close(self, last: Callable[[], None]) -> None:
        """Have all work stop, do ``last``, and end the thread. Fine to call twice."""
        if self._closed:
            return
        self._closed = True
        for stop in tuple(self._stops):
            stop.set()
        self._thread.submit(last)
        await asyncio.to_thread(self._thread.shutdown, True)

    def in_turn(self, work: Callable[[], None]) -> None:
        """Have something done after all that waits; nobody waits for it."""
        if not self._closed:
            self._thread.submit(work)

    def _measure(self, seconds: float, measured: bool) -> None:
        if measured:
            self._pace = self._pace.after(seconds, time.monotonic())

    def _enter(self) -> None:
        with self._count:
            if self._waiting >= self._queue:
                raise ModelBusy(f"{self._waiting} calls are waiting for the local model already.")
            self._waiting += 1
        self.used = time.monotonic()

    def _leave(self) -> None:
        with self._count:
            self._waiting -= 1
        self.used = time.monotonic()
