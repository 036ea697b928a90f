"""What operations about offers take."""

from datetime import date

from app.core.checked import Checked
from app.core.money import Money
from app.ledger.models import Basis, Category, Form


class OfferDetails(Checked):
    """Something of value that is meant for one person; `reason` is asked for where a limit or a rule stands against it."""

    person_id: int
    program_id: int
    category: Category
    form: Form = Form.IN_KIND_VENDOR
    basis: Basis = Basis.LIST_PRICE
    expected_on: date
    money: Money
    provider: str = ""
    context: str = ""
    reason: str = ""


class GivenDetails(Checked):
    """What the offer turned out to be when it was given."""

    value_on: date
    money: Money
    basis: Basis
    external_ref: str = ""
