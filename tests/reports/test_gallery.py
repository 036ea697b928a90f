"""The gallery as such: what is asked, what cannot be used, who may, and how much a page asks the database."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.charts import Kind
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger.models import Category, Commitment, CommitmentStage, Form, Leg
from app.ledger.queries import By, Scope, totals
from app.reports.charts import by_month
from app.reports.gallery import Asked
from app.reports.gallery_all import REPORTS, get_report
from app.reports.gallery_program import drawn_of, fence_of
from app.reports.quarter import Share
from tests.factories import accounts, events, ledger, people

SignIn = Callable[..., FlaskClient]


@pytest.mark.parametrize("key", REPORTS)
def test_an_empty_house_has_a_page_for_every_report(signed_in: SignIn, key: str) -> None:
    page = signed_in(Role.COMPLIANCE).get(f"/reports/gallery/{key}")
    assert page.status_code == 200
    assert any(words in page.text for words in ("Nothing to report", "Of what?", "Of whom?", "Key figures"))


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("days=2026-13-01..2026-12-01", 422, "not two dates"),
        ("days=2026-12-01..2026-01-01", 422, "Give a first and a last day"),
        ("days=1200-01-01..1200-03-01", 422, "between 1990 and 2100"),
        ("days=" + "9" * 5000, 422, "not two dates"),
        ("days=%00..%00", 422, "not two dates"),
        ("table=nothing&page=-4", 200, "Exceptions register"),
        ("table=register&page=99999999999", 200, "Exceptions register"),
        ("program=7", 200, "Exceptions register"),  # it does not ask for one
    ],
)
def test_what_cannot_be_used_is_said_and_the_usual_shown(
    signed_in: SignIn, query: str, status: int, said: str
) -> None:
    found = signed_in(Role.COMPLIANCE).get(f"/reports/gallery/exceptions?{query}")
    assert (found.status_code, said in found.text) == (status, True)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/reports/gallery/unknown", 404), ("/reports/gallery/unknown/export/csv", 404),
        ("/reports/gallery/exceptions/export/doc", 404), ("/reports/gallery/exceptions/export/csv?table=unknown", 404),
        ("/reports/gallery/exceptions/export/csv?days=x", 422),
    ],
)  # fmt: skip
def test_what_is_not_there(signed_in: SignIn, address: str, status: int) -> None:
    assert signed_in(Role.COMPLIANCE).get(address).status_code == status


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER, Role.DOOR, Role.ADMIN])
@pytest.mark.parametrize("key", REPORTS)
def test_who_sees_no_amounts_opens_no_report(signed_in: SignIn, role: Role, key: str) -> None:
    """R3"""
    browser = signed_in(role)
    assert browser.get(f"/reports/gallery/{key}").status_code == 403
    assert browser.get(f"/reports/gallery/{key}/export/json").status_code == 403


def test_a_settlement_asks_the_same_for_one_guest_and_for_thirty(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    show = events.event()
    browser = signed_in(Role.COMPLIANCE)
    asked = []
    for n in (1, 30):
        for number in range(n):
            guest = people.person(f"Guest {n} {number}")
            ledger.post(ledger.stay(guest, show.program, event_id=show.id, external_ref=f"{n}/{number}"))
        count_queries()
        page = browser.get(f"/reports/gallery/settlement?event={show.id}")
        asked.append(count_queries())
        assert page.status_code == 200
        assert f"Guest {n} 0" in page.text
    assert asked[0] == asked[1]


def test_planned_committed_and_actual_are_counted_apart(app: Flask) -> None:
    """L4, O6: what is planned, booked, received, charged to ourselves and refused stands in a column each, in no two."""
    show, guest = events.event(), people.person("Jack")
    ledger.post(ledger.stay(guest, show.program, event_id=show.id))
    ledger.post(ledger.stay(guest, show.program, event_id=show.id, declined=True, external_ref="no"))
    stages = {
        CommitmentStage.PLANNED: 100,
        CommitmentStage.COMMITTED: 200,
        CommitmentStage.BORNE: 300,
        CommitmentStage.RELEASED: 400,
    }
    with transaction():
        for stage, minor in stages.items():
            db.session.add(
                Commitment(
                    person_id=guest.id, program_id=show.program_id, event_id=show.id, category=Category.TRAVEL_AIR, stage=stage,
                    expected_on=date(2026, 10, 12), reporting=Money(minor, "GBP"), source_kind="travel", source_part=stage.value,
                    source_id=1, made_at=clock.now(),
                )
            )  # fmt: skip
    report = get_report("settlement")
    counted = report.count(Asked(by=accounts.user(role=Role.COMPLIANCE), event=db.session.merge(show)))
    found = {one.key: one.value for one in counted.figures}
    assert found == {
        "planned": Money(100, "GBP"), "committed": Money(200, "GBP"), "actual": Money(208_000, "GBP"), "cash": Money(0, "GBP"),
        "borne": Money(300, "GBP"), "declined": Money(208_000, "GBP"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pounds", "fence"),
    [
        ([10] * 7, None),  # too few to say
        ([10] * 8, 10),
        ([1, 2, 3, 4, 5, 6, 7, 8, 100], 13),  # quartiles 3 and 7
    ],
)
def test_who_is_far_above_the_others(pounds: list[int], fence: int | None) -> None:
    """O1: Tukey's upper fence, among enough people."""
    found = fence_of([Money(100 * one, "GBP") for one in pounds])
    assert found == (None if fence is None else Money(100 * fence, "GBP"))


def test_value_by_month_keeps_the_legs_apart(app: Flask) -> None:
    show = events.event()
    guest = people.person("Guest")
    for number, day in enumerate((date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28))):
        stay = ledger.stay(guest, show.program, value_on=day, external_ref=str(number))
        ledger.post(stay.model_copy(update={"money": Money(100 * (number + 1), "GBP")}))
    fee = ledger.stay(guest, show.program, value_on=date(2026, 2, 3), external_ref="fee")
    paid = {
        "category": Category.SPEAKING_FEE,
        "form": Form.CASH_EQUIVALENT,
        "money": Money(700, "GBP"),
        "line": None,
    }
    ledger.post(fee.model_copy(update=paid))
    rows = totals([By.MONTH, By.LEG], Scope(program_id=show.program_id))
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    assert {(row["month"], row["leg"]): row.reporting_minor for row in rows} == {
        (january, Leg.NON_CASH): 100, (february, Leg.NON_CASH): 500, (february, Leg.CASH): 700,
    }  # fmt: skip
    assert [(bar.label, bar.kind) for bar in by_month(rows, "GBP").bars] == [
        ("Jan 26, Non-cash", Kind.NON_CASH), ("Feb 26, Non-cash", Kind.NON_CASH), ("Feb 26, Cash", Kind.CASH),
    ]  # fmt: skip


@pytest.mark.parametrize(("n", "n_drawn"), [(0, 0), (400, 400), (401, 400), (10_000, 400)])
def test_a_drawing_shows_those_with_most_and_some_of_all_others(n: int, n_drawn: int) -> None:
    given = [share(number, 10_000_000 - number) for number in range(n)]
    drawn = drawn_of(given)
    assert len(drawn) == len({one.person_id for one in drawn}) == n_drawn
    assert list(drawn) == sorted(drawn, key=lambda one: -one.non_cash.minor)
    assert drawn[:200] == given[:200]
    if n > 400:
        assert drawn[-1].person_id is not None
        assert n - drawn[-1].person_id <= n // 200 + 1


def share(number: int, minor: int) -> Share:
    nothing = Money(0, "GBP")
    return Share(
        number, f"Guest {number}", "GB", n_people=1, n=1, non_cash=Money(minor, "GBP"), cash=nothing, n_declined=0,
        declined=nothing,
    )  # fmt: skip
