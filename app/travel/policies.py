"""Decisions about travel: what a rule allows, when it may be committed, which times can be true, what is missing."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import day as day_words
from app.core.i18n import words
from app.core.money import Money
from app.core.regions import plain
from app.core.spoken import short_day, within
from app.core.wall_times import day_in
from app.ledger.models import Approver
from app.ledger.policies_approvals import APPROVER_WORDS
from app.people.models import Organisation
from app.travel.airports import find_airport, looks_like_code
from app.travel.details import LegDetails, StayDetails, TransferDetails, TripDetails
from app.travel.models import CLASS_RANK, Beyond, LegMode, TravelClass, TravelRule

#: An official's trip keeps this close to the event: no side trip (T2).
OFFICIAL_MARGIN_DAYS = 2
#: Nobody travels longer than this in one piece.
LONGEST_LEG = timedelta(hours=48)
LONGEST_TRANSFER = timedelta(hours=12)
LONGEST_STAY_NIGHTS = 60

#: Classes that need no rule to allow them.
PLAIN_CLASSES = frozenset({TravelClass.STANDARD, TravelClass.ECONOMY})


class Rule(StrEnum):
    """The rules of travel an exception can be asked for (L8)."""

    ACKNOWLEDGEMENT = "acknowledgement"
    TRAVEL_CLASS = "travel_class"
    FIRST_CLASS = "first_class"
    LODGING = "lodging"
    ORGANISATION_TRAVEL = "organisation_travel"
    SIDE_TRIP = "side_trip"


RULE_WORDS = {
    Rule.ACKNOWLEDGEMENT: _l("Travel before the disclosure policy is acknowledged"),
    Rule.TRAVEL_CLASS: _l("A higher class than the rule allows"),
    Rule.FIRST_CLASS: _l("First class"),
    Rule.LODGING: _l("A dearer hotel than the rule allows"),
    Rule.ORGANISATION_TRAVEL: _l("Travel that the employer does not allow"),
    Rule.SIDE_TRIP: _l("More days than a public official's trip may have"),
}


class TooEarly(DomainError):
    """T3: travel before the invitation is accepted, or before the policy is acknowledged."""


class OutsideRule(DomainError):
    """T2: the rule says no and nobody granted an exception; the message quotes the rule."""


class TimesRefused(DomainError):
    """Times that cannot be true, or lie outside the trip."""


class PlaceUnknown(DomainError):
    """An IATA code no airport has."""


class TripRefused(DomainError):
    """The trip is closed, or there is one already."""


# -- what a rule says ------------------------------------------------------------------------------


class Traveller(Struct, frozen=True):
    """What rules look at: official or not, who employs the person (None: independent), under which program."""

    name: str
    is_official: bool
    employer: Organisation | None
    program_id: int


class Verdict(Struct, frozen=True):
    """Whether something is within the rules, the sentence that says why, and the rule to ask an exception for.

    `is_final`: the rule that said no leaves nobody anything to approve; else `approver` is whom it names.
    """

    is_allowed: bool
    text: str
    rule: Rule | None = None
    is_final: bool = False
    approver: Approver = Approver.COMPLIANCE

    @property
    def answer(self) -> str:
        """ "allowed", "needs_approval" (of the `approver`) or "refused"."""
        return "allowed" if self.is_allowed else "refused" if self.is_final else "needs_approval"

    @property
    def approver_words(self) -> str:
        """ "compliance", "the owner of the relationship"."""
        return str(APPROVER_WORDS[self.approver])


def quote_of(rule: TravelRule) -> str:
    """The rule as it is quoted wherever it decides."""
    return str(_("Rule %(place)s: “%(text)s”", place=rule.place, text=rule.text))


def quotes(verdict: Verdict, rule: TravelRule) -> bool:
    """Whether it was this rule that decided."""
    return verdict.text.startswith(quote_of(rule))


def words_of(travel_class: TravelClass) -> str:
    """ "premium economy"."""
    return within(travel_class)


def in_order(
    rules: Iterable[TravelRule], traveller: Traveller, on: date, at: tuple[str, str] = ("", "")
) -> list[TravelRule]:
    """The rules that can concern a traveller on a day at a place, in the order they are asked (T2, L9).

    `at` is country and city of the event, or of the hotel. Officials and the people of an employer have sets of their
    own, which come before all others whatever their place.
    """
    employer_id = traveller.employer.id if traveller.employer else None
    employer_kind = traveller.employer.kind if traveller.employer else None
    country, city = at
    found = [
        rule
        for rule in rules
        if rule.effective_from_on <= on
        and (rule.effective_to_on is None or rule.effective_to_on >= on)
        and (not rule.is_for_officials or traveller.is_official)
        and rule.organisation_id in (None, employer_id)
        and rule.employer_kind in (None, employer_kind)
        and rule.program_id in (None, traveller.program_id)
        and rule.country in (None, country)
        and (not rule.city or plain(rule.city) == plain(city))
        and rule.month in (None, on.month)
    ]
    return sorted(found, key=in_turn)


def in_turn(rule: TravelRule) -> tuple[bool, bool, int, int]:
    """When a rule is asked: the officials' set, then those of an employer or a kind of employer, then all others by place."""
    is_own = rule.organisation_id is not None or rule.employer_kind is not None
    return not rule.is_for_officials, not is_own, rule.place, rule.id or 0


def judge_class(
    wanted: TravelClass,
    mode: LegMode | None,
    minutes: int | None,
    traveller: Traveller,
    rules: Sequence[TravelRule],
) -> Verdict:
    """Whether a class is within the rules for so many minutes of a direct flight (None: not known yet, any) (T2, P2).

    `rules` are those of `in_order`; the first that matches decides. Without one, only plain classes are free.
    """
    if (refused := judge_employer(traveller)) is not None:
        return refused
    if wanted is TravelClass.FIRST:
        return Verdict(False, _("First class is always an exception."), Rule.FIRST_CLASS)
    if (refused := _judge_employer_class(wanted, traveller)) is not None:
        return refused
    rule = _first_class_rule(rules, mode, minutes)
    if rule is None or rule.max_class is None:
        if wanted in PLAIN_CLASSES:
            return Verdict(True, _("%(wanted)s class needs no rule.", wanted=words(wanted)))
        text = _("No travel rule allows %(wanted)s class here.", wanted=words_of(wanted))
        return Verdict(False, text, Rule.TRAVEL_CLASS)
    quoted = quote_of(rule)
    if CLASS_RANK[wanted] <= CLASS_RANK[rule.max_class]:
        return Verdict(True, quoted)
    said = {"quoted": quoted, "highest": words_of(rule.max_class)}
    text = _("%(quoted)s The highest class is %(highest)s.", **said)
    return Verdict(False, text, Rule.TRAVEL_CLASS, rule.beyond is Beyond.REFUSED, _approver(rule))


def _approver(rule: TravelRule) -> Approver:
    """Whom a rule names; one that was never stored may name nobody."""
    return rule.approver or Approver.COMPLIANCE


def judge_employer(traveller: Traveller) -> Verdict | None:
    """The refusal of an employer who lets nobody pay its people's travel; None when there is none (P2)."""
    employer = traveller.employer
    if employer is None or employer.is_vendor_travel_allowed:
        return None
    said = {"employer": employer.name, "quoted": _own_rule(employer)}
    text = _("%(employer)s does not let its people accept travel that we pay.%(quoted)s", **said)
    return Verdict(False, text, Rule.ORGANISATION_TRAVEL)


def _judge_employer_class(wanted: TravelClass, traveller: Traveller) -> Verdict | None:
    employer = traveller.employer
    if employer is None or not employer.max_class:
        return None
    highest = TravelClass(employer.max_class)
    if CLASS_RANK[wanted] <= CLASS_RANK[highest]:
        return None
    said = {"employer": employer.name, "highest": words_of(highest), "quoted": _own_rule(employer)}
    text = _("%(employer)s lets its people travel up to %(highest)s.%(quoted)s", **said)
    return Verdict(False, text, Rule.TRAVEL_CLASS)


def _own_rule(employer: Organisation) -> str:
    return str(_(" Its rule: “%(rule_text)s”", rule_text=employer.rule_text)) if employer.rule_text else ""


def _first_class_rule(
    rules: Sequence[TravelRule], mode: LegMode | None, minutes: int | None
) -> TravelRule | None:
    for rule in rules:
        if rule.max_class is None or (rule.mode is not None and mode is not None and rule.mode is not mode):
            continue
        if minutes is None or rule.min_minutes <= minutes:
            return rule
    return None


def lodging_rule(rules: Sequence[TravelRule]) -> TravelRule | None:
    """The first rule in order that limits a night; None when there is none."""
    return next((rule for rule in rules if rule.max_night_minor is not None), None)


def night_limit(rule: TravelRule) -> Money | None:
    """What one night may cost under a rule."""
    if rule.max_night_minor is None or rule.max_night_currency is None:
        return None
    return Money(rule.max_night_minor, rule.max_night_currency)


def judge_stay(cost: Money, n_nights: int, rule: TravelRule) -> Verdict:
    """Whether nights at `cost` together, in the currency of the rule, are within its limit (T2)."""
    limit = night_limit(rule)
    quoted = quote_of(rule)
    if limit is None or cost.minor <= limit.minor * n_nights:
        return Verdict(True, quoted)
    each = Money(-(-cost.minor // n_nights), limit.currency)
    said = {"quoted": quoted, "limit": limit, "each": each}
    text = _("%(quoted)s A night may cost %(limit)s; this one costs %(each)s.", **said)
    return Verdict(False, text, Rule.LODGING, rule.beyond is Beyond.REFUSED, _approver(rule))


def refuse(verdict: Verdict, field: str) -> OutsideRule:
    """The refusal that quotes the rule and says what to do."""
    if verdict.is_final:
        said = _(
            "%(text)s Under this rule nobody can approve more. Choose something within it, or note it as declined.",
            text=verdict.text,
        )
        return OutsideRule(said, field=field)
    return OutsideRule(
        _(
            "%(text)s Choose something within the rule, note it as declined, or ask "
            "%(approver_words)s for an exception on the trip's page.",
            text=verdict.text,
            approver_words=verdict.approver_words,
        ),
        field=field,
    )


# -- times -------------------------------------------------------------------------------------------


def check_trip(details: TripDetails, event_begins: date, event_ends: date) -> None:
    """A trip ends after it begins and touches the event."""
    if details.to_on < details.from_on:
        raise TimesRefused(_("The trip ends before it begins."), field="to_on")
    if details.from_on > event_ends:
        raise TimesRefused(_("The event is over by then."), field="from_on")
    if details.to_on < event_begins:
        raise TimesRefused(_("The event has not begun by then."), field="to_on")
    if (details.to_on - details.from_on).days > LONGEST_STAY_NIGHTS:
        raise TimesRefused(
            _("A trip has at most %(longest_stay_nights)s days.", longest_stay_nights=LONGEST_STAY_NIGHTS),
            field="to_on",
        )


def judge_side_trip(details: TripDetails, event_begins: date, event_ends: date) -> Verdict:
    """Whether a public official's trip keeps to the event (T2)."""
    margin = timedelta(days=OFFICIAL_MARGIN_DAYS)
    if details.from_on >= event_begins - margin and details.to_on <= event_ends + margin:
        return Verdict(True, _("Keeps to the event."))
    text = _(
        "A public official's trip has no side trip: at most %(official_margin_days)s days "
        "before and after the event.",
        official_margin_days=OFFICIAL_MARGIN_DAYS,
    )
    return Verdict(False, text, Rule.SIDE_TRIP)


def check_leg(details: LegDetails, from_on: date, to_on: date) -> None:
    """Places exist, arrival after departure as instants, both within the trip (T1)."""
    for field in ("origin", "destination"):
        place: str = getattr(details, field)
        if looks_like_code(place) and find_airport(place) is None:
            raise PlaceUnknown(
                _(
                    "No airport has the code %(place)s. Write a place name if it is not an airport.",
                    place=place,
                ),
                field=field,
            )
    if details.origin == details.destination:
        raise TimesRefused(_("This leg ends where it begins."), field="destination")
    _check_span(details.departs_at, details.arrives_at, LONGEST_LEG, "arrives_at", _("This leg"))
    leaves, lands = (
        day_in(details.departs_at, details.departs_zone),
        day_in(details.arrives_at, details.arrives_zone),
    )
    if leaves < from_on:
        raise _outside(leaves, from_on, to_on, "departs_at")
    if lands > to_on:
        raise _outside(lands, from_on, to_on, "arrives_at")


def check_stay(details: StayDetails, from_on: date, to_on: date) -> None:
    """At least one night, within the trip."""
    if details.check_out_on <= details.check_in_on:
        raise TimesRefused(_("The morning of leaving comes after the day of arriving."), field="check_out_on")
    if (details.check_out_on - details.check_in_on).days > LONGEST_STAY_NIGHTS:
        raise TimesRefused(
            _("A stay has at most %(longest_stay_nights)s nights.", longest_stay_nights=LONGEST_STAY_NIGHTS),
            field="check_out_on",
        )
    for field in ("check_in_on", "check_out_on"):
        day: date = getattr(details, field)
        if not from_on <= day <= to_on:
            raise _outside(day, from_on, to_on, field)


def check_transfer(details: TransferDetails, from_on: date, to_on: date) -> None:
    """Drop-off after pick-up, within the trip."""
    _check_span(details.starts_at, details.ends_at, LONGEST_TRANSFER, "ends_at", _("This transfer"))
    day = day_in(details.starts_at, details.zone)
    if not from_on <= day <= to_on:
        raise _outside(day, from_on, to_on, "starts_at")


def _check_span(starts: datetime, ends: datetime, longest: timedelta, field: str, what: str) -> None:
    if ends <= starts:
        raise TimesRefused(
            _(
                "%(what)s would end before it begins: %(starts)s to %(ends)s in UTC. Each time is read on"
                " the clock of its own place.",
                what=what,
                starts=f"{short_day(starts)} {starts:%H:%M}",
                ends=f"{short_day(ends)} {ends:%H:%M}",
            ),
            field=field,
        )
    if ends - starts > longest:
        raise TimesRefused(
            _(
                "%(what)s would take %(ends)s. Check the days and the zones.", what=what, ends=_hours(ends - starts)
            ),
            field=field,
        )  # fmt: skip


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return str(_("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=f"{minutes % 60:02}"))


def duration_words(starts: datetime, ends: datetime) -> str:
    """ "23 h 10 min"."""
    return _hours(ends - starts)


def _outside(day: date, from_on: date, to_on: date, field: str) -> TimesRefused:
    return TimesRefused(
        _(
            "%(day)s lies outside the trip (%(from_on)s to %(to_on)s). Change the trip's days first.",
            day=day_words(day), from_on=day_words(from_on), to_on=day_words(to_on),
        ),
        field=field,
    )  # fmt: skip


def minutes_between(starts: datetime, ends: datetime) -> int:
    """Whole minutes from one instant to another."""
    return int((ends - starts).total_seconds()) // 60
