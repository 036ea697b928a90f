"""Mail that came back: noted at the letter and the address, told to the owner; it never counts as an opt-out (G5)."""

import re

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock, outbox
from app.core.db import db
from app.core.i18n import marked
from app.core.incoming import Report
from app.core.models import OutboxMail
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import policies, policies_outbox, queries_bounces, queries_outbox
from app.outreach.models import Letter
from app.outreach.models_outbox import Bounce
from app.people import queries as people
from app.people import queries_owners
from app.people.models import Person

_CODES = re.compile(r"^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3}))?")


def note_report(report: Report, *, by: User | None = None) -> Bounce | None:
    """Note what a server reports about one of our letters; None when the report is about no mail we sent.

    A mail is known by its Message-ID alone, which nobody can guess who did not receive it.
    """
    wanted = sa.select(OutboxMail).where(OutboxMail.message_id == report.message_id)
    mail = db.session.scalars(wanted).one_or_none() if report.message_id else None
    if mail is None:
        return None
    status = report.status or ("5.0.0" if report.is_failure else "4.0.0")
    return _note(
        mail, status, report.reason, is_final=report.is_failure, is_permanent=report.is_permanent, by=by
    )


def note_refusal(mail: OutboxMail, answer: str, *, by: User | None = None) -> Bounce:
    """Note that the server did not take a letter, and never will: "550 5.1.1 no such mailbox"."""
    codes = _CODES.match(answer)
    status = (codes[2] or codes[1]) if codes else "5.0.0"
    return _note(mail, status, answer, is_final=True, is_permanent=True, by=by)


def lift_bounces(person: Person, *, by: User) -> int:
    """Somebody knows that the person's address takes mail again: letters may go there. NotOpen when it is not stopped."""
    wanted = sa.select(Bounce).where(
        Bounce.address == person.email.lower(), Bounce.is_permanent.is_(True), Bounce.lifted_at.is_(None)
    )
    found = db.session.scalars(wanted.order_by(Bounce.id)).all()
    if not found:
        raise policies.NotOpen(_("Letters to this address are not stopped."))
    for bounce in found:
        before = audit.snapshot(bounce)
        bounce.lifted_at, bounce.lifted_by_id = clock.now(), by.id
        audit.record("outreach.bounce_lifted", bounce, by=by, before=before)
    return len(found)


def require_reachable(address: str, name: str) -> None:
    """Raise AddressIsDead when mail to this address came back for good."""
    bounce = queries_bounces.dead_address(address)
    if bounce is not None:
        raise policies_outbox.AddressIsDead(policies_outbox.dead_words(name, bounce))


def _note(
    mail: OutboxMail, status: str, reason: str, *, is_final: bool, is_permanent: bool, by: User | None
) -> Bounce:
    letter = queries_outbox.letter_of_mail(mail)
    bounce = Bounce(
        mail_id=mail.id, letter_id=letter.id if letter else None, address=mail.recipient.lower(), status=status[:16],
        reason=reason or marked("no reason given"), is_final=is_final, is_permanent=is_permanent, at=clock.now(),
    )  # fmt: skip
    db.session.add(bounce)
    db.session.flush()
    audit.record("outreach.bounce_noted", bounce, by=by)
    if letter is not None and is_final:
        _tell_owner(letter, mail, bounce, by)
    return bounce


def _tell_owner(letter: Letter, mail: OutboxMail, bounce: Bounce, by: User | None) -> None:
    person = people.get_person(letter.person_id, None)
    names = {"subject": mail.subject, "person": person.name, "reason": bounce.reason}
    if bounce.is_permanent:
        said = _l(
            "“%(subject)s” to %(person)s came back: %(reason)s. %(address)s takes no mail: ask for another address and write "
            "it into their record.",
            address=mail.recipient, **names,
        )  # fmt: skip
    else:
        said = _l(
            "“%(subject)s” to %(person)s came back: %(reason)s. The server gave up for now; try again later, or reach them by "
            "another channel.",
            **names,
        )
    owner = queries_owners.standing_of(person).acting
    notices.notify(
        said, user=owner, role=None if owner else Role.RELATIONS, urgency=Urgency.NOW, source=("people", person.id), by=by
    )  # fmt: skip


def _hear_refusal(mail: OutboxMail, answer: str) -> None:
    note_refusal(mail, answer)


outbox.tell_when_refused(_hear_refusal)
