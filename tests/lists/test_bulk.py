"""Actions on many rows: restated number, one row after the other, a receipt, and the way back that harms nobody since."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role, User
from app.core import jobs
from app.core.db import db, transaction
from app.core.errors import NotAllowed
from app.lists import operations_bulk, policies, queries
from app.lists.models import BulkChange, BulkRun, ChangeState
from app.outreach import operations_rhythm, queries_rhythm
from app.outreach.details_rhythm import PersonCadenceDetails
from app.people import operations, queries_owners
from app.people import queries as people_queries
from app.people.details import WishDetails
from app.people.listing import LISTING
from app.people.models import OwnerRole, Person
from app.programs.models import CohortMember
from tests.factories import accounts, people, programs

SignIn = Callable[..., FlaskClient]


def act(key: str, by: User, ids: Sequence[int], **values: Any) -> BulkRun:
    with transaction():
        who = db.session.merge(by)
        return operations_bulk.act_on_many(LISTING, LISTING.actions[key], values, ids, by=who)


def undo(run: BulkRun, by: User) -> None:
    with transaction():
        operations_bulk.undo_bulk(db.session.get_one(BulkRun, run.id), by=db.session.merge(by))


def counts(run: BulkRun) -> dict[str, int]:
    db.session.rollback()
    found = queries.receipt_of(db.session.get_one(BulkRun, run.id)).counts
    return {state.value: n for state, n in found.items()}


def deputies(*who: Person) -> list[str | None]:
    db.session.rollback()
    found = [people_queries.deputy_of(db.session.get_one(Person, one.id)) for one in who]
    return [one.name if one else None for one in found]


def inside(cohort_id: int) -> list[int]:
    wanted = sa.select(CohortMember.person_id).where(
        CohortMember.cohort_id == cohort_id, CohortMember.released_at.is_(None)
    )
    return sorted(db.session.scalars(wanted))


# -- what is done, and undone ----------------------------------------------------------------------


def test_a_deputy_for_many_is_taken_back_except_where_somebody_changed_it_since(app: object) -> None:
    mei, omar, tom = (accounts.user(name=name) for name in ("Mei", "Omar", "Tom"))
    amal, jack, ines, own = (people.person(name, owner=mei) for name in ("Amal", "Jack", "Ines", "Kerem"))
    omars = people.person("Nneka", owner=omar)
    with transaction():
        operations.hand_over(db.session.merge(jack), db.session.merge(tom), by=None, role=OwnerRole.DEPUTY)
        operations.hand_over(db.session.merge(own), db.session.merge(omar), by=None, role=OwnerRole.DEPUTY)
    run = act("deputy", mei, [amal.id, jack.id, ines.id, own.id, omars.id], user_id=str(omar.id))
    assert counts(run) == {"changed": 3, "same": 1, "skipped": 1}
    assert deputies(amal, jack, ines, own, omars) == ["Omar", "Omar", "Omar", "Omar", None]
    with transaction():  # somebody else decides in between
        operations.hand_over(
            db.session.get_one(Person, ines.id), db.session.merge(tom), by=None, role=OwnerRole.DEPUTY
        )
    undo(run, mei)
    assert counts(run) == {"undone": 2, "kept": 1, "same": 1, "skipped": 1}
    assert deputies(amal, jack, ines, own) == [None, "Tom", "Tom", "Omar"]
    assert queries_owners.standing_of(db.session.get_one(Person, jack.id)).deputy is not None


def test_a_refusal_is_kept_without_the_name_of_the_person(app: object) -> None:
    """P8: a receipt must not keep the name of somebody who is erased."""
    mei = accounts.user(name="Mei")
    amal = people.person("Amal", owner=mei)
    run = act("deputy", mei, [amal.id], user_id=str(mei.id))
    (change,) = db.session.scalars(sa.select(BulkChange))
    assert (change.state, change.reason) == (ChangeState.SKIPPED, "Mei already owns …. Choose somebody else.")
    assert "Amal" not in run.words


def test_places_in_a_cohort_are_given_by_its_rule_and_given_back(app: object) -> None:
    """P4, P5: the rule, the capacity and an opt-out count for each of them."""
    mei = accounts.user(name="Mei")
    cohort = programs.cohort(programs.program(), capacity=2)
    amal, wei, jack, ines, nneka = (
        people.person(name, owner=mei) for name in ("Amal", "Wei", "Jack", "Ines", "Nneka")
    )
    with transaction():
        operations.set_wishes(
            db.session.merge(jack), WishDetails(is_opted_out=True, reason="Said so"), by=None
        )
    ids = [one.id for one in (amal, wei, jack, ines, nneka)]
    run = act("shortlist", mei, ids, cohort_id=str(cohort.id), override_reason="")
    assert (inside(cohort.id), counts(run)) == ([amal.id, ines.id], {"changed": 2, "skipped": 3})
    again = act("shortlist", mei, [amal.id], cohort_id=str(cohort.id), override_reason="")
    assert counts(again) == {"same": 1}
    undo(run, mei)
    assert (inside(cohort.id), counts(run)) == ([], {"undone": 2, "skipped": 3})


def test_a_release_of_many_gives_back_the_goal_and_the_reason_of_each(app: object) -> None:
    mei = accounts.user(name="Mei")
    program = programs.program()
    cohort = programs.cohort(program)
    wei = people.person("Wei", owner=mei)
    act("shortlist", mei, [wei.id], cohort_id=str(cohort.id), override_reason="Asked by the board")
    before = LISTING.actions["release"].state(wei.id, {"cohort_id": str(cohort.id)})
    run = act("release", mei, [wei.id], cohort_id=str(cohort.id), reason="End of the year")
    assert inside(cohort.id) == []
    undo(run, mei)
    after = LISTING.actions["release"].state(wei.id, {"cohort_id": str(cohort.id)})
    assert (inside(cohort.id), after, before["reason"]) == ([wei.id], before, "Asked by the board")


def test_a_cadence_for_many_comes_back_exactly(app: object) -> None:
    mei = accounts.user(name="Mei")
    program = programs.program()
    amal, jack = people.person("Amal", owner=mei), people.person("Jack", owner=mei)
    with transaction():
        details = PersonCadenceDetails(tier="gold", n_days=20)
        operations_rhythm.set_person_cadence(
            db.session.merge(jack), db.session.merge(program), details, by=db.session.merge(mei)
        )
    run = act("cadence", mei, [amal.id, jack.id], program_id=str(program.id), tier="silver", n_days=None)
    tiers = lambda: [queries_rhythm.person_cadence_of_id(one.id, program.id) for one in (amal, jack)]  # noqa: E731
    assert [(row.tier, row.n_days) for row in tiers()] == [("silver", None), ("silver", None)]
    undo(run, mei)
    assert [(row.tier, row.n_days) for row in tiers()] == [("", None), ("gold", 20)]


def test_each_row_and_the_whole_leave_a_line_in_the_trail(app: object) -> None:
    """R4."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    ids = [people.person(name, owner=mei).id for name in ("Amal", "Jack")]
    run = act("deputy", mei, ids, user_id=str(omar.id))
    undo(run, mei)
    actions = db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    lines = [line for line in actions if line.startswith("lists.") or "deputy" in line or "handed" in line]
    assert lines == [
        "lists.bulk_done", "people.handed_over", "people.handed_over",
        "lists.bulk_undone", "people.deputy_ended", "people.deputy_ended",
    ]  # fmt: skip


# -- many rows -------------------------------------------------------------------------------------


def test_many_rows_are_a_job_and_so_is_the_way_back(app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(operations_bulk, "_CHUNK", 2)
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    who = [people.person(f"Person {number}", owner=mei) for number in range(5)]
    run = act("deputy", mei, [one.id for one in who], user_id=str(omar.id))
    assert (counts(run), deputies(who[0])) == ({"waiting": 5}, [None])
    with pytest.raises(policies.UndoRefused):
        undo(run, mei)
    jobs.work_off()
    assert (counts(run), set(deputies(*who))) == ({"changed": 5}, {"Omar"})
    undo(run, mei)
    jobs.work_off()
    assert (counts(run), set(deputies(*who))) == ({"undone": 5}, {None})


@pytest.mark.parametrize("n_rows", [0, 4])
def test_none_and_too_many_are_refused(app: object, monkeypatch: pytest.MonkeyPatch, n_rows: int) -> None:
    monkeypatch.setattr(policies, "MOST_ROWS", 3)
    mei = accounts.user(name="Mei")
    ids = [people.person(f"Person {number}", owner=mei).id for number in range(n_rows)]
    with pytest.raises(policies.BulkRefused):
        act("deputy", mei, ids, user_id=str(mei.id))


def test_an_action_is_undone_once_by_whoever_may_and_not_for_ever(app: object) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    amal = people.person("Amal", owner=mei)
    run = act("deputy", mei, [amal.id], user_id=str(omar.id))
    undo(run, mei)
    with pytest.raises(policies.UndoRefused):
        undo(run, mei)
    for days, is_possible in ((30, True), (31, False)):
        old = policies.undo_until(run.made_at)
        assert (run.made_at + policies.UNDO_TIME * days / 30 <= old) is is_possible


def test_agencies_change_nobody(app: object) -> None:
    """R3: a role without the right gets no further than the door."""
    with pytest.raises(NotAllowed):
        act("deputy", accounts.user(role=Role.ASSISTANT), [people.person("Amal").id], user_id="1")


# -- pages -----------------------------------------------------------------------------------------


def test_from_the_list_to_the_receipt_and_back(signed_in: SignIn) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    amal, jack = people.person("Amal", owner=mei), people.person("Jack", owner=mei)
    browser = signed_in(mei)
    page = browser.get("/people/").text
    assert ('form="bulk-people"' in page, "Name a deputy" in page) == (True, True)
    answer = browser.get(f"/lists/people/bulk?action=deputy&ids={amal.id}&ids={jack.id}&kind=")
    page = browser.get(answer.location).text
    assert ("This is about 2 people" in page, "Amal" in page) == (True, True)
    done = browser.post(answer.location, data={"user_id": str(omar.id), "n_seen": "2"})
    receipt = browser.get(done.location).text
    assert ("Name Omar as deputy" in receipt, "Undo this" in receipt) == (True, True)
    page = browser.get(browser.post(f"{done.location}/undo").location).text
    assert ("Undone" in page, deputies(amal, jack)) == (True, [None, None])
    assert "Name Omar as deputy" in browser.get("/lists/bulk/").text


def test_all_that_fit_the_filters_are_meant_and_counted_again(signed_in: SignIn) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    amal, ines = people.person("Amal", owner=mei), people.person("Ines", owner=mei)
    browser = signed_in(mei)
    address = "/lists/people/bulk/deputy?all=yes&country=FR"
    assert "This is about 1 person, all that fit the filters" in browser.get(address).text
    moved = browser.post(address, data={"user_id": str(omar.id), "n_seen": "5"})
    assert (moved.status_code, "Meanwhile 1 fit the filters, not 5" in moved.text) == (422, True)
    assert browser.post(address, data={"user_id": str(omar.id), "n_seen": "1"}).status_code == 303
    assert deputies(amal, ines) == [None, "Omar"]
    unknown = browser.get("/lists/people/bulk/deputy?all=yes&kind=999").text
    assert "Nobody is selected" in unknown


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/lists/people/bulk", 404), ("/lists/people/bulk?action=erase", 404), ("/lists/people/bulk/erase", 404),
        ("/lists/nothing/bulk/deputy", 404), ("/lists/people/bulk/deputy?ids=x&ids=-1&ids=99999999999999", 200),
        ("/lists/people/bulk/deputy?all=yes&silent=%00", 200), ("/lists/bulk/999", 404), ("/lists/people/bulk/deputy?_external=1&endpoint=x", 200),
    ],
)  # fmt: skip
def test_odd_addresses_of_actions_answer_politely(signed_in: SignIn, path: str, status: int) -> None:
    assert signed_in(Role.RELATIONS).get(path).status_code == status


def test_a_receipt_is_read_by_whoever_made_it_and_by_the_auditor(signed_in: SignIn) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    run = act("deputy", mei, [people.person("Amal", owner=mei).id], user_id=str(omar.id))
    found = [signed_in(who).get(f"/lists/bulk/{run.id}").status_code for who in (mei, omar, Role.AUDITOR)]
    assert found == [200, 404, 200]


@pytest.mark.parametrize(
    "role", [Role.COORDINATOR, Role.COMPLIANCE, Role.AUDITOR, Role.ASSISTANT, Role.PARTNER]
)
def test_who_may_not_write_people_is_offered_nothing_for_them(signed_in: SignIn, role: Role) -> None:
    agency = people.organisation("Voz", kind="agency")
    people.person("Amal", agency_id=agency.id)
    browser = signed_in(accounts.user(role=role, organisation_id=agency.id if role is Role.PARTNER else None))
    page = browser.get("/people/").text
    assert ("Name a deputy" in page, browser.get("/lists/people/bulk/deputy").status_code) == (False, 403)


def owners(*who: Person) -> list[str]:
    db.session.rollback()
    found = people_queries.owners_of([one.id for one in who])
    return [found[one.id].name for one in who]


def test_the_ticked_people_are_handed_over_and_nobody_else(app: object) -> None:
    """P1: whoever owned them before; a deputy who becomes the owner is deputy again once it is undone."""
    mei, omar, tom = (accounts.user(name=name) for name in ("Mei", "Omar", "Tom"))
    amal, jack, left = (people.person(name, owner=mei) for name in ("Amal", "Jack", "Ines"))
    toms, own = people.person("Kerem", owner=tom), people.person("Nneka", owner=omar)
    with transaction():
        operations.hand_over(db.session.merge(jack), db.session.merge(omar), by=None, role=OwnerRole.DEPUTY)
    run = act(
        "owner", mei, [amal.id, jack.id, toms.id, own.id], user_id=str(omar.id), reason="Mei goes on leave"
    )
    assert counts(run) == {"changed": 3, "same": 1}
    assert owners(amal, jack, left, toms, own) == ["Omar", "Omar", "Mei", "Omar", "Omar"]
    assert deputies(jack) == [None]
    with transaction():  # somebody else decides in between
        operations.hand_over(db.session.get_one(Person, toms.id), db.session.merge(mei), by=None)
    undo(run, mei)
    assert counts(run) == {"undone": 2, "kept": 1, "same": 1}
    assert owners(amal, jack, left, toms, own) == ["Mei", "Mei", "Mei", "Mei", "Omar"]
    assert deputies(jack) == ["Omar"]


def test_the_page_of_a_hand_over_is_about_the_ticked_people(signed_in: SignIn) -> None:
    """Not about everybody the owner in the filter has."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    amal, jack, ines = (people.person(name, owner=mei) for name in ("Amal", "Jack", "Ines"))
    browser = signed_in(mei)
    listed = browser.get(f"/people/?owner={mei.id}").text
    assert 'name="action" value="owner"' in listed
    assert f"from_user={mei.id}" not in listed
    path = f"/lists/people/bulk/owner?owner={mei.id}&ids={amal.id}&ids={jack.id}"
    page = browser.get(path).text
    assert "This is about 2 people" in page
    assert (
        "Ines" not in page[page.index("This is about") : page.index("</form>", page.index("This is about"))]
    )
    answer = browser.post(path, data={"user_id": str(omar.id), "n_seen": "2"})
    assert answer.status_code == 303
    assert owners(amal, jack, ines) == ["Omar", "Omar", "Mei"]
