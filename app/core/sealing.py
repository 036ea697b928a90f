"""Sealing bytes with AES-256-GCM; pure functions, no database and no Flask."""

import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT: Final = b"\x01"
_NONCE_BYTES, _KEY_BYTES, _TAG_BYTES = 12, 32, 16


class SealBroken(ValueError):
    """The sealed bytes were changed, moved to another place, or made with another key."""


def seal(key: bytes, detail: bytes, place: str) -> bytes:
    """AES-256-GCM: format byte, 12 random bytes, ciphertext and tag. `place` (such as the commitment) must be given
    again on opening, so that two sealed details cannot be exchanged."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + _cipher(key).encrypt(nonce, detail, place.encode())


def open_sealed(key: bytes, sealed: bytes, place: str) -> bytes:
    """The detail again; SealBroken when key, place or bytes are not those of `seal`."""
    format_, nonce, text = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if format_ != _FORMAT or len(text) < _TAG_BYTES:
        raise SealBroken("these bytes were not sealed by this program")
    try:
        return _cipher(key).decrypt(nonce, text, place.encode())
    except InvalidTag:
        raise SealBroken("the sealed bytes were changed or belong elsewhere") from None


# Setting up a cipher costs five times as much as sealing one detail, and imports seal many for each subject.
@lru_cache(maxsize=4096)
def _cipher(key: bytes) -> AESGCM:
    if len(key) != _KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return AESGCM(key)


def forget_keys() -> None:
    """Drop the keys held in this process; part of erasing a subject."""
    _cipher.cache_clear()
