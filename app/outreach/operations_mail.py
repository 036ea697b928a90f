"""Mail of other rooms to a person: weighed by the guard, written down as a contact, put into the outbox, in one step (G3)."""

from msgspec import Struct

from app.accounts.models import User
from app.core import outbox
from app.core.mail import Attachment
from app.core.models import OutboxMail
from app.outreach import operations_bounces, operations_touches
from app.outreach.details import TouchDetails
from app.outreach.models import TouchKind
from app.people import queries as people


class PersonMail(Struct, frozen=True):
    """A rendered mail in somebody's name; the same `dedup_key` is sent once."""

    kind: str
    recipient: str
    subject: str
    text: str
    dedup_key: str
    sender_name: str
    reply_to: str
    html: str | None = None
    language: str = "en"
    #: The output of `ics.render_request`, and its method.
    calendar: bytes | None = None
    calendar_method: str = "REQUEST"
    attachments: tuple[Attachment, ...] = ()


def mail_person(contact: TouchDetails, mail: PersonMail, *, by: User | None) -> OutboxMail:
    """Send a mail to a person at once; ContactStopped, with nothing queued, when the guard or the person's wish says no.

    AddressIsDead when mail to the address came back.
    """
    if contact.kind is not TouchKind.ASKED_FOR:  # whoever just asked reads that mailbox
        operations_bounces.require_reachable(mail.recipient, people.get_person(contact.person_id, by).name)
    operations_touches.record_touch(contact, by=by)
    return outbox.queue_mail(
        kind=mail.kind, recipient=mail.recipient, subject=mail.subject, text=mail.text, html=mail.html,
        language=mail.language, dedup_key=mail.dedup_key, sender_name=mail.sender_name, reply_to=mail.reply_to,
        calendar=mail.calendar, calendar_method=mail.calendar_method, attachments=mail.attachments,
    )  # fmt: skip


def mail_helper(mail: PersonMail, *, source: tuple[str, int]) -> OutboxMail:
    """Send a mail to an assistant, a driver or a hotel: they work for us and are no person of ours, so nothing is weighed."""
    return outbox.queue_mail(
        kind=mail.kind, recipient=mail.recipient, subject=mail.subject, text=mail.text, html=mail.html,
        language=mail.language, dedup_key=mail.dedup_key, sender_name=mail.sender_name, reply_to=mail.reply_to,
        source_kind=source[0], source_id=source[1], attachments=mail.attachments,
    )  # fmt: skip
