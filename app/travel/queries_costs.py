"""What a trip costs: each part in its own currency and in the program's, estimated, committed and actual."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.ledger import queries as ledger
from app.ledger.models import Approver, Category, Commitment, CommitmentStage, Entry, EntryKind, RuleException
from app.ledger.models import Leg as ValueLeg
from app.ledger.policies_approvals import APPROVER_WORDS
from app.ledger.policies_standing import STANDING_WORDS
from app.travel import queries
from app.travel.airports import place_words
from app.travel.costing import ROOM, worth_of
from app.travel.models import Beyond, CostStage, Leg, Stay, Trip
from app.travel.policies import RULE_WORDS, Rule
from app.travel.queries import Part

_STANDING = (CommitmentStage.PLANNED, CommitmentStage.COMMITTED, CommitmentStage.BORNE)


class PartCost(Struct, frozen=True):
    """One line of the costs: what it is, how far it has got, the amount of the bill and in the program's currency."""

    part: Part
    title: str
    stage: CostStage
    original: Money | None
    reporting: Money | None
    entry: Entry | None

    @property
    def id(self) -> str:
        return worth_of(self.part).part

    @property
    def received(self) -> Money | None:
        """What the person received of it: nothing of a declined offer (L5), nor of what was missed or called off."""
        if self.reporting is None or self.stage not in (CostStage.DECLINED, CostStage.BORNE):
            return self.reporting
        return Money(0, self.reporting.currency)


class TripCosts(Struct, frozen=True):
    """All lines, and the sums in the program's currency per stage."""

    lines: Sequence[PartCost]
    estimated: Money
    committed: Money
    actual: Money
    declined: Money
    #: Charged, although it was missed or cancelled: our own cost.
    borne: Money


def nights_of(costs: TripCosts) -> dict[int, ledger.Night]:
    """Each stay against the benchmark of its place, by its number: as the book will say it (L10)."""
    found = dict[int, ledger.Night]()
    for line in costs.lines:
        if isinstance(line.part, Stay):
            paid = line.original if line.original and line.original.currency == "USD" else line.reporting
            stay, on = line.part, worth_of(line.part).on
            night = ledger.night_of(stay.city, stay.country, on, paid, stay.n_nights)
            found |= {stay.id: night} if night else {}
    return found


def costs_of(trip: Trip) -> TripCosts:
    """The costs of a trip; two queries. Only for readers who may see amounts."""
    planned = {
        row.source_part: row
        for row in db.session.scalars(sa.select(Commitment).filter_by(source_kind=ROOM, source_id=trip.id))
    }
    posted = {entry.seq: entry for entry in _entries(trip)}
    lines = [_line(part, planned, posted) for part in trip.parts if part.cost is not None]
    currency = trip.event.program.currency

    def whole(stage: CostStage) -> Money:
        amounts = [line.reporting for line in lines if line.stage is stage and line.reporting is not None]
        return sum(amounts, Money(0, currency))

    return TripCosts(
        lines,
        whole(CostStage.ESTIMATED),
        whole(CostStage.COMMITTED),
        whole(CostStage.ACTUAL),
        whole(CostStage.DECLINED),
        whole(CostStage.BORNE),
    )


def _entries(trip: Trip) -> Sequence[Entry]:
    wanted = sa.select(Entry).where(
        Entry.source_kind == ROOM,
        Entry.source_id == trip.id,
        Entry.kind.in_([EntryKind.VALUE, EntryKind.DECLINED]),
    )
    return db.session.scalars(wanted.order_by(Entry.seq)).all()


def _line(part: Part, planned: dict[str, Commitment], posted: dict[int, Entry]) -> PartCost:
    entry = posted.get(part.entry_seq) if part.entry_seq is not None else None
    commitment = planned.get(worth_of(part).part)
    reporting = None
    if entry is not None:
        minor = entry.declined_minor if entry.is_declined else entry.reporting_minor
        reporting = Money(minor, entry.reporting_currency)
    elif commitment is not None and commitment.stage in _STANDING:
        reporting = commitment.reporting
    return PartCost(part, title_of(part), part.cost_stage, part.cost, reporting, entry)


def title_of(part: Part) -> str:
    """A part in a few words: "Sydney (SYD) to London (LHR)", "The Meridian Wharf, 4 nights"."""
    if isinstance(part, Stay):
        nights = ngettext("%(num)s night", "%(num)s nights", part.n_nights)
        return f"{part.hotel}, {nights}"
    ends = {"origin": place_words(part.origin), "destination": place_words(part.destination)}
    if isinstance(part, Leg):
        return str(_("%(origin)s to %(destination)s", **ends))
    return str(_("Car: %(origin)s to %(destination)s", **ends))


def cap_warnings(trip: Trip) -> list[str]:
    """Sentences about caps the person has crossed with everything booked; for readers who may see amounts (L7)."""
    on = max((worth_of(part).on for part in trip.parts), default=trip.to_on)
    caps = {
        cap.id: cap
        for category in (Category.TRAVEL_AIR, Category.TRAVEL_GROUND, Category.LODGING)
        for cap in ledger.caps_in_force(trip.person, trip.event.program_id, category, ValueLeg.NON_CASH, on)
    }
    return list(ledger.weigh(trip.person, caps.values(), on).warnings)


def rules_to_cross(trip: Trip) -> list[tuple[str, str]]:
    """What an exception can be asked for: the rules of travel, and the caps in force for this person (L8)."""
    caps = ledger.caps_in_force(
        trip.person,
        trip.event.program_id,
        Category.TRAVEL_AIR,
        ValueLeg.NON_CASH,
        max(trip.to_on, clock.today()),
    )
    own = {rule.value: str(RULE_WORDS[rule]) for rule in Rule}
    own |= {
        f"{rule.value}:{approver.value}": _(
            "%(rule)s, approved by %(approver)s", rule=RULE_WORDS[rule], approver=APPROVER_WORDS[approver]
        )
        for rule, approver in _named_approvers(trip)
    }
    standing = [(rule.value, words) for rule, words in STANDING_WORDS.items() if rule.value not in own]
    return [*own.items(), *standing, *((f"cap:{cap.id}", _("Cap: %(cap)s", cap=cap.name)) for cap in caps)]


def _named_approvers(trip: Trip) -> list[tuple[Rule, Approver]]:
    """Whom else than compliance the rules in force on the trip name, for more of what; a hotel may stand anywhere."""
    found = [
        (rule, one.approver)
        for one in queries.list_rules()
        if one.effective_from_on <= trip.to_on
        and (one.effective_to_on is None or one.effective_to_on >= trip.from_on)
        and one.beyond is Beyond.APPROVAL
        for rule, limit in ((Rule.TRAVEL_CLASS, one.max_class), (Rule.LODGING, one.max_night_minor))
        if limit is not None
    ]
    return [each for each in dict.fromkeys(found) if each[1] is not Approver.COMPLIANCE]


def exceptions_of(trip: Trip) -> list[RuleException]:
    """The exceptions asked for this trip, newest first."""
    return [
        row
        for row in ledger.list_exceptions(person_id=trip.person_id)
        if row.subject_kind == ROOM and row.subject_id == trip.id
    ]
