"""People at their own door."""

from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from app.core.db import db, transaction
from app.people.models import Person
from app.portal import entering, operations, operations_agents
from tests.factories import accounts


def link(to: Person) -> str:
    """A shown link, as a path."""
    with transaction():
        made = operations.invite_in(db.session.merge(to), by=accounts.user())
    return "/p/" + made.split("/p/", 1)[1]


def agent_link(to: User, about: Person) -> str:
    """The same for somebody who speaks for a person."""
    with transaction():
        made = operations_agents.invite_agent_in(
            db.session.merge(to), db.session.merge(about), by=accounts.user()
        )
    return "/p/" + made.split("/p/", 1)[1]


def browser_of(app: Flask, who: Person) -> FlaskClient:
    """A browser in which a person is at home."""
    return _at_home(app, link(who))


def agent_browser_of(app: Flask, who: User, about: Person) -> FlaskClient:
    """A browser in which somebody who speaks for a person is at home."""
    return _at_home(app, agent_link(who, about))


def _at_home(app: Flask, path: str) -> FlaskClient:
    secret = path.rsplit("/", 1)[1]
    with transaction():
        entered = operations.redeem(secret)
    browser = app.test_client()
    with app.app_context():
        browser.set_cookie(entering.cookie_name(), entered.secret)
    return browser
