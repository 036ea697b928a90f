"""The merged timeline of a person: everything, latest first, and only what the reader may see (R3)."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.reports import queries_timeline
from tests.factories import accounts, people
from tests.factories import advisory as make
from tests.reports.conftest import London

SignIn = Callable[..., FlaskClient]


def test_value_advice_and_evidence_stand_on_one_line(london: London) -> None:
    ines = london.people["Ines"]
    people.evidence(ines, on=date(2026, 3, 2), summary="Keynote")
    make.engagement(who=ines, for_need=make.approved_need(london.program))
    moments = queries_timeline.timeline_of(ines, make.helga())
    assert [moment.at for moment in moments] == sorted((moment.at for moment in moments), reverse=True)
    assert (moments[0].title, moments[-1].title) == ("Proposed for Private 5G workshop", "Keynote")
    amounts = sorted(str(moment.amount) for moment in moments if moment.amount)
    assert amounts == ["125.72 GBP", "140.00 GBP", "2,080.00 GBP", "596.16 GBP"]


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.ASSISTANT, {"event", "access", "evidence"}),
        (Role.PARTNER, {"event", "travel", "evidence"}),
        (Role.ADMIN, {"contact", "event", "travel", "access", "disclosure", "program", "evidence"}),
    ],
)
def test_each_role_sees_the_parts_of_its_rooms(london: London, role: Role, kinds: set[str]) -> None:
    """R3: no value and no amount for who may not see them."""
    user = accounts.user(role=role)
    assert set(queries_timeline.kinds_for(user)) == kinds
    moments = queries_timeline.timeline_of(london.people["Ines"], user)
    assert [moment for moment in moments if moment.amount or moment.kind == "value"] == []


def test_the_page_narrows_to_one_kind(london: London, signed_in: SignIn) -> None:
    path = f"/people/{london.people['Ines'].id}/timeline"
    browser = signed_in(Role.COMPLIANCE)
    whole, value = (browser.get(f"{path}{query}").get_data(as_text=True) for query in ("", "?kind=value"))
    assert "2,080.00" in whole
    assert "2,080.00" in value
    assert "2,080.00" not in browser.get(f"{path}?kind=advisory").get_data(as_text=True)
    assert browser.get(f"{path}?kind=nonsense").status_code == 200


def test_a_person_of_another_agency_is_not_found(london: London, signed_in: SignIn) -> None:
    assert signed_in(Role.PARTNER).get(f"/people/{london.people['Ines'].id}/timeline").status_code == 404
