"""The X-ray says what is so: every route and every guarded field, as every role of the London demo (R3)."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.accounts import guarded, permissions, x_ray
from app.accounts.models import Role
from tests.accounts.walking import MARKS, WALKERS, Walk, see_as, walk
from tests.databases import Databases

#: Pages the demo has no row for, or none in the state they ask for; only that they are refused to others is proved here.
NOTHING_THERE = {
    "api.get_import", "disclosures.certificate", "executives.place_unmet", "imports.show", "imports.preview", "imports.progress",
    "ledger.export_simulation", "lists.choose", "outreach.share_less", "outreach.sent_batch", "reports.export_layout",
    "reports.paper_file", "travel.export_simulation",
}  # fmt: skip


@pytest.fixture(scope="module")
def walked(databases: Databases) -> Iterator[tuple[Flask, Walk]]:
    """One copy of the demo, walked once."""
    databases.reset_to_demo()
    assert databases.app is not None
    with databases.app.app_context():
        yield databases.app, walk(databases.app)


def test_every_route_answers_each_role_as_the_x_ray_says(walked: tuple[Flask, Walk]) -> None:
    app, done = walked
    wrong = []
    for route in x_ray.list_routes(app):
        for method in () if route.is_public else route.methods:
            for role, status in done.statuses[route.rule, method].items():
                is_refused = status == 403
                if is_refused and role in route.roles and route.only:
                    continue
                if is_refused != (role not in route.roles) or status in (400, 401, 405) or status >= 500:
                    wrong.append((method, route.rule, role.value, status))
    assert not wrong, wrong


def test_every_page_opens_to_somebody_it_is_for(walked: tuple[Flask, Walk]) -> None:
    """Else the walk would prove nothing about what is on it."""
    app, done = walked
    found = {}
    for route in x_ray.list_routes(app):
        if not route.is_public and "GET" in route.methods:
            statuses = done.statuses[route.rule, "GET"]
            found[route.endpoint] = any(statuses.get(role) in (200, 302, 303) for role in route.roles)
    closed = {endpoint for endpoint, is_open in found.items() if not is_open}
    assert closed == NOTHING_THERE, sorted(closed ^ NOTHING_THERE)


def test_every_guarded_field_reaches_each_role_exactly_as_the_x_ray_says(walked: tuple[Flask, Walk]) -> None:
    """A word of its own in each field, looked for on every page, in every file, feed and answer of the interface."""
    _app, done = walked
    wrong = []
    for one in guarded.list_fields():
        for role in WALKERS:
            seen = done.seen.get(one.key, {}).get(role, {})
            if set(one.shown_to(role)) != set(seen):
                wrong.append(
                    (
                        one.key,
                        role.value,
                        [x.value for x in one.shown_to(role)],
                        {outlet.value: sorted(where)[:3] for outlet, where in seen.items()},
                    )
                )
    assert not wrong, wrong


def test_mails_were_written_to_those_who_work_here(walked: tuple[Flask, Walk]) -> None:
    """Else the test above would prove nothing about mail."""
    _app, done = walked
    readers = {role for role in WALKERS if "reports:read" in permissions.PERMISSIONS[role]}
    assert {role for role, kinds in done.mails.items() if "report" in kinds} == readers


def test_every_field_of_the_x_ray_is_probed() -> None:
    assert set(MARKS) == {one.key for one in guarded.list_fields()}


def test_seeing_as_a_role_shows_no_field_that_stays_hidden_from_oneself(walked: tuple[Flask, Walk]) -> None:
    """Every page on which a role found a mark, opened by an administrator who sees as that role."""
    app, done = walked
    own = {key for key, roles in done.seen.items() if Role.ADMIN in roles}
    assert own < set(MARKS)
    n_hidden = 0
    for role in sorted(set(WALKERS) - {Role.ADMIN}):
        looked = see_as(app, role, done)
        assert looked.opened > 0, role
        assert looked.keys <= own, (role, looked.keys - own)
        n_hidden += looked.refused
    assert n_hidden > 0
