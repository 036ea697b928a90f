"""What a fee may be: rate times time by the card in force, and which cards and bands hold (A3)."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.advisory.details import EffortDetails, RateCardDetails
from app.advisory.models import RateBand, RateCard
from app.core.errors import DomainError
from app.core.i18n import day, marked, said
from app.core.money import Money
from app.core.spoken import within


class AboveMaximum(DomainError):
    """A3: the fee is above what the rate card allows."""


class BandDoesNotFit(DomainError):
    """A3: the rate card says nothing about this person, activity or day."""


class CardOverlaps(DomainError):
    """A3: one version of a rate card holds on a day."""


class Part(Struct, frozen=True):
    """One line of a calculation: "Work", "1 day at 6,500.00 GBP", its amount before the sum is cut to minor units."""

    label: str
    units: Decimal
    percent: int
    minor: Decimal


class Calculation(Struct, frozen=True):
    """How the allowed maximum was found: rate times work, preparation and travel time (A3)."""

    card: str
    number: int
    tier: str
    activity: str
    per: str
    rate: Money
    parts: tuple[Part, ...]
    maximum: Money

    def amount_of(self, part: Part) -> Money:
        """A part as money, for the eye: fractions of a minor unit are counted in the sum only."""
        return Money(int(part.minor.to_integral_value(ROUND_FLOOR)), self.rate.currency)

    def stored(self) -> dict[str, Any]:
        """As JSON, amounts in minor units, numbers of units as decimal text."""
        return {
            "card": self.card, "number": self.number, "tier": self.tier, "activity": self.activity, "per": self.per,
            "currency": self.rate.currency, "rate_minor": self.rate.minor, "maximum_minor": self.maximum.minor,
            "parts": [
                {"label": part.label, "units": str(part.units), "percent": part.percent, "minor": str(part.minor)}
                for part in self.parts
            ],
        }  # fmt: skip


def restore_calculation(stored: dict[str, Any]) -> Calculation:
    """The calculation as it was stored with the engagement."""
    currency = stored["currency"]
    parts = [
        Part(one["label"], Decimal(one["units"]), one["percent"], Decimal(one["minor"]))
        for one in stored["parts"]
    ]
    return Calculation(
        stored["card"], stored["number"], stored["tier"], stored["activity"], stored["per"],
        Money(stored["rate_minor"], currency), tuple(parts), Money(stored["maximum_minor"], currency),
    )  # fmt: skip


def calculate(band: RateBand, effort: EffortDetails) -> Calculation:
    """The most that may be paid for this time: expertise, activity, country and time decide, reach is no input (A3).

    The sum is cut down to whole minor units.
    """
    rate = band.rate
    times = (
        (marked("Work"), effort.work, 100),
        (marked("Preparation"), effort.preparation, band.n_preparation_percent),
        (marked("Travel time"), effort.travel, band.n_travel_percent),
    )
    parts = tuple(
        Part(label, units, percent, rate.minor * units * percent / 100)
        for label, units, percent in times
        if units
    )
    maximum = int(sum((part.minor for part in parts), Decimal(0)).to_integral_value(ROUND_FLOOR))
    return Calculation(
        band.card.name,
        band.card.number,
        band.tier,
        band.activity.value,
        band.per,
        rate,
        parts,
        Money(maximum, rate.currency),
    )


def check_fee(fee: Money, calculation: Calculation) -> None:
    """Refuse a fee above the computed maximum, or in another currency (A3)."""
    if fee.currency != calculation.maximum.currency:
        raise AboveMaximum(
            _(
                "The rate card is in %(currency)s, so the fee is too; a rate of exchange must not move "
                "the limit.",
                currency=calculation.maximum.currency,
            ),
            field="fee",
        )
    if fee.minor <= 0:
        raise AboveMaximum(_("A fee is more than nothing. Unpaid help needs no engagement."), field="fee")
    if calculation.maximum < fee:
        raise AboveMaximum(
            _(
                "%(fee)s is above the most that is paid here. %(card)s, version %(version)s, tier "
                "%(tier)s: %(sum)s = %(maximum)s. Offer at most that, or agree on more time.",
                fee=fee,
                card=calculation.card,
                version=calculation.number,
                tier=calculation.tier,
                sum=words_of(calculation),
                maximum=calculation.maximum,
            ),
            field="fee",
        )


def words_of(calculation: Calculation) -> str:
    """For example "1 day work + 2 hours travel time at 50 %, at 250.00 GBP an hour"."""
    parts = " + ".join(_part_words(part, calculation.per) for part in calculation.parts)
    if calculation.per == "hour":
        return str(_("%(parts)s, at %(rate)s an hour", parts=parts, rate=calculation.rate))
    return str(_("%(parts)s, at %(rate)s a day", parts=parts, rate=calculation.rate))


def _part_words(part: Part, per: str) -> str:
    units, label = units_in_words(part.units, per), said(part.label).lower()
    if part.percent == 100:
        return f"{units} {label}"
    return str(_("%(units)s %(label)s at %(percent)s %%", units=units, label=label, percent=part.percent))


def units_in_words(units: Decimal, per: str) -> str:
    """For example "1 day" or "2.5 hours"."""
    plain, n = f"{units.normalize():f}", 1 if units == 1 else 2
    if per == "hour":
        return str(ngettext("%(n)s hour", "%(n)s hours", n, n=plain))
    return str(ngettext("%(n)s day", "%(n)s days", n, n=plain))


def words_of_band(band: RateBand) -> str:
    """For example "Advisers 1, tier B: workshop fee, at most 6,500.00 GBP a day, people in FR"."""
    rate = band.rate
    per = _("an hour") if band.per == "hour" else _("a day")
    where = _(", people in %(country)s", country=band.country) if band.country else ""
    activity = within(band.activity)
    return str(
        _(
            "%(card)s %(version)s, tier %(tier)s: %(activity)s, at most %(rate)s %(per)s%(where)s",
            card=band.card.name,
            version=band.card.number,
            tier=band.tier,
            activity=activity,
            rate=rate,
            per=per,
            where=where,
        )
    )


def check_band(band: RateBand, country: str | None, service_on: date) -> None:
    """The band's card holds on the day of the service, and the band is for the person's country or for any (A3)."""
    card = band.card
    if service_on < card.effective_from_on or (
        card.effective_to_on is not None and service_on > card.effective_to_on
    ):
        raise BandDoesNotFit(
            _(
                "%(card)s, version %(version)s, does not hold on %(day)s. Choose a band of the "
                "version that does.",
                card=card.name,
                version=card.number,
                day=day(service_on),
            ),
            field="band_id",
        )
    if band.country is not None and band.country != country:
        raise BandDoesNotFit(
            _(
                "This band is for people in %(country)s; this person lives in %(value)s.",
                country=band.country,
                value=country or "a country nobody noted",
            ),
            field="band_id",
        )


def check_card(details: RateCardDetails, earlier: Sequence[RateCard]) -> None:
    """A version ends after it begins, begins after the one before, and no band stands in it twice (A3)."""
    if details.effective_to_on is not None and details.effective_to_on < details.effective_from_on:
        raise CardOverlaps(_("The last day lies before the first."), field="effective_to_on")
    for card in earlier:
        ends = card.effective_to_on
        is_replaced = ends is None and card.effective_from_on < details.effective_from_on
        if not is_replaced and (ends is None or ends >= details.effective_from_on):
            until = (
                _("until %(ends)s", ends=day(ends))
                if ends
                else _("from %(effective_from_on)s on", effective_from_on=day(card.effective_from_on))
            )
            raise CardOverlaps(
                _(
                    "Version %(card)s holds %(until)s, and two versions never hold on one day. Let this one "
                    "begin later.",
                    card=card.number,
                    until=until,
                ),
                field="effective_from_on",
            )
    keys = [(band.tier.casefold(), band.country, band.activity, band.per) for band in details.bands]
    if len(set(keys)) != len(keys):
        raise CardOverlaps(_("Two bands have the same tier, country, activity and unit."), field="bands")
