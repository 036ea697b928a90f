"""Policies and versions, acceptance, duties opened by value, publications: D1 to D5, c25 to c29."""

from datetime import date, timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import db, transaction
from app.disclosures import operations, policies, queries
from app.disclosures.details import PolicyDetails
from app.disclosures.models import (
    Acknowledgement,
    AcknowledgementHow,
    LabelVerdict,
    Medium,
    Obligation,
    ObligationState,
    Publication,
)
from app.ledger import operations as ledger_operations
from app.ledger import queries as ledger_queries
from app.notices.models import Notice
from tests.conftest import fresh
from tests.factories import accounts, ledger, people
from tests.factories import disclosures as make

pytestmark = pytest.mark.usefixtures("app")

ON = date(2026, 10, 16)

Row = TypeVar("Row")


def again(row: Row) -> Row:
    """The row in the open transaction."""
    found = db.session.get(type(row), sa.inspect(row).identity)
    assert found is not None
    return found


def obligations() -> list[tuple[str, str, ObligationState]]:
    rows = db.session.scalars(sa.select(Obligation).order_by(Obligation.jurisdiction, Obligation.id))
    return [(row.jurisdiction, row.category, row.state) for row in rows]


# -- versions ------------------------------------------------------------------------------------------


def test_versions_are_numbered_per_policy() -> None:
    assert [make.version("GB").number, make.version("GB").number, make.version("FR").number] == [1, 2, 1]


def test_a_published_version_never_changes() -> None:
    """c26."""
    version = make.version("GB")
    with pytest.raises(policies.PolicyIsPublished), transaction():
        operations.change_draft(
            again(version), make.details("GB", text="Something else"), by=make.compliance()
        )
    with pytest.raises(policies.PolicyIsPublished), transaction():
        operations.publish_version(again(version), by=make.compliance())


def test_a_draft_binds_nobody() -> None:
    make.version("*", is_published=False)
    assert queries.versions_in_force(people.person(), ON) == []


def test_a_draft_may_change() -> None:
    version = make.version("GB", is_published=False)
    with transaction():
        operations.change_draft(
            again(version), make.details("GB", text="Say it first."), by=make.compliance()
        )
    assert fresh(version).text == "Say it first."


def test_a_jurisdiction_has_one_policy() -> None:
    make.version("GB")
    with pytest.raises(policies.PolicyRefused, match="has a policy already"), transaction():
        operations.start_policy(PolicyDetails(name="Another", jurisdiction="gb"), by=make.compliance())


def test_a_source_is_a_web_address() -> None:
    with pytest.raises(policies.PolicyRefused, match="“the law” is not a web address"):
        make.version("GB", sources=("the law",))


# -- which policies bind a person (D1) -------------------------------------------------------------------


def test_versions_in_force_follow_the_audience() -> None:
    """D1: the audience of the channels, not the residence; several may apply."""
    for place in ("*", "GB", "FR", "EU"):
        make.version(place)
    person = people.person("Amal")
    assert [version.policy.jurisdiction for version in queries.versions_in_force(person, ON)] == ["*"]
    people.channel(person, audience_countries=("GB", "FR"))
    assert [version.policy.jurisdiction for version in queries.versions_in_force(person, ON)] == [
        "EU",
        "FR",
        "GB",
    ]


def test_versions_in_force_are_those_of_the_day() -> None:
    make.version("AE", effective_to_on=date(2026, 6, 30))
    second = make.version("AE", effective_from_on=date(2026, 7, 1))
    person = people.person("Amal")
    assert [version.number for version in queries.versions_in_force(person, date(2026, 6, 30))] == [1]
    assert [version.id for version in queries.versions_in_force(person, date(2026, 7, 1))] == [second.id]
    assert queries.versions_in_force(person, date(2025, 12, 31)) == []


def test_a_new_version_asks_again() -> None:
    """D2."""
    person, first = people.person("Amal"), make.version("AE")
    make.acceptance(person, first)
    assert queries.missing_acknowledgements(person, ON) == []
    second = make.version("AE")
    assert [version.id for version in queries.missing_acknowledgements(person, ON)] == [second.id]


def test_acknowledging_twice_is_once() -> None:
    person, version = people.person("Amal"), make.version("AE")
    for _ in range(2):
        make.acceptance(person, version)
    assert len(db.session.scalars(sa.select(Acknowledgement)).all()) == 1


def test_a_draft_cannot_be_accepted() -> None:
    person, version = people.person("Amal"), make.version("AE", is_published=False)
    with pytest.raises(policies.PolicyRefused, match="only a published one"):
        make.acceptance(person, version)


# -- duties (D1, c25) --------------------------------------------------------------------------------------


def test_value_opens_a_duty_per_jurisdiction() -> None:
    person = people.person("Amal")
    people.channel(person, audience_countries=("GB", "US"))
    make.acceptance(person, make.version("GB"))
    make.version("US")
    posting = ledger.post(ledger.stay(person))
    assert obligations() == [
        ("GB", "lodging", ObligationState.DUE),
        ("US", "lodging", ObligationState.PENDING_ACK),
    ]
    assert [row.entry_seq for row in posting.obligations] == [1, 1]


def test_value_outside_the_triggers_opens_nothing() -> None:
    make.version("*", triggers=("gift",))
    ledger.post(ledger.stay())
    assert obligations() == []


def test_a_declined_offer_opens_nothing() -> None:
    make.version("*")
    ledger.post(ledger.stay(declined=True))
    assert obligations() == []


def test_accepting_later_makes_waiting_duties_due() -> None:
    person, version = people.person("Amal"), make.version("*")
    ledger.post(ledger.stay(person))
    make.acceptance(person, version)
    assert obligations() == [("*", "lodging", ObligationState.DUE)]


def test_taking_value_back_voids_its_duties() -> None:
    make.version("*")
    ledger.post(ledger.stay())
    with transaction():
        ledger_operations.reverse_entry(
            ledger_queries.get_entry(1), reason="wrong_person", by=make.compliance()
        )
    assert obligations() == [("*", "lodging", ObligationState.VOID)]


def test_waiving_a_duty_needs_a_reason() -> None:
    make.version("*")
    ledger.post(ledger.stay())
    duty = db.session.scalars(sa.select(Obligation)).one()
    with pytest.raises(policies.PolicyRefused, match="at least 10 characters"), transaction():
        operations.waive_obligation(again(duty), reason="no", by=make.compliance())
    with transaction():
        operations.waive_obligation(
            again(duty), reason="The stay was never published about", by=make.compliance()
        )
    assert obligations() == [("*", "lodging", ObligationState.WAIVED)]
    assert db.session.scalars(
        sa.select(AuditEvent.reason).where(AuditEvent.action == "disclosures.obligation_waived")
    ).all() == ["The stay was never published about"]


# -- ready text (D3) -----------------------------------------------------------------------------------------


def test_ready_text_comes_by_jurisdiction_with_the_asked_language_first() -> None:
    person = people.person("Ines")
    people.channel(person, audience_countries=("FR", "GB"))
    make.version("GB")
    make.version("FR", statements={"lodging": "Lumen Networks a payé mon hôtel."})
    texts = queries.ready_text(person, "lodging", ON, "fr")
    assert [(text.jurisdiction, text.text, text.is_in_asked_language) for text in texts] == [
        ("FR", "Publicité Lumen Networks a payé mon hôtel.", True),
        ("GB", "Ad Lumen Networks paid for my hotel.", False),
    ]
    assert texts[1].placement == {"text": "in the first words", "video": "in the first words"}


# -- publications (D4, D5) -----------------------------------------------------------------------------------


def test_a_publication_keeps_link_day_medium_label_and_nothing_else() -> None:
    """D4."""
    kept = set(sa.inspect(Publication).columns.keys())
    assert kept == {
        "id", "person_id", "url", "published_on", "medium", "label_text", "label_position", "verdict", "checked_at",
        "checked_by_id",
    }  # fmt: skip


def test_a_labelled_publication_evidences_the_duties_before_it() -> None:
    person = people.person("Amal")
    make.acceptance(person, make.version("*", accepted_labels=("#ad",)))
    ledger.post(ledger.stay(person))
    publication = make.publication(person)
    assert (publication.verdict, publication.label_text) == (LabelVerdict.EVIDENCED, "#ad")
    assert obligations() == [("*", "lodging", ObligationState.EVIDENCED)]


def test_a_deficient_label_starts_a_dated_remedy_and_is_counted() -> None:
    """D5, c29."""
    owner = accounts.user(name="Mei")
    person = people.person("Amal", owner=owner)
    make.acceptance(person, make.version("*", accepted_labels=("#ad",)))
    ledger.post(ledger.stay(person))
    make.publication(person, "My days in London")
    make.publication(person, "#gifted London")
    until = f"{clock.today() + timedelta(days=7):%-d %b %Y}"
    notices = db.session.execute(sa.select(Notice.message, Notice.user_id).order_by(Notice.id)).all()
    assert [tuple(notice) for notice in notices] == [
        (
            f"Amal: There is no label; for other countries use “#ad”. Ask for a correct label by {until}.",
            owner.id,
        ),
        (
            f"Amal: “#gifted” is not accepted for other countries; use “#ad”. Ask for a correct label by {until}. "
            "This is the second time.",
            owner.id,
        ),
    ]
    assert (queries.count_unlabelled(person), obligations()) == (
        2,
        [("*", "lodging", ObligationState.DEFICIENT)],
    )
    make.publication(person, "#ad My days in London")
    assert obligations() == [("*", "lodging", ObligationState.REMEDIED)]


def test_the_strictest_jurisdiction_decides() -> None:
    """D1."""
    person = people.person("Amal")
    people.channel(person, audience_countries=("GB", "CN"))
    make.version("GB")
    make.version("CN")
    assert make.publication(person, "#ad London").verdict is LabelVerdict.DEFICIENT


def test_only_what_is_public_is_filed() -> None:
    person = people.person("Amal")
    with pytest.raises(operations.PublicationRefused, match="this day lies ahead"):
        make.publication(person, published_on=clock.today() + timedelta(days=1))
    with pytest.raises(operations.PublicationRefused, match="not a web address"):
        make.publication(person, url="javascript:alert(1)")


def test_for_person_gathers_the_tab() -> None:
    person, version = people.person("Amal"), make.version("*", accepted_labels=("#ad",))
    ledger.post(ledger.stay(person))
    make.publication(person, medium=Medium.TEXT)
    tab = queries.for_person(person, ON, accounts.user())
    assert ([one.id for one in tab.in_force], [one.id for one in tab.missing]) == ([version.id], [version.id])
    assert (len(tab.obligations), len(tab.publications), tab.n_unlabelled) == (1, 1, 0)
    make.acceptance(person, version, how=AcknowledgementHow.PORTAL)
    tab = queries.for_person(person, ON, accounts.user())
    assert (tab.missing, [one.how for one in tab.acknowledgements]) == ([], [AcknowledgementHow.PORTAL])
