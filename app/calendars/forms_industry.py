"""Forms for other shows, times people are not free, and calendars of others."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField

from app.calendars.details_industry import BlockDetails, ShowDetails, SourceDetails
from app.calendars.models_industry import BusyBlock, OtherShow, ShowKind, SourceKind
from app.core.forms import (
    BaseForm,
    choice,
    country,
    day,
    instant_of,
    line,
    moment,
    wall_time,
    words_of,
    zone,
)
from app.core.ics_reading import MOST_BYTES
from app.core.vtimezone import get_zone
from app.events.fields import audience_choice
from app.events.models import Audience

_TITLES_HELP = (
    "Tick only if the person said so. Otherwise nothing is taken but from when to when they are not free."
)


class ShowForm(BaseForm):
    """A show of somebody else."""

    name = line("Name")
    kind = choice("Kind", words_of(ShowKind), default=ShowKind.TRADE_SHOW.value)
    from_on = day("First day")
    to_on = day("Last day")
    place = line("Place", required=False, description="Venue and city.")
    country = country("Country", required=False)
    zone = zone(default="UTC", description="Where it is, for example Europe/Madrid.")
    audiences = audience_choice(
        "For whom", "An event of ours for the same people on the same days is warned about."
    )
    link = line("Link", required=False, longest=2000, description="Its page, beginning with https://.")

    def details(self) -> ShowDetails:
        return ShowDetails(
            name=self.name.data, kind=self.kind.data, from_on=self.from_on.data, to_on=self.to_on.data,
            place=self.place.data or "", country=self.country.data or None, zone=self.zone.data,
            audiences=tuple(Audience(one) for one in self.audiences.data or ()), link=self.link.data or "",
        )  # fmt: skip


def typed_show(show: OtherShow) -> dict[str, Any]:
    """A show as the form shows it."""
    return {
        "name": show.name, "kind": show.kind.value, "from_on": show.from_on, "to_on": show.to_on, "place": show.place,
        "country": show.country, "zone": show.zone, "audiences": list(show.audiences), "link": show.link,
        "version": show.version,
    }  # fmt: skip


class BlockForm(BaseForm):
    """When somebody is not free."""

    title = line(
        "What it is",
        required=False,
        longest=120,
        description="Only what they want us to know, for example on leave or at another show.",
    )
    zone = zone(description="On whose clocks: where they are then.")
    starts_at = moment("From")
    ends_at = moment("Until")
    is_all_day = BooleanField("Whole days", description="From the first day to the last, whatever the hours.")

    def details(self) -> BlockDetails:
        starts, ends = (instant_of(self, name, self.zone.data) for name in ("starts_at", "ends_at"))
        if self.is_all_day.data:
            first, last = self.starts_at.data.date(), self.ends_at.data.date()
            tz = get_zone(self.zone.data)
            starts, ends = (
                datetime.combine(on, time(), tz).astimezone(UTC) for on in (first, last + timedelta(days=1))
            )
        return BlockDetails(
            title=self.title.data or "", starts_at=starts, ends_at=ends, zone=self.zone.data,
            is_all_day=bool(self.is_all_day.data),
        )  # fmt: skip


def typed_block(block: BusyBlock) -> dict[str, Any]:
    """A block as the form shows it; of whole days the last is shown, not the midnight after it."""
    ends_at = block.ends_at - timedelta(minutes=1) if block.is_all_day else block.ends_at
    return {
        "title": block.title, "zone": block.zone, "starts_at": wall_time(block.starts_at, block.zone),
        "ends_at": wall_time(ends_at, block.zone), "is_all_day": block.is_all_day, "version": block.version,
    }  # fmt: skip


class ShowSourceForm(BaseForm):
    """A calendar of shows."""

    kind = SourceKind.SHOWS
    name = line("Name", description="For example the calendar of a trade body.")
    address = line(
        "Address", required=False, longest=2000,
        description="Beginning with https:// or webcal://. It is fetched every few hours. Left empty, you read in files.",
    )  # fmt: skip
    zone = zone(default="UTC", description="Where its whole days are meant, unless it says so itself.")
    show_kind = choice(
        "Its shows are", words_of(ShowKind), default=ShowKind.CONFERENCE.value,
        description="Changed at one show, it stays changed there.",
    )  # fmt: skip
    country = country("Their country", required=False)
    audiences = audience_choice("For whom")

    def details(self) -> SourceDetails:
        return SourceDetails(
            kind=self.kind, name=self.name.data, address=self.address.data or "", zone=self.zone.data,
            show_kind=self.show_kind.data, country=self.country.data or None,
            audiences=tuple(Audience(one) for one in self.audiences.data or ()),
        )  # fmt: skip


class BlockSourceForm(BaseForm):
    """A calendar that says when a person is not free."""

    kind = SourceKind.BLOCKS
    name = line("Name", description="For example work calendar.")
    address = line(
        "Address", required=False, longest=2000,
        description="Best a free/busy address, beginning with https:// or webcal://. Left empty, you read in files.",
    )  # fmt: skip
    zone = zone(description="Where its whole days are meant, unless it says so itself.")
    takes_titles = BooleanField("Take the titles too", description=_TITLES_HELP)

    def details(self) -> SourceDetails:
        return SourceDetails(
            kind=self.kind, name=self.name.data, address=self.address.data or "", zone=self.zone.data,
            takes_titles=bool(self.takes_titles.data),
        )  # fmt: skip


class CalendarFileForm(BaseForm):
    """A calendar file to read in."""

    file = FileField(
        "File", [FileRequired("Choose a file.")], description="A calendar (.ics), up to 5 MB. A dry run comes first."
    )  # fmt: skip

    def content(self) -> bytes:
        """The file; of one that is too large no more than shows it."""
        with self.file.data.stream as stream:
            data: bytes = stream.read(MOST_BYTES + 1)
            return data


def kinds_offered() -> Sequence[tuple[str, str]]:
    """The kinds of shows, for filters."""
    return words_of(ShowKind)
