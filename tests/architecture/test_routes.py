"""Every route says who may use it, and leads to a template that exists."""

import pytest
from flask import Flask

from app.accounts import permissions
from app.accounts.access import PUBLIC, permission_of
from app.accounts.models import Role

#: Public views, each with the reason why nobody has to sign in.
PUBLIC_VIEWS = {
    "accounts.sign_in": "the way in",
    "accounts.sign_out": "the way out, harmless without a session",
    "accounts.second_factor": "the second step of a sign-in, open to a browser that has shown the password",
    "accounts.second_factor_options": "the same; a challenge for the passkeys of that user",
    "accounts.second_factor_passkey": "the same, by a passkey",
    "accounts.forgotten": "an address brings a link to it, and says nothing to whoever types it",
    "accounts.password_link": "a page with one button, the same for every secret",
    "accounts.open_password_link": "the secret of a link, by POST",
    "accounts.choose_password": "open to the browser that has used up such a link",
    "accounts.provider": "leads to the provider of the company",
    "accounts.provider_return": "the provider leads back here; only to a browser that was sent there, and it writes nothing",
    "accounts.provider_finish": "lets in whom the provider has just confirmed to this browser",
    "accounts.passkey_options": "a challenge that names nobody",
    "accounts.enter_by_passkey": "the way in by a passkey",
    "upkeep.figures": "a monitor cannot sign in; guarded by a token of its own, and there is no such page without one",
    "accounts.logo": "the logo of the house, on the pages of everybody",
    "accounts.colours_sheet": "its colours as a sheet, for the same pages",
    "events.door_worker": "a script without data, which a browser asks for again after signing out too",
    "calendars.feed": "calendar clients cannot sign in; the address is the key",
    "portal.arrive": "the person's door, opened by a personal link",
    "portal.redeem": "the person's door, opened by a personal link",
    "portal.renew": "a dead personal link brings a new one to the address we know, and says nothing",
    "portal.ask": "an address brings a link to it, and says nothing to whoever types it",
    "portal.enter_options": "a challenge that names nobody",
    "portal.enter_by_passkey": "the way in by a passkey",
    "portal.passkey_options": "guarded by the person's own session; takes no number",
    "portal.make_passkey": "guarded by the person's own session; takes no number",
    "portal.end_passkey": "guarded by the person's own session; other people's passkeys are not there",
    "portal.home": "guarded by the person's own session",
    "portal.invitation": "guarded by the person's own session; other people's numbers are not there",
    "portal.policy": "guarded by the person's own session",
    "portal.covenant": "guarded by the person's own session; takes no number",
    "portal.links": "guarded by the person's own session; takes no number",
    "portal.propose_covenant": "guarded by the person's own session; takes no number",
    "portal.promises": "guarded by the person's own session; other people's invitations are not there",
    "portal.report_draft": "guarded by the person's own session; takes no number",
    "portal.certificate": "guarded by the person's own session; only their own certificate is there",
    "portal.given": "guarded by the person's own session; takes no number",
    "portal.given_line": "guarded by the person's own session; other people's lines are not there",
    "portal.confirm_line": "guarded by the person's own session; other people's lines are not there",
    "portal.withdraw_dispute": "guarded by the person's own session; other people's lines are not there",
    "portal.meeting": "guarded by the person's own session; other people's meetings are not there",
    "portal.meeting_paper": "guarded by the person's own session; other people's meetings are not there",
    "portal.statement": "guarded by the person's own session; takes no number",
    "portal.words_to_say": "guarded by the person's own session; takes no number",
    "portal.calendar": "guarded by the person's own session; takes no number",
    "portal.my_data": "guarded by the person's own session; takes no number",
    "portal.wishes": "guarded by the person's own session; takes no number",
    "portal.say_needs": "guarded by the person's own session; takes no number",
    "portal.forget_needs": "guarded by the person's own session; takes no number",
    "portal.say_may_accept": "guarded by the person's own session; takes no number",
    "portal.say_contact": "guarded by the person's own session; takes no number",
    "portal.wish_travel": "guarded by the person's own session; other people's invitations are not there",
    "portal.ask_question": "guarded by the person's own session; other people's invitations are not there",
    "portal.statement_table": "guarded by the person's own session; takes no number",
    "portal.correct": "guarded by the person's own session; takes no number",
    "portal.give_consent": "guarded by the person's own session; takes no number",
    "portal.end_own_visit": "guarded by the person's own session; other people's browsers are not there",
    "portal.end_agent": "guarded by the person's own session; other people's agencies are not there",
    "portal.facet": "guarded by the person's own session; the number is that of a question, never of an answer",
    "portal.own_copy": "guarded by the person's own session; takes no number",
    "portal.ask_erasure": "guarded by the person's own session; takes no number",
    "portal.withdraw_consent": "guarded by the person's own session; takes no number",
    "portal.share_calendar": "guarded by the person's own session; takes no number",
    "portal.keep_cancelled": "guarded by the person's own session; takes no number",
    "portal.revoke_calendar": "guarded by the person's own session; takes no number",
    "portal.item": "guarded by the person's own session; other people's items are not there",
    "portal.paid": "guarded by the person's own session; takes no number",
    "portal.engagement": "guarded by the person's own session; other people's work is not found",
    "portal.open_file": "guarded by the person's own session; other people's files are not found",
    "portal.share": "guarded by the person's own session; other people's shares are not found",
    "portal.sign_out": "guarded by the person's own session",
    "portal.represented": "guarded by a representative's own session; takes no number",
    "portal.represented_person": "guarded by a representative's own session; whom they do not speak for now is not there",
    "portal.answer_for": "guarded by a representative's own session; whom they do not speak for now is not there",
    "portal.end_agent_visit": "guarded by a representative's own session; other people's browsers are not there",
    "portal.agent_sign_out": "guarded by a representative's own session; takes no number",
    "portal.verify": "is this really you?",
    "portal.no_more": "opened by the secret in a letter's headers; asks, and writes nothing",
    "portal.stop_letters": "the one click of a mail program, which has nothing but the secret in the letter's headers",
    "portal.answer": "opened by the secret of an invitation's letter; shows the event, and writes nothing",
    "portal.send_answer": "the secret of an invitation's letter, by POST; another address than the person's answers nothing for them",
    "portal.place": "opened by the secret of a kept place's mail; shows the event, and writes nothing",
    "portal.take_place": "the secret of a kept place's mail, by POST",
    "portal.refuse_place": "the secret of a kept place's mail, by POST",
    "upkeep.live": "says that the process answers, and nothing else",
    "upkeep.ready": "says whether database and worker are there, and nothing of what is in them",
    "api.openapi": "the description of the interface holds no data",
}


def _views(app: Flask) -> list[tuple[str, object]]:
    return [(rule.endpoint, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]


def test_every_route_declares_a_permission(app: Flask) -> None:
    forgotten = sorted({endpoint for endpoint, view in _views(app) if permission_of(view) is None})
    assert forgotten == []


def test_every_permission_of_a_route_is_held_by_some_role(app: Flask) -> None:
    named = {permission_of(view) for _, view in _views(app)} - {PUBLIC, None}
    assert named - permissions.ALL == set()


def test_public_routes_are_the_listed_ones(app: Flask) -> None:
    public = {endpoint for endpoint, view in _views(app) if permission_of(view) == PUBLIC}
    assert sorted(public) == sorted(PUBLIC_VIEWS)


def test_every_source_kind_room_has_a_show(app: Flask) -> None:
    """A ledger entry and a notice link to `<room>.show`; the name may point up, so it must exist."""
    rooms = {
        "people",
        "programs",
        "outreach",
        "events",
        "travel",
        "executives",
        "disclosures",
        "ledger",
        "advisory",
    }
    assert {room for room in rooms if f"{room}.show" not in app.view_functions} == set()


@pytest.mark.parametrize("role", list(Role))
def test_no_role_can_reach_a_page_without_its_permission(app: Flask, signed_in, role: Role) -> None:
    """Every GET page without arguments answers 403 to a role that lacks its permission."""
    browser = signed_in(role)
    wrong = []
    for rule in app.url_map.iter_rules():
        wanted = permission_of(app.view_functions[rule.endpoint])
        if (
            "GET" not in (rule.methods or ())
            or rule.arguments
            or wanted in {PUBLIC, None}
            or rule.rule.startswith("/api/")
        ):
            continue
        status = browser.get(rule.rule).status_code
        if (status == 403) == (wanted in permissions.PERMISSIONS[role]):
            wrong.append((rule.rule, wanted, status))
    assert wrong == []


def test_every_template_compiles(app: Flask) -> None:
    names = app.jinja_env.list_templates(extensions=["html", "txt"])
    assert names
    for name in names:
        app.jinja_env.get_template(name)
