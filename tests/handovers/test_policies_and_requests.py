"""Disclosure policies and requests about one's own data move with a hand-over, to somebody who may look after them (P1)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.accounts import operations as logins
from app.accounts.duties import StillHolds
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.disclosures import queries_owners as disclosures
from app.handovers import policies
from app.people.policies import CannotOwn
from app.privacy import queries_owners as requests
from tests.conftest import fresh
from tests.factories import accounts, handovers, people
from tests.factories import disclosures as make
from tests.factories import privacy as make_privacy

pytestmark = pytest.mark.usefixtures("app")
Sign = Callable[..., FlaskClient]


@pytest.fixture
def desk() -> tuple[User, User, User]:
    """Helga owns a policy and answers a request; Sam, of compliance too, comes after her; Ada closes the login."""
    make.version("GB")
    helga = make.compliance()
    make_privacy.request(people.person("Amal"), handler_id=helga.id)
    sam = accounts.user(role=Role.COMPLIANCE, name="Sam", in_department="Compliance")
    return helga, sam, accounts.user(role=Role.ADMIN, name="Ada")


def held_by(user: User) -> tuple[int, int]:
    now = clock.now()
    return len(disclosures.list_policies_of(user, now)), len(requests.list_open_of(user, now))


def test_both_move_and_come_back(desk: tuple[User, User, User], signed_in: Sign) -> None:
    """P1: the pages name the successor from that moment on; undoing gives both back."""
    helga, sam, ada = desk
    step = handovers.hand_over(helga, sam, by=ada)
    assert (step.moved["policies"], step.moved["requests"]) == (1, 1)
    assert (held_by(helga), held_by(sam)) == ((0, 0), (1, 1))
    browser = signed_in(fresh(sam))
    for path in ("/disclosure/", "/disclosure/1", "/privacy/", "/privacy/1", "/privacy/of/1"):
        page = browser.get(path).text
        assert "<bdi>Sam</bdi>" in page, path
    handovers.undo(step, ada)
    assert (held_by(helga), held_by(sam)) == ((1, 1), (0, 0))


def test_the_wizard_lists_them(desk: tuple[User, User, User], signed_in: Sign) -> None:
    helga, sam, ada = desk
    asked = {"from_user": helga.id, "to_user": sam.id, "from_on": clock.today(helga.zone).isoformat()}
    pages = signed_in(ada)
    begin = pages.get("/handovers/plan", query_string=asked).text
    assert "1 disclosure policy" in begin
    assert "1 request about own data" in begin


def test_nobody_takes_over_what_they_may_not_do(desk: tuple[User, User, User]) -> None:
    """P1: relations answers no request; an administrator answers requests and owns no policy; compliance owns no people."""
    helga, sam, ada = desk
    omar = accounts.user(name="Omar")
    with pytest.raises(policies.HeirUnfit, match="may not look after 1 disclosure policy"):
        handovers.hand_over(helga, omar, by=ada)
    people.person("Jack", owner=omar)
    with pytest.raises(CannotOwn, match="cannot look after people"):
        handovers.hand_over(omar, sam)
    assert held_by(helga) == (1, 1)


def test_no_login_is_closed_while_they_are_somebodys(desk: tuple[User, User, User]) -> None:
    """P1: the message names both."""
    helga, sam, ada = desk
    with pytest.raises(StillHolds, match="1 disclosure policy, 1 request about own data"), transaction():
        logins.deactivate_user(db.session.merge(helga), by=db.session.merge(ada))
    handovers.hand_over(helga, sam, by=ada, is_login_closed=True)
    assert not fresh(helga).is_active
