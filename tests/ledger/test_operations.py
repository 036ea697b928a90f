"""Posting, reversing, planning, sharing: the numbers of the scenario and the rules L1 to L11."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.accounts.models import AuditEvent
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.ledger import operations, policies, queries, queries_totals
from app.ledger.details import EntryDetails
from app.ledger.models import (
    EVERYBODY,
    Basis,
    Breach,
    BreachLevel,
    Category,
    Commitment,
    CommitmentStage,
    Entry,
    EntryKind,
    Form,
    Leg,
    ReportLine,
    Rollup,
    SharedCost,
    SharedHead,
    Unit,
)
from app.ledger.queries import By, RateNeeded, Scope
from app.notices.models import Notice
from app.programs.models import Program
from tests.factories import ledger, people, programs

pytestmark = pytest.mark.usefixtures("app")


def only_entry() -> Entry:
    return db.session.scalars(sa.select(Entry)).one()


# -- posting ------------------------------------------------------------------------------------------


def test_post_entry_writes_everything_a_reader_needs() -> None:
    posting = ledger.post(ledger.stay(context="Twin room", external_ref="R-17"))
    entry = queries.get_entry(posting.entry.seq)
    assert (entry.seq, entry.kind, entry.leg, entry.line) == (
        1,
        EntryKind.VALUE,
        Leg.NON_CASH,
        ReportLine.LODGING,
    )
    assert (entry.original, entry.reporting) == (ledger.gbp("2080"), ledger.gbp("2080"))
    assert entry.prev == "0" * 64
    assert queries.sealed_words(entry) == {
        "context": "Twin room", "external_ref": "R-17", "place": "London, GB", "provider": "Hotel Aurora",
    }  # fmt: skip
    assert posting == operations.Posting(posting.entry)


def test_post_entry_puts_nothing_personal_into_the_body() -> None:
    person = people.person("Amal")
    ledger.post(ledger.stay(person, context="Amal's room"))
    body = only_entry().body.decode()
    assert [word for word in ("Amal", "London", "Aurora", person.surrogate) if word in body] == []


def test_post_entry_freezes_the_treasury_rate_before_the_ecb() -> None:
    """L2: the fare of Amal, AED 15,200 at 0.2045, is 3,108.40 whatever is entered later."""
    ledger.treasury_rates()
    fare = ledger.stay(category=Category.TRAVEL_AIR, money=Money(1520000, "AED"), priced_on=date(2026, 9, 20))
    ledger.post(fare)
    entry = only_entry()
    assert (entry.reporting, entry.rate, entry.rate_on) == (ledger.gbp("3108.40"), "0.2045", date(2026, 9, 1))
    assert entry.rate_source == "Treasury desk, September list"


def test_post_entry_takes_the_last_earlier_ecb_day_on_a_weekend() -> None:
    """L2, c5: GBP 2,480.00 on Saturday 2015-06-27 is USD 3,900.18 at the rate of Friday."""
    program = programs.program(currency="USD")
    ledger.post(ledger.stay(program=program, money=ledger.gbp("2480"), value_on=date(2015, 6, 27)))
    entry = only_entry()
    assert (entry.reporting, entry.rate_on) == (Money(390018, "USD"), date(2015, 6, 26))


def test_post_entry_asks_for_a_rate_the_ecb_does_not_quote() -> None:
    with pytest.raises(RateNeeded, match="The ECB does not quote AED"):
        ledger.post(ledger.stay(money=Money(100, "AED")))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0


def test_post_entry_keeps_a_declined_offer_with_received_value_zero() -> None:
    """c16, L5: Priya's flight, INR 268,000 at 0.0086, is declined: 2,304.80 offered, 0.00 received."""
    ledger.treasury_rates()
    posting = ledger.post(
        ledger.stay(category=Category.TRAVEL_AIR, money=Money(26800000, "INR"), declined=True)
    )
    entry = queries.get_entry(posting.entry.seq)
    assert (entry.kind, entry.reporting_minor, entry.declined_minor) == (EntryKind.DECLINED, 0, 230480)
    (total,) = queries.totals()
    assert (total.n, total.received, total.n_declined, total.declined) == (
        0,
        ledger.gbp("0"),
        1,
        ledger.gbp("2304.80"),
    )


def test_post_entry_twice_from_the_same_source_adds_nothing() -> None:
    """L11."""
    details = ledger.stay(source_kind="travel", source_part="stay", source_id=7)
    first, second = ledger.post(details), ledger.post(details)
    assert (first.was_known, second.was_known, second.entry.seq) == (False, True, first.entry.seq)
    assert second.warnings == ("This is already in the book as entry 1; nothing was added.",)
    assert only_entry().seq == 1


def test_post_entry_with_the_same_external_reference_adds_nothing() -> None:
    """L11, c12."""
    details = ledger.stay(external_ref="R-17")
    assert [ledger.post(details).was_known for _ in range(2)] == [False, True]


def test_post_entry_warns_of_a_look_alike_and_keeps_both() -> None:
    """L11: other references, but the same person, provider, day, amount and category."""
    details = ledger.stay(external_ref="R-17")
    ledger.post(details)
    second = ledger.post(details.model_copy(update={"external_ref": "R-18"}))
    assert not second.was_known
    assert second.warnings == (
        "Entry 1 has the same person, provider, day, amount and category. Both stand; if one of them is a mistake, reverse it.",
    )


def test_post_entry_after_a_reversal_of_its_source_posts_again() -> None:
    details = ledger.stay(source_kind="travel", source_part="stay", source_id=7)
    first = ledger.post(details)
    with transaction():
        operations.reverse_entry(
            queries.get_entry(first.entry.seq), reason="wrong_amount", by=ledger.compliance()
        )
    again = ledger.post(details.model_copy(update={"money": ledger.gbp("1900")}))
    assert (again.was_known, again.entry.seq) == (False, 3)
    (total,) = queries.totals()
    assert (total.n, total.received) == (1, ledger.gbp("1900"))


def test_post_entry_counts_access_in_units_without_a_price() -> None:
    """L4."""
    minutes = ledger.stay(
        category=Category.EXEC_ACCESS, form=Form.ACCESS, basis=Basis.NOT_VALUED, unit=Unit.EXECUTIVE_MINUTE, quantity=30,
        money=None, place="",
    )  # fmt: skip
    ledger.post(minutes)
    (total,) = queries.totals([By.UNIT])
    assert (total["unit"], total.quantity, total.reporting_minor) == (Unit.EXECUTIVE_MINUTE, 30, 0)


INCOMPLETE = {
    "lodging without a place": ({"place": ""}, "the destination (city and country)"),
    "cash without a receipt": ({"form": Form.CASH_EQUIVALENT, "category": Category.GIFT}, "a receipt or contract reference"),
    "nothing without a basis for it": ({"money": None}, "an amount, or the basis “not valued” or “nominal” with a reason"),
    "nothing with a short reason": (
        {"money": None, "basis": Basis.NOT_VALUED, "reason": "no"},
        "a reason of at least 10 characters why there is no amount",
    ),
    "zero pounds": ({"money": Money(0, "GBP")}, "an amount, or the basis “not valued” or “nominal” with a reason"),
    "an amount that is not valued": (
        {"basis": Basis.NOT_VALUED}, "another basis, because “not valued” has no amount",
    ),
    "other without words": ({"category": Category.OTHER}, "what it was, in words"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_post_entry_refuses_what_is_not_whole(changes: dict[str, object], words: str) -> None:
    """c1 to c4."""
    with pytest.raises(policies.EntryIncomplete) as refused:
        ledger.post(ledger.stay(**changes))
    assert refused.value.message == f"This entry is not complete: {words}."
    assert db.session.scalars(sa.select(Entry)).all() == []


def test_post_entry_names_everything_that_is_missing() -> None:
    """c1."""
    with pytest.raises(policies.EntryIncomplete) as refused:
        ledger.post(ledger.stay(place="", form=Form.REIMBURSEMENT, money=None))
    assert refused.value.message == (
        "This entry is not complete: the destination (city and country); a receipt or contract reference; "
        "an amount, or the basis “not valued” or “nominal” with a reason."
    )


def test_post_entry_never_takes_equity() -> None:
    """c3."""
    with pytest.raises(policies.EquityRefused):
        ledger.post(ledger.stay(form=Form.EQUITY))


def test_post_entry_never_takes_a_negative_amount() -> None:
    """c4."""
    with pytest.raises(policies.EntryIncomplete, match="never negative"):
        ledger.post(ledger.stay(money=Money(-1, "GBP")))


def test_post_entry_does_not_price_access() -> None:
    """L4."""
    with pytest.raises(policies.AccessIsNotPriced):
        ledger.post(
            ledger.stay(
                category=Category.EXEC_ACCESS, form=Form.ACCESS, unit=Unit.EXECUTIVE_MINUTE, quantity=30
            )
        )


def test_post_entry_is_audited() -> None:
    ledger.post(ledger.stay())
    actions = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.subject_kind == "ledger_entry")
    ).all()
    assert actions == ["ledger.entry_posted"]


# -- reversing ----------------------------------------------------------------------------------------


def test_reverse_entry_takes_everything_back_and_links() -> None:
    """L1."""
    ledger.post(ledger.stay(quantity=4, unit=Unit.NIGHT))
    with transaction():
        reversal = operations.reverse_entry(
            queries.get_entry(1), reason="wrong_person", by=ledger.compliance()
        )
    found = queries.get_entry(reversal.seq)
    assert (found.kind, found.reverses, found.reason) == (EntryKind.REVERSAL, 1, "wrong_person")
    assert (found.minor, found.reporting_minor, found.quantity) == (-208000, -208000, -4)
    (total,) = queries.totals()
    assert (total.n, total.quantity, total.reporting_minor) == (0, 0, 0)


def test_reverse_entry_seals_a_reason_in_words() -> None:
    ledger.post(ledger.stay())
    with transaction():
        operations.reverse_entry(
            queries.get_entry(1), reason="The hotel billed Amal's room twice", by=ledger.compliance()
        )
    reversal = queries.get_entry(2)
    assert (reversal.reason, queries.sealed_words(reversal)) == (
        "other",
        {"reason": "The hotel billed Amal's room twice"},
    )


def test_reverse_entry_happens_once() -> None:
    ledger.post(ledger.stay())
    with transaction():
        operations.reverse_entry(queries.get_entry(1), reason="wrong_person", by=ledger.compliance())
    with pytest.raises(policies.AlreadyReversed, match="by entry 2"), transaction():
        operations.reverse_entry(queries.get_entry(1), reason="wrong_person", by=ledger.compliance())
    with pytest.raises(policies.ReversalStands, match="enter it again"), transaction():
        operations.reverse_entry(queries.get_entry(2), reason="wrong_person", by=ledger.compliance())


# -- caps: facts open breaches, plans may be refused (L7) -----------------------------------------------


def test_a_fact_over_the_soft_cap_opens_one_breach_and_tells_compliance() -> None:
    jack, program, cap = people.person("Jack"), programs.program(), ledger.cap()
    ledger.post(ledger.stay(jack, program, money=ledger.gbp("7383.80")))
    assert db.session.scalars(sa.select(Breach)).all() == []

    posting = ledger.post(ledger.stay(jack, program, category=Category.GIFT, money=ledger.gbp("240")))
    breach = db.session.scalars(sa.select(Breach)).one()
    rule = "Annual non-cash cap: 7,500.00 GBP soft / 10,000.00 GBP hard"
    assert (breach.level, breach.cap_id, breach.rule) == (BreachLevel.WARN, cap.id, rule)
    assert breach.exposure == ledger.gbp("7623.80")
    assert queries.get_entry(posting.entry.seq).rule == rule  # L9
    message = db.session.scalars(sa.select(Notice.message)).one()
    assert message == (
        f"Jack: 7,623.80 GBP in 2026 is above the soft limit of 7,500.00 GBP ({rule}; "
        "7,623.80 GBP given, 0.00 GBP booked, 0.00 GBP planned)."
    )

    ledger.post(ledger.stay(jack, program, category=Category.MEAL, money=ledger.gbp("20")))
    assert len(db.session.scalars(sa.select(Breach)).all()) == 1


def test_a_cap_of_another_time_does_not_apply() -> None:
    """L9, c21: the limit in force on the value date."""
    ledger.cap(soft="100", hard=None, effective_from_on=date(2026, 7, 1))
    ledger.post(ledger.stay(value_on=date(2026, 6, 30)))
    assert (db.session.scalars(sa.select(Breach)).all(), only_entry().rule) == ([], "")


def test_a_cap_counts_a_rolling_window() -> None:
    """c17: 900 given and 150 planned in twelve months is 1,050 over a limit of 1,000."""
    person, program = people.person(), programs.program()
    ledger.cap(
        name="Rolling",
        soft=None,
        hard="1000",
        window="rolling_days",
        n_days=365,
        effective_from_on=date(2025, 1, 1),
    )
    ledger.post(
        ledger.stay(person, program, money=ledger.gbp("500"), value_on=date(2025, 11, 1))
    )  # before the window
    ledger.post(ledger.stay(person, program, money=ledger.gbp("900"), value_on=date(2025, 12, 20)))
    with pytest.raises(policies.HeadroomRefused) as refused, transaction():
        operations.plan_value(ledger.plan(person, program, "150"), by=ledger.coordinator())
    assert refused.value.message == (
        "Amal: 1,050.00 GBP in 365 days to 1 Dec 2026 is above the hard limit of 1,000.00 GBP (Rolling: 1,000.00 GBP hard; "
        "900.00 GBP given, 0.00 GBP booked, 150.00 GBP planned). Choose something that costs less, offer it another year, "
        "or ask compliance for an exception with a reason."
    )
    assert db.session.scalars(sa.select(Commitment)).all() == []


def test_two_departments_share_one_cap() -> None:
    """L7, c18: each sees 600, the person has 1,200."""
    person, program = people.person(), programs.program()
    ledger.cap(soft=None, hard="1000")
    with transaction():
        operations.plan_value(ledger.plan(person, program, "600", 1), by=ledger.coordinator())
    with pytest.raises(policies.HeadroomRefused, match=r"1,200\.00 GBP in 2026"), transaction():
        operations.plan_value(ledger.plan(person, program, "600", 2), by=ledger.compliance())


def test_planning_the_same_source_again_replaces_the_plan() -> None:
    person, program = people.person(), programs.program()
    ledger.cap(soft="900", hard="1000")
    for pounds in ("600", "700"):
        with transaction():
            weighing = operations.plan_value(ledger.plan(person, program, pounds), by=ledger.coordinator())
    assert weighing.warnings == ()
    assert db.session.scalars(sa.select(Commitment)).one().reporting == ledger.gbp("700")


def test_a_plan_over_the_soft_cap_warns() -> None:
    person, program = people.person(), programs.program()
    ledger.cap(soft="500", hard="1000")
    with transaction():
        weighing = operations.plan_value(ledger.plan(person, program, "600"), by=ledger.coordinator())
    assert weighing.level is policies.Level.WARN
    assert [text.split(" (")[0] for text in weighing.warnings] == [
        "600.00 GBP in 2026 is above the soft limit of 500.00 GBP"
    ]


def test_posting_the_source_settles_what_was_planned() -> None:
    person, program = people.person(), programs.program()
    with transaction():
        operations.plan_value(ledger.plan(person, program, "600", 7), by=ledger.coordinator())
    ledger.post(
        ledger.stay(
            person,
            program,
            category=Category.GIFT,
            money=ledger.gbp("580"),
            source_kind="travel",
            source_part="leg",
            source_id=7,
        )
    )
    commitment = db.session.scalars(sa.select(Commitment)).one()
    assert commitment.stage is CommitmentStage.SETTLED
    exposure = queries.exposure(person, ledger.cap(), date(2026, 10, 20))
    assert (exposure.actual, exposure.committed, exposure.planned) == (
        ledger.gbp("580"),
        ledger.gbp("0"),
        ledger.gbp("0"),
    )


def test_release_value_frees_the_headroom() -> None:
    person, program, cap = people.person(), programs.program(), ledger.cap()
    with transaction():
        operations.plan_value(ledger.plan(person, program, "600", 7), by=ledger.coordinator())
        assert queries.exposure(person, cap, date(2026, 12, 1)).total == ledger.gbp("600")
        operations.release_value("travel", "leg", 7, by=ledger.coordinator())
    assert queries.exposure(person, cap, date(2026, 12, 1)).total == ledger.gbp("0")


def test_a_cap_in_a_currency_without_a_rate_is_said_and_nothing_is_refused() -> None:
    ledger.cap(name="Lagos cap", currency="NGN", soft="1", hard="2")
    posting = ledger.post(ledger.stay())
    assert [text.split(". ")[0] for text in posting.warnings] == [
        "Lagos cap: 1.00 NGN soft / 2.00 NGN hard could not be weighed"
    ]


# -- shared costs (L3) ------------------------------------------------------------------------------------


def shares(shared: SharedCost) -> dict[str, int | None]:
    rows = db.session.scalars(
        sa.select(SharedHead).where(SharedHead.shared_cost_id == shared.id).order_by(SharedHead.id)
    )
    return {row.person.name if row.person else row.host_name: row.share_minor for row in rows}


def test_a_dinner_is_shared_by_all_heads_staff_included() -> None:
    """L3: 2,640.00 for 22 is 120.00 each."""
    shared = ledger.dinner()
    assert set(shares(shared).values()) == {12000}
    (total,) = queries.totals([By.CATEGORY])
    assert (total["category"], total.n, total.received) == (Category.MEAL, 12, ledger.gbp("1440"))


def test_mark_absent_shares_the_dinner_anew() -> None:
    """c7, L3, J6: 21 heads, 125.71 each and 9 spare pennies; KOL part 1,382.90, host part 1,257.10; the absent one has none."""
    shared = ledger.dinner()
    mateus = db.session.scalars(sa.select(SharedHead).join(SharedHead.person).filter_by(name="Mateus")).one()
    with transaction():
        operations.mark_absent(shared, [mateus], by=ledger.coordinator())
    found = shares(shared)
    guests = [found[name] for name in ledger.DINNER_GUESTS]
    assert guests == [12572, 12572, 12572, 12572, 12572, 12572, 12572, None, 12572, 12572, 12571, 12571]
    hosts = [share for name, share in found.items() if name.startswith("Host")]
    assert hosts == [12571] * 10
    assert (sum(share or 0 for share in guests), sum(share or 0 for share in hosts)) == (138290, 125710)
    (total,) = queries.totals()
    assert (total.n, total.received) == (11, ledger.gbp("1382.90"))
    (absent,) = queries.totals(scope=Scope(person_id=mateus.person_id))
    assert (absent.n, absent.reporting_minor) == (0, 0)
    # Twelve entries, twelve reversals, eleven new ones: all of them visible.
    kinds = db.session.execute(
        sa.select(Entry.kind, sa.func.count()).group_by(Entry.kind).order_by(Entry.kind)
    ).all()
    assert kinds == [(EntryKind.REVERSAL, 12), (EntryKind.VALUE, 23)]
    assert {
        row.reason for row in db.session.scalars(sa.select(Entry).where(Entry.kind == EntryKind.REVERSAL))
    } == {"no_show"}
    assert queries.verify().is_ok


def test_share_out_gives_odd_cents_to_the_first() -> None:
    """c6: 1,000.00 over 12 heads is 83.33 and 4 odd cents."""
    parts = policies.share_out(Money(100000, "EUR"), [True] * 12)
    assert [part.minor for part in parts if part] == [8334] * 4 + [8333] * 8


def test_mark_absent_twice_is_refused() -> None:
    ledger.dinner(guests=("Amal", "Kerem"), n_hosts=0)
    head = db.session.scalars(sa.select(SharedHead).order_by(SharedHead.id)).first()
    assert head is not None
    with transaction():
        operations.mark_absent(head.shared_cost, [head], by=ledger.coordinator())
    with pytest.raises(policies.SharedCostRefused, match="already marked absent"), transaction():
        operations.mark_absent(head.shared_cost, [head], by=ledger.coordinator())


def test_several_who_did_not_come_change_each_share_once() -> None:
    """L3: four of twenty-two: 2,640.00 for 18 is 146.66 and 12 odd pence; one reversal a guest, not four."""
    shared = ledger.dinner()
    gone = [head for head in shared.heads if head.host_name in {"Host 1", "Host 2"}]
    gone += [head for head in shared.heads if head.person and head.person.name in {"Amal", "Mateus"}]
    assert len(gone) == 4
    with transaction():
        operations.mark_absent(shared, gone, by=ledger.coordinator())
    left = [share for share in shares(shared).values() if share is not None]
    assert (len(left), sum(left), sorted(set(left))) == (18, 264_000, [14666, 14667])
    kinds = db.session.execute(
        sa.select(Entry.kind, sa.func.count()).group_by(Entry.kind).order_by(Entry.kind)
    ).all()
    assert kinds == [(EntryKind.REVERSAL, 12), (EntryKind.VALUE, 22)]
    assert queries.verify().is_ok


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("nobody", "Tick at least one"), ("all", "Nobody would be left"), ("other", "already marked")],
)
def test_absence_that_cannot_be_noted(wanted: str, words: str) -> None:
    shared = ledger.dinner(guests=("Amal", "Kerem"), n_hosts=0)
    other = ledger.dinner(shared.program, guests=("Jack",), n_hosts=1)
    heads = {"nobody": [], "all": list(shared.heads), "other": list(other.heads)}[wanted]
    with pytest.raises(policies.SharedCostRefused, match=words), transaction():
        operations.mark_absent(shared, heads, by=ledger.coordinator())


# -- counting (O6, L14) ------------------------------------------------------------------------------------


def test_totals_from_the_rollup_are_those_from_the_entries() -> None:
    amal, jack, program = people.person("Amal"), people.person("Jack"), programs.program()
    for number, person in enumerate((amal, jack, amal)):
        ledger.post(
            ledger.stay(person, program, money=Money(10000 + number, "GBP"), event_id=number % 2 or None)
        )
    ledger.post(ledger.stay(jack, program, declined=True))
    with transaction():
        operations.reverse_entry(queries.get_entry(2), reason="wrong_person", by=ledger.compliance())
        operations.reverse_entry(queries.get_entry(4), reason="wrong_person", by=ledger.compliance())
    by = [By.PERSON, By.EVENT, By.CATEGORY, By.LINE, By.LEG, By.UNIT, By.YEAR, By.FORM]
    kept = [total for total in queries.totals(by) if total.n or total.n_declined]
    read = [total for total in queries.totals(by, Scope(as_of=clock.now())) if total.n or total.n_declined]
    assert kept == read
    assert [(total["person"], total["event"], total.n, total.reporting_minor) for total in kept] == [
        (amal.id, None, 2, 20002)
    ]


def test_several_groupings_at_once_are_those_asked_one_by_one() -> None:
    """O6: whether they come from the rollup or from one reading of the entries."""
    program, other = programs.program(), programs.program("Elsewhere", currency="USD")
    for number, name in enumerate(("Amal", "Jack", "Mina")):
        person = people.person(name)
        ledger.post(ledger.stay(person, program, money=Money(10000 + number, "GBP")))
        ledger.post(ledger.stay(person, other, money=Money(700, "USD"), category=Category.GIFT))
    ledger.post(ledger.stay(people.person("Noor"), program, declined=True))
    each_by = [[By.PERSON, By.LINE], [By.CATEGORY], [By.LEG, By.YEAR, By.UNIT], []]
    for scope in (Scope(), Scope(as_of=clock.now()), Scope(program_id=program.id, as_of=clock.now())):
        found = queries_totals.groupings(each_by, scope)
        assert [sorted(map(str, rows)) for rows in found] == [
            sorted(map(str, queries.totals(by, scope))) for by in each_by
        ]
    assert {row.currency for row in queries_totals.groupings(each_by)[1]} == {"GBP", "USD"}


def test_totals_as_of_an_instant_forget_what_came_later() -> None:
    """L14."""
    person, program = people.person(), programs.program()
    ledger.post(ledger.stay(person, program))
    instant = clock.now()
    ledger.post(ledger.stay(person, program, category=Category.GIFT, money=ledger.gbp("85")))
    (then,), (now,) = queries.totals(scope=Scope(as_of=instant)), queries.totals()
    assert (then.n, then.received, now.n, now.received) == (1, ledger.gbp("2080"), 2, ledger.gbp("2165"))


def test_totals_never_mix_currencies() -> None:
    person = people.person()
    ledger.post(ledger.stay(person, programs.program()))
    ledger.post(ledger.stay(person, programs.program("Books", currency="USD"), money=Money(500, "USD")))
    assert [(total.currency, total.reporting_minor) for total in queries.totals()] == [
        ("GBP", 208000),
        ("USD", 500),
    ]


def test_every_figure_opens_its_rows() -> None:
    """O6."""
    ledger.dinner(guests=("Amal", "Jack"), n_hosts=1)
    scope = Scope(category=Category.MEAL, year=2026)
    (total,) = queries.totals(scope=scope)
    rows = queries.list_entries(scope).rows
    assert sum(row.reporting_minor for row in rows) == total.reporting_minor


def test_rollup_keeps_one_cell_for_alike_entries_and_one_of_everybody() -> None:
    details = ledger.stay()
    for pounds in ("10", "20", "30"):
        ledger.post(details.model_copy(update={"money": ledger.gbp(pounds)}))
    ledger.post(ledger.stay(people.person("Somebody else"), db.session.get(Program, details.program_id)))
    everybody, one, other = db.session.scalars(sa.select(Rollup).order_by(Rollup.subject_id)).all()
    assert [(cell.n_entries, cell.reporting_minor) for cell in (everybody, one, other)] == [
        (4, 214_000), (3, 6_000), (1, 208_000),
    ]  # fmt: skip
    assert (everybody.subject_id, one.subject_id > 0, other.subject_id > 0) == (EVERYBODY, True, True)
    assert [row.reporting_minor for row in queries.totals()] == [214_000]
    assert sorted(row.reporting_minor for row in queries.totals([queries.By.SUBJECT])) == [6_000, 208_000]
    assert sorted(row.reporting_minor for row in queries.totals([queries.By.PERSON])) == [6_000, 208_000]
    assert queries.verify().is_ok


def test_verification_looks_at_the_cells_of_everybody() -> None:
    ledger.post(ledger.stay())
    with transaction():
        db.session.execute(
            sa.update(Rollup).where(Rollup.subject_id == EVERYBODY).values(quantity=Rollup.quantity + 1),
            execution_options={"audited": True},
        )
    assert queries.verify().message.startswith("The sums kept for reports differ from the entries")


def test_details_read_from_json_are_those_of_the_form() -> None:
    details = ledger.stay(priced_on=date(2026, 9, 1), external_ref="R-1")
    assert EntryDetails.model_validate_json(details.model_dump_json()) == details


def test_treasury_rate_entered_last_wins_for_the_same_days() -> None:
    """L2."""
    ledger.treasury_rates()
    with transaction():
        for rate in ("0.3", "0.4"):
            details = ledger.TreasuryRateDetails(
                from_currency="AED", to_currency="GBP", valid_from_on=date(2026, 10, 1), valid_to_on=date(2026, 10, 31),
                rate=Decimal(rate), source="Corrected list",
            )  # fmt: skip
            operations.set_treasury_rate(details, by=ledger.compliance())
    assert queries.frozen_rate("AED", "GBP", date(2026, 10, 5)).text == "0.4"
    assert queries.frozen_rate("AED", "GBP", date(2026, 9, 5)).text == "0.2045"
