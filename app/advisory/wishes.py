"""What a person accepts, and what their employer and office allow, holds for everything that is paid too (P2, c20)."""

from flask_babel import gettext as _

from app.advisory.policies import ProposalRefused
from app.core import clock
from app.core.errors import NotFound
from app.core.money import Money
from app.ledger import queries as book
from app.ledger.models import Category, Form
from app.people.models import Person


def require_welcome(person: Person, category: Category, money: Money | None, *, field: str) -> None:
    """ProposalRefused where a rule stands against paying this person and nobody permitted it; quotes the rule."""
    if person.is_pseudonymous:
        raise NotFound(_("There is no such person."))
    offer = book.Offer(category, Form.CASH_EQUIVALENT, money, clock.today())
    for objection in book.objections_to(person, offer):
        if book.approval_of(person, objection.rule) is None:
            raise ProposalRefused(f"{person.name}: {objection.text}", field=field)
