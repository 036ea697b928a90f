"""Hand-overs, notes, absences and agencies, made by the operations the screens use."""

from datetime import date
from typing import Any

from app.accounts import operations_successions as successions
from app.accounts.details import AbsenceDetails
from app.accounts.models import Absence, Role, User
from app.core import clock
from app.core.db import db, transaction
from app.handovers import operations, operations_returns
from app.handovers.details import HandOverDetails, RepresentationDetails
from app.handovers.models import HandOver
from app.people import operations as people
from app.people.details import NoteDetails
from app.people.models import Organisation, OrganisationKind, Person, Representation
from app.people.models_notes import PersonNote
from tests.factories import accounts
from tests.factories import outreach as make_outreach
from tests.factories import people as make_people

LETTER = (
    "Dear {person},\n\nfrom {from_day} I look after you at {company}. {predecessor} has told me much.\n\n"
    "{owner}, {department}\n{verify_link} ({reference})\n"
)


def letter_text(language: str = "en") -> None:
    """The letter of a hand-over in one language."""
    make_outreach.letter_template(language, "hand_over", subject="{owner} takes over", body=LETTER)


def hand_over(
    of: User, to: User, *, by: User | None = None, from_on: date | None = None, **more: Any
) -> HandOver:
    """Everything somebody holds goes to somebody else, by themselves and from today unless said otherwise."""
    with transaction():
        leaver, heir = db.session.merge(of), db.session.merge(to)
        details = HandOverDetails(
            from_user_id=leaver.id, to_user_id=heir.id, from_on=from_on or clock.today(leaver.zone), **more
        )
        return operations.hand_over(details, by=db.session.merge(by) if by else leaver)


def undo(step: HandOver, by: User) -> HandOver:
    """Take one back."""
    with transaction():
        return operations.undo_hand_over(db.session.merge(step), by=db.session.merge(by))


def note(
    about: Person, by: User, text: str = "Likes to be called after six.", *, is_private: bool = True
) -> PersonNote:
    """A note, private unless said otherwise."""
    with transaction():
        return people.add_note(
            db.session.merge(about), NoteDetails(text=text, is_private=is_private), by=db.session.merge(by)
        )


def absence(of: User, from_on: date, to_on: date) -> Absence:
    """Somebody is away."""
    with transaction():
        return successions.add_absence(AbsenceDetails(from_on=from_on, to_on=to_on), by=db.session.merge(of))


def agency(name: str = "Costa Vozes") -> Organisation:
    """An agency."""
    return make_people.organisation(name, kind=OrganisationKind.AGENCY)


def partner(of: Organisation, name: str = "Paula") -> User:
    """A login of an agency."""
    return accounts.user(role=Role.PARTNER, name=name, in_department="Agencies", organisation_id=of.id)


def representation(of: Person, by_agency: Organisation, **more: Any) -> Representation:
    """An agency speaks for somebody, from today unless said otherwise."""
    details = RepresentationDetails(
        agency_id=by_agency.id, **({"from_on": clock.today("Europe/London")} | more)
    )
    with transaction():
        return operations_returns.begin_representation(db.session.merge(of), details, by=accounts.user())


def hand_back(row: Representation, reason: str = "The contract ended.") -> Representation:
    """An agency speaks for somebody no more."""
    with transaction():
        return operations_returns.hand_back(db.session.merge(row), reason, by=accounts.user())
