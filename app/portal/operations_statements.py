"""Writing to people about their lines: that they can be read, what became of a dispute, that one was put right (L13, c38)."""

from datetime import date

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.core.errors import DomainError
from app.ledger import operations_loans
from app.outreach import operations as outreach
from app.outreach.details import TouchDetails
from app.outreach.models import TouchChannel, TouchKind
from app.outreach.operations_mail import PersonMail
from app.people import queries as people
from app.people import queries_consents
from app.people.models import Person
from app.people.models_consents import Purpose
from app.periods import telling
from app.periods.telling import Message, Occasion
from app.portal import letters, operations, policies

#: What these mails are called in the outbox.
MAIL_KIND = "portal_statement"

_SUMMARIES = {
    Occasion.REVIEW: "A link to their own lines of value, to be reviewed.",
    Occasion.ANSWERED: "The answer to their dispute.",
    Occasion.CORRECTED: "A line of theirs was corrected.",
    Occasion.LOAN_DUE: "What was lent to them is due back.",
    Occasion.LOAN_OVERDUE: "What was lent to them was due back.",
}


def tell(person: Person, message: Message, by: User | None) -> str:
    """Mail a person a link to their own lines; gives why it could not be done, or an empty text.

    News of what was written down about them reaches them through a wish for quiet, like a changed flight.
    """
    try:
        with db.session.begin_nested():
            mail_statement(person, message, by=by)
    except DomainError as refusal:
        return refusal.message
    return ""


def mail_statement(person: Person, message: Message, *, by: User | None) -> None:
    """Mail the link with its words, in the person's language, in the name of whoever looks after them. CannotEnter."""
    policies.check_has_page(person)
    queries_consents.require_not_withdrawn(person, Purpose.PORTAL)
    policies.check_mail(person)
    host = people.owner_of(person) or by
    if host is None:
        raise policies.CannotEnter(
            _("Nobody looks after %(person)s, so nobody can write to them.", person=person.name)
        )
    link, secret = operations.make_link(person, policies.MAILED_LIFE, by)
    words = letters.statement_mail(person, host, link, secret, message)
    contact = TouchDetails(
        person_id=person.id, channel=TouchChannel.MAIL, kind=TouchKind.TRANSACTIONAL, subject=words.subject,
        summary=_SUMMARIES[message.occasion], user_id=host.id,
    )  # fmt: skip
    mail = PersonMail(
        kind=MAIL_KIND, recipient=person.email, subject=words.subject, text=words.text, html=words.html,
        language=words.language, dedup_key=f"portal-statement:{link.reference}", sender_name=host.name, reply_to=host.email,
    )  # fmt: skip
    outreach.mail_person(contact, mail, by=by)
    audit.record("portal.statement_mailed", link, by=by)


def tell_of_loan(person: Person, thing: str, due_on: date, is_overdue: bool) -> str:
    """Mail a person that a lent thing is due, or was; gives why it could not be done, or an empty text (L6)."""
    occasion = Occasion.LOAN_OVERDUE if is_overdue else Occasion.LOAN_DUE
    return tell(person, Message(occasion, until_on=due_on, answer=thing), None)


telling.tell_with(tell)
operations_loans.tell_with(tell_of_loan)
