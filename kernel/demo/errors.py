"""What can go wrong with the demo shop, and what the caller can do about it."""

from __future__ import annotations


class DemoError(Exception):
    """The demo shop could not do what was asked of it."""


class PortTaken(DemoError):
    """The port is in use, or this user may not bind it. Use port 0 for a free one."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(
            f"the demo shop cannot listen on 127.0.0.1:{port} ({reason}); "
            "choose another port, or 0 for a free one"
        )
        self.port = port


class ShopNotRunning(DemoError):
    """The shop was asked for something that needs its server. Start it first."""

    def __init__(self, why: str = "it has not been started") -> None:
        super().__init__(f"the demo shop is not running: {why}; use `with DemoShop() as shop:`")


class ShopStuck(DemoError):
    """The server thread missed a deadline. Its thread is a daemon and ends with the process."""

    def __init__(self, doing: str, seconds: float) -> None:
        super().__init__(f"the demo shop did not {doing} within {seconds:g} s; start a new one")
        self.doing = doing


class EmailTaken(DemoError):
    """An account with this email exists. Sign in, or register another address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"there is already an account for {email}; sign in instead")


class CannotOrder(DemoError):
    """The cart or the address is not complete. Go through the checkout steps in order."""


class StoreFull(DemoError):
    """A bounded list is full. Reset the shop to make room."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"the demo shop keeps at most {limit} {what}; reset it to make room")
