"""The hand-back kit as a file: one sheet of facts, one of contacts, one of invitations."""

import io

from flask_babel import gettext as _

from app.core import clock
from app.core.i18n import said, words
from app.core.sheets import Column, Sheet, write_xlsx
from app.handovers.queries_returns import Kit
from app.outreach.models import Touch
from app.outreach.policies_inbox import words_of_subject


def kit_file(kit: Kit) -> bytes:
    """XLSX of a kit; the words are those of the page."""
    row = kit.representation
    facts = [
        (_("Person"), row.person.name),
        (_("Agency"), row.organisation.name),
        (_("From"), row.from_on.isoformat()),
        (_("Until"), row.to_at.date().isoformat() if row.to_at else ""),
        (_("Why it ended"), row.end_reason),
        (_("Owner"), kit.owner.name if kit.owner else ""),
        (_("Contacts made"), str(len(kit.contacts))),
        (_("Open asks"), str(len(kit.open_asks))),
        (_("Invitations"), str(len(kit.invitations))),
        (_("Trips"), str(len(kit.trips))),
    ]
    contacts = [
        (
            touch.at,
            touch.user.name,
            words(touch.channel),
            words_of_subject(touch),
            touch.summary,
            _state(touch),
        )
        for touch in kit.contacts
    ]
    invitations = [
        (one.event.name, one.sent_at, words(one.state), said(one.answer_reason)) for one in kit.invitations
    ]
    sheets = [
        Sheet(_("Summary"), (Column("fact", _("Fact")), Column("value", _("Value"))), facts),
        Sheet(
            _("Contacts"),
            (
                Column("at", _("When"), "instant"), Column("who", _("Who")), Column("channel", _("By")),
                Column("subject", _("About")), Column("summary", _("What was said")), Column("state", _("Answer")),
            ),
            contacts,
        ),
        Sheet(
            _("Invitations"),
            (Column("event", _("Event")), Column("sent_at", _("Sent"), "instant"), Column("state", _("State")),
             Column("reason", _("Reason"))),
            invitations,
        ),
    ]  # fmt: skip
    target = io.BytesIO()
    write_xlsx(target, sheets, created=clock.now())
    return target.getvalue()


def _state(touch: Touch) -> str:
    if not touch.is_ask:
        return ""
    return said(touch.answer) or str(_("answered")) if touch.answered_at is not None else str(_("open"))
