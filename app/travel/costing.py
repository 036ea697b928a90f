"""How a cost of a trip flows into the ledger: planned, posted, declined or released, and entered once (T1)."""

from datetime import date

from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import User
from app.core import clock
from app.core.i18n import day, words
from app.core.money import Money
from app.core.wall_times import day_in
from app.events.disruptions import Charge
from app.ledger import operations as ledger
from app.ledger import queries as ledger_reads
from app.ledger.details import CommitmentDetails, EntryDetails
from app.ledger.models import Basis, Category, CommitmentStage, Form, ReportLine, Unit
from app.ledger.operations import Posting
from app.travel.airports import country_words, find_airport, place_words
from app.travel.models import CostStage, Leg, LegMode, Outcome, Stay, Transfer
from app.travel.policies_costs import OPEN_STAGES, CostRefused, check_settling
from app.travel.queries import Part

#: The room, as ledger entries name their source.
ROOM = "travel"


class Worth(Struct, frozen=True):
    """What a part is in the words of the book: on which day it is value, where, how many, as what."""

    part: str
    category: Category
    line: ReportLine
    unit: Unit
    quantity: int
    on: date
    zone: str
    place: str
    context: str
    offered_as: Basis


def worth_of(part: Part) -> Worth:
    """A leg on the day it leaves, a stay on the morning of leaving, a transfer on its day."""
    if isinstance(part, Leg):
        return _worth_of_leg(part)
    if isinstance(part, Stay):
        return _worth_of_stay(part)
    return _worth_of_transfer(part)


def _worth_of_leg(leg: Leg) -> Worth:
    category = Category.TRAVEL_AIR if leg.mode is LegMode.AIR else Category.TRAVEL_GROUND
    named = f"{leg.carrier} {leg.number}".strip()
    context = f"{place_words(leg.origin)} to {place_words(leg.destination)}, {leg.travel_class.value.replace('_', ' ')}"
    return Worth(
        f"leg:{leg.id}", category, ReportLine.TRAVEL, Unit.ITEM, 1, day_in(leg.departs_at, leg.departs_zone),
        leg.departs_zone, _destination(leg.destination), f"{context}, {named}" if named else context, Basis.COMPARABLE_FARE,
    )  # fmt: skip


def _worth_of_stay(stay: Stay) -> Worth:
    place = f"{stay.city}, {country_words(stay.country)}"
    context = f"{stay.hotel}, {stay.check_in_on:%-d %b} to {stay.check_out_on:%-d %b %Y}"
    return Worth(
        f"stay:{stay.id}", Category.LODGING, ReportLine.LODGING, Unit.NIGHT, stay.n_nights, stay.check_out_on,
        stay.trip.event.zone, place, context, Basis.LIST_PRICE,
    )  # fmt: skip


def _worth_of_transfer(transfer: Transfer) -> Worth:
    on = day_in(transfer.starts_at, transfer.zone)
    return Worth(
        f"transfer:{transfer.id}", Category.TRAVEL_GROUND, ReportLine.TRANSFERS, Unit.ITEM, 1, on, transfer.zone,
        _destination(transfer.destination), f"{place_words(transfer.origin)} to {place_words(transfer.destination)}",
        Basis.LIST_PRICE,
    )  # fmt: skip


def _destination(place: str) -> str:
    """ "LHR" as "London, United Kingdom"; a free place as it was written."""
    airport = find_airport(place)
    return f"{airport.city}, {country_words(airport.country)}" if airport else place


# -- the four steps ------------------------------------------------------------------------------------


def plan(part: Part, *, by: User | None) -> None:
    """Weigh the cost against the caps and keep its place under them; HeadroomRefused, RateNeeded (L7).

    A part without a cost of its own plans nothing, and frees what it planned before.
    """
    trip, worth = part.trip, worth_of(part)
    if part.cost is None:
        ledger.release_value(ROOM, worth.part, trip.id, by=by)
        return
    stage = CommitmentStage.PLANNED if part.cost_stage is CostStage.ESTIMATED else CommitmentStage.COMMITTED
    weighing = ledger.plan_value(_commitment(part, worth, part.cost, stage), by=by)
    if weighing.waiting and part.cost_stage is CostStage.COMMITTED:
        # What was approved has been changed: an estimate until it is approved again (c9).
        part.cost_stage, part.approval = CostStage.ESTIMATED, weighing.waiting


def _commitment(part: Part, worth: Worth, money: Money, stage: CommitmentStage) -> CommitmentDetails:
    trip = part.trip
    return CommitmentDetails(
        person_id=trip.person_id, program_id=trip.event.program_id, event_id=trip.event_id, category=worth.category,
        money=money, expected_on=worth.on, source_kind=ROOM, source_part=worth.part, source_id=trip.id, stage=stage,
        priced_on=part.priced_on, grade=part.travel_class.value if isinstance(part, Leg) else "",
    )  # fmt: skip


def settle(
    part: Part, actual: Money | None, on: date | None, *, by: User | None, basis: Basis = Basis.ACTUAL_COST
) -> Posting:
    """Post what was really paid for what really happened; caps are weighed, never refused (L7).

    `actual` replaces the amount, `on` the day of value.
    """
    worth = worth_of(part)
    worth = replace(worth, on=on) if on else worth
    reopen_if_taken_back(part)
    check_settling(
        part.cost_stage, part.cost is not None or actual is not None, worth.on, clock.today(worth.zone)
    )
    if actual is not None:
        if actual.minor == 0:
            raise CostRefused(
                _("The amount is zero. If it was never charged, cancel it instead."), field="amount"
            )
        part.cost_minor, part.cost_currency = actual.minor, actual.currency
    part.cost_stage, part.outcome = CostStage.ACTUAL, Outcome.TAKEN
    posting = ledger.post_entry(_entry(part, worth, basis, by), by=by)
    part.entry_seq = posting.entry.seq
    return posting


def decline(part: Part, reason: str, *, by: User | None) -> Posting | None:
    """Keep an offer that was refused, with received value 0 (L5); None when no amount was offered."""
    reopen_if_taken_back(part)
    if part.cost_stage not in OPEN_STAGES:
        raise CostRefused(
            _(
                "This is %(cost_stage)s already, so it cannot be declined any more.",
                cost_stage=words(part.cost_stage).lower(),
            )
        )
    if len(reason.strip()) < 3:
        raise CostRefused(_("Say who declined it and why."), field="reason")
    part.cost_stage = CostStage.DECLINED
    worth = worth_of(part)
    if part.cost is None:
        ledger.release_value(ROOM, worth.part, part.trip_id, by=by)
        return None
    worth = replace(worth, on=min(worth.on, clock.today(worth.zone)))
    details = _entry(part, worth, worth.offered_as, by).model_copy(
        update={"declined": True, "reason": reason}
    )
    posting = ledger.post_entry(details, by=by)
    part.entry_seq = posting.entry.seq
    return posting


def cancel(part: Part, *, by: User | None, charged: Money | None = None) -> None:
    """It will not happen: the row stays, marked; its place under the caps is free again.

    What is `charged` all the same is our own cost: nobody received anything.
    """
    _require_open(part, "cancelled")
    part.is_cancelled = True
    _bear(part, charged, by)


def miss(part: Part, *, by: User | None, charged: Money | None = None) -> None:
    """A no-show: what was charged all the same is our own cost, never value of somebody who received nothing."""
    _require_open(part, "noted as missed")
    worth = worth_of(part)
    if begins_on(part) > clock.today(worth.zone):
        raise CostRefused(
            _("%(part)s lies ahead. Cancel it if it will not happen.", part=day(begins_on(part)))
        )
    part.outcome = Outcome.MISSED
    _bear(part, charged, by)


def likely_charge(part: Part) -> Charge:
    """What is asked when a part is missed or cancelled: what was booked, in its currency or else the program's."""
    cost = part.cost
    currency = cost.currency if cost is not None else part.trip.event.program.currency
    return Charge(cost if part.cost_stage is CostStage.COMMITTED else None, currency)


def begins_on(part: Part) -> date:
    """The first day of a part, on the clock of its place."""
    return part.check_in_on if isinstance(part, Stay) else worth_of(part).on


def _require_open(part: Part, what: str) -> None:
    reopen_if_taken_back(part)
    if part.is_cancelled:
        raise CostRefused(_("This is cancelled already."))
    if part.outcome is Outcome.MISSED:
        raise CostRefused(_("This is noted as missed already."))
    if part.cost_stage not in OPEN_STAGES:
        raise CostRefused(
            _(
                "This stands in the book as entry %(entry_seq)s. If it did not happen, ask compliance to "
                "take that entry back; then it can be %(what)s.",
                entry_seq=part.entry_seq,
                what=what,
            )
        )


def _bear(part: Part, charged: Money | None, by: User | None) -> None:
    """What was charged for nothing stands as our own cost at the rate of its day; without a charge nothing stands."""
    worth = worth_of(part)
    if charged is None or charged.minor == 0:
        part.cost_stage = CostStage.CANCELLED
        ledger.release_value(ROOM, worth.part, part.trip_id, by=by)
        return
    part.cost_minor, part.cost_currency, part.cost_stage = charged.minor, charged.currency, CostStage.BORNE
    part.priced_on = part.priced_on or clock.today()
    ledger.bear_cost(_commitment(part, worth, charged, CommitmentStage.BORNE), by=by)


def reopen_if_taken_back(part: Part) -> None:
    """An entry that compliance has reversed binds its source no longer: the cost is committed again."""
    if part.entry_seq is None or part.cost_stage not in (CostStage.ACTUAL, CostStage.DECLINED):
        return
    entry = ledger_reads.get_entry(part.entry_seq)
    if ledger_reads.reversal_of(entry) is not None:
        part.cost_stage, part.entry_seq, part.outcome = CostStage.COMMITTED, None, None


def _entry(part: Part, worth: Worth, basis: Basis, by: User | None) -> EntryDetails:
    trip = part.trip
    giver = by or trip.event.coordinator
    return EntryDetails(
        person_id=trip.person_id, program_id=trip.event.program_id, event_id=trip.event_id, category=worth.category,
        form=Form.IN_KIND_VENDOR, basis=basis, value_on=worth.on, money=part.cost, unit=worth.unit,
        quantity=worth.quantity, line=worth.line, department_id=giver.department_id, place=worth.place,
        context=worth.context, source_kind=ROOM, source_part=worth.part, source_id=trip.id, priced_on=part.priced_on,
    )  # fmt: skip
