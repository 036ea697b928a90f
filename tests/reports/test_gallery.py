"""The gallery as such: what is asked, what cannot be used, who may, and how much a page asks the database."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.reports.gallery_all import REPORTS

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
