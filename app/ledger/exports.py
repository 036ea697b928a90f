"""The register of exceptions as a file: who asked, who decided, when, why, and whether it still holds (L8, c19)."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext as _

from app.core import clock
from app.core.i18n import marked
from app.core.pdf import PdfAttachment
from app.core.sheets import Column, Sheet, SheetFormat, sheet_file
from app.ledger.models import RuleException
from app.ledger.policies_approvals import is_expired

_COLUMNS = (
    Column("number", marked("Number"), "integer"),
    Column("person", marked("Person")),
    Column("rule", marked("Rule")),
    Column("quoted", marked("As it read")),
    Column("reason", marked("Why it was asked")),
    Column("asked_by", marked("Asked by")),
    Column("asked_at", marked("Asked"), "instant"),
    Column("state", marked("State")),
    Column("decided_by", marked("Decided by")),
    Column("on_behalf_of", marked("In the name of")),
    Column("decided_at", marked("Decided"), "instant"),
    Column("decision_reason", marked("Reason of the decision")),
    Column("is_law_confirmed", marked("Local law confirmed")),
    Column("expires_on", marked("Until"), "date"),
    Column("is_expired", marked("Expired")),
    Column("earlier", marked("In the place of"), "integer"),
)


def signed_head(note: str) -> PdfAttachment:
    """The signed checkpoint as a paper from the book carries it."""
    return PdfAttachment(
        "ledger-checkpoint.txt", note.encode(), _("Signed head of the value ledger"), "Supplement"
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
    return sheet_file(Sheet(_("Exceptions"), _COLUMNS, lines), format, created=clock.now())
