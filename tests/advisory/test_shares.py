"""Affiliate shares from the draft to the end: each step, each refusal with its words, and what has to be disclosed (A2, A4, A5, D1)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.advisory import operations_shares, policies, policies_gate, policies_shares, queries_shares
from app.advisory.models_shares import AffiliateShare, RateKind, ShareState
from app.core.db import db, transaction
from app.core.money import Money
from app.disclosures import operations as disclosures
from app.disclosures.models import Obligation, ObligationState
from app.ledger.models import Category
from app.notices.models import Notice
from app.people import operations as people_operations
from app.people.details import MayAcceptDetails
from app.people.models import AcceptAnswer
from tests.conftest import fresh
from tests.factories import advisory, people, programs
from tests.factories import disclosures as texts
from tests.factories import shares as make

At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Any:
    with at(NOVEMBER):
        yield


def _duties() -> list[tuple[str, ObligationState, bool]]:
    rows = db.session.scalars(sa.select(Obligation).order_by(Obligation.id))
    return [(row.jurisdiction, row.state, row.is_standing) for row in rows]


# -- what is agreed --------------------------------------------------------------------------------


def test_a_share_is_drafted_and_waits_for_compliance() -> None:
    share = make.drafted()
    assert (share.state, share.rate_kind, share.percent, share.last_on) == (
        ShareState.DRAFTED, RateKind.PERCENT, "7.5", None,
    )  # fmt: skip
    told = db.session.scalars(sa.select(Notice)).one()
    assert (told.source_kind, told.source_id) == ("advisory.share", share.id)
    assert "7.5 % of net sales" in told.message


@pytest.mark.parametrize(
    ("changes", "says", "field"),
    [
        ({"percent": Decimal(0)}, "more than 0 and at most 100 per cent", "percent"),
        ({"percent": Decimal("-7.5")}, "more than 0 and at most 100 per cent", "percent"),
        ({"percent": Decimal("100.01")}, "more than 0 and at most 100 per cent", "percent"),
        ({"percent": Decimal("7.505")}, "at most 2 decimals", "percent"),
        ({"percent": None}, "Give one rate", "percent"),
        ({"percent": Decimal(5), "per_sale": Money(500, "GBP")}, "Give one rate", "percent"),
        ({"per_sale": Money(0, "GBP")}, "more than nothing", "per_sale"),
        ({"per_sale": Money(-500, "GBP")}, "more than nothing", "per_sale"),
        ({"per_sale": Money(500, "EUR")}, "The share is in GBP", "per_sale"),
        ({"currency": "XXQ"}, "not a currency code", "currency"),
        ({"from_on": date(2026, 11, 19)}, "begins in the past", "from_on"),
        ({"to_on": date(2026, 11, 30)}, "The last day lies before the first.", "to_on"),
        ({"why": "She has 50,000 followers"}, "neither reach nor favourable coverage", "why"),
        ({"why": "Her positive reviews sell"}, "“positive reviews” is about reach or coverage", "why"),
    ],
)
def test_what_cannot_be_agreed_is_refused_in_words(changes: dict[str, Any], says: str, field: str) -> None:
    """A2: one rate above nothing, days to come, no reach."""
    with pytest.raises(policies_shares.DomainError, match=says) as refusal:
        make.drafted(**changes)
    assert refusal.value.field == field
    assert db.session.scalars(sa.select(AffiliateShare)).all() == []


@pytest.mark.parametrize("percent", ["0.01", "7.5", "100"])
def test_a_rate_may_be_from_a_hundredth_to_all_of_it(percent: str) -> None:
    assert make.drafted(percent=Decimal(percent)).percent == percent


def test_nan_is_no_rate() -> None:
    with pytest.raises(ValueError, match="finite"):
        make.drafted(percent=Decimal("NaN"))


def test_a_link_is_under_one_share_on_a_day() -> None:
    """One sale earns one commission."""
    first = make.drafted(to_on=date(2026, 12, 31))
    with pytest.raises(
        policies_shares.DaysRefused, match="under another affiliate share from 1 Dec 2026 until 31 Dec 2026"
    ):
        make.drafted(people.person("Sara"), link="lumen-ines", from_on=date(2026, 12, 31))
    assert make.drafted(people.person("Sara"), link="lumen-ines", from_on=date(2027, 1, 1)).id > first.id


def test_a_link_is_free_again_when_its_share_came_to_nothing() -> None:
    with transaction():
        operations_shares.end_share(
            make.drafted(), last_on=None, reason="The shop was closed", by=advisory.omar()
        )
    assert make.drafted(people.person("Sara")).id


def test_what_a_person_accepts_holds_for_shares_too() -> None:
    """P2: no fee means no share either."""
    ines = people.person("Ines")
    with transaction():
        answer = MayAcceptDetails(category=Category.AFFILIATE_COMMISSION.value, answer=AcceptAnswer.NO)
        people_operations.set_may_accept(db.session.merge(ines), answer, by=advisory.omar())
    with pytest.raises(policies.ProposalRefused, match="Ines"):
        make.drafted(ines)


def test_nobody_sees_a_field_for_reach_or_drafts() -> None:
    """A2, D4: neither columns nor details know of them."""
    names = set(AffiliateShare.__table__.columns.keys()) | set(make.ShareDetails.model_fields)
    assert not [
        name
        for name in names
        if any(word in name for word in ("reach", "follow", "draft", "audience", "click"))
    ]


# -- the gate (A4, R1) -----------------------------------------------------------------------------


def test_a_share_is_approved_by_somebody_who_did_not_file_it() -> None:
    """R1."""
    share = make.drafted(by=advisory.helga())
    with pytest.raises(policies.OwnWork, match="You filed this affiliate share"):
        make.approved(share)
    assert make.approved(share, by=advisory.sam()).state is ShareState.APPROVED


def test_the_gate_lists_what_was_given_in_the_cooling_off_time() -> None:
    """A4: the same list as before a fee; clearing it needs a written reason, which is kept with what was seen."""
    ines, program = people.person("Ines"), programs.program()
    advisory.hospitality(ines, program, on=date(2026, 10, 16))
    share = make.drafted(ines, program)
    with pytest.raises(policies_gate.InsideCoolingOff, match="1 Dec 2026 is day 46") as refusal:
        make.approved(share)
    assert "or its first day moves to the earliest day" in refusal.value.message
    done = make.approved(share, reason="The handbook was agreed before the visit")
    assert (done.state, done.gate["items"][0]["minor"], done.approving_reason) == (
        ShareState.APPROVED, 208_000, "The handbook was agreed before the visit",
    )  # fmt: skip


def test_whoever_gave_the_hospitality_does_not_approve_the_share_after_it() -> None:
    """A4."""
    ines, program = people.person("Ines"), programs.program()
    advisory.hospitality(ines, program, on=date(2026, 10, 16), by=advisory.helga())
    share = make.drafted(ines, program)
    with pytest.raises(policies_gate.NotIndependent, match="somebody else has to decide"):
        make.approved(share, reason="The handbook was agreed before the visit")
    assert (
        make.approved(share, reason="The handbook was agreed before", by=advisory.sam()).state
        is ShareState.APPROVED
    )


def test_a_chooser_who_files_a_share_needs_a_second_approver() -> None:
    """A4: whoever filed it admitted the person, so two reviewers agree, and not one of them twice."""
    program = programs.program()
    ines = people.admissible("Ines", owner=advisory.omar())
    programs.enrolment(program, ines, by=advisory.omar())
    advisory.hospitality(ines, program, on=date(2026, 10, 16))
    reason = "The handbook was agreed before the visit"
    first = make.approved(make.drafted(ines, program), reason=reason)
    assert (first.state, first.approved_by_id) == (ShareState.DRAFTED, advisory.helga().id)
    with pytest.raises(policies_gate.SecondApproverNeeded, match="You cleared this already"):
        make.approved(fresh(first), reason=reason)
    with pytest.raises(policies_gate.SecondApproverNeeded, match="Omar Benhallam admitted the person"):
        make.running(fresh(first))
    second = make.approved(fresh(first), reason=reason, by=advisory.sam())
    assert (second.state, second.second_by_id) == (ShareState.APPROVED, advisory.sam().id)


def test_something_given_after_the_approval_stops_the_contract() -> None:
    """A4: the contract is signed on what the reviewer saw."""
    ines, program = people.person("Ines"), programs.program()
    share = make.approved(make.drafted(ines, program))
    advisory.hospitality(ines, program, on=date(2026, 11, 19))
    with pytest.raises(policies_gate.GateMoved, match="more was given: lodging"):
        make.running(share)


def test_compliance_may_refuse_with_a_reason() -> None:
    share = make.drafted()
    with transaction(), pytest.raises(policies.ReasonNeeded):
        operations_shares.refuse_share(db.session.merge(share), reason="No", by=advisory.helga())
    with transaction():
        operations_shares.refuse_share(
            db.session.merge(share), reason="A fee would do as well", by=advisory.helga()
        )
    assert (fresh(share).state, fresh(share).ended_reason, fresh(share).ended_on) == (
        ShareState.ENDED, "A fee would do as well", None,
    )  # fmt: skip


# -- the contract and the end (A5) -------------------------------------------------------------------


def test_steps_out_of_order_are_refused() -> None:
    """A5."""
    share = make.drafted()
    with pytest.raises(
        policies_shares.ShareStepRefused, match="This comes after compliance approves it; now it is drafted"
    ):
        make.running(share)
    with pytest.raises(
        policies_shares.ShareStepRefused, match="comes after the contract is recorded; now it is drafted"
    ):
        make.statement(share)
    with pytest.raises(policies_shares.ShareStepRefused, match="after the contract is recorded"):
        make.payout(share)
    done = make.running(make.approved(share))
    with pytest.raises(policies_shares.ShareStepRefused, match="running already"):
        make.approved(done)
    with pytest.raises(policies_shares.ShareStepRefused, match="running already"):
        make.running(done)


def test_a_contract_signed_tomorrow_is_refused() -> None:
    with pytest.raises(policies.DateRefused, match="still to come"):
        make.running(signed_on=date(2026, 11, 21))


def test_a_contract_after_the_first_day_is_kept_and_compliance_is_told(at: At) -> None:
    """A5: a fact is never refused."""
    share = make.approved()
    with at(DECEMBER + timedelta(days=4)):
        done = make.running(share)
        told = db.session.scalars(sa.select(Notice.message).order_by(Notice.id)).all()
    assert done.is_contract_late
    assert "signed after the first day" in told[-1]


@pytest.mark.parametrize(
    ("last_on", "says"),
    [
        (None, "Say the last day"),
        (date(2027, 1, 21), "still to come"),
        (date(2026, 12, 30), "Sales until 31 Dec 2026 are in a statement already"),
    ],
)
def test_an_end_that_cannot_be_is_refused(at: At, last_on: date | None, says: str) -> None:
    share = make.running()
    with at(datetime(2027, 1, 20, 9, tzinfo=UTC)):
        make.statement(share)
        with transaction(), pytest.raises(policies_shares.DomainError, match=says):
            operations_shares.end_share(
                db.session.merge(share), last_on=last_on, reason="The shop was closed", by=advisory.omar()
            )


def test_an_end_has_a_reason_and_a_last_day(at: At) -> None:
    share = make.running()
    with at(datetime(2027, 1, 20, 9, tzinfo=UTC)):
        with transaction():
            operations_shares.end_share(
                db.session.merge(share),
                last_on=date(2027, 1, 15),
                reason="The shop was closed",
                by=advisory.omar(),
            )
        found = fresh(share)
        assert (found.state, found.last_on, found.runs_on(date(2027, 1, 15)), found.runs_on(date(2027, 1, 16))) == (
            ShareState.ENDED, date(2027, 1, 15), True, False,
        )  # fmt: skip
        # What was sold until then is still counted, and nothing after it.
        assert make.statement(share, from_on=date(2027, 1, 1), to_on=date(2027, 1, 15)).commission.minor
        with pytest.raises(policies_shares.DaysRefused, match="these days lie outside"):
            make.statement(share, from_on=date(2027, 1, 16), to_on=date(2027, 1, 17))


def test_a_share_whose_days_are_over_ends_by_itself(at: At) -> None:
    share = make.running(make.approved(make.drafted(to_on=date(2026, 12, 31))))
    with at(datetime(2026, 12, 31, 9, tzinfo=UTC)):
        assert (operations_shares.keep_duties(), fresh(share).state) == (1, ShareState.RUNNING)
        assert operations_shares.keep_duties() == 0
    with at(datetime(2027, 1, 1, 9, tzinfo=UTC)):
        operations_shares.keep_duties()
        assert (fresh(share).state, fresh(share).ended_on) == (ShareState.ENDED, date(2026, 12, 31))


def test_each_step_leaves_a_line_in_the_audit_trail() -> None:
    share = make.running()
    with transaction():
        operations_shares.end_share(
            db.session.merge(share),
            last_on=date(2026, 11, 20),
            reason="The shop was closed",
            by=advisory.omar(),
        )
    lines = db.session.scalars(
        sa.select(AuditEvent.action)
        .where(AuditEvent.subject_kind == "affiliate_share")
        .order_by(AuditEvent.id)
    ).all()
    assert lines == [
        "advisory.share_filed", "advisory.share_approved", "advisory.share_contracted", "advisory.share_ended",
    ]  # fmt: skip


# -- always disclosable (D1, D2) ---------------------------------------------------------------------


def test_duties_open_on_the_first_day_whatever_the_triggers_and_thresholds(at: At) -> None:
    """D1: a policy that names only gifts, and lets small ones pass, asks for a share of sales too."""
    ines = people.person("Ines")
    people.channel(ines, audience_countries=("GB", "US"))
    texts.acceptance(
        ines, texts.version("GB", triggers=("gift",), threshold_minor=10**9, threshold_currency="GBP")
    )
    texts.version("US")
    share = make.running(make.approved(make.drafted(ines)))
    assert (_duties(), operations_shares.keep_duties()) == ([], 0)
    with at(DECEMBER):
        assert operations_shares.keep_duties() == 1
        assert _duties() == [("GB", ObligationState.DUE, True), ("US", ObligationState.PENDING_ACK, True)]
        rows = db.session.scalars(sa.select(Obligation)).all()
        assert {(row.entry_seq, row.source_kind, row.source_id, row.value_on) for row in rows} == {
            (None, "advisory.share", share.id, date(2026, 12, 1))
        }
        assert operations_shares.keep_duties() == 0
    with at(DECEMBER + timedelta(days=1)):
        assert (operations_shares.keep_duties(), len(_duties())) == (1, 2)


def test_a_contract_on_the_first_day_opens_the_duties_at_once(at: At) -> None:
    ines = people.person("Ines")
    texts.version("*")
    share = make.approved(make.drafted(ines))
    with at(DECEMBER):
        make.running(share)
        assert _duties() == [("*", ObligationState.PENDING_ACK, True)]


def test_a_new_version_asks_again_while_it_runs(at: At) -> None:
    """D2."""
    ines = people.person("Ines")
    texts.version("*")
    share = make.approved(make.drafted(ines))
    with at(DECEMBER):
        make.running(share)
    texts.version("*", effective_from_on=date(2026, 12, 10))
    with at(DECEMBER + timedelta(days=9)):
        operations_shares.keep_duties()
        days = db.session.scalars(sa.select(Obligation.value_on).order_by(Obligation.id)).all()
    assert days == [date(2026, 12, 1), date(2026, 12, 10)]


def test_every_piece_is_judged_while_it_runs_and_none_after_it(at: At) -> None:
    """D1, D5: one right label does not settle a share that goes on."""
    ines = people.person("Ines")
    texts.version("*")
    share = make.approved(make.drafted(ines))
    with at(DECEMBER):
        make.running(share)
        texts.publication(ines, opening="Ad: the handbook", published_on=date(2026, 12, 1))
        assert _duties()[0][1] is ObligationState.EVIDENCED
        texts.publication(ines, opening="Look at this", published_on=date(2026, 12, 1))
        assert _duties()[0][1] is ObligationState.DEFICIENT
        texts.publication(ines, opening="Ad: the handbook", published_on=date(2026, 12, 1))
        assert _duties()[0][1] is ObligationState.REMEDIED
        with transaction():
            operations_shares.end_share(
                db.session.merge(share),
                last_on=date(2026, 12, 1),
                reason="The shop was closed",
                by=advisory.omar(),
            )
        texts.publication(ines, opening="Look at this", published_on=date(2026, 12, 1))
        assert _duties() == [("*", ObligationState.REMEDIED, False)]


def test_accepting_a_policy_makes_its_duty_due(at: At) -> None:
    ines = people.person("Ines")
    version = texts.version("*")
    share = make.approved(make.drafted(ines))
    with at(DECEMBER):
        make.running(share)
        texts.acceptance(ines, version)
    assert _duties() == [("*", ObligationState.DUE, True)]
    assert disclosures.queries.obligations_from("advisory.share", share.id)[0].person_id == ines.id


def test_who_answers_for_a_share_is_found() -> None:
    share = make.drafted()
    assert [one.id for one in queries_shares.list_shares_held(advisory.omar(), NOVEMBER)] == [share.id]
    assert queries_shares.list_shares_held(advisory.vera(), NOVEMBER) == []
