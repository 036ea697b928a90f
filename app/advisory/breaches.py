"""What is paid under a contract that came too late opens a breach, and compliance is told (A5)."""

from app.accounts.models import Role
from app.core import clock
from app.core.db import db
from app.core.i18n import marked
from app.ledger.models import Breach, BreachLevel, Entry
from app.notices import operations as notices
from app.notices.models import Urgency

LATE_CONTRACT_RULE = marked("The contract is signed before the service")


def open_late_contract(person_id: int, entry: Entry, said: str) -> None:
    """A breach of the first order, with a notice that says `said`; the caller's line in the trail tells what was paid."""
    breach = Breach(
        person_id=person_id, entry_seq=entry.seq, level=BreachLevel.BLOCK, rule=LATE_CONTRACT_RULE, opened_at=clock.now(),
    )  # fmt: skip
    db.session.add(breach)
    notices.notify(said, role=Role.COMPLIANCE, urgency=Urgency.NOW, source=("ledger", entry.seq))
