"""What is asked of 126,084 genuine records: caps, look-alikes, fees soon after value, the last page of the list (O4, O5, L11)."""

from datetime import date
from decimal import Decimal

from flask.testing import FlaskClient

from app.core import keyset
from app.core.db import db
from app.core.money import Money
from app.ledger import queries
from app.ledger.details import CapDetails
from app.ledger.looks import Near
from app.ledger.models import Entry
from app.ledger.queries import By, Look, Scope
from app.programs import queries as programs
from app.reports.queries_proximity import proximity_report


def ask(name: str, golden: dict[str, object], helga: FlaskClient) -> None:
    """O4, O5, L11, c12, c13, c35: the figures of the golden file, of the program with this name."""
    _caps_would_have_warned()
    _look_alikes_and_zeros_are_found(helga)
    _fees_came_soon_after_value(name, golden)
    _the_last_page_is_found_by_its_place()


def _caps_would_have_warned() -> None:
    """O5: in kind over 1,000.00 USD in a calendar year 1,177 times, over 5,000.00 USD 114 times."""
    both = CapDetails(
        name="In kind",
        currency="USD",
        soft_minor=100_000,
        hard_minor=500_000,
        effective_from_on=date(2013, 1, 1),
    )
    found = queries.simulate(both)
    assert (len(found.rows), found.n_blocked, found.n_unpriced) == (1_177, 114, 0)


def _look_alikes_and_zeros_are_found(helga: FlaskClient) -> None:
    """L11, c12: 1,156 groups, 2,540 rows, none dropped; c13: 21 zero amounts are flagged."""
    twice, zero = Scope(look=Look.DUPLICATES), Scope(look=Look.ZERO)
    assert queries.list_entries(twice).total == keyset.Count(2_540)
    rows = db.session.execute(
        queries.entries_in(twice).with_only_columns(
            Entry.subject_id, Entry.provider_ref, Entry.value_on, Entry.minor, Entry.category
        )
    ).all()
    assert len({tuple(row) for row in rows}) == 1_156
    assert sum(row.n for row in queries.totals([], twice)) == 2_540
    assert sum(row.n for row in queries.totals()) == 126_084
    assert queries.list_entries(zero).total == keyset.Count(21)
    page = helga.get("/ledger/?look=zero").text
    assert "21 of 21 entries" in page
    assert "zero amounts" in page
    assert "50 of 2,540 entries" in helga.get("/ledger/?look=duplicates").text


def _fees_came_soon_after_value(name: str, golden: dict[str, object]) -> None:
    """O4, c35: 90 days 2,018 fees of 297 pairs; 30 days 1,526 and 272; 180 days 2,341 and 302; of 5,154 fees."""
    program = programs.find_program(name)
    report = proximity_report(program, 90)
    assert report.n_all_fees == golden["fee_rows"] == 5_154
    found = {
        str(one.n_days): {
            "fee_rows": one.n_fees, "payer_recipient_pairs": one.n_pairs, "fee_usd": f"{one.amounts[0].amount:f}",
        }
        for one in report.compared
    }  # fmt: skip
    assert found == golden["proximity"]
    assert [(one.n_fees, one.n_pairs) for one in report.compared] == [
        (1_526, 272),
        (2_018, 297),
        (2_341, 302),
    ]
    assert len(report.pairs) == 297
    for one in report.compared:
        (behind,) = queries.totals([], Scope(near=Near(one.n_days)))
        assert (behind.n, behind.received) == (one.n_fees, one.amounts[0])
    assert len(queries.totals([By.PERSON, By.PROVIDER], Scope(near=Near(90)))) == 297
    assert sum((pair.fees for pair in report.pairs), Money(0, "USD")).amount == Decimal("4480001.39")
    assert sum(one.n_fees for one in report.distances) == 5_154


def _the_last_page_is_found_by_its_place() -> None:
    """A page deep in the list is the one that counting rows would give, in every order."""
    for order in ("seq", "-seq", "on", "-on", "value", "-value"):
        ordering = queries.order_named(order)
        wanted = queries.entries_in(Scope()).order_by(*ordering.in_words_of_sql()).offset(125_999).limit(51)
        last, *after = db.session.scalars(wanted).all()
        named = {"seq": (), "on": (last.value_on,), "value": (last.reporting_minor,)}[order.removeprefix("-")]
        shown = queries.list_entries(Scope(), keyset.Place((*named, last.seq)), order).rows
        assert [one.seq for one in shown] == [one.seq for one in after], order
