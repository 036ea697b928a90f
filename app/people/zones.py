"""The time zones a form offers."""

from functools import lru_cache
from zoneinfo import available_timezones

_NOT_PLACES = ("Etc/", "SystemV/", "US/", "posix/", "right/")


@lru_cache(maxsize=1)
def zone_names() -> list[str]:
    """Places of the IANA database by name, and UTC."""
    places = sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(_NOT_PLACES)
    )
    return [*places, "UTC"]
