"""Signed heads kept outside the database, one a night: a copy put back or written anew does not bring its own (L1)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import current_app

from app.ledger import checkpoint


def folder() -> Path:
    """Where they are, beside the keys."""
    found: Path = current_app.config["CHECKPOINTS_PATH"]
    return found


def keep(note: str, on: date) -> Path:
    """Write one; a second of the same day takes the place of the first."""
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"{on.isoformat()}.txt"
    fresh = path.with_suffix(".new")
    fresh.write_text(note, "utf-8", newline="")
    fresh.replace(path)
    return path


def notes(*public_keys: Ed25519PublicKey) -> list[str]:
    """Those this installation signed; other files in the folder are none of ours."""
    return list(_signed(public_keys))


def _signed(public_keys: tuple[Ed25519PublicKey, ...]) -> Iterator[str]:
    for path in sorted(folder().glob("*.txt")):
        note = path.read_text("utf-8", errors="replace")
        try:
            checkpoint.verify_checkpoint(note, *public_keys)
        except checkpoint.CheckpointError:
            continue
        yield note
