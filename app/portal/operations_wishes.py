"""What a person says about themselves at their own door: needs, limits, quiet, the journey they would like, questions."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import Conflict, DomainError
from app.core.i18n import day, locale_tag, marked
from app.core.money import Money
from app.events.models import Invitation, InvitationState
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations as outreach
from app.outreach import operations_wishes, queries_wishes
from app.outreach.details import TouchDetails
from app.outreach.details_rhythm import ChannelWishDetails, ContactWishDetails
from app.outreach.models import Touch, TouchChannel, TouchKind
from app.people import operations as people_operations
from app.people import operations_consents, operations_hospitality, queries_consents, queries_owners
from app.people.details import ConsentDetails, HospitalityDetails, MayAcceptDetails, WishDetails
from app.people.models import AcceptAnswer, MayAccept, Person
from app.people.models_consents import ConsentSource, Purpose
from app.people.models_kept import Hospitality
from app.portal import policies, words
from app.portal import queries_wishes as own
from app.travel import operations as travel
from app.travel import queries as trips
from app.travel.details import TripDetails
from app.travel.models import Trip

_HERE = marked("Said on their own page")


def say_needs(
    person: Person, *, diet: str, access_needs: str, quiet_days: str, seen_version: int | None = None
) -> Hospitality:
    """Keep what those who serve need to know, with the consent given beside it, until the day the page showed (R4).

    Raises Overtaken when somebody here wrote something down in the meantime.
    """
    today = clock.today(person.zone)
    give_consent(person, Purpose.HOSPITALITY)
    details = HospitalityDetails(
        diet=diet, access_needs=access_needs, quiet_days=quiet_days, consented_on=min(today, clock.today()),
        consent_source=_HERE, purge_on=own.delete_needs_on(person),
    )  # fmt: skip
    return operations_hospitality.set_hospitality(person, details, by=None, seen_version=seen_version)


def give_consent(person: Person, purpose: Purpose) -> None:
    """The person allows something, in the words they read; nothing happens if it holds already (P4)."""
    latest = queries_consents.latest_of(person, purpose)
    if latest is not None and latest.is_given:
        return
    details = ConsentDetails(
        purpose=purpose, is_given=True, said_on=clock.today(person.zone), source=ConsentSource.PORTAL,
        wording=words.of_wordings()[purpose], note=f"Read in: {locale_tag()}",
    )  # fmt: skip
    operations_consents.record_consent(person, details, by=None)


def say_may_accept(person: Person, category: str, answer: AcceptAnswer, limit: Money | None) -> MayAccept:
    """What the person may accept of one kind of value; the last answer counts."""
    details = MayAcceptDetails(
        category=category, answer=answer, limit=limit, said_on=clock.today(person.zone), source=_HERE
    )
    return people_operations.set_may_accept(person, details, by=None)


def say_quiet(person: Person, said: own.OwnQuiet) -> None:
    """When and how the person wants no contact; limits of ways they did not name stay, and their owner is told (P4)."""
    known = queries_wishes.channel_wishes_of(person)
    kept = [
        ChannelWishDetails(
            channel=channel, is_closed=channel in said.closed,
            n_most=known[channel].n_most if channel in known else None,
            n_days=known[channel].n_days if channel in known else None,
        )
        for channel in TouchChannel
        if channel in known or channel in said.closed
    ]  # fmt: skip
    wishes = ContactWishDetails(quiet_weekdays=tuple(said.weekdays), channels=tuple(kept), reason=_HERE)
    operations_wishes.set_contact_wishes(person, wishes, by=None)
    has_changed = (person.is_opted_out, person.quiet_until_on) != (said.is_opted_out, said.until_on)
    if has_changed:
        details = WishDetails(is_opted_out=said.is_opted_out, quiet_until_on=said.until_on, reason=_HERE)
        people_operations.set_wishes(person, details, by=None)
    urgency = Urgency.NOW if said.is_opted_out and has_changed else Urgency.INFO
    tell_owner(
        person,
        _l("%(person)s changed on their own page when they want to be written to.", person=person.name),
        urgency,
    )


def wish_travel(invitation: Invitation, from_on: date, to_on: date, wish: str) -> Trip:
    """When the person wants to come and go, and how; their trip is opened with it, or changed while it is open (T1, T3).

    CannotTravel in the person's language where travel says no, at the same field.
    """
    if invitation.state is not InvitationState.ACCEPTED:
        raise policies.CannotTravel(_("Say first that you come; then tell us how you would like to travel."))
    trip = trips.find_trip(invitation.event_id, invitation.person_id)
    details = TripDetails(
        from_on=from_on, to_on=to_on, wish=wish, wished_class=trip.wished_class if trip else None,
        direct_minutes=trip.direct_minutes if trip else None,
    )  # fmt: skip
    try:
        made = (
            travel.edit_trip(trip, details, by=None)
            if trip is not None
            else travel.open_trip(invitation, details, by=None)
        )
    except Conflict:
        raise
    except DomainError as refusal:
        raise policies.CannotTravel(_travel_words(invitation), field=refusal.field) from refusal
    said = _l(
        "%(person)s says how they would like to travel to %(event)s.",
        person=invitation.person.name,
        event=invitation.event.name,
    )
    tell_owner(invitation.person, said, Urgency.SOON, source=("travel", made.id))
    return made


def _travel_words(invitation: Invitation) -> str:
    if queries_consents.is_withdrawn(invitation.person, Purpose.HOSPITALITY):
        return str(
            _(
                "You took back the consent to keep your wishes. Give it again under “My data”, or leave the wish empty."
            )
        )
    return str(
        _(
            "These days do not go with the event, with what is booked already, or with the rules of your journey. "
            "Choose days around %(day)s, or write to whoever looks after you.",
            day=day(invitation.event.starts_at.date()),
        )
    )


def ask_question(invitation: Invitation, question: str) -> Touch:
    """A question about an invitation reaches whoever looks after the person; it is noted as their message (E1)."""
    person = invitation.person
    owner = queries_owners.standing_of(person).acting
    if owner is None:
        raise policies.CannotEnter(
            _("Nobody looks after you at the moment. Answer the letter you got instead.")
        )
    subject = f"Question about {invitation.event.name}"
    contact = TouchDetails(
        person_id=person.id, channel=TouchChannel.PORTAL, kind=TouchKind.REPLY, subject=subject[:320], summary=question,
        is_inbound=True, user_id=owner.id, source_kind="events", source_id=invitation.event_id,
    )  # fmt: skip
    touch = outreach.record_touch(contact, by=None, has_happened=True)
    said = _l(
        "%(person)s asks about %(event)s: “%(question)s”",
        person=person.name,
        event=invitation.event.name,
        question=_shortened(question),
    )
    notices.notify(said, user=owner, urgency=Urgency.NOW, source=("outreach", touch.id))
    return touch


def _shortened(text: str, most: int = 120) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rstrip()}…"


def tell_owner(person: Person, said: str, urgency: Urgency, *, source: tuple[str, int] | None = None) -> None:
    """Tell whoever looks after the person now, if there is anybody."""
    owner = queries_owners.standing_of(person).acting
    if owner is not None:
        notices.notify(said, user=owner, urgency=urgency, source=source or ("people", person.id))
