"""Words about clock times that a zone shows twice, or never, when its clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from app.core.i18n import day_in_full
from app.core.vtimezone import NonexistentTime, get_zone, zone_names


def day_in(instant: datetime, zone: str) -> date:
    """The calendar date of an instant in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def days_touched(starts_at: datetime, ends_at: datetime, zone: str) -> tuple[date, date]:
    """The first and the last day on the clocks of a zone; an end at midnight does not touch the day that begins then."""
    tz = get_zone(zone)
    last = ends_at - timedelta(microseconds=1)
    return starts_at.astimezone(tz).date(), last.astimezone(tz).date()


class DaysTouched:
    """The days that something with a begin, an end and a zone touches, on the clocks of that zone."""

    __slots__ = ()
    starts_at: datetime
    ends_at: datetime
    zone: str

    @property
    def from_on(self) -> date:
        """The first day."""
        return days_touched(self.starts_at, self.ends_at, self.zone)[0]

    @property
    def to_on(self) -> date:
        """The last day."""
        return days_touched(self.starts_at, self.ends_at, self.zone)[1]


def gap_words(error: NonexistentTime) -> str:
    """Why a wall time is refused, with the two times that may be meant."""
    tz = get_zone(error.zone)
    wall = error.wall.replace(tzinfo=None, fold=0)
    # Read with the offset before the change, and with the one after it (PEP 495).
    meant = sorted(
        wall.replace(tzinfo=tz, fold=fold).astimezone(UTC).astimezone(tz).replace(tzinfo=None)
        for fold in (0, 1)
    )
    return str(
        _(
            "%(wall)s does not exist in %(zone)s on %(day)s: the clocks go forward there. Give %(meant)s or %(or_meant)s "
            "instead.",
            wall=f"{wall:%H:%M}",
            zone=error.zone,
            day=day_in_full(wall),
            meant=_clock(meant[0], wall),
            or_meant=_clock(meant[1], wall),
        )
    )


def _clock(meant: datetime, wall: datetime) -> str:
    return f"{meant:%H:%M}" if meant.date() == wall.date() else f"{meant:%-d %B, %H:%M}"


def twice_words(wall: datetime, zone: str) -> str:
    """Which of two readings a wall time gets that the clocks show twice; empty for every other time."""
    if zone not in zone_names():
        return ""
    tz = get_zone(zone)
    wall = wall.replace(tzinfo=None, fold=0)
    first, second = (wall.replace(tzinfo=tz, fold=fold) for fold in (0, 1))
    if (
        first.utcoffset() == second.utcoffset()
        or first.astimezone(UTC).astimezone(tz).replace(tzinfo=None) != wall
    ):
        return ""
    return str(
        _(
            "%(wall)s comes twice in %(zone)s on %(day)s, because the clocks go back. It is taken as the first one, "
            "%(first)s; the second would be %(second)s.",
            wall=f"{wall:%H:%M}",
            zone=zone,
            day=day_in_full(wall),
            first=_offset(first),
            second=_offset(second),
        )
    )


def said_twice(zone: str, *walls: datetime | None) -> list[str]:
    """The sentences about those of some wall times that the clocks show twice."""
    words = (twice_words(wall, zone) for wall in walls if wall is not None)
    return [one for one in dict.fromkeys(words) if one]


def _offset(at: datetime) -> str:
    length = at.utcoffset() or timedelta()
    minutes = int(length.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
