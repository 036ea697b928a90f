"""People at their own door."""

from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.people.models import Person
from app.portal import entering, operations
from tests.factories import accounts


def link(to: Person) -> str:
    """A shown link, as a path."""
    with transaction():
        made = operations.invite_in(db.session.merge(to), by=accounts.user())
    return "/p/" + made.split("/p/", 1)[1]


def browser_of(app: Flask, who: Person) -> FlaskClient:
    """A browser in which a person is at home."""
    secret = link(who).rsplit("/", 1)[1]
    with transaction():
        entered = operations.redeem(secret)
    browser = app.test_client()
    with app.app_context():
        browser.set_cookie(entering.cookie_name(), entered.secret)
    return browser
