"""Lines somebody should look at once more: possible duplicates and zero amounts, none of them dropped (L11, c12)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import transaction
from app.ledger import operations, queries
from app.ledger.models import Basis, Unit
from app.ledger.queries import Look, Scope
from tests.factories import ledger, people, programs


def _seqs(look: Look) -> list[int]:
    return [row.seq for row in queries.list_entries(Scope(look=look), order="seq").rows]


def test_lines_that_look_alike_are_listed_and_counted_all_the_same(app: Flask) -> None:
    """L11, c12: other references, same person, provider, day, amount and category."""
    person, program = people.person("Amal"), programs.program()
    one = ledger.post(ledger.stay(person, program, external_ref="A-1")).entry
    two = ledger.post(ledger.stay(person, program, external_ref="A-2"))
    assert "same person, provider, day, amount" in two.warnings[0]
    ledger.post(ledger.stay(person, program, money=ledger.gbp("2080.01")))
    ledger.post(ledger.stay(person, program, provider="Hotel Borealis"))
    ledger.post(ledger.stay(people.person("Bruno"), program))
    assert _seqs(Look.DUPLICATES) == [one.seq, two.entry.seq]
    assert sum(row.n for row in queries.totals()) == 5
    assert [row.reporting_minor for row in queries.totals([], Scope(look=Look.DUPLICATES))] == [416_000]
    with transaction():
        operations.reverse_entry(
            queries.get_entry(two.entry.seq), reason="entered_twice", by=ledger.compliance()
        )
    assert _seqs(Look.DUPLICATES) == []


def test_looks_are_as_of_an_instant(
    app: Flask, at: Callable[[datetime], AbstractContextManager[None]]
) -> None:
    """L11, L14: what looked twice then still does when it is asked as of then, and not before, and not once it was mended."""
    person, program = people.person("Amal"), programs.program()
    days = [datetime(2026, 10, day, 12, tzinfo=UTC) for day in (20, 21, 22)]
    nothing = {"money": None, "basis": Basis.NOT_VALUED, "reason": "A sample without a price"}
    with at(days[0]):
        ledger.post(ledger.stay(person, program, external_ref="A-1"))
    with at(days[1]):
        ledger.post(ledger.stay(person, program, external_ref="A-2"))
        ledger.post(ledger.stay(person, program, **nothing))
    for seq in (2, 3):
        with at(days[2]), transaction():
            operations.reverse_entry(queries.get_entry(seq), reason="entered_twice", by=ledger.compliance())
    found = {
        look: [
            [row.seq for row in queries.list_entries(Scope(look=look, as_of=day), order="seq").rows]
            for day in days
        ]
        for look in Look
    }
    assert found == {
        Look.DUPLICATES: [[], [1, 2], []], Look.ZERO: [[], [3], []], Look.REVERSALS: [[], [], [4, 5]],
    }  # fmt: skip
    assert [row.n for row in queries.totals([], Scope(look=Look.DUPLICATES, as_of=days[1]))] == [2]


def test_zero_amounts_are_listed_but_not_access_and_not_what_was_declined(app: Flask) -> None:
    """c4: kept as not valued, and found again."""
    person, program = people.person("Amal"), programs.program()
    nothing = {"money": None, "basis": Basis.NOT_VALUED}
    zero = ledger.post(ledger.stay(person, program, reason="A sample without a price", **nothing)).entry
    ledger.post(ledger.stay(person, program, unit=Unit.FRONT_SEAT, **nothing))
    ledger.post(ledger.stay(person, program, declined=True))
    ledger.post(ledger.stay(person, program))
    assert _seqs(Look.ZERO) == [zero.seq]


def test_the_list_offers_both(signed_in: Callable[..., FlaskClient]) -> None:
    program, person = programs.program(), people.person("Amal")
    ledger.post(ledger.stay(person, program, external_ref="A-1"))
    ledger.post(ledger.stay(person, program, external_ref="A-2"))
    ruth = signed_in(Role.COORDINATOR)
    page = ruth.get("/ledger/?look=duplicates").text
    assert "possible duplicates" in page
    assert "/ledger/2" in page
    assert "No entry fits" in ruth.get("/ledger/?look=zero").text
    assert ruth.get("/ledger/?look=nonsense").status_code == 200
