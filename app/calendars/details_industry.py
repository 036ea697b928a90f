"""What the operations about other shows, blocks and calendars of others take: frozen, checked, the same for every door."""

from datetime import date
from typing import Annotated

from flask_babel import gettext as _
from pydantic import AfterValidator, AwareDatetime, Field, field_validator, model_validator

from app.calendars.models_industry import ShowKind, SourceKind
from app.core.checked import Checked
from app.core.fetching import checked_address
from app.core.forms import FIRST_YEAR, LAST_YEAR
from app.events.models import Audience
from app.people.details import CountryCode, LineText, NeededLine, ZoneName

#: Longer is a typing error.
MOST_DAYS = 366


def _sane_day(on: date) -> date:
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise ValueError(
            _(
                "Give a date between %(first_year)s and %(last_year)s.",
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )
        )
    return on


SaneDay = Annotated[date, AfterValidator(_sane_day)]


def _web_link(text: str) -> str:
    text = text.strip()
    if text and not (text.startswith(("https://", "http://")) and text.isprintable() and " " not in text):
        raise ValueError(_("A link begins with https:// and holds no blanks."))
    return text


class ShowDetails(Checked):
    """A show of somebody else, by its first and last day where it is."""

    name: NeededLine
    place: LineText = ""
    country: CountryCode | None = None
    zone: ZoneName
    from_on: SaneDay
    to_on: SaneDay
    kind: ShowKind = ShowKind.TRADE_SHOW
    link: Annotated[str, AfterValidator(_web_link), Field(max_length=2000)] = ""
    audiences: tuple[Audience, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> "ShowDetails":
        if self.to_on < self.from_on:
            raise ValueError(_("The last day is not before the first."))
        if (self.to_on - self.from_on).days > MOST_DAYS:
            raise ValueError(_("A show lasts a year at most."))
        return self


class BlockDetails(Checked):
    """A time at which somebody is not free; the title is what they want us to know, and may be empty."""

    title: LineText = ""
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: ZoneName
    is_all_day: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> "BlockDetails":
        if self.ends_at <= self.starts_at:
            raise ValueError(_("It ends after it begins."))
        if (self.ends_at - self.starts_at).days > MOST_DAYS:
            raise ValueError(_("A block lasts a year at most."))
        return self


class SourceDetails(Checked):
    """A calendar of others. Without an address, files are read in by hand.

    `takes_titles` holds for a person's own calendar: only what they agreed to is taken.
    """

    kind: SourceKind
    name: NeededLine
    zone: ZoneName
    address: str = ""
    show_kind: ShowKind = ShowKind.OTHER
    country: CountryCode | None = None
    audiences: tuple[Audience, ...] = ()
    takes_titles: bool = False

    @field_validator("address")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        return checked_address(text) if text.strip() else ""
