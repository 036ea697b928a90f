"""What others hold, and when somebody is not free: so that the second event has something in its way."""

from datetime import date, datetime, time, timedelta

from app.calendars import operations_industry as calendar
from app.calendars.details_industry import BlockDetails, ShowDetails
from app.calendars.models_industry import ShowKind
from app.core.vtimezone import local_instant
from app.core.wall_times import day_in
from app.demo.story import Story
from app.events.models import Audience

#: Name, kind, place, country, zone, days after the second event begins, how many days, for whom.
_SHOWS = (
    (
        "Iberian Networks Forum", ShowKind.CONFERENCE, "Casa do Rio, Porto", "PT", "Europe/Lisbon", -1, 3,
        (Audience.ANALYST, Audience.EXPERT),
    ),
    ("Gulf Connected Cities", ShowKind.TRADE_SHOW, "Dubai", "AE", "Asia/Dubai", -21, 4, (Audience.ALL,)),
    ("Tianhe launch night", ShowKind.LAUNCH, "Guangzhou", "CN", "Asia/Shanghai", 16, 1, (Audience.PRESS,)),
)  # fmt: skip


def keep(story: Story) -> None:
    """Shows of others around the second event, and a guest who is elsewhere on its second day."""
    ruth, event = story.users["ruth"], story.next_event
    begins_on = day_in(event.starts_at, event.zone)
    with story.lately(16):
        for name, kind, place, country, zone, n_days, n_long, audiences in _SHOWS:
            from_on = begins_on + timedelta(days=n_days)
            details = ShowDetails(
                name=name, kind=kind, place=place, country=country, zone=zone, from_on=from_on,
                to_on=from_on + timedelta(days=n_long - 1), audiences=audiences,
            )  # fmt: skip
            calendar.add_show(details, by=ruth)
        calendar.add_block(story.people["sara"], _teaching(begins_on + timedelta(days=1)), by=ruth)


def _teaching(on: date) -> BlockDetails:
    starts, ends = (local_instant(datetime.combine(on, time(hour)), "Europe/Stockholm") for hour in (9, 12))
    return BlockDetails(title="Teaches, by video", starts_at=starts, ends_at=ends, zone="Europe/Stockholm")
