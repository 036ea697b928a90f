"""The register of exceptions as a file: who asked, who decided, when, why, and whether it still holds (L8, c19)."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.core import clock
from app.core.pdf import PdfAttachment
from app.core.sheets import Column, Sheet, SheetFormat, sheet_file
from app.ledger.models import RuleException
from app.ledger.policies_approvals import is_expired

_COLUMNS = (
    Column("number", "Number", "integer"), Column("person", "Person"), Column("rule", "Rule"), Column("quoted", "As it read"),
    Column("reason", "Why it was asked"), Column("asked_by", "Asked by"), Column("asked_at", "Asked", "instant"),
    Column("state", "State"), Column("decided_by", "Decided by"), Column("on_behalf_of", "In the name of"),
    Column("decided_at", "Decided", "instant"), Column("decision_reason", "Reason of the decision"),
    Column("is_law_confirmed", "Local law confirmed"), Column("expires_on", "Until", "date"),
    Column("is_expired", "Expired"), Column("earlier", "In the place of", "integer"),
)  # fmt: skip


def signed_head(note: str) -> PdfAttachment:
    """The signed checkpoint as a paper from the book carries it."""
    return PdfAttachment(
        "ledger-checkpoint.txt", note.encode(), "Signed head of the value ledger", "Supplement"
    )


def register_file(
    rows: Sequence[RuleException], rules: Mapping[str, str], today: date, format: SheetFormat
) -> bytes:
    """The rows of the screen in its order."""
    lines = [
        (
            row.id, row.person.name, rules.get(row.rule, row.rule), row.quoted, row.reason, row.asked_by.name, row.asked_at,
            row.state.value, row.decided_by.name if row.decided_by else None,
            row.on_behalf_of.name if row.on_behalf_of else None, row.decided_at, row.decision_reason,
            "yes" if row.is_law_confirmed else "", row.expires_on, "expired" if is_expired(row, today) else "", row.earlier_id,
        )
        for row in rows
    ]  # fmt: skip
    return sheet_file(Sheet("Exceptions", _COLUMNS, lines), format, created=clock.now())
