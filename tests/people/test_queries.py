"""Reading people: who sees whom, search in any script, employers, audiences."""

from datetime import date

import pytest

from app.accounts.models import Role
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.keyset import Count, place_from
from app.people import operations, queries, queries_listing
from app.people.models import OrganisationKind, Person
from app.people.queries_duplicates import find_possible_duplicates
from app.people.queries_listing import PersonFilter
from tests.factories import accounts, people

pytestmark = pytest.mark.usefixtures("app")


def names(filter: PersonFilter) -> list[str]:
    return [row.name for row in queries_listing.list_people(None, filter).rows]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ines", ["Inès Moreau"]),
        ("MOREAU inès", ["Inès Moreau"]),
        ("oneil", ["Seán O'Neil"]),
        ("o’neil", ["Seán O'Neil"]),
        ("امل", ["أَمَل"]),
        ("伟", ["王伟"]),
        ("voices.example", ["أَمَل"]),
        ("techlab", ["王伟"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("' OR 1=1 --", []),
        ("", ["Inès Moreau", "Seán O'Neil", "أَمَل", "王伟"]),
        ("x" * 5000, []),
    ],
)
def test_search_finds_names_mail_and_handles_in_any_script(q: str, found: list[str]) -> None:
    people.person("Inès Moreau")
    people.person("Seán O'Neil")
    people.person("أَمَل", email="amal@voices.example")
    people.channel(people.person("王伟"), handle="@TechLab")
    assert names(PersonFilter(q=q)) == found


def test_list_is_ordered_without_case_and_accents() -> None:
    for name in ("zoë Adler", "Åsa Berg", "bell Hooks", "Émile Aubert"):
        people.person(name)
    assert names(PersonFilter()) == ["zoë Adler", "Émile Aubert", "Åsa Berg", "bell Hooks"]


def test_pages_of_fifty_cover_everybody_once() -> None:
    for n in range(53):
        people.person(f"Same {n:02}")
    first = queries_listing.list_people(None, PersonFilter())
    order = PersonFilter().ordering
    second = queries_listing.list_people(None, PersonFilter(), place_from(first.after, order))
    assert (len(first.rows), len(second.rows), first.total) == (50, 3, Count(53))
    assert (first.before, bool(first.after), bool(second.before), second.after) == ("", True, True, "")
    assert len({row.id for row in [*first.rows, *second.rows]}) == 53


def test_partner_sees_only_people_of_the_agency() -> None:
    """R3."""
    ours = people.organisation("Voz", kind=OrganisationKind.AGENCY)
    mateus, jack = people.person("Mateus", agency_id=ours.id), people.person("Jack")
    partner = accounts.user(role=Role.PARTNER, organisation_id=ours.id)
    assert [row.name for row in queries_listing.list_people(partner, PersonFilter()).rows] == ["Mateus"]
    assert queries.get_person(mateus.id, partner).id == mateus.id
    with pytest.raises(NotFound):
        queries.get_person(jack.id, partner)
    assert [one.name for one in queries_listing.find_by_name(partner, "ma")] == ["Mateus"]
    assert queries_listing.list_countries(partner) == []


def test_partner_without_an_agency_sees_nobody() -> None:
    people.person("Jack")
    partner = accounts.user(role=Role.PARTNER, organisation_id=None)
    assert queries_listing.list_people(partner, PersonFilter()).total == Count(0)


def test_merged_records_are_never_listed_and_lead_to_the_one_that_stayed() -> None:
    stayed, gone = people.person("Ines"), people.person("Dr I. Moreau")
    with transaction():
        db.session.get_one(Person, gone.id).merged_into_id = stayed.id
    assert names(PersonFilter()) == ["Ines"]
    assert queries.get_person(gone.id, None).id == stayed.id
    assert queries_listing.find_by_name(None, "Moreau") == []


def test_merge_in_a_circle_is_not_found() -> None:
    one, other = people.person("One"), people.person("Other")
    with transaction():
        db.session.get_one(Person, one.id).merged_into_id = other.id
        db.session.get_one(Person, other.id).merged_into_id = one.id
    with pytest.raises(NotFound):
        queries.get_person(one.id, None)


def test_employer_is_the_one_of_the_day() -> None:
    """P2."""
    priya = people.person("Priya")
    first, second = people.organisation("First"), people.organisation("Second")
    people.employment(priya, first, from_on=date(2020, 1, 1), to_on=date(2023, 12, 31))
    people.employment(priya, second, from_on=date(2024, 1, 1))
    days = (date(2019, 1, 1), date(2023, 12, 31), date(2024, 1, 1), date(2026, 1, 1))
    employers = [queries.employer_of(priya, day) for day in days]
    assert [one.name if one else None for one in employers] == [None, "First", "Second", "Second"]


def test_audience_is_that_of_all_channels_or_else_the_home_country() -> None:
    amal = people.person("Amal")
    assert queries.audience_countries(amal) == {"AE"}
    people.channel(amal, audience_countries=("SA", "EG"))
    people.channel(amal, platform="Podcast", handle="Amal speaks", audience_countries=("EG", "AE"))
    assert queries.audience_countries(amal) == {"SA", "EG", "AE"}


def test_owners_of_many_take_one_query() -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    amal, jack = people.person("Amal", owner=mei), people.person("Jack", owner=omar)
    assert queries.owners_of([amal.id, jack.id]) == {amal.id: mei, jack.id: omar}
    assert names(PersonFilter(owner_id=omar.id)) == ["Jack"]


def test_possible_duplicates_by_handle_and_not_of_the_record_itself() -> None:
    """P3."""
    wei = people.person("Wei")
    people.channel(wei, handle="@TechLab")
    found = find_possible_duplicates(None, "Somebody", handles=["@techlab"])
    assert [(one.person.id, one.why) for one in found] == [(wei.id, "same handle @techlab")]
    assert find_possible_duplicates(None, "Wei", country="CN", leave_out=wei.id) == []


def test_possible_duplicates_leave_out_pseudonymous_recipients() -> None:
    with transaction():
        made = operations.add_pseudonymous("npi", ["1"], by=None)["1"]
    assert find_possible_duplicates(None, made.name) == []
