"""The history of a record: who changed what, and bringing a value back through the same edit (P4, R3)."""

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from app.accounts.models import AuditDetail, AuditEvent, Role, User
from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound
from app.core.money import Money
from app.outreach.details_rhythm import ContactWishDetails
from app.outreach.operations_wishes import set_contact_wishes
from app.people import (
    operations,
    operations_lists,
    operations_restore,
    policies_history,
    policies_lists,
    queries_history,
)
from app.people.details import (
    AffiliationDetails,
    ChannelDetails,
    MayAcceptDetails,
    OfficialDetails,
    OrganisationDetails,
    PersonDetails,
    WishDetails,
)
from app.people.models import (
    AcceptAnswer,
    Affiliation,
    Channel,
    MayAccept,
    OfficialStatus,
    OrganisationKind,
    Person,
    PersonKind,
)
from tests.conftest import fresh
from tests.factories import accounts, people

FIRST = {
    "name": "Amal",
    "known_for": "private 5G",
    "known_among": "engineers",
    "home_country": "AE",
    "zone": "Asia/Dubai",
}


@pytest.fixture
def mei(app: Flask) -> User:
    return accounts.user(name="Mei", role=Role.RELATIONS)


def _amal(mei: User, **changes: object) -> Person:
    return people.person(owner=mei, **(FIRST | changes))


def _edit(person: Person, mei: User, **changes: object) -> None:
    given = {"kind": person.kind.name if person.kind else ""}
    with transaction():
        operations.edit_person(
            db.session.merge(person), PersonDetails(**(FIRST | given | changes)), by=db.session.merge(mei)
        )


def _event(action: str) -> int:
    wanted = sa.select(AuditEvent.id).filter_by(action=action).order_by(AuditEvent.id.desc())
    found = db.session.scalars(wanted.limit(1)).one()
    db.session.rollback()
    return found


def _restore(event_id: int, column: str, mei: User, *, seen: int | None = None) -> None:
    with transaction():
        by = db.session.merge(mei)
        found = queries_history.get_restorable(event_id, column, by)
        operations_restore.restore_value(found, by=by, seen_version=seen)


def test_value_comes_back_through_the_edit_and_says_so(mei: User) -> None:
    amal = _amal(mei)
    _edit(amal, mei, known_for="open radio", home_country="QA", languages=("fr",))
    event = _event("people.person_edited")
    _restore(event, "known_for", mei)
    assert (fresh(amal).known_for, fresh(amal).home_country) == ("private 5G", "QA")
    last = db.session.get(AuditEvent, _event("people.person_edited"))
    assert (last.by_id, last.fields, last.reason.startswith("Brought back from")) == (
        mei.id, ["changed_at", "known_for", "version"], True,
    )  # fmt: skip
    _restore(event, "languages", mei)
    assert fresh(amal).languages == ["ar", "en"]


@pytest.mark.parametrize("column", ["is_opted_out", "quiet_until_on"])
def test_wishes_are_never_brought_back(mei: User, column: str) -> None:
    """P4: an opt-out taken back by the person stays taken back; only they can say it again."""
    amal = _amal(mei)
    with transaction():
        details = WishDetails(is_opted_out=True, quiet_until_on=date(2027, 1, 1))
        operations.set_wishes(db.session.merge(amal), details, by=mei)
    with pytest.raises(policies_history.NotRestorable, match="only the person can say it again"):
        _restore(_event("people.wishes_set"), column, mei)
    assert fresh(amal).is_opted_out is True


def test_consent_of_an_employer_is_never_brought_back(mei: User) -> None:
    """P4, also for a consent somebody else gave."""
    amal, firm = _amal(mei), people.organisation()
    with transaction():
        row = operations.add_affiliation(
            db.session.merge(amal),
            AffiliationDetails(organisation_id=firm.id, from_on=date(2024, 1, 1), is_consent_given=True),
            by=mei,
        )
    with transaction():
        operations.edit_affiliation(
            db.session.merge(row),
            AffiliationDetails(organisation_id=firm.id, from_on=date(2024, 1, 1)),
            by=mei,
        )
    with pytest.raises(policies_history.NotRestorable):
        _restore(_event("people.affiliation_edited"), "is_consent_given", mei)
    assert fresh(row).is_consent_given is False


def test_official_status_has_a_page_of_its_own(mei: User) -> None:
    amal = _amal(mei)
    with transaction():
        details = OfficialDetails(status=OfficialStatus.OFFICIAL, reason="Member of a regulator")
        operations.set_official_status(db.session.merge(amal), details, by=mei)
    with pytest.raises(policies_history.NotRestorable, match="a page of its own"):
        _restore(_event("people.official_status_set"), "official_status", mei)


def test_retired_and_deleted_kinds_are_refused_with_their_reason(mei: User) -> None:
    amal = _amal(mei, kind="Podcaster")
    _edit(amal, mei, kind="Analyst")
    event = _event("people.person_edited")
    kind = db.session.scalars(sa.select(PersonKind).filter_by(name="Podcaster")).one()
    with transaction():
        operations_lists.retire_kind(db.session.merge(kind), by=mei)
    with pytest.raises(policies_lists.WordRetired, match="Podcaster is no longer offered"):
        _restore(event, "kind_id", mei)
    with transaction():
        operations_lists.delete_kind(db.session.merge(kind), by=mei)
    with pytest.raises(policies_lists.WordUnknown, match="was deleted from the list"):
        _restore(event, "kind_id", mei)
    assert fresh(amal).kind.name == "Analyst"


def test_restoring_over_somebody_elses_change_is_a_conflict(mei: User) -> None:
    amal = _amal(mei)
    _edit(amal, mei, known_for="open radio")
    seen = fresh(amal).version
    _edit(amal, mei, known_for="open radio", phone="+971501234567")
    with pytest.raises(Conflict):
        _restore(_event("people.person_edited"), "phone", mei, seen=seen)
    assert fresh(amal).phone == "+971501234567"


def test_what_is_so_already_is_said(mei: User) -> None:
    amal = _amal(mei)
    _edit(amal, mei, known_for="open radio")
    event = _event("people.person_edited")
    _restore(event, "known_for", mei)
    with pytest.raises(policies_history.NothingToRestore):
        _restore(event, "known_for", mei)
    with pytest.raises(policies_history.NothingToRestore, match="how it began"):
        _restore(_event("people.person_added"), "known_for", mei)


def test_merged_records_give_nothing_back(mei: User) -> None:
    """P3: a record that was merged is not changed any more."""
    amal, other = _amal(mei), people.person("Amal R", owner=mei)
    _edit(amal, mei, known_for="open radio")
    event = _event("people.person_edited")
    with transaction():
        db.session.merge(amal).merged_into_id = other.id
    with pytest.raises(NotFound, match="merged into another"):
        _restore(event, "known_for", mei)


def test_channels_and_their_dated_sizes_come_back_together(mei: User) -> None:
    amal = _amal(mei)
    people.channel(amal, handle="@amal", audience_size=1000, audience_read_on=date(2026, 3, 1))
    row = db.session.scalars(sa.select(Channel)).one()
    with transaction():
        details = ChannelDetails(
            platform="YouTube", handle="@amal", audience_size=5000, audience_read_on=date(2026, 9, 1)
        )
        operations.edit_channel(db.session.merge(row), details, by=mei)
    _restore(_event("people.channel_edited"), "audience_size", mei)
    assert (fresh(row).audience_size, fresh(row).audience_read_on) == (1000, date(2026, 3, 1))


def test_answers_come_back_with_their_limit(mei: User) -> None:
    amal = _amal(mei)

    def answer(**given: object) -> None:
        with transaction():
            details = MayAcceptDetails(category="gift", said_on=date(2026, 3, 1), **given)
            operations.set_may_accept(db.session.merge(amal), details, by=mei)

    answer(answer=AcceptAnswer.UP_TO, limit=Money(5000, "GBP"))
    answer(answer=AcceptAnswer.UP_TO, limit=Money(3500, "GBP"))
    page = queries_history.page_of_person(fresh(amal), mei)
    assert [(one.before, one.after) for one in page.rows[0].values if one.column == "answer"] == [
        ("up to GBP 50.00", "up to GBP 35.00")
    ]
    _restore(_event("people.may_accept_set"), "answer", mei)
    assert db.session.scalars(sa.select(MayAccept)).one().limit == Money(5000, "GBP")
    db.session.rollback()
    answer(answer=AcceptAnswer.NO)
    _restore(_event("people.may_accept_set"), "answer", mei)
    row = db.session.scalars(sa.select(MayAccept)).one()
    assert (row.answer, row.limit) == (AcceptAnswer.UP_TO, Money(5000, "GBP"))


def test_rules_of_an_organisation_come_back(mei: User, signed_in) -> None:
    firm = people.organisation("Orbit Analysts", is_gift_allowed=False)
    with transaction():
        details = OrganisationDetails(
            name="Orbit Analysts", kind=OrganisationKind.ANALYST_FIRM, is_gift_allowed=True
        )
        operations.edit_organisation(db.session.merge(firm), details, by=mei)
    event = _event("people.organisation_edited")
    browser = signed_in(mei)
    page = browser.get(f"/people/organisations/{firm.id}/history").text
    assert f"/people/changes/{event}/is_gift_allowed/restore" in page
    typed = {"version": str(fresh(firm).version)}
    answer = browser.post(f"/people/changes/{event}/is_gift_allowed/restore", data=typed)
    assert (answer.status_code, answer.location) == (303, f"/people/organisations/{firm.id}/history")
    assert fresh(firm).is_gift_allowed is False


def test_history_shows_before_and_after_in_words(mei: User, signed_in) -> None:
    amal = _amal(mei, kind="Podcaster")
    _edit(amal, mei, kind="Analyst", home_country="QA", name="أمل")
    page = queries_history.page_of_person(fresh(amal), mei)
    shown = {value.label: (value.before, value.after) for value in page.rows[0].values}
    assert shown["kind"] == ("Podcaster", "Analyst")
    assert shown["home country"] == ("United Arab Emirates", "Qatar")
    assert shown["name"] == ("Amal", "أمل")
    assert shown["languages"] == ("Arabic, English", "")
    assert set(shown) == {"kind", "home country", "name", "listed under", "languages"}
    text = signed_in(mei).get(f"/people/{amal.id}/history").text
    assert "<bdi>أمل</bdi>" in text
    assert "From when to when" in text


def test_restore_page_shows_both_values_and_keeps_the_lock(mei: User, signed_in) -> None:
    amal = _amal(mei)
    _edit(amal, mei, known_for="open radio")
    event, browser = _event("people.person_edited"), signed_in(mei)
    path = f"/people/changes/{event}/known_for/restore"
    page = browser.get(path).text
    assert "open radio" in page
    assert "private 5G" in page
    stale = {"version": str(fresh(amal).version - 1)}
    assert browser.post(path, data=stale).status_code == 409
    assert browser.post(path, data={"version": str(fresh(amal).version)}).status_code == 303
    assert fresh(amal).known_for == "private 5G"
    again = browser.post(path, data={"version": str(fresh(amal).version)})
    assert (again.status_code, "It is this value already" in again.text) == (422, True)
    assert browser.get(f"/people/changes/{event}/nonsense/restore").status_code == 404
    assert browser.get("/people/changes/999999/name/restore").status_code == 404
    assert signed_in(Role.COMPLIANCE).get(path).status_code == 403


@pytest.mark.parametrize(
    ("role", "sees_answers", "sees_reason"),
    [(Role.RELATIONS, True, False), (Role.COMPLIANCE, True, True), (Role.ADMIN, False, False)],
)
def test_each_reader_sees_the_values_of_their_role(
    mei: User, role: Role, sees_answers: bool, sees_reason: bool
) -> None:
    """R3: what somebody may accept for those who see amounts, how an official status is known for compliance."""
    amal = _amal(mei)
    with transaction():
        row = db.session.merge(amal)
        operations.set_may_accept(row, MayAcceptDetails(category="gift", answer=AcceptAnswer.NO), by=mei)
        operations.set_official_status(
            row, OfficialDetails(status=OfficialStatus.OFFICIAL, reason="Sits on a board"), by=mei
        )
    page = queries_history.page_of_person(fresh(amal), accounts.user(role=role))
    assert ("gift" in {line.about for line in page.rows}) is sees_answers
    labels = {value.label for line in page.rows for value in line.values}
    assert ("how the official status is known" in labels) is sees_reason
    assert "official status" in labels


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.PARTNER])
def test_history_is_closed_to_those_who_see_no_notes(mei: User, signed_in, role: Role) -> None:
    amal = _amal(mei)
    assert signed_in(role).get(f"/people/{amal.id}/history").status_code == 403


def test_erased_values_leave_the_line_and_nothing_to_restore(mei: User) -> None:
    """P8: the trail stays, its values may be gone."""
    amal = _amal(mei)
    _edit(amal, mei, known_for="open radio")
    event = _event("people.person_edited")
    with transaction():
        db.session.delete(db.session.get(AuditDetail, event))
    assert queries_history.page_of_person(fresh(amal), mei).rows[0].values == []
    with pytest.raises(NotFound):
        queries_history.get_restorable(event, "known_for", mei)


def test_history_needs_the_same_queries_whatever_happened(mei: User, signed_in, count_queries) -> None:
    amal, browser = _amal(mei), signed_in(mei)
    firm = people.organisation()
    people.employment(amal, firm)
    people.channel(amal, handle="@a0")
    people.evidence(amal)
    _edit(amal, mei, known_for="topic", kind="Analyst")
    path = f"/people/{amal.id}/history"
    browser.get(path)
    count_queries()
    browser.get(path)
    few = count_queries()
    for n in range(9):
        people.employment(amal, people.organisation(f"Firm {n}"))
        people.channel(amal, handle=f"@b{n}")
        people.evidence(amal, summary=f"Talk {n}")
    count_queries()
    browser.get(path)
    assert count_queries() <= few


def test_histories_are_dated(mei: User, signed_in) -> None:
    """P1: owners without a gap; affiliations with their days."""
    tom = accounts.user(name="Tom")
    amal, firm = _amal(mei), people.organisation("Orbit Analysts")
    people.employment(amal, firm, from_on=date(2024, 1, 1), to_on=date(2025, 6, 30))
    with transaction():
        operations.hand_over(db.session.merge(amal), tom, by=mei)
    text = signed_in(mei).get(f"/people/{amal.id}/history").text
    for words in ("Orbit Analysts", "1 Jan 2024", "30 Jun 2025", "Mei", "Tom"):
        assert words in text
    assert db.session.scalar(sa.select(sa.func.count(Affiliation.id))) == 1


def test_analyst_firms_keep_their_rule_with_its_source(mei: User, signed_in) -> None:
    """P2: the rule, where it is written, and who works there now."""
    browser = signed_in(mei)
    typed = {
        "name": "Saffron Ridge", "kind": "analyst_firm", "max_class": "economy", "rule_text": "No gifts, ever.",
        "rule_url": "https://saffron.example/policy", "is_invoice_to_employer_only": "y",
    }  # fmt: skip
    answer = browser.post("/people/organisations/new", data=typed)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    for words in (
        "Analyst firm",
        "No gifts, ever.",
        'href="https://saffron.example/policy"',
        "Invoices go through the organisation only.",
    ):
        assert words in page
    bad = browser.post(
        "/people/organisations/new", data=typed | {"name": "Other", "rule_url": "javascript:alert(1)"}
    )
    assert (bad.status_code, "beginning with https://" in bad.text) == (422, True)


def test_wishes_of_rooms_above_stand_in_the_history_and_are_not_brought_back(mei: User) -> None:
    """P4: quiet days, said by the person and written a room above."""
    amal = _amal(mei)
    for days in (("fri",), ()):
        with transaction():
            details = ContactWishDetails(quiet_weekdays=days, reason="Her mail")
            set_contact_wishes(db.session.merge(amal), details, by=mei)
    line = queries_history.page_of_person(fresh(amal), mei).rows[0]
    shown = {value.label: (value.before, value.after, value.is_restorable) for value in line.values}
    assert shown["quiet weekdays"] == ("Fri", "", False)
    with pytest.raises(NotFound):
        queries_history.get_restorable(line.event.id, "quiet_weekdays", mei)


def test_what_has_no_sentence_of_its_own_is_said_as_the_trail_says_it(app: Flask) -> None:
    """An action or a column without words for this page has those of the audit trail, in every language."""
    said = {}
    with app.test_request_context():
        for language in ("en", "fr"):
            with force_locale(language):
                said[language] = (
                    policies_history.done_words("people.consent_given"),
                    policies_history.label_of("undo_reason"),
                )
    assert said == {
        "en": ("consent given", "undo reason"), "fr": ("consentement donné", "motif de l’annulation"),
    }  # fmt: skip
