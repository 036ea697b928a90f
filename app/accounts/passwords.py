"""Passwords: Argon2id with the parameters OWASP recommends, the same work whether or not the user exists."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

#: About 60 ms and 19 MiB an attempt; the library's default takes four times as long.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Of nothing anybody knows: keeps a guess at an unknown address as slow as any other.
_DUMMY = _hasher.hash(secrets.token_urlsafe(32))
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that look like another


def hash_password(password: str) -> str:
    """What is stored: algorithm, parameters, salt and hash in one string."""
    return _hasher.hash(password)


def is_right(stored: str, password: str) -> bool:
    """Whether the password fits; without a stored hash it is never right, after the same work."""
    try:
        _hasher.verify(stored or _DUMMY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(stored)


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def make_password() -> str:
    """A password to hand over: five groups of four, 100 random bits, easy to read aloud."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(5))
