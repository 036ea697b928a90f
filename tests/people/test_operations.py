"""Writing people: owners, duplicates, wishes, pseudonymous recipients."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import ValidationError

from app.accounts.models import AuditEvent, Role
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound
from app.core.money import Money
from app.people import operations, policies, queries
from app.people.details import (
    EvidenceDetails,
    MayAcceptDetails,
    OfficialDetails,
    OrganisationDetails,
    PersonDetails,
    WishDetails,
)
from app.people.models import (
    AcceptAnswer,
    OfficialStatus,
    OrganisationKind,
    OwnerRole,
    Ownership,
    Person,
    PersonIdentifier,
)
from tests.conftest import fresh
from tests.factories import accounts, people

At = Callable[[datetime], AbstractContextManager[None]]
pytestmark = pytest.mark.usefixtures("app")


def actions() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_creator_becomes_owner_unless_another_is_named() -> None:
    """P1."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with transaction():
        hers = operations.add_person(PersonDetails(name="Amal"), by=mei)
        his = operations.add_person(PersonDetails(name="Jack", owner_id=omar.id), by=mei)
    assert [queries.owner_of(one) for one in (hers, his)] == [mei, omar]
    assert actions() == ["people.person_added", "people.person_added"]


@pytest.mark.parametrize("role", [None, Role.PARTNER, Role.ASSISTANT])
def test_person_without_a_possible_owner_is_refused(role: Role | None) -> None:
    """P1."""
    by = accounts.user(role=role) if role else None
    with pytest.raises((policies.OwnerNeeded, policies.CannotOwn)), transaction():
        operations.add_person(PersonDetails(name="Amal"), by=by)
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 0


def test_exactly_one_owner_at_any_moment(at: At) -> None:
    """P1: through two hand-overs, every instant has exactly one owner."""
    mei, omar, tom = (accounts.user(name=name) for name in ("Mei", "Omar", "Tom"))
    begin = datetime(2026, 9, 1, 9, tzinfo=UTC)
    with at(begin):
        amal = people.person("Amal", owner=mei)
    for days, to in ((10, omar), (20, tom)):
        with at(begin + timedelta(days=days)), transaction():
            operations.hand_over(fresh_in(amal), to, by=mei)
    instants = [
        begin + timedelta(days=days, microseconds=late) for days in (0, 10, 20, 30) for late in (0, 1)
    ]
    owners = [queries.owner_of(amal, instant) for instant in instants]
    assert owners == [mei, mei, omar, omar, tom, tom, tom, tom]
    assert queries.owner_of(amal, begin - timedelta(microseconds=1)) is None
    for instant in instants:
        holding = sa.select(sa.func.count(Ownership.id)).where(
            Ownership.from_at <= instant, sa.or_(Ownership.to_at.is_(None), Ownership.to_at > instant)
        )
        assert db.session.scalar(holding) == 1


def fresh_in(person: Person) -> Person:
    return db.session.get_one(Person, person.id)


def test_deputy_who_takes_over_is_no_deputy_any_more() -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    amal = people.person("Amal", owner=mei)
    with transaction():
        operations.hand_over(fresh_in(amal), omar, by=mei, role=OwnerRole.DEPUTY)
    assert (queries.owner_of(amal), queries.deputy_of(amal)) == (mei, omar)
    with transaction():
        operations.hand_over(fresh_in(amal), omar, by=mei, reason="Mei leaves")
    assert (queries.owner_of(amal), queries.deputy_of(amal)) == (omar, None)
    with transaction():
        operations.hand_over(fresh_in(amal), mei, by=mei, role=OwnerRole.DEPUTY)
        operations.end_deputy(fresh_in(amal), by=mei)
    assert queries.deputy_of(amal) is None


def test_owner_cannot_be_deputy_too() -> None:
    mei = accounts.user(name="Mei")
    amal = people.person("Amal", owner=mei)
    with pytest.raises(policies.CannotOwn), transaction():
        operations.hand_over(fresh_in(amal), mei, by=mei, role=OwnerRole.DEPUTY)


def test_second_open_owner_is_impossible_in_the_database() -> None:
    """P1."""
    amal = people.person("Amal")
    row = Ownership(
        person_id=amal.id, user_id=accounts.user(name="Tom").id, from_at=clock.now(), from_on=clock.today()
    )
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.add(row)
        db.session.flush()


@pytest.mark.parametrize(
    ("known", "new", "is_refused"),
    [
        (
            {"name": "Ines Moreau", "email": "ines@x.example"},
            {"name": "I.M.", "email": "INES@X.example"},
            True,
        ),
        ({"name": "Inès Moreau"}, {"name": "INES MOREAU"}, True),
        ({"name": "Ines Moreau", "home_country": "FR"}, {"name": "Dr I. Moreau", "home_country": "FR"}, True),
        ({"name": "Ines Moreau", "home_country": "FR"}, {"name": "Inez Moreau", "home_country": "FR"}, True),
        ({"name": "Ines Moreau", "home_country": "FR"}, {"name": "Inez Moreau", "home_country": "BR"}, False),
        ({"name": "Amal", "home_country": "AE"}, {"name": "Bilal", "home_country": "AE"}, False),
    ],
)
def test_duplicates_are_suggested_before_they_are_made(
    known: dict[str, str], new: dict[str, str], is_refused: bool
) -> None:
    """P3."""
    mei = accounts.user(name="Mei")
    with transaction():
        operations.add_person(PersonDetails(**known), by=mei)
    if is_refused:
        with pytest.raises(policies.PossibleDuplicate, match=known["name"]), transaction():
            operations.add_person(PersonDetails(**new), by=mei, is_checked=False)
    else:
        with transaction():
            operations.add_person(PersonDetails(**new), by=mei, is_checked=False)
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == (1 if is_refused else 2)


def test_edit_over_somebody_elses_change_is_refused() -> None:
    amal = people.person("Amal")
    with pytest.raises(Conflict), transaction():
        operations.edit_person(
            fresh_in(amal), PersonDetails(name="Amal H."), by=None, seen_version=amal.version - 1
        )
    assert fresh(amal).name == "Amal"


def test_adding_evidence_moves_the_last_change_but_not_the_version(at: At) -> None:
    with at(datetime(2026, 9, 1, tzinfo=UTC)):
        amal = people.person("Amal")
    seen = amal.version
    with at(datetime(2026, 9, 5, tzinfo=UTC)):
        people.evidence(amal, on=date(2026, 3, 2))
    after = fresh(amal)
    assert (after.version, after.changed_at) == (seen, datetime(2026, 9, 5, tzinfo=UTC))


def test_evidence_of_tomorrow_is_refused() -> None:
    amal = people.person("Amal")
    with pytest.raises(policies.NotYet), transaction():
        details = EvidenceDetails(summary="Keynote", on=clock.today() + timedelta(days=1))
        operations.add_evidence(fresh_in(amal), details, by=None)


def test_wishes_change_only_by_their_own_operation() -> None:
    """P4."""
    amal = people.person("Amal")
    with transaction():
        operations.set_wishes(fresh_in(amal), WishDetails(is_opted_out=True), by=None)
    with transaction():
        operations.edit_person(
            fresh_in(amal), PersonDetails(name="Amal", email="amal@voices.example"), by=None
        )
    assert (fresh(amal).is_opted_out, fresh(amal).email) == (True, "amal@voices.example")


def test_official_status_needs_a_reason_and_says_whether_it_changed() -> None:
    kerem = people.person("Kerem")
    with pytest.raises(ValidationError):
        OfficialDetails(status=OfficialStatus.STATE_BODY, reason=" ")
    details = OfficialDetails(status=OfficialStatus.STATE_BODY, reason="Teaches at a state university")
    with transaction():
        changed = [operations.set_official_status(fresh_in(kerem), details, by=None) for _ in range(2)]
    assert (changed, fresh(kerem).is_official) == ([True, False], True)


def test_last_answer_on_what_they_may_accept_counts() -> None:
    amal = people.person("Amal")
    for answer, limit in ((AcceptAnswer.YES, None), (AcceptAnswer.UP_TO, Money(5000, "GBP"))):
        with transaction():
            operations.set_may_accept(
                fresh_in(amal), MayAcceptDetails(category="gift", answer=answer, limit=limit), by=None
            )
    found = queries.may_accept(amal)
    assert [(key, row.answer, row.limit) for key, row in found.items()] == [
        ("gift", AcceptAnswer.UP_TO, Money(5000, "GBP"))
    ]


def test_organisation_of_an_agency_must_exist() -> None:
    with pytest.raises(NotFound), transaction():
        operations.add_person(PersonDetails(name="Mateus", agency_id=99), by=accounts.user())


def test_organisations_have_one_name_each() -> None:
    people.organisation("Orbit Analysts")
    with pytest.raises(policies.NameTaken), transaction():
        operations.add_organisation(
            OrganisationDetails(name="ORBIT analysts", kind=OrganisationKind.EMPLOYER), by=None
        )


def test_kinds_are_made_once_whatever_their_case() -> None:
    first, second = people.person("Amal", kind="Podcaster"), people.person("Jack", kind="podcaster")
    assert first.kind_id == second.kind_id


def test_pseudonymous_recipients_are_made_once_and_recognised_by_hash(app: Flask) -> None:
    with transaction():
        first = operations.add_pseudonymous("npi", ["1003", "1004", "1003"], by=None)
    with transaction():
        second = operations.add_pseudonymous("npi", ["1004", "1005"], by=None)
        other = operations.add_pseudonymous("cms", ["1004"], by=None)
    assert sorted(first) == ["1003", "1004"]
    assert second["1004"].id == first["1004"].id
    assert other["1004"].id != first["1004"].id
    person = first["1003"]
    assert person.is_pseudonymous is True
    assert person.name == f"Recipient {person.surrogate[:4].upper()}-{person.surrogate[4:8].upper()}"
    stored = db.session.scalars(sa.select(PersonIdentifier)).all()
    assert {len(row.value_hash) for row in stored} == {64}
    assert not any(row.value_hash == "1003" for row in stored)
    lines = db.session.execute(sa.select(AuditEvent.action, AuditEvent.reason).order_by(AuditEvent.id)).all()
    assert [tuple(line) for line in lines] == [
        ("people.pseudonymous_added", "2 recipients"),
        ("people.pseudonymous_added", "1 recipients"),
        ("people.pseudonymous_added", "1 recipients"),
    ]


def test_two_thousand_pseudonymous_recipients_take_few_statements(count_queries: Callable[[], int]) -> None:
    count_queries()
    with transaction():
        made = operations.add_pseudonymous("npi", (str(n) for n in range(2037)), by=None)
        assert len({person.id for person in made.values()}) == 2037
    assert count_queries() < 40


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "\ud800"), ("name", "a\x00b"), ("name", "\u200b"), ("email", "x"), ("zone", "../etc/passwd"),
        ("zone", "Europe"), ("languages", ("",)), ("languages", ("e" * 500,)), ("home_country", "England"),
        ("phone", "+999999999999999999999"),
    ],
)  # fmt: skip
def test_details_refuse_what_no_column_should_hold(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        PersonDetails(**{"name": "Amal", field: value})
    assert refusal.value.errors()[0]["loc"][0] == field
