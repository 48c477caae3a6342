"""Customer accounts. Passwords are kept as scrypt hashes, even in a demo."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import cache

from .checkout import Address

DEMO_EMAIL = "ada@example.com"
DEMO_PASSWORD = "lovelace"
"""The seeded account; the sign-in page shows both as a hint."""

DEMO_ADDRESS = Address(
    full_name="Ada Lovelace",
    email=DEMO_EMAIL,
    address="12 St James's Square",
    city="London",
    postcode="SW1Y 4JH",
    country="United Kingdom",
)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer. `address` is what the checkout is filled in with."""

    email: str
    full_name: str
    salt: bytes
    password_hash: bytes
    address: Address
    newsletter: bool = False
    avatar: str = ""


def hash_password(password: str, salt: bytes) -> bytes:
    """A scrypt hash; about 10 ms, so that signing in does not disturb a benchmark."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**12, r=8, p=1, dklen=32)


def open_account(full_name: str, email: str, password: str, newsletter: bool = False) -> Account:
    """A new account with a salt of its own."""
    salt = os.urandom(16)
    return Account(
        email=email,
        full_name=full_name,
        salt=salt,
        password_hash=hash_password(password, salt),
        address=Address(full_name=full_name, email=email),
        newsletter=newsletter,
    )


def verify(account: Account, password: str) -> bool:
    """Whether it is the password of the account, in constant time."""
    return hmac.compare_digest(hash_password(password, account.salt), account.password_hash)


@cache
def demo_account() -> Account:
    """The seeded account, hashed once per process."""
    salt = os.urandom(16)
    return Account(
        email=DEMO_EMAIL,
        full_name=DEMO_ADDRESS.full_name,
        salt=salt,
        password_hash=hash_password(DEMO_PASSWORD, salt),
        address=DEMO_ADDRESS,
    )
