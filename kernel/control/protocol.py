"""What goes over a control socket: one line of JSON each way, bounded and versioned. Pure.

    {"version": 1, "command": "pool.warm", "arguments": {"site": "shop", "count": 2}}
    {"version": 1, "result": {"site": "shop", "aimed": 3}}
    {"version": 1, "error": {"kind": "UnknownCommand", "message": ..., "hint": ..., "exit_code": 2}}

Lines are ASCII: whatever a page or a caller put into a message arrives escaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from ..errors import AbosError, BadRequest, KernelSilent, Refused

VERSION = 1
MAX_REQUEST = 64 * 1024
"""Bytes of a request, its newline included."""
MAX_REPLY = 8 * 1024 * 1024
"""Bytes of a reply; a row of a slot takes 200."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command and what it is given."""

    command: str
    arguments: Mapping[str, Any]


def encode_request(command: str, arguments: Mapping[str, Any]) -> bytes:
    """A request as a line. Raises `BadRequest` when it is too long."""
    line = _line({"command": command, "arguments": dict(arguments)})
    if len(line) > MAX_REQUEST:
        raise BadRequest(f"a request has at most {MAX_REQUEST} bytes")
    return line


def decode_request(line: bytes) -> Request:
    """The request in a line, whatever the line holds. Raises `BadRequest`."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the request is not a line of JSON") from error
    if not isinstance(found, dict):
        raise BadRequest("the request is not a JSON object")
    if found.get("version") != VERSION:
        theirs = shown(found.get("version"))
        raise BadRequest(f"this kernel speaks version {VERSION} of the protocol, not {theirs}")
    command, arguments = found.get("command"), found.get("arguments", {})
    if not isinstance(command, str) or not isinstance(arguments, dict):
        raise BadRequest("a request has a command, and an object of arguments")
    return Request(command, arguments)


def encode_result(value: object) -> bytes:
    """The reply to a command that was performed."""
    return _line({"result": value})


def encode_error(error: AbosError) -> bytes:
    """The reply to a request that was not performed."""
    known = {"message": str(error), "hint": error.hint, "exit_code": error.exit_code}
    return _line({"error": {"kind": type(error).__name__, **known}})


def decode_reply(line: bytes) -> Any:
    """The result in a reply. Raises `Refused` for an error, `KernelSilent` for nonsense."""
    try:
        found = json.loads(line)
        if "error" not in found:
            return found["result"]
        error = found["error"]
        refused = Refused(
            str(error["kind"]),
            str(error["message"]),
            hint=str(error["hint"]),
            exit_code=int(error["exit_code"]),
        )
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise KernelSilent("the kernel's reply makes no sense") from error
    raise refused


def shown(value: object) -> str:
    """What somebody sent, for a message: bounded, and no control characters."""
    text = ascii(value) if isinstance(value, str | int | float | None) else "something else"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _line(fields: Mapping[str, object]) -> bytes:
    whole = {"version": VERSION, **fields}
    return json.dumps(whole, default=_listed, separators=(",", ":")).encode("ascii") + b"\n"


def _listed(value: object) -> list[Any]:
    """Sets as sorted lists. Raises TypeError for what JSON can't hold."""
    if isinstance(value, Set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
