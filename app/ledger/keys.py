"""The keys of this installation: one that wraps the subjects' keys, one that signs checkpoints."""

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app

from app.ledger import checkpoint


def master_key() -> bytes:
    """The 32 bytes that wrap the subjects' keys; they live beside the database, never in it."""
    key: bytes = current_app.config["MASTER_KEY"]
    return key


def signing_key() -> Ed25519PrivateKey:
    """The key that signs heads of the book, made on first use."""
    return checkpoint.load_or_create_key(current_app.config["SIGNING_KEY_PATH"])


def origin() -> str:
    """The name of this book in checkpoints: the address of the installation without its scheme."""
    address: str = current_app.config["BASE_URL"].split("://", 1)[-1]
    return f"{address}/ledger"


def keyed(*parts: object) -> str:
    """A name for outside references: 64 hex digits that nobody can guess back without the master key."""
    return keyer()(*parts)


def keyer() -> Callable[..., str]:
    """`keyed` with the key already at hand, for many references."""
    key = master_key()

    def name(*parts: object) -> str:
        return hmac.digest(key, "\x1f".join(map(str, parts)).encode(), "sha256").hex()

    return name
