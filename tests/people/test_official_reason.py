"""How it is known that somebody is an official is for compliance alone, wherever the person is shown."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.accounts.permissions import PERMISSIONS
from app.people.models import OfficialStatus
from tests.factories import events

REASON = "The state pays the chair"


def test_only_compliance_reads_how_an_official_status_is_known(
    app: Flask, signed_in: Callable[..., FlaskClient]
) -> None:
    """R3, c47: no role but compliance finds the words on any page the person is on, whoever wrote them."""
    held = events.event()
    kerem = events.enrolled(held, "Kerem", official_status=OfficialStatus.STATE_BODY, official_reason=REASON)
    invitation = events.draft(held, person=kerem)
    pages = (
        f"/people/{kerem.id}", f"/people/{kerem.id}/history", f"/people/{kerem.id}/edit", f"/programs/person/{kerem.id}",
        f"/programs/official/{kerem.id}", f"/events/{held.id}/invite", f"/events/{held.id}/invitations",
        f"/events/invitations/{invitation.id}", "/people/?official=yes", "/search?q=kerem",
    )  # fmt: skip
    readers = set()
    for role in Role:
        browser = signed_in(role)
        answers = [browser.get(page) for page in pages]
        assert any(answer.status_code == 200 for answer in answers) is ("people:read" in PERMISSIONS[role])
        if any(REASON in answer.text for answer in answers):
            readers.add(role)
    assert readers == {Role.COMPLIANCE}
