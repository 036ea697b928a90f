"""Lists that grow without end are cut in the database, not after they were read whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.keyset import token_of
from app.events.models import Invitation, InvitationState
from app.executives import queries as executives
from app.executives.models import AccessRequest, Executive, Meeting, RequestState, Slot
from app.imports.models import ImportKind, ImportRun
from app.people.models import Affiliation, Organisation, Person, Representation
from app.people.queries import visible_to
from app.programs import queries_cohorts
from app.programs.models import Cohort, CohortMember, Program
from app.reports.models import ReportRun
from app.travel.models import Trip
from tests.factories import accounts
from tests.factories import reports as make_reports

As = Callable[..., TestResponse]

CUT: list[tuple[str, type[Any]]] = [
    ("/trips", Trip), ("/meetings", Meeting), ("/organisations", Organisation),
    ("/requests?state=accepted", AccessRequest), ("/executives/1/slots", Slot),
    ("/events/1/invitations", Invitation), ("/cohorts/1/members", CohortMember),
    ("/organisations/1/people", Affiliation), ("/imports", ImportRun), ("/runs?report=exceptions", ReportRun),
]  # fmt: skip
PATHS = [path for path, _model in CUT]


@pytest.fixture(autouse=True)
def _more_than_the_demo_has(request: pytest.FixtureRequest) -> None:
    """Rows for the lists that would be too short to turn."""
    path = getattr(request.node, "callspec", None) and request.node.callspec.params.get("path")
    if path not in {"/organisations/1/people", "/imports", "/runs?report=exceptions"}:
        return
    request.getfixturevalue("london")
    mei = _user("mei")
    for number in range(4):
        if path.startswith("/runs"):
            make_reports.run(mei)
            continue
        rows = {
            "/organisations/1/people": Affiliation(
                person_id=number + 1, organisation_id=1, role="Adviser", from_on=clock.today()
            ),
            "/imports": ImportRun(
                kind=ImportKind.PEOPLE,
                file_name=f"{number}.csv",
                file_sha256="0" * 64,
                by_id=mei.id,
                at=clock.now(),
            ),
        }
        with transaction():
            db.session.add(rows[path])


def _at(path: str, **asked: object) -> str:
    """An address with more behind its question mark."""
    more = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{path}{'&' if '?' in path else '?'}{more}"


def _whole(as_: As, who: str, path: str) -> list[dict[str, Any]]:
    """A list in one page."""
    answer = as_(who, "GET", _at(path, limit=200))
    assert answer.status_code == 200, path
    rows: list[dict[str, Any]] = answer.get_json()["items"]
    return rows


def _turned(as_: As, who: str, path: str, limit: int) -> list[dict[str, Any]]:
    """A list page by page."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    while after != "":
        page = as_(who, "GET", _at(path, limit=limit, after=after or "")).get_json()
        found += page["items"]
        after = page["next"]
    return found


def _user(who: str) -> User:
    return db.session.scalars(sa.select(User).filter_by(email=f"{who}@lumen.example")).one()


@contextmanager
def _rows_read(model: type[Any]) -> Iterator[list[int]]:
    """The numbers of the rows that came out of the database."""
    seen: list[int] = []

    def note(row: Any, _context: object) -> None:
        seen.append(sa.inspect(row).identity[0])

    sa.event.listen(model, "load", note)
    try:
        yield seen
    finally:
        sa.event.remove(model, "load", note)


@pytest.mark.parametrize(("path", "model"), CUT)
def test_a_page_reads_its_own_rows_and_one_more(
    as_: As, count_queries_of_london: Callable[[], int], path: str, model: type[Any]
) -> None:
    """All pages together are the list, in its order, and each asks the same number of queries."""
    whole = _whole(as_, "mei", path)
    assert len(whole) > 3
    seen: list[dict[str, Any]] = []
    asked: list[int] = []
    after: str | None = None
    while after != "":
        db.session.expunge_all()
        count_queries_of_london()
        with _rows_read(model) as read:
            page = as_("mei", "GET", _at(path, limit=2, after=after or "")).get_json()
        asked.append(count_queries_of_london())
        assert len(set(read)) <= 3, path
        seen += page["items"]
        after = page["next"]
    assert seen == whole
    assert [row["id"] for row in whole] == sorted({row["id"] for row in whole})
    assert len(set(asked)) == 1, asked


@pytest.mark.parametrize("path", PATHS)
def test_a_page_asks_the_same_number_of_queries_whatever_it_holds(
    as_: As, count_queries_of_london: Callable[[], int], path: str
) -> None:
    as_("mei", "GET", path)
    asked = {}
    for limit in (1, 200):
        db.session.expunge_all()
        count_queries_of_london()
        n_rows = len(as_("mei", "GET", _at(path, limit=limit)).get_json()["items"])
        asked[n_rows] = count_queries_of_london()
    assert len(asked) == 2
    assert len(set(asked.values())) == 1, asked


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "after", ["x", "WyJhIl0", "W10", "WzEsMl0", "W251bGxd", "WzIxNDc0ODM2NDhd", "W1tbW1tb"]
)
def test_what_names_no_place_is_not_found(as_: As, path: str, after: str) -> None:
    """No JSON, a word, nothing, two numbers, null, a number no record has, half a list: the same problem at every list."""
    answer = as_("mei", "GET", _at(path, after=after))
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    problem = answer.get_json()
    assert problem["type"] == "/developers#problem-not-found"
    assert problem["detail"] == "There is no such place in the list in this order. Begin at its first page."


@pytest.mark.parametrize("path", PATHS)
def test_a_place_is_the_number_of_its_last_row_whether_that_is_still_there_or_not(as_: As, path: str) -> None:
    """The words handed out while lists were read whole."""
    whole = _whole(as_, "mei", path)
    first = whole[0]["id"]
    assert _whole(as_, "mei", _at(path, after=token_of([first]))) == whole[1:]
    assert _whole(as_, "mei", _at(path, after=token_of([0]))) == whole
    assert _whole(as_, "mei", _at(path, after=token_of([2**31 - 1]))) == []


def test_a_list_of_trips_is_narrowed_before_it_is_cut(as_: As) -> None:
    """By event and by person, each page of it."""
    trip = as_("mei", "GET", "/trips?limit=200").get_json()["items"][-1]
    for asked in (f"person_id={trip['person_id']}", f"event_id={trip['event_id']}"):
        name, _, number = asked.partition("=")
        rows = as_("mei", "GET", f"/trips?{asked}&limit=1").get_json()["items"]
        assert [row[name] for row in rows] == [int(number)]


# -- what each reader sees of them ---------------------------------------------------------------------------


def _represent(who: str, n_people: int) -> set[int]:
    """The people an agency's user sees, after as many more were given to the agency."""
    partner = _user(who)
    own = set(db.session.scalars(visible_to(partner).with_only_columns(Person.id)))
    invited = sa.select(Invitation.person_id).where(
        Invitation.event_id == 1, Invitation.person_id.not_in(own)
    )
    assert partner.organisation_id is not None
    with transaction():
        for person_id in db.session.scalars(invited.order_by(Invitation.id.desc()).limit(n_people)).all():
            since = {"from_at": clock.now() - timedelta(days=1), "from_on": clock.today() - timedelta(days=1)}
            db.session.add(
                Representation(person_id=person_id, organisation_id=partner.organisation_id, **since)
            )
            own.add(person_id)
    return own


def test_an_agency_turns_the_pages_of_its_own_people(as_: As) -> None:
    """R3: an event's invitations, one at a time; drafts are nobody's business yet."""
    own = _represent("paula", 3)
    everybody = _whole(as_, "mei", "/events/1/invitations")
    expected = [row["id"] for row in everybody if row["person_id"] in own]
    assert 4 == len(expected) < len(everybody)
    with transaction():
        db.session.get_one(Invitation, expected.pop(1)).state = InvitationState.DRAFT
    turned = [row["id"] for row in _turned(as_, "paula", "/events/1/invitations", 1)]
    assert turned == expected


@pytest.mark.parametrize("path", ["/requests?state=accepted", "/executives/1/slots", "/cohorts/1/members"])
def test_an_agency_reads_no_list_of_executives_or_cohorts(as_: As, path: str) -> None:
    assert as_("paula", "GET", path).status_code == 403


def test_what_such_lists_are_cut_from_holds_nobody_else_either(london: Flask) -> None:
    """R3: were their role ever let in, it would find its own people there, and no others."""
    own = _represent("paula", 3)
    paula, cohort = _user("paula"), db.session.get_one(Cohort, 1)
    members = db.session.scalars(queries_cohorts.members_matching(cohort, paula)).all()
    requests = db.session.scalars(executives.requests_matching(paula, state=RequestState.ACCEPTED)).all()
    for rows in (members, requests):
        assert rows
        assert {row.person_id for row in rows} <= own


def test_an_assistant_turns_the_pages_of_calendars_entrusted_to_them(as_: As) -> None:
    """R3: a calendar somebody else keeps shows neither its requests nor its windows."""
    before = _whole(as_, "daniel", "/requests?state=accepted")
    other = accounts.user(role=Role.ASSISTANT, name="Otto", email="otto@lumen.example")
    with transaction():
        db.session.get_one(Executive, 2).assistant_id = other.id
    theirs = set(db.session.scalars(sa.select(Slot.id).where(Slot.executive_id == 2)))
    for who, expected in (
        ("daniel", [row for row in before if row["slot_id"] not in theirs]),
        ("otto", [row for row in before if row["slot_id"] in theirs]),
    ):
        assert 0 < len(expected) < len(before)
        assert _turned(as_, who, "/requests?state=accepted", 2) == expected
    assert as_("daniel", "GET", "/executives/2/slots").status_code == 404
    assert {row["id"] for row in _whole(as_, "otto", "/executives/2/slots")} == theirs


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/organisations?kind=agency", "kind", "agency"), ("/requests?state=open", "state", "open"),
        ("/requests?state=accepted&person_id=8", "person_id", 8), ("/executives/1/slots?event_id=3", "event_id", 3),
        ("/events/1/invitations?state=declined", "state", "declined"), ("/events/1/invitations?wave=1", "wave", 1),
    ],
)  # fmt: skip
def test_each_list_is_narrowed_before_it_is_cut(as_: As, path: str, name: str, value: object) -> None:
    """Page by page what one page of the whole list has of it."""
    bare = path.partition("?")[0]
    state = path.partition("state=accepted")[1]
    everybody = _whole(as_, "mei", f"{bare}?{state}" if state or "requests" not in bare else path)
    expected = [row for row in everybody if row[name] == value]
    assert expected
    assert _turned(as_, "mei", path, 1) == expected


def test_windows_that_were_withdrawn_or_are_over_are_not_among_them(as_: As) -> None:
    whole = _whole(as_, "mei", "/executives/1/slots")
    gone, *others = [row["id"] for row in whole]
    with transaction():
        db.session.get_one(Slot, gone).withdrawn_at = clock.now()
    assert [row["id"] for row in _whole(as_, "mei", "/executives/1/slots")] == others
    last = max(row["ends_at"] for row in whole)
    assert _whole(as_, "mei", f"/executives/1/slots?from_at={last}") == []


# -- members of a cohort -------------------------------------------------------------------------------------


def test_members_are_those_of_the_board_with_what_its_rule_says_of_each(as_: As) -> None:
    """P4, P5: nobody released, opted out or under a pseudonym; who joined without fitting is told so."""
    cohort = db.session.get_one(Cohort, 1)
    first, second, third, fourth, *_rest = db.session.scalars(
        queries_cohorts.members_matching(cohort, None).order_by(CohortMember.id)
    ).all()
    line = {"field": "home_country", "op": "is", "values": [fourth.person.home_country]}
    with transaction():
        first.person.is_opted_out = True
        second.person.is_pseudonymous = True
        third.released_at = clock.now()
        cohort.rule = {"match": "all", "groups": [{"match": "all", "lines": [line]}]}
    board = queries_cohorts.cohort_board(cohort, _user("mei")).members
    names = queries_cohorts.user_names()
    expected = [
        (row.member.id, row.explanation.holds, row.why(names), row.is_enrolled)
        for row in sorted(board, key=lambda row: row.member.id)
    ]
    shown = [
        (row["id"], row["fits_rule"], row["why"], row["is_enrolled"])
        for row in _whole(as_, "mei", "/cohorts/1/members")
    ]
    assert shown == expected
    assert not {first.id, second.id, third.id} & {row[0] for row in shown}
    assert len({row[1] for row in shown}) == 2


def test_a_page_of_members_reads_nobody_but_them(as_: As) -> None:
    whole = _whole(as_, "mei", "/cohorts/1/members")
    db.session.expunge_all()
    with _rows_read(Person) as read:
        page = as_("mei", "GET", "/cohorts/1/members?limit=2").get_json()
    assert page["items"] == whole[:2]
    assert {row["person_id"] for row in whole[:2]} <= set(read) <= {row["person_id"] for row in whole[:3]}


# -- one record ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "model", "of"), [("/programs", Program, ""), ("/cohorts", Cohort, "?program_id=1")]
)
def test_one_record_is_read_by_itself_as_its_list_has_it(
    as_: As, count_queries_of_london: Callable[[], int], path: str, model: type[Any], of: str
) -> None:
    as_("mei", "GET", f"{path}/1")
    db.session.expunge_all()
    count_queries_of_london()
    as_("mei", "GET", f"{path}/1")
    n_queries = count_queries_of_london()
    new = {"name": "Ports"} if model is Program else {"name": "Ports", "program_id": 1, "capacity": 3}
    assert as_("mei", "POST", path, json=new).status_code == 201
    listed = _whole(as_, "mei", path + of)
    assert len(listed) > 1
    for line in listed:
        db.session.expunge_all()
        count_queries_of_london()
        with _rows_read(model) as read:
            assert as_("mei", "GET", f"{path}/{line['id']}").get_json() == line
        assert (set(read), count_queries_of_london()) == ({line["id"]}, n_queries)
    assert as_("mei", "GET", f"{path}/2000000000").status_code == 404
