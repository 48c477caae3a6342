"""Commands, run with a deadline: the doctor's only way to start anything."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Protocol

OUTPUT_KEPT = 20_000
MISSING = 127
STUCK = 124

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    """Exit code; 127: no such command; 124: it ran past its deadline or got stuck."""
    output: str = ""
    """The end of what it printed, both streams."""


class Runner(Protocol):
    """What the doctor asks of whoever runs its commands."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stall_s: float | None = None,
        env: Sequence[tuple[str, str]] = (),
        on_line: Callable[[str], None] | None = None,
    ) -> Outcome:
        """Run ``argv``; never raises for what the command does, never outlives its deadline."""


def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    stall_s: float | None = None,
    env: Sequence[tuple[str, str]] = (),
    on_line: Callable[[str], None] | None = None,
) -> Outcome:
    """Run ``argv`` in a process group of its own, which is killed when it takes too long."""
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **dict(env)},
        )
    except OSError as error:
        return Outcome(MISSING, f"{argv[0]}: {error.strerror}")
    kept: list[str] = []
    try:
        for line in _lines(process, time.monotonic() + timeout_s, stall_s):
            kept.append(line)
            if on_line is not None:
                on_line(line)
        code = process.wait(timeout=5.0)
    except TimeoutError as error:
        kept.append(str(error))
        code = STUCK
    except subprocess.TimeoutExpired:
        kept.append("it closed its output and did not end")
        code = STUCK
    finally:
        _end(process)
    return Outcome(code, "\n".join(kept)[-OUTPUT_KEPT:])


def _lines(
    process: subprocess.Popen[bytes], deadline: float, stall_s: float | None
) -> Iterator[str]:
    """The command's lines as they come. TimeoutError past the deadline or when it is stuck."""
    pipe = process.stdout
    assert pipe is not None
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while chunk := _chunk(selector, pipe, deadline, stall_s):
            *whole, rest = re.split(rb"[\r\n]+", rest + chunk)
            yield from map(_plain, whole)
    if rest:
        yield _plain(rest)


def _chunk(
    selector: selectors.BaseSelector, pipe: IO[bytes], deadline: float, stall_s: float | None
) -> bytes:
    left = deadline - time.monotonic()
    patience = left if stall_s is None else min(left, stall_s)
    if patience <= 0 or not selector.select(patience):
        raise TimeoutError("stopped: it took too long" if patience == left else "stopped: stuck")
    return os.read(pipe.fileno(), 65536)


def _plain(line: bytes) -> str:
    return _ESCAPES.sub("", line.decode(errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what still runs of the group; what sudo started belongs to root and ends by itself."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5.0)
    if process.stdout is not None:
        process.stdout.close()
