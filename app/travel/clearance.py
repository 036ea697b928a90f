"""What a part of a trip must pass before it is booked: an open trip, the rules, the accepted invitation and policy."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from msgspec.structs import replace

from app.accounts.models import User
from app.core import clock
from app.core.errors import NotFound
from app.core.i18n import day, marked, words
from app.core.spoken import within
from app.core.wall_times import day_in
from app.disclosures import queries as disclosures
from app.events.models import Invitation, InvitationState
from app.ledger import operations as ledger_writes
from app.ledger import queries as ledger
from app.ledger.models import Approver, RuleException
from app.ledger.policies_approvals import APPROVER_WORDS, approvers_for
from app.travel import costing, policies, policies_costs, queries
from app.travel.details import Costs, LegDetails, StayDetails
from app.travel.models import CostStage, Leg, LegMode, Stay, TravelClass, Trip, TripState
from app.travel.policies import Rule, Traveller, Verdict
from app.travel.queries import Part
from app.travel.routing import direct_of, with_direct

NOT_OURS = marked("Not paid by us.")


def require_open(trip: Trip) -> None:
    """Nothing is added to a trip that is done or cancelled."""
    if trip.state is not TripState.OPEN:
        raise policies.TripRefused(
            _(
                "This trip is %(state)s, so nothing is changed in it any more.",
                state=words(trip.state).lower(),
            )
        )


def require_ready(trip: Trip) -> str:
    """T3: the invitation is accepted and every policy in force acknowledged, or an exception stands in for it.

    Gives the sentence about the exception that was used, if one was.
    """
    require_accepted(trip)
    today = clock.today()
    missing = disclosures.missing_acknowledgements(trip.person, today)
    if not missing:
        return ""
    granted = exception_for(trip, Rule.ACKNOWLEDGEMENT)
    if granted is not None:
        return exception_words(granted)
    names = ", ".join(f"{version.policy.name} v{version.number}" for version in missing)
    raise policies.TooEarly(
        _(
            "%(person)s has not acknowledged %(names)s yet, and no travel is committed before that. "
            "Enter it as an estimate, ask for the acknowledgement, or ask compliance for an exception"
            " on the trip's page.",
            person=trip.person.name,
            names=names,
        )
    )


def clear(trip: Trip, details: Costs) -> str:
    """What planning (an accepted invitation) or committing (the policy as well) asks for (T3)."""
    if details.is_estimate:
        require_accepted(trip)
        return ""
    return require_ready(trip)


def require_yes(invitation: Invitation) -> None:
    """T3: there is no travel to plan before the invitation is accepted."""
    if invitation.state is not InvitationState.ACCEPTED:
        raise policies.TooEarly(
            _(
                "%(person)s has not accepted yet (the invitation is %(state)s), so there is no travel to "
                "plan. Record the answer first.",
                person=invitation.person.name,
                state=words(invitation.state).lower(),
            )
        )


def require_accepted(trip: Trip) -> None:
    """T3: somebody who has not accepted, or no longer does, gets no travel."""
    state = queries.invitation_state(trip)
    if state is not InvitationState.ACCEPTED:
        said = (
            _("there is no invitation")
            if state is None
            else _("the invitation is %(state)s", state=within(state))
        )
        raise policies.TooEarly(
            _(
                "Travel needs an accepted invitation; for %(person)s %(said)s. Record the answer first.",
                person=trip.person.name,
                said=said,
            )
        )


def exception_for(trip: Trip, rule: Rule, approver: Approver = Approver.COMPLIANCE) -> RuleException | None:
    """The permission that whom the rule names granted for this trip, or for the person at large (L8)."""
    return ledger.granted_exception(
        trip.person, rule.value, clock.today(), "travel", trip.id, approvers_for(approver)
    )


def exception_words(granted: RuleException) -> str:
    """ "By exception 7: ... (until 3 Dec 2026)."."""
    return str(
        _(
            "By exception %(n)s, until %(day)s: %(reason)s",
            n=granted.id,
            day=day(granted.expires_on),
            reason=granted.reason,
        )
    )


def quoted(trip: Trip, code: str, approver: Approver = Approver.COMPLIANCE) -> str:
    """The travel rules an exception is asked from, as they read on the first day of the trip; "" for a rule of others.

    Where some of them name this approver, only those are meant.
    """
    traveller = queries.traveller_of(trip.person, trip.event, trip.from_on)
    if code == Rule.ORGANISATION_TRAVEL and (verdict := policies.judge_employer(traveller)) is not None:
        return verdict.text
    rules = policies.in_order(queries.list_rules(), traveller, trip.from_on, queries.place_of(trip.event))
    if code == Rule.LODGING:
        said = [rule for rule in rules if rule.max_night_minor is not None]
    else:
        said = [rule for rule in rules if rule.max_class is not None and code == Rule.TRAVEL_CLASS]
    said = [rule for rule in said if rule.approver is approver] or said
    return " ".join(policies.quote_of(rule) for rule in said)


def verdict_for_leg(leg: Leg, details: LegDetails, *, by: User | None) -> str:
    """The rule that allows a leg, quoted with the direct flight it looked at, or the exception; OutsideRule otherwise (T2)."""
    trip = leg.trip
    if details.cost is None and details.fare_leg_id is None:
        leg.approval = None
        return NOT_OURS
    on = day_in(details.departs_at, details.departs_zone)
    direct = direct_of(leg, [one for one in trip.legs if one.takes_place], trip.direct_minutes)
    minutes = direct.minutes if direct else policies.minutes_between(details.departs_at, details.arrives_at)
    verdict = verdict_on_class(trip, details.travel_class, details.mode, minutes, on)
    if direct and verdict.rule in (None, Rule.TRAVEL_CLASS):
        verdict = replace(verdict, text=with_direct(verdict.text, direct))
    return _pass(leg, verdict, "travel_class", by)


def verdict_on_class(
    trip: Trip, wanted: TravelClass, mode: LegMode | None, minutes: int | None, on: date
) -> Verdict:
    """What the rules say to a class, without looking at exceptions: for a wish and for a leg alike."""
    traveller = queries.traveller_of(trip.person, trip.event, on)
    rules = policies.in_order(queries.list_rules(), traveller, on, queries.place_of(trip.event))
    return policies.judge_class(wanted, mode, minutes, traveller, rules)


def verdict_for_stay(stay: Stay, details: StayDetails, *, by: User | None) -> str:
    """The rule that allows a hotel at this price, quoted, or the exception it stands on (T2, P2)."""
    trip = stay.trip
    if details.cost is None:
        stay.approval = None
        return NOT_OURS
    traveller = queries.traveller_of(trip.person, trip.event, details.check_in_on)
    verdict = policies.judge_employer(traveller)
    if verdict is None:
        verdict = _verdict_on_nights(details, traveller)
    return _pass(stay, verdict, "amount", by)


def _verdict_on_nights(details: StayDetails, traveller: Traveller) -> Verdict:
    at = (details.country, details.city)
    rule = policies.lodging_rule(policies.in_order(queries.list_rules(), traveller, details.check_in_on, at))
    limit = policies.night_limit(rule) if rule else None
    if rule is None or limit is None or details.cost is None:
        return Verdict(True, _("No rule limits this hotel."))
    rate = ledger.frozen_rate(details.cost.currency, limit.currency, details.priced_on or clock.today())
    n_nights = (details.check_out_on - details.check_in_on).days
    return policies.judge_stay(rate.apply(details.cost, limit.currency), n_nights, rule)


def _pass(part: Leg | Stay, verdict: Verdict, field: str, by: User | None) -> str:
    """The rule quoted, or the approval a part stands on; one that was changed is an estimate until approved again (c9).

    An estimate may wait for an approval that has been asked for; nothing is booked on it before it is granted (L8).
    """
    if verdict.is_allowed:
        part.approval = None
        return verdict.text
    if verdict.is_final or verdict.rule is None:
        raise policies.refuse(verdict, field)
    trip, source, terms = part.trip, *_terms(part)
    granted = exception_for(trip, verdict.rule, verdict.approver)
    if granted is not None:
        again = ledger_writes.hold_to_terms(granted, source, terms, by=by)
        if again is None:
            part.approval = granted
            return f"{verdict.text} {exception_words(granted)}"
        is_changed = True
    else:
        approvers, is_changed = approvers_for(verdict.approver), True
        again = ledger.reopened(trip.person, verdict.rule, source, approvers)
        if again is None and part.cost_stage is CostStage.ESTIMATED:
            again = ledger.asked_for(trip.person, verdict.rule, [(costing.ROOM, trip.id)], approvers)
            is_changed = False
        if again is None:
            raise policies.refuse(verdict, field)
        again.terms = {**again.terms, source: terms}
    part.approval = again
    part.cost_stage = CostStage.ESTIMATED if part.cost_stage is CostStage.COMMITTED else part.cost_stage
    who = APPROVER_WORDS[again.approver]
    if is_changed:
        return str(
            _(
                "%(text)s What was approved has been changed, so %(who)s is asked again.",
                text=verdict.text,
                who=who,
            )
        )
    return str(
        _(
            "%(text)s %(who)s has been asked; it is a request until they decide.",
            text=verdict.text,
            who=who[0].upper() + who[1:],
        )
    )


def _terms(part: Leg | Stay) -> tuple[str, dict[str, str]]:
    """The part as an approval names it, and what of it is approved: a change of any of it asks again (c9)."""
    worth = costing.worth_of(part)
    grade = part.travel_class.value if isinstance(part, Leg) else f"{part.n_nights} nights"
    terms = {
        "amount": str(part.cost or ""), "day": f"{worth.on:%-d %b %Y}", "category": worth.category.value,
        "recipient": str(part.trip.person_id), "class": grade,
    }  # fmt: skip
    return f"{costing.ROOM}:{worth.part}:{part.trip_id}", terms


def require_side_trip_allowed(trip: Trip, verdict: Verdict) -> None:
    """T2: an official's trip keeps to the event, unless an exception was granted for it."""
    if not verdict.is_allowed and (verdict.rule is None or exception_for(trip, verdict.rule) is None):
        raise policies.refuse(verdict, "from_on")


# -- changing what is there -----------------------------------------------------------------------------


def require_editable(part: Part, details: Costs) -> None:
    """A part that is cancelled or declined is history; of a settled one everything but the cost may change."""
    if part.is_cancelled:
        raise policies_costs.CostRefused(_("This is cancelled. Enter it anew if it takes place after all."))
    if part.cost_stage is CostStage.DECLINED:
        raise policies_costs.CostRefused(
            _("This was declined, and the offer stays as it was. Enter a new one.")
        )
    if part.cost_stage is CostStage.ACTUAL and (
        details.cost != part.cost or (details.priced_on or part.priced_on) != part.priced_on
    ):
        raise policies_costs.CostRefused(
            _(
                "The cost stands in the book as entry %(entry_seq)s. Ask compliance to take that entry "
                "back, then change it.",
                entry_seq=part.entry_seq,
            ),
            field="amount",
        )


def write_cost(part: Part, details: Costs) -> None:
    """Amount, day of the rate and stage; a commitment does not become an estimate again."""
    today = clock.today()
    if details.priced_on is not None and details.priced_on > today:
        raise policies_costs.CostRefused(
            _("The day of the price lies ahead; give the day it was bought."), field="priced_on"
        )
    part.cost_minor = details.cost.minor if details.cost else None
    part.cost_currency = details.cost.currency if details.cost else None
    if details.cost is None:
        part.priced_on = None
    else:
        part.priced_on = details.priced_on or part.priced_on or today
    if part.cost_stage is not CostStage.ACTUAL and not (
        details.is_estimate and part.cost_stage is CostStage.COMMITTED
    ):
        part.cost_stage = CostStage.ESTIMATED if details.is_estimate else CostStage.COMMITTED


def own_leg(trip: Trip, leg_id: int, field: str) -> None:
    """The leg a part refers to belongs to the same trip and takes place."""
    if not any(leg.id == leg_id and not leg.is_cancelled for leg in trip.legs):
        raise NotFound(_("That leg is not part of this trip."), field=field)


def live(parts: Sequence[Part], but: Part | None) -> list[Part]:
    """The parts that take place on our account, less the one being changed."""
    return [part for part in parts if part is not but and part.takes_place]


def times_of(part: Part) -> tuple[object, ...]:
    """What a calendar shows of a part: when and where."""
    return tuple(getattr(part, name) for name in sorted(part.moves_with))


def note_change(part: Part, was: tuple[object, ...]) -> None:
    """A booked part that has moved is a changed one (T1)."""
    if part.cost_stage is not CostStage.ESTIMATED and times_of(part) != was:
        part.changed_at = clock.now()
