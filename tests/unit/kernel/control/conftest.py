"""A control server in a thread of its own, as a kernel in another process would be."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from abos.kernel.control import Bounds, ControlServer, KernelSocket
from abos.kernel.errors import TooBusy

Serve = Callable[..., AbstractContextManager[KernelSocket]]


async def echo(arguments: Mapping[str, Any]) -> object:
    return dict(arguments)


async def fail(arguments: Mapping[str, Any]) -> object:
    raise TooBusy("the shelf is full", hint="Wait.")


async def break_down(arguments: Mapping[str, Any]) -> object:
    raise OSError(28, "no space")


async def hang(arguments: Mapping[str, Any]) -> object:
    await asyncio.Event().wait()
    return None


async def flood(arguments: Mapping[str, Any]) -> object:
    return "x" * int(arguments.get("size", 4_000_000))


COMMANDS = {"echo": echo, "fail": fail, "break": break_down, "hang": hang, "flood": flood}


@contextmanager
def serving(
    directory: Path, bounds: Bounds | None = None, owner: int | None = None
) -> Iterator[KernelSocket]:
    server = ControlServer(COMMANDS, directory, bounds=bounds, owner=owner)
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def main() -> None:
        task = asyncio.create_task(server.run())
        started.append((asyncio.get_running_loop(), task))
        await asyncio.gather(task, return_exceptions=True)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    end = time.monotonic() + 10
    while not server.path.exists() and thread.is_alive() and time.monotonic() < end:
        time.sleep(0.005)
    try:
        yield KernelSocket(server.path, os.getpid())
    finally:
        loop, task = started[0]
        if thread.is_alive():
            loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """`with serve(bounds=..., owner=...) as socket` runs a server in a private folder."""

    def in_folder(**settings: Any) -> AbstractContextManager[KernelSocket]:
        return serving(tmp_path / "abos", **settings)

    return in_folder
