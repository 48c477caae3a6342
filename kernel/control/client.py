"""Asks a kernel in another process for something, with a deadline. Blocking, for the doors."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import KernelSilent, NoKernel, UsageError
from .place import KernelSocket, forget, kernels, reachable
from .protocol import MAX_REPLY, decode_reply, encode_request

_CHUNK = 64 * 1024


def call(
    at: KernelSocket,
    command: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    timeout_s: float = 12.0,
) -> Any:
    """What the kernel answers. `timeout_s` is for the whole of it; a kernel takes 10 s at most.

    Raises `NoKernel` when it is gone, `KernelSilent` when it does not answer in time, or `Refused`
    with the error that it answered.
    """
    request = encode_request(command, arguments or {})
    try:
        return decode_reply(_exchange(at.path, request, time.monotonic() + timeout_s))
    except ConnectionRefusedError as error:
        forget(at.path)  # something else has the pid of a dead kernel
        raise NoKernel(f"kernel {at.name} is gone") from error
    except FileNotFoundError as error:
        raise NoKernel(f"kernel {at.name} is gone") from error
    except TimeoutError as error:
        raise KernelSilent(f"kernel {at.name} did not answer within {timeout_s:g} s") from error
    except OSError as error:
        raise KernelSilent(f"kernel {at.name} can't be asked: {error.strerror}") from error


def chosen(wanted: str = "", directory: Path | None = None) -> list[KernelSocket]:
    """The kernels that are meant: all, or those of a pid or name. Raises `NoKernel`."""
    running = kernels(directory)
    if not running:
        raise NoKernel("no kernel runs")
    found = [each for each in running if wanted in {"", str(each.pid), each.name}]
    if not found:
        raise NoKernel(f"no kernel {wanted}", hint=f"Running: {', '.join(labels(running))}.")
    return found


def the_one(wanted: str = "", directory: Path | None = None) -> KernelSocket:
    """The only kernel that is meant. Raises `NoKernel`, or `UsageError` when there are several."""
    found = chosen(wanted, directory)
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} kernels run: {', '.join(labels(found))}", hint="Say which: --kernel PID."
        )
    return found[0]


def labels(found: list[KernelSocket]) -> list[str]:
    """What to call them: by pid, by name where one process has several kernels."""
    pids = [each.pid for each in found]
    return [str(each.pid) if pids.count(each.pid) == 1 else each.name for each in found]


def _exchange(path: Path, request: bytes, deadline: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line, reachable(path) as address:
        line.settimeout(_left(deadline))
        line.connect(address)
        # One that is turned away before its request was read finds out why in the reply.
        with suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(request)
        return _reply(line, deadline)


def _reply(line: socket.socket, deadline: float) -> bytes:
    """All until the kernel closes. Raises `KernelSilent`, TimeoutError or another OSError."""
    reply = bytearray()
    while not reply.endswith(b"\n"):
        line.settimeout(_left(deadline))
        chunk = line.recv(_CHUNK)
        if not chunk:
            raise KernelSilent("the kernel ended the connection without an answer")
        reply += chunk
        if len(reply) > MAX_REPLY:
            raise KernelSilent(f"the kernel's reply has more than {MAX_REPLY} bytes")
    return bytes(reply)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
