"""Reaches every form of the London demo, by a browser of somebody who may open it."""

import re
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from app.accounts import permissions
from app.accounts.access import permission_of
from app.accounts.models import User
from app.core.db import db
from app.outreach import queries_agencies
from app.people import queries as people
from app.people.models import Person
from tests.core.hunting import FormSeen, PageReader, QuickClient, pages_of, view_of
from tests.factories import accounts as make_accounts
from tests.factories import portal as make_portal
from tests.route_map import LED_TO, addresses_of

#: Where those begin who have no login; each comes in by a link of their own.
OUTSIDE = {"person": "/p/", "agent": "/p/represented"}
ROLES = ("mei", "ruth", "helga", "daniel", "ada", "paula")
Browsers = list[tuple[str, QuickClient]]
#: Who, with which browser, the view it is sent to, the address, the form.
FormFound = tuple[str, QuickClient, str, str, FormSeen]


def browser_of(app: Flask, key: str) -> QuickClient:
    """The browser of a user of the demo, or of somebody outside."""
    browser = app.test_client()
    if key == "person":
        person = db.session.scalars(sa.select(Person).order_by(Person.id)).first()
        return make_portal.browser_of(app, person)
    if key == "agent":
        paula = db.session.scalars(sa.select(User).filter_by(email="paula@lumen.example")).one()
        about = people.get_person(queries_agencies.list_represented(paula)[0].id, paula)
        return make_portal.agent_browser_of(app, paula, about)
    make_accounts.session_in(
        browser, db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
    )
    return browser


def _forms(
    app: Flask, browser: QuickClient, start: str, done: set[str], per_view: int
) -> Iterator[tuple[str, str, FormSeen]]:
    for _, address, page in pages_of(app, browser, [start], known={}, per_view=per_view):
        for form in PageReader(page).forms:
            action = form.action or address
            view = view_of(app, action, "POST")
            if view not in done:
                done.add(view)
                yield view, action, form


def _unlinked_forms(app: Flask, browsers: Browsers, done: set[str]) -> Iterator[FormFound]:
    """Forms behind the second row of a list, or behind a step that was not taken: looked for by number."""
    rules = [rule for rule in app.url_map.iter_rules() if {"GET", "POST"} <= (rule.methods or set())]
    for rule in sorted(rules, key=lambda one: one.rule):
        wanted = permission_of(app.view_functions[rule.endpoint])
        readers = [one for one in browsers if one[0] in OUTSIDE or wanted in _rights_of(one[0])]
        addresses = _led_to(dict(browsers), rule.endpoint) or addresses_of(rule)
        tries = ((reader, address) for address in addresses for reader in readers)
        while rule.endpoint not in done and (one := next(tries, None)):
            (key, browser), address = one
            for form in PageReader(browser.get(address).get_data(as_text=True)).forms:
                action = form.action or address
                if view_of(app, action, "POST") == rule.endpoint and rule.endpoint not in done:
                    done.add(rule.endpoint)
                    yield key, browser, rule.endpoint, action, form


def _led_to(browsers: dict[str, QuickClient], endpoint: str) -> list[str]:
    if endpoint not in LED_TO:
        return []
    key, source, look = LED_TO[endpoint]
    return re.findall(look, browsers[key].get(source).get_data(as_text=True))


def _rights_of(key: str) -> frozenset[str]:
    who = db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
    return frozenset(permissions.PERMISSIONS[who.role])


def every_form(app: Flask, browsers: Browsers, done: set[str], per_view: int = 1) -> Iterator[FormFound]:
    """One form for each view that takes one and is not yet `done`; those behind links first."""
    for key, browser in browsers:
        for view, action, form in _forms(app, browser, OUTSIDE.get(key, "/"), done, per_view):
            yield key, browser, view, action, form
    yield from _unlinked_forms(app, browsers, done)
