"""The control socket of a running kernel: other processes of the same user ask it to do things.

One request and one reply per connection. Everything a peer could drag out or blow up is bounded:
the size of a request, the seconds of each step, the connections at a time.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import AbosError, BadRequest, DeadlinePassed, NotPermitted, TooBusy, UnknownCommand
from ..procfs import folder
from ..translate import translate
from .place import kernels, listening
from .protocol import MAX_REQUEST, decode_request, encode_error, encode_result, shown

Command = Callable[[Mapping[str, Any]], Awaitable[object]]
"""Takes the arguments of a request, and returns what JSON can hold, or raises."""

_ACCEPTED_STEPS = 3
"""Steps of the event loop from accepting a connection to knowing it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one peer may take. Times are seconds."""

    connections: int = 16
    """At a time; one more is turned away."""
    read_s: float = 2.0
    """For the whole request."""
    perform_s: float = 10.0
    write_s: float = 2.0
    """For the whole reply."""


class ControlServer:
    """Serves a table of commands on a Unix socket. It costs its commands, never the kernel.

    `owner` is the user id that may ask.
    """

    def __init__(
        self,
        commands: Mapping[str, Command],
        directory: Path | None = None,
        *,
        bounds: Bounds | None = None,
        owner: int | None = None,
    ) -> None:
        self._commands = commands
        self.path = (directory or folder()) / f"{os.getpid()}.{id(self):x}.sock"
        self._bounds = bounds or Bounds()
        self._owner = os.getuid() if owner is None else owner
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until cancelled; the socket is gone then. Without one, say so and return."""
        kernels(self.path.parent)  # takes away what dead ones left
        try:
            with listening(self.path) as listener:
                await self._serve(listener)
        except OSError as error:
            _log.info("No control socket, so `abos pool` won't find this kernel: %s", error)

    async def _serve(self, listener: socket.socket) -> None:
        server = await asyncio.start_unix_server(
            self._connected, sock=listener, limit=MAX_REQUEST - 1
        )
        try:
            await asyncio.Event().wait()
        finally:
            # A server that is closed while asyncio accepts a connection would forget it open.
            asyncio.get_running_loop().remove_reader(listener)
            for _ in range(_ACCEPTED_STEPS):
                await asyncio.sleep(0)
            server.close()
            for each in self._open:
                each.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusal = self._refusal(writer)
        if refusal is not None:
            # A few bytes into an empty buffer: they are out at once, and nobody is waited for.
            writer.write(encode_error(refusal))
            writer.transport.abort()
            return
        task = asyncio.ensure_future(self._converse(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        # Also when the task was cancelled before its first step.
        task.add_done_callback(lambda _: writer.transport.abort())

    def _refusal(self, writer: asyncio.StreamWriter) -> AbosError | None:
        """Why this peer is turned away before it says anything."""
        if _peer(writer) not in {self._owner, None}:
            return NotPermitted("this kernel belongs to another user", hint="Ask as that user.")
        if len(self._open) >= self._bounds.connections:
            return TooBusy(
                f"{self._bounds.connections} control connections are open", hint="Try again."
            )
        return None

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reply = await self._answer(reader)
            writer.transport.set_write_buffer_limits(high=0)  # draining means: all of it is out
            async with asyncio.timeout(self._bounds.write_s):
                writer.write(reply)
                await writer.drain()
        except (OSError, TimeoutError) as error:
            _log.debug("A control connection ended early: %s", error)

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        """The reply; nothing for a peer that asks nothing. Raises OSError when it went away."""
        try:
            line = await self._line(reader)
        except AbosError as error:
            return encode_error(error)
        return await self._perform(line) if line else b""

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        """The request. Raises `BadRequest`, `DeadlinePassed`, or OSError when the peer went."""
        try:
            async with asyncio.timeout(self._bounds.read_s):
                return await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as cut:
            if not cut.partial:
                return b""
            raise BadRequest("the request has no end: a newline") from cut
        except asyncio.LimitOverrunError as error:
            raise BadRequest(f"a request has at most {MAX_REQUEST} bytes") from error
        except TimeoutError as error:
            late = f"no whole request came within {self._bounds.read_s:g} s"
            raise DeadlinePassed(late) from error

    async def _perform(self, line: bytes) -> bytes:
        try:
            request = decode_request(line)
            perform = self._find(request.command)
            async with asyncio.timeout(self._bounds.perform_s):
                return encode_result(await perform(request.arguments))
        except Exception as error:  # noqa: BLE001 - whatever it was, the peer is to know
            return encode_error(translate(error))

    def _find(self, name: str) -> Command:
        try:
            return self._commands[name]
        except KeyError:
            known = ", ".join(sorted(self._commands)) or "none"
            raise UnknownCommand(f"no command {shown(name)} (known: {known})") from None


def _peer(writer: asyncio.StreamWriter) -> int | None:
    """The user id at the other end; None where the system does not tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    kind = struct.Struct("3i")
    found = writer.get_extra_info("socket").getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, kind.size
    )
    _, user, _ = kind.unpack(found)
    return int(user)
