"""A person's year as a table: the same lines and words as on paper, for a spreadsheet or a tax adviser."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from app.core.money import Money
from app.core.sheets.model import Cell, Column, Sheet
from app.core.sheets.writing import write_csv
from app.ledger.models import Basis
from app.periods.statements import Statement, StatementLine


def statement_csv(statement: Statement, said: Mapping[str, Mapping[Any, str]]) -> bytes:
    """UTF-8 with BOM; one line per thing given, amounts in major units with the code of the currency beside them."""
    columns = (
        Column("on", _("Given on"), "date"), Column("what", _("What")), Column("how", _("How given")),
        Column("basis", _("Valued by")), Column("quantity", pgettext("count", "Number"), "integer"),
        Column("unit", _("Counted in")),
        Column("billed", _("As billed"), "money"), Column("billed_currency", _("Currency as billed")),
        Column("received", _("Received"), "money"), Column("received_currency", _("Currency received")),
        Column("is_declined", _("Offered, not taken")), Column("context", _("What it was for")),
        Column("place", _("Where")), Column("said", _("You say")),
    )  # fmt: skip
    rows = (_cells(line, said) for line in statement.lines)
    return b"".join(write_csv(Sheet("Statement", columns, rows), header="label"))


def _cells(row: StatementLine, said: Mapping[str, Mapping[Any, str]]) -> tuple[Cell, ...]:
    line = row.line
    is_priced = not row.is_access and line.basis is not Basis.NOT_VALUED
    amounts = _amount(row.original if is_priced else None) + _amount(row.received if is_priced else None)
    return (
        line.value_on, said["categories"][line.category], said["forms"][line.form], said["bases"][line.basis],
        line.quantity, said["units"][line.unit], *amounts,
        _("yes") if line.is_declined else "", row.context, row.place, _state(row, said),
    )  # fmt: skip


def _amount(money: Money | None) -> tuple[Decimal | None, str]:
    return (money.amount, money.currency) if money is not None else (None, "")


def _state(row: StatementLine, said: Mapping[str, Mapping[Any, str]]) -> str:
    if row.dispute is not None and row.state == row.dispute.state.value:
        return said["disputes"][row.dispute.state]
    return _("right") if row.is_confirmed else ""
