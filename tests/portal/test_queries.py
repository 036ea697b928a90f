"""What a person reads at their own door, and what they do not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from msgspec.structs import fields

from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.money import Money
from app.events.models import InvitationState
from app.ledger import operations as ledger_operations
from app.ledger.models import Basis, Category, Form, Leg, Unit
from app.outreach import operations as outreach_operations
from app.outreach.models import Letter
from app.people.models import Person
from app.portal import operations, queries, queries_door, queries_given
from app.portal.queries_given import GivenLine
from app.programs.models import Program
from tests.conftest import fresh
from tests.factories import accounts, calendars, disclosures, events, ledger, people, programs

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


# -- given -----------------------------------------------------------------------------------------


def test_lines_show_value_rate_basis_and_context(app: Flask) -> None:
    """J8.3, L4: original and reporting amount with the rate between them; access in units, unpriced."""
    ledger.treasury_rates()
    amal, program = people.person(), programs.program()
    ledger.post(
        ledger.stay(
            amal, program, category=Category.TRAVEL_AIR, money=Money(1_520_000, "AED"), value_on=date(2026, 10, 12),
            context="Dubai to London, business", place="London", priced_on=date(2026, 9, 14),
        )
    )  # fmt: skip
    ledger.post(
        ledger.stay(
            amal, program, category=Category.EXEC_ACCESS, form=Form.ACCESS, basis=Basis.NOT_VALUED, money=None,
            unit=Unit.EXECUTIVE_MINUTE, quantity=30, value_on=date(2026, 10, 14), context="Meeting with the CEO",
            place="ExCeL",
        )
    )  # fmt: skip
    found = queries_given.list_given(amal)
    assert found.lines == [
        GivenLine(
            2, date(2026, 10, 14), Category.EXEC_ACCESS, Form.ACCESS, Leg.NON_CASH, Unit.EXECUTIVE_MINUTE, 30, None, None, "1",
            found.lines[0].rate_on, found.lines[0].rate_source, Basis.NOT_VALUED, "Meeting with the CEO", "ExCeL", False,
            False, False, None, False,
        ),
        GivenLine(
            1, date(2026, 10, 12), Category.TRAVEL_AIR, Form.IN_KIND_VENDOR, Leg.NON_CASH, Unit.ITEM, 1,
            Money(1_520_000, "AED"), Money(310_840, "GBP"), "0.2045", date(2026, 9, 1), found.lines[1].rate_source,
            Basis.ACTUAL_COST, "Dubai to London, business", "London", False, False, False, None,
            False,
        ),
    ]  # fmt: skip
    assert "Treasury desk" in found.lines[1].rate_source
    sums = queries_given.sums_of(amal)
    assert (sums.non_cash, sums.cash, sums.access, sums.declined) == (
        [Money(310_840, "GBP")], [], [(Unit.EXECUTIVE_MINUTE, 30)], [],
    )  # fmt: skip


def test_lines_keep_cash_declined_and_corrections_apart(app: Flask) -> None:
    """L1, L5: what was refused counts nothing; a correction and what it corrects are both there."""
    amal, program = people.person(), programs.program()
    ledger.post(ledger.stay(amal, program, declined=True, reason="Pays herself", external_ref="a"))
    wrong = ledger.post(
        ledger.stay(amal, program, category=Category.MEAL, money=ledger.gbp("99"), external_ref="b")
    )
    with transaction():
        ledger_operations.reverse_entry(
            db.session.merge(wrong.entry), reason="wrong_person", by=ledger.compliance()
        )
    ledger.post(
        ledger.stay(
            amal,
            program,
            category=Category.ADVISORY_FEE,
            form=Form.REIMBURSEMENT,
            money=ledger.gbp("500"),
            external_ref="c",
        )
    )
    lines = queries_given.list_given(amal).lines
    assert [(line.category, line.is_declined, line.is_correction, line.is_taken_back) for line in lines] == [
        (Category.ADVISORY_FEE, False, False, False),
        (Category.MEAL, False, True, False),
        (Category.MEAL, False, False, True),
        (Category.LODGING, True, False, False),
    ]
    sums = queries_given.sums_of(amal)
    assert (sums.non_cash, sums.cash, sums.declined) == (
        [ledger.gbp("0")], [ledger.gbp("500")], [ledger.gbp("2080")],
    )  # fmt: skip


def test_lines_of_others_are_not_there(app: Flask) -> None:
    """ASVS 8.2.2."""
    amal, kerem, program = people.person("Amal"), people.person("Kerem"), programs.program()
    ledger.post(ledger.stay(kerem, program))
    assert (queries_given.list_given(amal).lines, queries_given.sums_of(amal).non_cash) == ([], [])
    assert len(queries_given.list_given(kerem).lines) == 1


def test_lines_of_a_merged_record_are_the_persons_own(app: Flask) -> None:
    double, amal, program = people.person("Dr Amal"), people.person("Amal"), programs.program()
    ledger.post(ledger.stay(double, program))
    with transaction():
        db.session.merge(double).merged_into_id = amal.id
    assert len(queries_given.list_given(fresh(amal)).lines) == 1


def test_lines_take_the_same_queries_for_any_number(app: Flask, count_queries: Callable[[], int]) -> None:
    amal_id, program_id = people.person().id, programs.program().id
    numbers = []
    for n_more in (1, 29):
        amal, program = db.session.get_one(Person, amal_id), db.session.get_one(Program, program_id)
        for number in range(n_more):
            ledger.post(ledger.stay(amal, program, external_ref=f"{n_more}/{number}", context="Four nights"))
        db.session.remove()
        reader = db.session.get_one(Person, amal_id)
        count_queries()
        assert [line.context for line in queries_given.list_given(reader).lines] == ["Four nights"] * (
            1 if n_more == 1 else 30
        )
        numbers.append(count_queries())
    assert numbers[0] == numbers[1]


def test_portal_has_its_own_list_of_fields(app: Flask) -> None:
    """Users of comparable systems ask for it: a new column stays hidden until it is listed here."""
    assert [part.name for part in fields(GivenLine)] == [
        "seq", "on", "category", "form", "leg", "unit", "quantity", "original", "reporting", "rate", "rate_on", "rate_source",
        "basis", "context", "place", "is_declined", "is_correction", "is_taken_back", "dispute", "is_confirmed",
        "due_on",
    ]  # fmt: skip
    assert [part.name for part in fields(queries.OwnInvitation)] == [
        "id", "event", "place", "city", "zone", "starts_at", "ends_at", "days", "promise", "state", "answered_at", "reason",
        "answered_by", "waitlist_place", "is_cancelled", "may_answer", "is_stale", "kept_until", "is_pending", "may_say_kept",
    ]  # fmt: skip


# -- what to say -----------------------------------------------------------------------------------


def test_sayings_follow_what_was_received_and_where_the_audience_is(app: Flask) -> None:
    """D3."""
    disclosures.version("GB")
    disclosures.version("FR", statements={"lodging": "Lumen Networks a payé mon hôtel."})
    ines, program = people.person("Ines"), programs.program()
    people.channel(ines, handle="@ines", audience_countries=("FR", "GB"))
    assert queries_given.list_sayings(ines, "fr") == []
    ledger.post(ledger.stay(ines, program))
    [saying] = queries_given.list_sayings(fresh(ines), "fr")
    assert (saying.category, [(one.jurisdiction, one.text) for one in saying.texts]) == (
        Category.LODGING,
        [
            ("FR", "Publicité Lumen Networks a payé mon hôtel."),
            ("GB", "Ad Lumen Networks paid for my hotel."),
        ],
    )


# -- invitations, policies, agenda -----------------------------------------------------------------


def test_drafts_withdrawn_and_other_peoples_invitations_are_not_there(app: Flask, at: At) -> None:
    """E1: an invitation is bound to one person, who sees what was sent."""
    with at(NOW):
        event = events.event()
        draft, sent = events.draft(event, "Amal"), events.invited(event, "Jack")
        amal, jack = draft.person, sent.person
        assert (queries.list_invitations(amal), [one.event for one in queries.list_invitations(jack)]) == (
            [], ["Connect London"],
        )  # fmt: skip
        for person, id in ((amal, draft.id), (amal, sent.id), (jack, draft.id), (jack, 999)):
            with pytest.raises(NotFound):
                queries.get_invitation(person, id)
        assert queries.own(queries.get_invitation(jack, sent.id)).may_answer


def test_change_of_time_asks_again(app: Flask, at: At) -> None:
    with at(NOW):
        one = events.accepted(events.event(), "Jack")
        with transaction():
            db.session.merge(one).event.place = "Olympia"
        [own] = queries.list_invitations(fresh(one).person)
    assert (own.place, own.state, own.is_stale, own.days) == (
        "Olympia", InvitationState.ACCEPTED, True, (date(2026, 10, 13), date(2026, 10, 16)),
    )  # fmt: skip


def test_policies_are_those_that_bind_the_person_today(app: Flask) -> None:
    """D1, D2."""
    british, french = disclosures.version("GB"), disclosures.version("FR")
    draft = disclosures.version("GB", is_published=False)
    jack = people.person("Jack", home_country="GB")
    assert [(row.id, row.is_accepted) for row in queries.list_policies(jack)] == [(british.id, False)]
    for other in (french, draft):
        with pytest.raises(NotFound):
            queries.get_version(jack, other.id)
    disclosures.acceptance(jack, british)
    assert [(row.id, row.is_accepted) for row in queries.list_policies(fresh(jack))] == [(british.id, True)]


def test_agenda_is_what_lies_ahead(app: Flask, at: At) -> None:
    show = calendars.show()
    with at(datetime(2026, 10, 14, 9, 45, tzinfo=UTC)):  # during the interview, after the keynote
        assert [item.summary for item in queries.list_coming(show.jack)] == [
            "Hotel The Meridian Wharf", "Connect London", "Meeting with Grace, Chief Executive Officer",
        ]  # fmt: skip
        hotel, gathering, meeting = queries.list_coming(show.jack)
        assert (hotel.last_on, gathering.last_on, meeting.last_on) == (
            date(2026, 10, 15),
            date(2026, 10, 16),
            None,
        )
    with at(datetime(2026, 10, 17, 9, 0, tzinfo=UTC)):
        assert queries.list_coming(show.jack) == []


# -- who wrote to me -------------------------------------------------------------------------------


def test_letter_that_left_is_vouched_for(app: Flask, at: At) -> None:
    """G6: owner, department, event; before it left nobody stands behind it."""
    mei = accounts.user(name="Mei")
    with at(NOW):
        one = events.draft(events.event(), "Jack", person=None)
        events.make_outreach.letter_template()
        batch = events.prepare(one.event, [one])
        reference = db.session.query(Letter).one().reference
        assert queries.find_writer(reference) is None
        with transaction():
            outreach_operations.release_batch(batch, by=events.ruth())
        found = queries.find_writer(reference.lower().replace("-", " "))
    assert found is not None
    assert (found.department, found.event, found.on) == (
        mei.department.name,
        "Connect London",
        date(2026, 10, 1),
    )


def test_link_mail_is_vouched_for(app: Flask, at: At) -> None:
    with at(NOW):
        amal = people.person(owner=accounts.user(name="Mei"), email="amal@voices.example")
        with transaction():
            operations.invite_by_mail(db.session.merge(amal), by=events.ruth())
        found = queries.find_writer(queries_door.list_links(amal)[0].reference)
    assert found == queries.Writer("Mei", "Analyst relations", "", date(2026, 10, 1))


@pytest.mark.parametrize(
    "typed", ["", "amal@voices.example", "mei@lumen.example", "K7QM-3XWD-9TRA", "%", "x" * 400, "amal"]
)
def test_nothing_is_learned_by_trying(app: Flask, typed: str) -> None:
    """G6: an address is never looked up, known or not."""
    people.person(owner=accounts.user(name="Mei"), email="amal@voices.example")
    assert queries.find_writer(typed) is None
