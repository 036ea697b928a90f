"""Kept runs: what they keep, who reads them, what changed between two, what an erasure leaves of them (P8, O6)."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.core.sheets import Column
from app.events.models import Event
from app.ledger import operations as ledger_operations
from app.ledger.models import Basis, Category, Form
from app.ledger.queries import get_entry
from app.lists.models import Share
from app.people.models import Person
from app.periods.rows import Mark
from app.privacy.retention import POLICIES
from app.privacy.retention_kinds import Kind
from app.reports import differences, queries_runs, runs
from app.reports.gallery import Counted, Figure, Grid, Line, Ref
from app.reports.gallery_all import REPORTS
from app.reports.models import ReportRun, ReportRunRow
from app.reports.policies import DaysRefused
from app.reports.runs import keep, packed, unpacked
from tests.conftest import fresh
from tests.factories import accounts, events, ledger, people, periods, privacy
from tests.factories import reports as make

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]

BEFORE, AFTER = datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def helga(app: Flask) -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


@pytest.fixture
def show(app: Flask, at: At) -> Iterator[Event]:
    with at(BEFORE):
        yield events.event()


def stay(who: Person, show: Event, **changes: Any) -> int:
    posted = ledger.post(ledger.stay(who, show.program, event_id=show.id, **changes))
    return posted.entry.seq


# -- cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [None, "", "By rail", 0, -7, Decimal("0.6250"), Money(-12_345, "GBP"), Money(5, "JPY"), date(2026, 2, 28),
     datetime(2026, 10, 25, 0, 30, 0, 7, tzinfo=UTC), "=1+1", "\u202eמילה", "two\nlines"],
)  # fmt: skip
def test_cells_come_back_as_they_went(cell: Any) -> None:
    kept = json.loads(json.dumps(packed(cell, str.upper)))
    assert unpacked(kept, lambda _ref: "", "") == cell


def test_names_are_kept_as_numbers_and_free_words_as_a_print() -> None:
    assert packed("Ines", str, [Ref("person", 7)]) == {"who": [["person", 7]]}
    assert packed("a secret", lambda _text: "7f", is_prose=True) == {"print": "7f"}
    assert packed("x" * 10_000, lambda _text: "7f") == {"print": "7f"}
    assert unpacked({"print": "7f"}, lambda _ref: "", "(words)") == "(words)"
    names = {Ref("person", 7): "Ines", Ref("user", 7): "Mei"}
    assert unpacked({"who": [["person", 7], ["user", 7]]}, names.__getitem__, "") == "Ines, Mei"


def test_a_print_tells_changes_and_not_words(app: Flask) -> None:
    assert queries_runs.print_of("a") == queries_runs.print_of("a") != queries_runs.print_of("b")
    assert len(queries_runs.print_of("x" * 100_000)) == 32


# -- keeping ---------------------------------------------------------------------------------------


def test_a_run_is_kept_by_a_button_and_read_as_it_was(
    signed_in: SignIn, helga: User, show: Event, at: At
) -> None:
    with at(BEFORE):
        stay(people.person("Ines"), show)
        browser = signed_in(helga)
        page = browser.get(f"/reports/gallery/settlement?event={show.id}").text
        assert f'action="/reports/runs/keep/settlement?event={show.id}"' in page
        answer = browser.post(f"/reports/runs/keep/settlement?event={show.id}")
        run = db.session.query(ReportRun).one()
        assert (answer.status_code, answer.location) == (303, f"/reports/runs/{run.id}")
        assert (run.made_by_id, run.args, run.n_rows, run.checkpoint["size"]) == (
            helga.id,
            {"event": str(show.id)},
            2,
            1,
        )
        stay(people.person("Kerem"), show)
        kept = browser.get(answer.location).text
    assert ("Ines" in kept, "Kerem" in kept, "2,080.00" in kept, "4,160.00" in kept) == (
        True,
        False,
        True,
        False,
    )


@pytest.mark.parametrize("key", ["settlement", "exceptions", "person", "workload"])
@pytest.mark.parametrize("format", ["csv", "xlsx", "json", "pdf"])
def test_a_run_has_the_files_of_any_report(
    signed_in: SignIn, helga: User, show: Event, key: str, format: str
) -> None:
    ines = people.person("Ines")
    stay(ines, show)
    asked = {
        "settlement": {"event": str(show.id)},
        "person": {"person": str(ines.id)},
        "exceptions": {"days": "last-month"},
    }
    run = make.run(helga, key, **asked.get(key, {}))
    answer = signed_in(helga).get(f"/reports/runs/{run.id}/export/{format}")
    assert (answer.status_code, len(answer.data) > 10) == (200, True)
    if format == "json":
        assert answer.get_json()["report"] == key


def test_a_run_says_where_the_period_of_its_days_stood(signed_in: SignIn, helga: User, at: At) -> None:
    """L12: as it stood when the run was kept, also once it is locked."""
    days = "2026-10-01..2026-12-31"
    none = make.run(helga, "exceptions", days="2026-07-01..2026-09-30")
    assert none.period == "No period was opened for these days."
    with at(periods.IN_REVIEW):
        in_review = periods.review()
        before = make.run(helga, "exceptions", days=days)
    periods.lock(in_review)
    with at(periods.LATER):
        after = make.run(helga, "exceptions", days=days)
        page = signed_in(helga).get(f"/reports/runs/{after.id}").text
    assert (before.period, after.period) == (f"{in_review.name}: In review", f"{in_review.name}: Locked")
    assert "Locked" in page


def test_too_many_lines_keep_the_figures_and_say_so(
    signed_in: SignIn, helga: User, show: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_ROWS", 1)
    stay(people.person("Ines"), show)
    run = make.run(helga, "settlement", event=str(show.id))
    assert (run.n_rows, db.session.query(ReportRunRow).count()) == (2, 0)
    browser = signed_in(helga)
    page = browser.get(f"/reports/runs/{run.id}").text
    assert ("2,080.00" in page, "too many to keep" in page) == (True, True)
    assert "only the figures can be compared" in browser.get(f"/reports/runs/compare?before={run.id}").text


def test_there_is_an_end_to_runs(signed_in: SignIn, helga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.reports.policies_saved.MOST_RUNS", 1)
    browser = signed_in(helga)
    address = "/reports/runs/keep/exceptions?days=last-month"
    assert [browser.post(address).status_code for _ in range(2)] == [303, 422]
    run = db.session.query(ReportRun).one()
    assert browser.post(f"/reports/runs/{run.id}/remove").status_code == 303
    assert (db.session.query(ReportRun).count(), db.session.query(ReportRunRow).count()) == (0, 0)
    assert browser.post(address).status_code == 303


def test_runs_are_read_by_whom_the_settings_are_shared_with(signed_in: SignIn, helga: User) -> None:
    mine = make.run(helga, days="last-month")
    private = make.run(helga, view=make.saved_report(helga), days="last-month")
    shared = make.run(helga, view=make.saved_report(helga, name="Ours", share=Share.ALL), days="last-month")
    other = signed_in(accounts.user(role=Role.AUDITOR, name="Aldo", in_department="Audit"))
    seen = [other.get(f"/reports/runs/{run.id}").status_code for run in (mine, private, shared)]
    assert seen == [404, 404, 200]
    assert other.post(f"/reports/runs/{shared.id}/remove").status_code == 403
    assert other.get(f"/reports/runs/compare?before={mine.id}&after={shared.id}").status_code == 404
    for role in (Role.ASSISTANT, Role.PARTNER, Role.ADMIN):
        assert signed_in(role).get(f"/reports/runs/{shared.id}").status_code == 403


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/reports/runs/compare", 422, "Choose the run to compare with"),
        ("/reports/runs/compare?before=x", 422, "Choose the run to compare with"),
        ("/reports/runs/compare?before=" + "9" * 5_000, 422, "Choose the run"),
        ("/reports/runs/compare?before=77", 404, ""),
        ("/reports/runs/compare?before={a}&after=x", 422, "with another one, or with now"),
        ("/reports/runs/compare?before={a}&after={a}", 422, "the same run twice"),
        ("/reports/runs/compare?before={a}&after={b}", 422, "two different reports"),
        ("/reports/runs/compare?before={a}&after=77", 404, ""),
        ("/reports/runs/{a}/export/doc", 404, ""),
        ("/reports/runs/{a}/export/csv?table=nothing", 404, ""),
        ("/reports/runs/compare/export/csv?before={a}&table=nothing", 404, ""),
    ],
)
def test_runs_that_cannot_be_compared(
    signed_in: SignIn, helga: User, address: str, status: int, said: str
) -> None:
    ids = {"a": make.run(helga, days="last-month").id, "b": make.run(helga, "workload").id}
    answer = signed_in(helga).get(address.format(**ids))
    assert (answer.status_code, said in answer.text) == (status, True)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("keep/unknown", 404), ("keep/settlement", 422), ("keep/settlement?event=x", 422), ("keep/exceptions?days=x", 422),
        ("keep/exceptions?as_of=2099-01-01", 422), ("keep/person?person=777", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_kept(signed_in: SignIn, helga: User, address: str, status: int) -> None:
    assert signed_in(helga).post(f"/reports/runs/{address}").status_code == status
    assert db.session.query(ReportRun).count() == 0


# -- what changed ----------------------------------------------------------------------------------


def _grid(*lines: Line) -> Grid:
    return Grid("people", "People", (Column("name", "Name"), Column("n", "Pieces", "integer")), lines)


def _line(id: int | None, n: int, key: str = "") -> Line:
    return Line((f"Person {id}", n), key=key, person_id=id, named={"name": [Ref("person", id)]} if id else {})


def _counted(base: Counted, *lines: Line, **figures: Any) -> Counted:
    return replace(
        base, grids=[_grid(*lines)], figures=[Figure(key, key, value) for key, value in figures.items()]
    )


@pytest.fixture
def base(app: Flask, helga: User) -> Counted:
    return REPORTS["workload"].count(make.require_asked(REPORTS["workload"], {}, helga))


def test_lines_are_told_apart_by_whom_they_are_about(base: Counted) -> None:
    before = keep(_counted(base, _line(1, 5), _line(2, 6), _line(3, 7), n=3, cash=Money(100, "GBP")), str)
    after = keep(_counted(base, _line(3, 7), _line(2, 8), _line(4, 1), n=4, cash=Money(100, "GBP")), str)
    figures, (grid,) = differences.compare(before, after, {})
    assert [(one.key, one.is_changed) for one in figures] == [("n", True), ("cash", False)]
    assert [(one.mark, one.row.person_id, list(one.cells)) for one in grid.rows] == [
        (Mark.CHANGED, 2, ["n"]), (Mark.NEW, 4, []), (Mark.REMOVED, 1, []),
    ]  # fmt: skip
    assert grid.n_unchanged == 1


def test_merged_records_are_one_person_and_a_second_line_of_theirs_is_gone(base: Counted) -> None:
    before, after = (
        keep(_counted(base, _line(1, 5), _line(2, 6)), str),
        keep(_counted(base, _line(2, 11)), str),
    )
    _figures, (grid,) = differences.compare(before, after, {1: 2})
    assert [(one.mark, one.row.person_id) for one in grid.rows] == [(Mark.CHANGED, 2), (Mark.REMOVED, 1)]
    alone = keep(_counted(base, _line(1, 11)), str)
    _figures, (same,) = differences.compare(alone, after, {1: 2})
    assert (same.rows, same.n_unchanged) == ([], 1)


def test_columns_that_came_or_went_are_changes_of_cells(base: Counted) -> None:
    before = keep(_counted(base, _line(1, 5)), str)
    wider = Grid("people", "People", (Column("name", "Name"), Column("more", "More")), [
        Line(("Person 1", "x"), person_id=1, named={"name": [Ref("person", 1)]}),
    ])  # fmt: skip
    _figures, (grid,) = differences.compare(before, keep(replace(base, grids=[wider]), str), {})
    assert [(one.mark, list(one.cells)) for one in grid.rows] == [(Mark.CHANGED, ["more", "n"])]


def test_what_changed_since_a_run_stands_on_page_and_in_files(
    signed_in: SignIn, helga: User, show: Event, at: At
) -> None:
    with at(BEFORE):
        ines, kerem, sara = people.person("Ines"), people.person("Kerem"), people.person("Sara")
        first = stay(ines, show)
        stay(kerem, show)
        run = make.run(helga, "settlement", event=str(show.id))
    with at(AFTER):
        with transaction():
            ledger_operations.reverse_entry(get_entry(first), reason="It never happened.", by=helga)
        stay(kerem, show, external_ref="again", money=ledger.gbp("20"))
        stay(sara, show)
        browser, args = signed_in(helga), {"before": run.id}
        page = browser.get("/reports/runs/compare", query_string=args).text
        document = browser.get("/reports/runs/compare/export/json", query_string=args).get_json()
        sheet = browser.get("/reports/runs/compare/export/xlsx", query_string=args)
        paper = browser.get("/reports/runs/compare/export/pdf", query_string=args)
        data = browser.get(
            "/reports/runs/compare/export/csv", query_string={**args, "table": "rows_by_person"}
        ).data
    amounts = {row["figure"]: row for row in document["tables"]["amounts"]}
    assert amounts["Actual, non-cash"] == {
        "figure": "Actual, non-cash", "before": {"amount": "4160.00", "currency": "GBP"},
        "after": {"amount": "4180.00", "currency": "GBP"}, "step": {"amount": "20.00", "currency": "GBP"},
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [(row["mark"], row["line"], row["what"], row["before"], row["after"]) for row in rows][:2] == [
        ("changed", "Ines", "Actual, non-cash", "GBP 2,080.00", "GBP 0.00"),
        ("changed", "Kerem", "Actual, non-cash", "GBP 2,080.00", "GBP 2,100.00"),
    ]  # fmt: skip
    assert (rows[2]["mark"], rows[2]["line"], "Actual, non-cash: GBP 2,080.00" in rows[2]["after"]) == (
        "new",
        "Sara",
        True,
    )
    for words in ("1 new, 2 changed, 0 removed, 0 unchanged", "Kerem", "GBP 2,100.00", "4,180.00"):
        assert words in page
    assert (sheet.status_code, paper.status_code) == (200, 200)


def test_the_same_twice_says_that_nothing_changed(signed_in: SignIn, helga: User, show: Event) -> None:
    stay(people.person("Ines"), show)
    run = make.run(helga, "settlement", event=str(show.id))
    page = signed_in(helga).get(f"/reports/runs/compare?before={run.id}").text
    assert ("Every line is as it was" in page, "0 new, 0 changed, 0 removed, 1 unchanged" in page) == (
        True,
        True,
    )


def test_a_run_is_compared_with_now_in_any_language(signed_in: SignIn, helga: User, app: Flask) -> None:
    """Words in cells are kept in English, so a reader of another language sees no change where there is none."""
    with transaction():
        db.session.merge(helga).locale = "fr"
    browser = signed_in(fresh(helga))
    browser.post("/reports/runs/keep/workload")
    run = db.session.query(ReportRun).one()
    page = browser.get(f"/reports/runs/compare?before={run.id}").text
    assert "0 modifiées" in page


# -- erasure ---------------------------------------------------------------------------------------


def test_an_erased_person_is_in_no_run_any_more(signed_in: SignIn, helga: User, show: Event) -> None:
    """P8: their lines go, the run of their card goes, sums stay; comparing says how many lines are gone."""
    ines, kerem = people.person("Inès Quillfeather"), people.person("Kerem")
    stay(ines, show)
    stay(kerem, show)
    settled = make.run(helga, "settlement", event=str(show.id)).id
    card = make.run(helga, "person", person=str(ines.id)).id
    assert db.session.query(ReportRunRow).filter_by(person_id=ines.id).count() > 1
    privacy.erase(ines)
    db.session.expire_all()
    assert db.session.query(ReportRunRow).filter_by(person_id=ines.id).count() == 0
    browser = signed_in(fresh(helga))
    assert browser.get(f"/reports/runs/{card}").status_code == 404
    page = browser.get(f"/reports/runs/{settled}").text
    assert ("Quillfeather" in page, "Kerem" in page, "4,160.00" in page, "1 line was erased since" in page) == (
        False, True, True, True,
    )  # fmt: skip
    assert "1 line was erased since" in browser.get(f"/reports/runs/compare?before={settled}").text


def test_old_runs_go_by_themselves(app: Flask, helga: User, at: At) -> None:
    with at(BEFORE):
        run = make.run(helga, days="last-month")
        policy = POLICIES[Kind.REPORT_RUNS]
        assert (policy.n_days, [one.row_id for one in policy.find(clock.today())]) == (1095, [run.id])
        with transaction():
            assert not policy.delete([run.id], None)
    assert db.session.query(ReportRun).count() == 0


# -- reports with pages of their own ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "page", "args"),
    [
        ("value", "/reports/value/{program}", {"program": "{program}"}),
        ("quarter", "/reports/quarter?", {"program": "{program}", "days": "2026-10-01..2026-12-31"}),
        ("proximity", "/reports/proximity?", {"program": "{program}", "within": "60", "counting": "any"}),
    ],
)
def test_reports_with_pages_of_their_own_are_kept_and_compared(
    signed_in: SignIn, helga: User, show: Event, at: At, report: str, page: str, args: dict[str, str]
) -> None:
    """The button on the page keeps what the page says; a later entry is a change of a figure and of a line (O6)."""
    asked = {name: text.format(program=show.program_id) for name, text in args.items()}
    with at(BEFORE):
        ines = people.person("Ines")
        stay(ines, show)
        fee = {"category": Category.WORKSHOP_FEE, "form": Form.CASH_EQUIVALENT, "basis": Basis.RATE_CARD}
        stay(ines, show, **fee, external_ref="C-1")
        browser = signed_in(helga)
        there = browser.get(f"/reports/gallery/{report}", query_string=asked)
        shown = browser.get(there.location)
        keep_url = re.search(r'action="(/reports/runs/keep/[^"]*)"', shown.text)
        assert keep_url is not None
        kept = browser.post(unescape(keep_url[1]))
        run = db.session.query(ReportRun).one()
        assert (there.location.startswith(page.format(program=show.program_id)), run.args) == (True, asked)
        assert (kept.location, browser.get(kept.location).status_code) == (f"/reports/runs/{run.id}", 200)
        assert f"/reports/runs/{run.id}" in browser.get(there.location).text
    with at(AFTER):
        stay(ines, show, **fee, external_ref="C-2")
        answer = signed_in(fresh(helga)).get(f"/reports/runs/compare/export/json?before={run.id}")
        told = answer.get_json()
    assert answer.status_code == 200, answer.text
    assert (told["figures"]["figures_changed"] > 0, told["figures"]["rows_changed"] > 0) == (True, True)


def test_a_kept_run_of_value_says_what_its_files_say(
    signed_in: SignIn, helga: User, show: Event, at: At
) -> None:
    """O6: the figures that are kept and those of the file come from one count."""
    with at(BEFORE):
        stay(people.person("Ines"), show)
        run = make.run(helga, "value", program=str(show.program_id))
        browser = signed_in(helga)
        kept = browser.get(f"/reports/runs/{run.id}/export/json").get_json()
        own = browser.get(f"/reports/value/{show.program_id}/export/json").get_json()
    assert kept["figures"]["non_cash"]["amount"] == own["non_cash"] == "2080.00"
    assert (
        [row["name"] for row in kept["tables"]["people"]]
        == [row["name"] for row in own["people"]]
        == ["Ines"]
    )


def test_a_quarter_in_a_house_without_programs_is_refused(helga: User) -> None:
    with pytest.raises(DaysRefused, match="no program"):
        make.run(helga, "quarter", days="2026-07-01..2026-09-30")
