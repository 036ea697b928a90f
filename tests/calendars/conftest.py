"""Fixtures of the tests that ask other readers."""

import zoneinfo
from collections.abc import Iterator

import pytest


@pytest.fixture
def same_tzdata() -> Iterator[None]:
    """Readers that look zones up by name take the tzdata package too, not the system's older files."""
    saved = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(to=saved)
    zoneinfo.ZoneInfo.clear_cache()
