"""Control sockets: other processes of the same user ask a running kernel to do something.

`ControlServer` serves a table of commands, `call` asks for one; more commands are more entries.
"""

from __future__ import annotations

from .client import call, chosen, labels, the_one
from .commands import Drained, Warmed, mind_commands, pool_commands, ready_of
from .place import KernelSocket, kernels
from .server import Bounds, Command, ControlServer

__all__ = [
    "Bounds",
    "Command",
    "ControlServer",
    "Drained",
    "KernelSocket",
    "Warmed",
    "call",
    "chosen",
    "kernels",
    "labels",
    "mind_commands",
    "pool_commands",
    "ready_of",
    "the_one",
]
