"""The hand-back kit as a file: one sheet of facts, one of contacts, one of invitations."""

import io

from app.core import clock
from app.core.i18n import words
from app.core.sheets import Column, Sheet, write_xlsx
from app.handovers.queries_returns import Kit
from app.outreach.models import Touch


def kit_file(kit: Kit) -> bytes:
    """XLSX of a kit; the words are those of the page."""
    row = kit.representation
    facts = [
        ("Person", row.person.name),
        ("Agency", row.organisation.name),
        ("From", row.from_on.isoformat()),
        ("Until", row.to_at.date().isoformat() if row.to_at else ""),
        ("Why it ended", row.end_reason),
        ("Owner", kit.owner.name if kit.owner else ""),
        ("Contacts made", str(len(kit.contacts))),
        ("Open asks", str(len(kit.open_asks))),
        ("Invitations", str(len(kit.invitations))),
        ("Trips", str(len(kit.trips))),
    ]
    contacts = [
        (touch.at, touch.user.name, words(touch.channel), touch.subject, touch.summary, _state(touch))
        for touch in kit.contacts
    ]
    invitations = [
        (one.event.name, one.sent_at, words(one.state), one.answer_reason) for one in kit.invitations
    ]
    sheets = [
        Sheet("Summary", (Column("fact", "Fact"), Column("value", "Value")), facts),
        Sheet(
            "Contacts",
            (
                Column("at", "When", "instant"), Column("who", "Who"), Column("channel", "By"), Column("subject", "About"),
                Column("summary", "What was said"), Column("state", "Answer"),
            ),
            contacts,
        ),
        Sheet(
            "Invitations",
            (Column("event", "Event"), Column("sent_at", "Sent", "instant"), Column("state", "State"),
             Column("reason", "Reason")),
            invitations,
        ),
    ]  # fmt: skip
    target = io.BytesIO()
    write_xlsx(target, sheets, created=clock.now())
    return target.getvalue()


def _state(touch: Touch) -> str:
    if not touch.is_ask:
        return ""
    return touch.answer or "answered" if touch.answered_at is not None else "open"
