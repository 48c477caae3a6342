"""What can go wrong with a demo site, and what the caller can do about it."""

from __future__ import annotations


class DemoError(Exception):
    """A demo site could not do what was asked of it."""


class PortTaken(DemoError):
    """The port is in use, or this user may not bind it. Use port 0 for a free one."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"the demo site cannot listen on 127.0.0.1:{port} ({reason}); "
            "choose another port, or 0 for a free one"
        )
        self.port = port


class SiteNotRunning(DemoError):
    """A site was asked for something that needs its server. Start it first."""

    def __init__(self, why: str = "it has not been started") -> None:
        super().__init__(f"the demo site is not running: {why}; use it as a context manager")


class SiteStuck(DemoError):
    """The server thread missed a deadline. Its thread is a daemon and ends with the process."""

    def __init__(self, doing: str, seconds: float) -> None:
        super().__init__(f"the demo site did not {doing} within {seconds:g} s; start a new one")
        self.doing = doing


class StoreFull(DemoError):
    """A bounded list is full. Reset the site to make room."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"the demo site keeps at most {limit} {what}; reset it to make room")
