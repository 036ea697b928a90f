"""Passwords: Argon2id with the parameters OWASP recommends, the same work whether or not the user exists."""

import base64
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

#: About 60 ms and 19 MiB an attempt; the library's default takes four times as long.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that look like another


def _hash_of_nothing() -> str:
    """A hash that no password has, in the form of those that some have: it costs nothing to make and as much to try."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(n)).decode().rstrip("=")
        for n in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2{_hasher.type.name.lower()}$v={ARGON2_VERSION}${cost}${salt}${digest}"


#: Keeps a guess at an unknown address as slow as any other.
_DUMMY = _hash_of_nothing()


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
