"""Secrets named in goals are masked, and nothing else is."""

from __future__ import annotations

import pytest

from abos.kernel.redact import is_secret, redact, secrets_in, shown_goal


@pytest.mark.parametrize(
    ("goal", "shown"),
    [
        ("sign in as a@b.c with password hunter2", "sign in as a@b.c with password ••••"),
        ('use password "two words" and go', "use password •••• and go"),
        ("my password is hunter2, then buy", "my password is ••••, then buy"),
        ("Password: hunter2; PIN=1234", "Password: ••••; PIN=••••"),
        ('type "hunter2" into the password field', "type •••• into the password field"),
        ("pay with card 4242 4242 4242 4242, code", "pay with card ••••, code"),
        ("set the security code to 123", "set the security code to ••••"),
    ],
)
def test_secrets(goal: str, shown: str) -> None:
    assert redact(goal) == shown


@pytest.mark.parametrize(
    "goal",
    [
        "search for blue mug, open the first result",
        "click the password field",
        "open the password reset page",
        "pin the message",
    ],
)
def test_other_words_stay(goal: str) -> None:
    assert redact(goal) == goal


def test_labels() -> None:
    assert is_secret('textbox "Card number"')
    assert is_secret("New password")
    assert not is_secret("Shopping cart")
    assert not is_secret("Pinned items")


@pytest.mark.parametrize(
    "goal",
    [
        "login with user ada@example.com, lovelace",
        "my credentials are ada@example.com lovelace",
        "enter ada@example.com and lovelace",
        "sign in as ada@example.com with password lovelace",
    ],
)
def test_what_stands_beside_an_address_is_a_password(goal: str) -> None:
    assert secrets_in(goal)[-1:] == ("lovelace",)
    assert "lovelace" not in shown_goal(goal)
