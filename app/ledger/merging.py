"""What the book keeps for a record that is merged into another: its entries stay under their subject (P3, L1)."""

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.db import db
from app.core.i18n import day, number
from app.core.money import Money
from app.ledger.models import ACCESS_UNITS, Entry, Leg
from app.ledger.models_limits import SharedCost, SharedHead
from app.ledger.queries_totals import VALUE_KINDS, entry_sums, subject_ids
from app.ledger.units import unit_words
from app.people import merging


def value_words(gone_id: int) -> list[str]:
    """Per leg, currency and unit: "1 value entry 85.00 GBP kept", "30 executive minutes kept"; nothing is added up across."""
    n, quantity, received, _declined, n_declined = entry_sums()
    wanted = (
        sa.select(Entry.leg, Entry.reporting_currency, Entry.unit, n, quantity, received, n_declined)
        .where(Entry.subject_id.in_(subject_ids(gone_id)), Entry.kind.in_(VALUE_KINDS))
        .group_by(Entry.leg, Entry.reporting_currency, Entry.unit)
        .order_by(Entry.leg.desc(), Entry.reporting_currency, Entry.unit)
    )
    found: list[str] = []
    sums: dict[tuple[Leg | None, str], tuple[int, int]] = {}
    for leg, currency, unit, n_entries, n_units, minor, declined in db.session.execute(wanted):
        if unit in ACCESS_UNITS:
            found += (
                [_("%(n)s %(unit)s kept", n=number(n_units), unit=unit_words(unit, n_units))]
                if n_units
                else []
            )
        else:
            known = sums.get((leg, currency), (0, 0))
            sums[leg, currency] = (known[0] + n_entries, known[1] + int(minor))
        found += [_offers(declined)] if declined else []
    return [
        _amount_words(leg, n, Money(minor, currency)) for (leg, currency), (n, minor) in sums.items() if n
    ] + found


def _amount_words(leg: Leg | None, n: int, received: Money) -> str:
    if leg is Leg.CASH:
        said = ngettext(
            "%(n)s cash value entry %(received)s kept", "%(n)s cash value entries %(received)s kept", n, n=number(n),
            received=received,
        )  # fmt: skip
    else:
        said = ngettext(
            "%(n)s value entry %(received)s kept", "%(n)s value entries %(received)s kept", n, n=number(n), received=received
        )  # fmt: skip
    return str(said)


def _offers(n: int) -> str:
    return str(ngettext("%(n)s declined offer kept", "%(n)s declined offers kept", n, n=number(n)))


def head_words(kept_id: int, gone_id: int) -> list[str]:
    """A sentence for each shared bill at which both records are a head: one of the two shares is too many (L3)."""
    bills = [
        sa.select(SharedHead.shared_cost_id).where(SharedHead.person_id == id) for id in (kept_id, gone_id)
    ]
    wanted = sa.select(SharedCost).where(SharedCost.id.in_(bills[0]), SharedCost.id.in_(bills[1]))
    return [
        _(
            "Both are a head at one shared bill: %(bill)s, %(value_on)s. Correct its entries "
            "after the merge.",
            bill=bill.title,
            value_on=day(bill.value_on),
        )
        for bill in db.session.scalars(wanted.order_by(SharedCost.value_on, SharedCost.id))
    ]


merging.tell_with(value_words)
merging.warn_with(head_words)
