"""Saved views, chosen columns, filters in the address: what is kept, who sees it, what is refused and said (R3)."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.lists import operations, policies, queries
from app.lists.details import ViewDetails
from app.lists.models import SavedView, Share
from app.outreach import queries_rhythm
from app.outreach.queries_rhythm import SilenceFilter
from app.people import queries_listing
from app.people.listing import LISTING, filter_of
from app.people.models import Person
from app.programs import operations as program_operations
from app.programs.models import Enrolment, Program, Stage
from tests.conftest import fresh
from tests.factories import accounts, outreach, people, programs

SignIn = Callable[..., FlaskClient]


def save(by: User, name: str = "Mine", share: Share = Share.PRIVATE, **query: str) -> SavedView:
    with transaction():
        return operations.save_view(LISTING, ViewDetails(name=name, share=share, query=query), by=by)


def enrol(program: Program, who: Person, stage: Stage) -> None:
    row = programs.enrolment(program, who)
    with transaction():
        db.session.get_one(Enrolment, row.id).stage = stage


def names_in(page: str) -> list[str]:
    return re.findall(r'<th role="rowheader"[^>]*>.*?<bdi>(.*?)</bdi>', page.split("<tbody")[-1], re.DOTALL)


# -- views -----------------------------------------------------------------------------------------


def test_a_view_is_saved_from_the_address_and_shows_the_same_again(signed_in: SignIn) -> None:
    mei = accounts.user(name="Mei")
    people.person("Ines", owner=mei)
    people.person("Amal", owner=mei)
    browser = signed_in(mei)
    sent = {"name": "France by name", "share": "private"}
    answer = browser.post("/lists/people/views/new?country=FR&order=-name&after=x&bogus=1", data=sent)
    page = browser.get(answer.location).text
    view = db.session.query(SavedView).one()
    assert (view.query, view.columns[:2]) == ({"country": "FR", "order": "-name"}, ["name", "kind"])
    assert (names_in(page), "France by name" in page, "view=" in answer.location) == (["Ines"], True, True)
    assert browser.get(f"/lists/views/{view.id}").location == answer.location


def test_views_are_seen_by_whom_they_are_shared_with(app: object) -> None:
    mei = accounts.user(name="Mei", in_department="PR")
    near, far = (
        accounts.user(name="Near", in_department="PR"),
        accounts.user(name="Far", in_department="Social"),
    )
    for share in Share:
        save(mei, share.value, share)
    seen = {who.name: [one.name for one in queries.list_views("people", who)] for who in (mei, near, far)}
    assert seen == {"Mei": ["all", "department", "private"], "Near": ["all", "department"], "Far": ["all"]}


def test_agencies_see_no_view_of_the_house(app: object) -> None:
    """R3: the name of a view may say what is thought of people."""
    agency, other = (people.organisation(name, kind="agency").id for name in ("Voz", "Other"))
    mei = accounts.user(name="Mei")
    paula, pia, rival = (
        accounts.user(name=name, role=Role.PARTNER, organisation_id=id)
        for name, id in (("Paula", agency), ("Pia", agency), ("Rival", other))
    )
    save(mei, "Of the house", Share.ALL)
    save(paula, "Of the agency", Share.ALL)
    seen = [[one.name for one in queries.list_views("people", who)] for who in (pia, rival)]
    assert seen == [["Of the agency"], []]


def test_only_the_owner_changes_a_view_and_others_copy_it(signed_in: SignIn) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    view = save(mei, "Shared", Share.ALL, country="FR")
    browser = signed_in(omar)
    assert "Copy this view" in browser.get(f"/lists/views/{view.id}/edit").text
    edited = browser.post(f"/lists/views/{view.id}/edit", data={"name": "Taken", "share": "all"})
    assert (edited.status_code, fresh(view).name) == (422, "Shared")
    assert browser.post(f"/lists/views/{view.id}/end").status_code == 403
    assert browser.post(f"/lists/views/{view.id}/copy").status_code == 303
    copied = next(one for one in queries.list_views("people", omar) if one.owner_id == omar.id)
    assert (copied.name, copied.query, copied.share) == ("Shared", {"country": "FR"}, Share.PRIVATE)


def test_a_private_view_of_somebody_else_is_not_there(signed_in: SignIn) -> None:
    view = save(accounts.user(name="Mei"))
    browser = signed_in(Role.RELATIONS)
    for path in (f"/lists/views/{view.id}", f"/lists/views/{view.id}/edit"):
        assert browser.get(path).status_code == 404
    for act in ("copy", "end", "pin", "open-with", "back"):
        assert browser.post(f"/lists/views/{view.id}/{act}").status_code == 404
    assert "not shared with you" in browser.get(f"/people/?view={view.id}").text


def test_a_view_is_removed_and_taken_back(signed_in: SignIn) -> None:
    mei = accounts.user()
    view = save(mei)
    browser = signed_in(mei)
    page = browser.get(browser.post(f"/lists/views/{view.id}/end").location).text
    assert (queries.list_views("people", mei), "The view is removed." in page) == ([], True)
    browser.post(f"/lists/views/{view.id}/back")
    assert [one.id for one in queries.list_views("people", mei)] == [view.id]


def test_a_view_that_names_what_is_gone_says_so_and_still_opens(signed_in: SignIn) -> None:
    mei = accounts.user()
    people.person("Amal", owner=mei)
    view = save(mei, "Old", kind="999", cohort="77", country="FR", order="popularity")
    answer = signed_in(mei).get(f"/lists/views/{view.id}", follow_redirects=True)
    assert (answer.status_code, answer.text.count("names something that does not exist")) == (200, 3)
    assert "names something that does not exist" in signed_in(mei).get("/lists/people/views/").text


def test_the_list_opens_with_the_chosen_view_and_everything_is_one_step_away(signed_in: SignIn) -> None:
    mei = accounts.user()
    people.person("Ines", owner=mei)
    people.person("Amal", owner=mei)
    view = save(mei, country="FR")
    browser = signed_in(mei)
    browser.post(f"/lists/views/{view.id}/open-with", data={"default": "yes"})
    assert names_in(browser.get("/people/", follow_redirects=True).text) == ["Ines"]
    assert names_in(browser.get("/people/?view=all").text) == ["Amal", "Ines"]
    assert names_in(browser.get("/people/?q=amal").text) == ["Amal"]
    browser.post(f"/lists/views/{view.id}/end")
    assert names_in(browser.get("/people/").text) == ["Amal", "Ines"]


def test_pinned_views_stand_on_the_home_page_with_their_number(signed_in: SignIn) -> None:
    mei = accounts.user()
    people.person("Ines", owner=mei)
    people.person("Amal", owner=mei)
    view = save(mei, "All of France", country="FR")
    browser = signed_in(mei)
    assert "All of France" not in browser.get("/").text
    browser.post(f"/lists/views/{view.id}/pin", data={"pinned": "yes"})
    page = browser.get("/", follow_redirects=True).text
    assert re.search(r'All of France</bdi><span class="num">1</span>', page)
    browser.post(f"/lists/views/{view.id}/pin", data={"pinned": "no"})
    browser.get("/", follow_redirects=True)
    assert "All of France" not in browser.get("/", follow_redirects=True).text


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "MINE"])
def test_a_name_that_cannot_be_is_refused_and_kept_in_the_field(signed_in: SignIn, name: str) -> None:
    mei = accounts.user()
    save(mei, "Mine")
    answer = signed_in(mei).post(
        "/lists/people/views/new?country=FR", data={"name": name, "share": "private"}
    )
    assert (answer.status_code, len(queries.list_views("people", mei))) == (422, 1)


def test_there_is_an_end_to_views_and_pins(app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    mei = accounts.user()
    views = [save(mei, f"View {number}") for number in range(2)]
    monkeypatch.setattr(policies, "MOST_VIEWS", 2)
    monkeypatch.setattr(policies, "MOST_PINNED", 1)
    with pytest.raises(policies.ViewRefused):
        save(mei, "One more")
    with transaction():
        operations.pin_view(LISTING, db.session.merge(views[0]), is_pinned=True, by=mei)
    with pytest.raises(policies.ViewRefused), transaction():
        operations.pin_view(LISTING, db.session.merge(views[1]), is_pinned=True, by=mei)


# -- columns ---------------------------------------------------------------------------------------


def heads_in(page: str) -> list[str]:
    heads = re.findall(r'<th role="columnheader" scope="col"[^>]*>(.*?)</th>', page, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", head)).strip() for head in heads]


def test_columns_are_chosen_ordered_and_reset(signed_in: SignIn) -> None:
    mei = accounts.user()
    people.person("Amal", owner=mei, email="amal@example.org")
    browser = signed_in(mei)
    usual = ["Name", "Kind", "Country", "Owner", "Last touch", "Cadence", "Stage", "Flags"]
    assert heads_in(browser.get("/people/").text) == usual
    sent = {
        "columns": ["name", "email", "languages"],
        "place-email": "1",
        "place-name": "2",
        "place-languages": "3",
    }
    assert browser.post("/lists/people/columns?country=AE", data=sent).location == "/people/?country=AE"
    page = browser.get("/people/").text
    assert (heads_in(page), "amal@example.org" in page) == (["E-mail", "Name", "Languages"], True)
    browser.post("/lists/people/columns", data={"reset": "yes"})
    assert heads_in(browser.get("/people/").text) == usual


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
def test_a_column_the_role_may_not_see_is_absent_everywhere(signed_in: SignIn, role: Role) -> None:
    """R3: not offered, not chosen, not by the address, not by a shared view, not in the file."""
    agency = people.organisation("Voz", kind="agency")
    mei = accounts.user(name="Mei")
    amal = people.person("Amal", owner=mei, agency_id=agency.id)
    outreach.touch(amal, by=mei)
    with transaction():
        details = ViewDetails(
            name="All", share=Share.ALL, query={"silent": "0"}, columns=("name", "last_touch", "stage")
        )
        view_id = operations.save_view(LISTING, details, by=mei).id
    who = accounts.user(role=role, organisation_id=agency.id if role is Role.PARTNER else None)
    browser = signed_in(who)
    assert "Last touch" not in browser.get("/lists/people/columns").text
    assert browser.post("/lists/people/columns", data={"columns": ["name", "last_touch"]}).status_code == 422
    for address in (
        "?columns=name,last_touch,stage",
        f"?view={view_id}",
        "?silent=1&stage=active&cadence=over",
    ):
        page = browser.get(f"/people/{address}").text
        assert {"Last touch", "Stage", "Cadence"} & set(heads_in(page)) == set()
        assert ("Amal" in page, "filter-silent" in page) == (True, False)
        file = browser.post(f"/people/export/csv{address}").data.decode("utf-8-sig")
        assert {"last_touch", "stage", "cadence"} & set(next(csv.reader(io.StringIO(file)))) == set()
    assert "no column last_touch" in browser.get("/people/?columns=name,last_touch").text


@pytest.mark.parametrize("sent", [[], ["bogus"], ["name", "search_doc"], ["x" * 9_999]])
def test_columns_that_cannot_be_are_refused(signed_in: SignIn, sent: list[str]) -> None:
    assert signed_in(Role.RELATIONS).post("/lists/people/columns", data={"columns": sent}).status_code == 422


def test_the_list_needs_the_same_queries_whatever_its_rows_with_every_column(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    mei = accounts.user()
    program = programs.program()
    address = f"/people/?columns={','.join(LISTING.columns)}&q=per"
    browser = signed_in(mei)
    counts = []
    for numbers in (range(1), range(1, 30)):
        for number in numbers:
            one = people.admissible(f"Person {number}", owner=mei)
            outreach.touch(one, by=mei)
            enrol(program, one, Stage.ACTIVE)
        browser.get(address)
        count_queries()
        browser.get(address)
        counts.append(count_queries())
    assert counts[0] == counts[1]


# -- filters ---------------------------------------------------------------------------------------


def found(by: User, **query: str) -> list[str]:
    return [row.name for row in queries_listing.list_people(by, filter_of(by, query)).rows]


def test_people_are_filtered_by_language_flag_program_stage_and_cohort(app: object) -> None:
    mei = accounts.user()
    program, other = programs.program(), programs.program("Other")
    wei, ines = people.admissible("Wei", owner=mei), people.admissible("Ines", owner=mei)
    people.person("Amal", owner=mei)
    enrol(program, wei, Stage.ACTIVE)
    enrol(other, ines, Stage.IDENTIFIED)
    cohort = programs.cohort(program)
    with transaction():
        program_operations.shortlist(
            db.session.merge(cohort), db.session.merge(ines), by=db.session.merge(mei)
        )
    assert found(mei, language="zh") == ["Wei"]
    assert found(mei, language="en") == ["Amal", "Ines"]
    assert found(mei, program=str(program.id)) == ["Wei"]
    assert found(mei, stage="active") == ["Wei"]
    assert found(mei, stage="identified", program=str(program.id)) == []
    assert found(mei, cohort=str(cohort.id)) == ["Ines"]
    assert found(mei, flag="opted_out") == []


def test_silence_says_the_same_as_the_page_of_those_gone_quiet(app: object) -> None:
    """G2: one silence, whether asked of the database or of the rows."""
    mei = accounts.user()
    program, short = programs.program(n_cadence_days=30), programs.program("Short", n_cadence_days=10)
    for number in range(8):
        one = people.admissible(f"Person {number}", owner=mei)
        enrol(program, one, Stage.ACTIVE if number % 2 else Stage.VETTED)
        if number % 3 == 0:
            enrol(short, one, Stage.ACTIVE)
        if number:
            outreach.touch(one, by=mei, at=clock.now() - timedelta(days=7 * number))
    now = clock.now()
    for n_days in (0, 6, 7, 20, 21, 28, 400):
        rows = queries_rhythm.list_silences(mei, now, SilenceFilter(n_days=n_days))
        assert sorted(found(mei, silent=str(n_days))) == sorted(one.name for one in rows), n_days
    over = queries_rhythm.list_silences(mei, now, SilenceFilter(is_too_long=True))
    every = queries_rhythm.list_silences(mei, now)
    assert sorted(found(mei, cadence="over")) == sorted(one.name for one in over)
    assert sorted([*found(mei, cadence="over"), *found(mei, cadence="within")]) == sorted(
        one.name for one in every
    )


@pytest.mark.parametrize(
    "query",
    [
        "kind=999", "kind=x", "country=QQ", "country=%00", "owner=999", "owner=-1", "language=xx", "language=%25", "official=perhaps",
        "flag=popular", "pseudonymous=no", "program=999", "program=1e3", "stage=loved", "cohort=99999999999", "silent=-1", "silent=x",
        "silent=99999", "silent=4000", "cadence=never", "kind=" + "9" * 500,
    ],
)  # fmt: skip
def test_a_value_nobody_knows_is_left_out_and_said(signed_in: SignIn, query: str) -> None:
    people.person("Amal")
    answer = signed_in(Role.RELATIONS).get(f"/people/?{query}")
    assert (answer.status_code, names_in(answer.text)) == (200, ["Amal"])
    assert "names something that does not exist" in answer.text
