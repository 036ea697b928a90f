"""Columns whose values stand sealed in the database, under a key that lives beside the database, never in it."""

import hmac
from datetime import date
from functools import lru_cache

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.engine import Dialect

from app.core.sealing import open_sealed, seal


class _SealedColumn(sa.types.TypeDecorator[object]):
    """A column whose values stand sealed; `place` names it, so that a value cannot be moved to another column."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def _sealed(self, value: bytes) -> bytes:
        return seal(_column_key(), value, self.place)

    def _opened(self, value: bytes) -> bytes:
        return open_sealed(_column_key(), value, self.place)


class SealedText(_SealedColumn):
    """Words. No words are no bytes, so that `!= ""` can be asked of the database, and nothing else can."""

    cache_ok = True
    python_type = str

    def process_bind_param(self, value: object | None, dialect: Dialect) -> bytes | None:
        return None if value is None else self._sealed(str(value).encode()) if value != "" else b""

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else self._opened(value).decode() if value else ""


class SealedDate(_SealedColumn):
    """A date, or none."""

    cache_ok = True
    python_type = date

    def process_bind_param(self, value: object | None, dialect: Dialect) -> bytes | None:
        return None if value is None else self._sealed(str(value).encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(self._opened(value).decode())


class SealedBytes(_SealedColumn):
    """A whole file, or none."""

    cache_ok = True
    python_type = bytes

    def process_bind_param(self, value: object | None, dialect: Dialect) -> bytes | None:
        return self._sealed(value) if isinstance(value, bytes) else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else self._opened(value)


def _column_key() -> bytes:
    """One key for all sealed columns, made from the key of the installation."""
    return _derived(current_app.config["MASTER_KEY"])


def key_for(purpose: str) -> bytes:
    """Another key made from that of the installation, for what is sealed but stands in no column."""
    return _derived(current_app.config["MASTER_KEY"], f"sealed for {purpose}")


@lru_cache(maxsize=4)
def _derived(master_key: bytes, purpose: str = "sealed columns") -> bytes:
    return hmac.digest(master_key, purpose.encode(), "sha256")
