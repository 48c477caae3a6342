"""What can go wrong in the shop alone."""

from __future__ import annotations

from ..web.errors import DemoError


class EmailTaken(DemoError):
    """An account with this email exists. Sign in, or register another address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"there is already an account for {email}; sign in instead")


class CannotOrder(DemoError):
    """The cart or the address is not complete. Go through the checkout steps in order."""
