"""Decisions beside the book: what needs a receipt, how a loan may end, who may end it."""

from datetime import date

from flask_babel import gettext as _

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.i18n import words
from app.ledger.models import Basis, Form, Loan, LoanState
from app.ledger.policies import MIN_REASON

#: The largest file that is kept with an entry.
MOST_BYTES = 10 * 1024 * 1024
#: Money that changes hands is proved by a receipt (c3), and so is a cost somebody paid.
RECEIPT_FORMS = frozenset({Form.REIMBURSEMENT, Form.CASH_EQUIVALENT})
RECEIPT_BASES = frozenset({Basis.ACTUAL_COST, Basis.SHARED_COST})


class EvidenceIsHere(DomainError):
    """The same content is kept with the entry already."""


class EvidenceIsGone(DomainError):
    """The file was erased with the person it named."""


class LoanRefused(DomainError):
    """A loan that may not be ended this way (L6)."""


def check_ends(loan: Loan, on: date, today: date) -> None:
    """Only what is still out comes back, not before it was lent and not in the future."""
    require_open(loan)
    if on > today:
        raise LoanRefused(_("This day is still to come."), field="on")
    if loan.entry.value_on is not None and on < loan.entry.value_on:
        raise LoanRefused(_("This day lies before the day it was lent."), field="on")


def require_open(loan: Loan) -> None:
    if not loan.is_open:
        raise LoanRefused(_("This loan has ended already: %(replace)s.", replace=words(loan.state).lower()))


def check_reason(reason: str) -> None:
    if len(reason.strip()) < MIN_REASON:
        raise LoanRefused(
            _("Give a reason of at least %(min_reason)s characters.", min_reason=MIN_REASON), field="reason"
        )


def check_approves(loan: Loan, by: User) -> None:
    """Whoever asked for a write-off does not decide on it, nor does whoever entered the loan (R1)."""
    if loan.state is not LoanState.WRITE_OFF_ASKED:
        raise LoanRefused(_("Nobody has asked to write this loan off."))
    if by.id in {loan.asked_by_id, loan.entry.by_id}:
        raise LoanRefused(_("You lent this or asked for it yourself, so somebody else has to decide."))
