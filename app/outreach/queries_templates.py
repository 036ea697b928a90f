"""Where the texts of letters are used, and how one reads when it is filled in for somebody invented."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.outreach import letters, policies
from app.outreach.models import Letter, LetterTemplate

#: Somebody nobody knows; the rest is said in the words of the reader's own house.
_EXAMPLE = {
    "person": "Amina Okafor-Lindqvist", "reference": "AAAA-BBBB-CCCC", "event": "Open Lab Lisbon", "place": "Armazém 14",
    "city": "Lisbon", "program": "Open Lab", "predecessor": "Jonas Ferreira-Holm", "message": "A paragraph of your own.",
    "promise": "Half an hour with the engineers who built it.", "changes": "Place: Armazém 12 → Armazém 14",
}  # fmt: skip


class Use(NamedTuple):
    """How many letters have the text of a version, and what became of them."""

    n_letters: int = 0
    n_sent: int = 0
    n_waiting: int = 0
    last_at: datetime | None = None


def uses_of(versions: Sequence[LetterTemplate]) -> dict[int, Use]:
    """Number of a version -> its use; one query. Discarded letters count for nothing."""
    is_sent = OutboxMail.state == MailState.SENT
    rows = (
        sa.select(
            Letter.template_id, sa.func.count(), sa.func.sum(sa.case((is_sent, 1), else_=0)),
            sa.func.sum(sa.case((OutboxMail.state == MailState.HELD, 1), else_=0)), sa.func.max(Letter.made_at),
        )
        .outerjoin(OutboxMail, OutboxMail.id == Letter.mail_id)
        .where(Letter.template_id.in_([one.id for one in versions]), Letter.discarded_at.is_(None))
        .group_by(Letter.template_id)
    )  # fmt: skip
    return {row[0]: Use(*row[1:]) for row in db.session.execute(rows)}


def preview(template: LetterTemplate, by: User) -> tuple[str, str]:
    """Subject and body as somebody invented would read them, written by `by`."""
    fields = example_for(template.language, by)
    return policies.fill(template.subject, fields), policies.fill(template.body, fields)


def example_for(language: str, by: User) -> Mapping[str, str]:
    """Something for every word that may stand in braces."""
    opens = clock.now() + timedelta(days=60)
    said = letters.days(opens, opens + timedelta(days=1), "Europe/Lisbon", language)
    day = letters.days(opens - timedelta(days=30), opens - timedelta(days=30), "Europe/Lisbon", language)
    return _EXAMPLE | {
        "owner": by.name, "department": str(by.department), "company": letters.company(), "dates": said, "from_day": day,
        "answer_by": day, "verify_link": letters.verify_link(_EXAMPLE["reference"]),
        "answer_link": letters.answer_link("EXAMPLE"), "kept_link": letters.kept_link(0),
    }  # fmt: skip
