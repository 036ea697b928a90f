"""Those with most of a kind of value, in order, without counting out everybody else (O6)."""

from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from app.core.db import db
from app.core.money import Money
from app.ledger.queries_totals import By, Scope, parts_of


class Leaders(Struct, frozen=True):
    """Numbers of people and what they received, the most first; of how many with any, and how many lie above the mark."""

    first: list[tuple[int, Money]]
    n_people: int
    n_above: int


def leaders(scope: Scope, currency: str, *, n_most: int, above: int | None = None) -> Leaders:
    """The sums of `totals` by person in one currency, put in order by the database; nobody stands for those who were erased.

    `above` is the mark in minor units.
    """
    (person,), code, sums, found = parts_of([By.PERSON], scope)
    received: sa.SQLColumnExpression[Any] = sums[2]
    each = (
        found.with_only_columns(person.label("person"), received.label("minor"))
        .where(person.is_not(None), code == currency)
        .group_by(person)
        .having(received > 0)
        .subquery()
    )
    first = db.session.execute(
        sa.select(each.c.person, each.c.minor).order_by(each.c.minor.desc(), each.c.person).limit(n_most)
    )
    is_above = sa.false() if above is None else each.c.minor > above
    n_people, n_above = db.session.execute(
        sa.select(sa.func.count(), sa.func.sum(sa.case((is_above, 1), else_=0))).select_from(each)
    ).one()
    return Leaders([(id, Money(int(minor), currency)) for id, minor in first], n_people, int(n_above or 0))
