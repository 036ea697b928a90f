"""Paid arrangements of the demo at every step, so that each of their pages has something to show."""

from datetime import date, timedelta
from decimal import Decimal

from app.accounts.models import User
from app.advisory import operations, operations_payouts, operations_shares, queries
from app.advisory.details import (
    AdviceDetails,
    AlternativeDetails,
    ContractDetails,
    DeliveryDetails,
    EffortDetails,
    NeedDetails,
    PaymentDetails,
    ProposalDetails,
    TaxDetails,
)
from app.advisory.details_shares import PayoutDetails, ShareContractDetails, ShareDetails, StatementDetails
from app.advisory.models import Engagement, Need
from app.advisory.models_files import FilePart
from app.advisory.models_shares import AffiliateShare, ShareStatement
from app.core import clock
from app.core.db import db, transaction
from app.core.money import Money
from app.people.models import Person
from app.programs.models import Program
from tests.factories import people

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
VAT = TaxDetails(kind="vat", rate=Decimal(20), reference="Invoice 2026-118")
WITHHELD = TaxDetails(kind="withholding", rate=Decimal(10), reference="Certificate 77")
#: A step is done on what was given before, and says why.
REASON = "The question came before the visit and is unrelated to it."


#: Whoever is paid for work and for sales, and reads from right to left.
ADVISER = "Adviser Four"


def at_every_step(program: Program, visitor: Person, mei: User, tom: User, helga: User) -> None:
    """Engagements that are proposed (after hospitality), cleared, begun, payable and paid; affiliate shares likewise."""
    others = [people.person(f"Adviser {n}", owner=mei, languages=("en",)) for n in ("One", "Two", "Three")]
    paid = people.person(ADVISER, owner=mei, languages=("ar", "en"), email="four@experts.example")
    with transaction():
        need = _need(db.session.merge(program), tom, helga)
        _propose(need, visitor, mei)
        cleared, begun, payable, done = (_propose(need, one, mei) for one in (*others, paid))
        for one in (cleared, begun, payable, done):
            operations.clear_engagement(one, reason=REASON, by=helga)
        for one in (begun, payable, done):
            _begin(one, mei)
        for one in (payable, done):
            _deliver(one, mei, helga)
        _pay(done, mei)
    _shares(program, visitor, paid, others[0], mei, tom, helga)


def _need(program: Program, tom: User, helga: User) -> Need:
    filed = operations.file_need(
        NeedDetails(
            program_id=program.id, title="Ports without cables", question="Which cranes need a network of their own?",
            deliverable="A day at a terminal and a list", decision="Which port comes first, by summer",
            why_outside="Nobody here has run a terminal", criteria="Has run the network of a port", n_people=9,
        ),
        by=tom,
    )  # fmt: skip
    return operations.approve_need(filed, by=helga)


def _propose(need: Need, who: Person, mei: User) -> Engagement:
    band = queries.bands_from(clock.today())[0]
    return operations.propose_person(
        need, db.session.merge(who),
        ProposalDetails(
            band_id=band.id, effort=EffortDetails(work=Decimal(1)), service_on=clock.today() + timedelta(days=20),
            why_this_person="Ran the network of a container terminal for six years",
            alternatives=(AlternativeDetails(name="Prof. A. Outside", evidence="Two papers", why_not="No time before summer"),),
        ),
        by=mei,
    )  # fmt: skip


def _begin(engagement: Engagement, mei: User) -> None:
    contract = ContractDetails(
        reference=f"C-{engagement.id}", party=engagement.person.name, signed_on=clock.today(),
        expenses_limit=Money(20_000, engagement.fee.currency),
    )  # fmt: skip
    operations.contract_engagement(engagement, contract, by=mei)
    operations.add_file(engagement, FilePart.CONTRACT, PDF, "contract.pdf", note="Signed by both", by=mei)
    operations.start_delivery(engagement, by=mei)


def _deliver(engagement: Engagement, mei: User, helga: User) -> None:
    operations.add_file(engagement, FilePart.DELIVERABLE, b"Cranes 1 to 4 first.", "list.txt", by=mei)
    operations.record_delivery(
        engagement, DeliveryDetails(delivered_on=clock.today(), units=Decimal(1)), by=mei
    )
    operations.approve_payment(engagement, by=helga)


def _pay(engagement: Engagement, mei: User) -> None:
    payment = PaymentDetails(
        paid_on=clock.today(),
        payee=engagement.contract_party,
        reference="Transfer 5518",
        taxes=(VAT, WITHHELD),
    )
    operations.pay_engagement(engagement, payment, by=mei)
    advice = AdviceDetails(question="Which crane first?", advice="The one nobody can reach by cable.")
    operations.record_advice(engagement, advice, by=mei)


# -- affiliate shares --------------------------------------------------------------------------------


def _shares(
    program: Program, visitor: Person, paid: Person, other: Person, mei: User, tom: User, helga: User
) -> None:
    """One drafted after hospitality, one approved, one that runs since two months with statements and a payout, one ended."""
    this = clock.today().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    before = (last - timedelta(days=1)).replace(day=1)
    with transaction():
        _draft(program, visitor, "LUMEN-GUEST", mei, clock.today() + timedelta(days=30))
        approved = _draft(program, other, "LUMEN-ONE", mei, clock.today(), per_sale=Money(1_250, "GBP"))
        operations_shares.approve_share(approved, reason=REASON, by=helga)
    with clock.fixed_at(clock.start_of(before - timedelta(days=3), "UTC")), transaction():
        runs = _agreed(_draft(program, paid, "LUMEN-FOUR", mei, before), mei, helga)
        ended = _agreed(_draft(program, other, "LUMEN-OLD", mei, before, to_on=last), mei, helga)
    with transaction():
        runs, ended = db.session.merge(runs), db.session.merge(ended)
        first = _count(runs, before, last - timedelta(days=1), 31, 124_167, mei)
        wrong = _count(runs, last, this - timedelta(days=1), 18, 80_000, mei)
        _transfer(runs, first.id, tom)
        operations_payouts.reverse_statement(wrong, reason="Two returns were left out.", by=mei)
        _count(runs, last, this - timedelta(days=1), 16, 71_250, mei)
        operations_shares.end_share(ended, last_on=before, reason="The shop was closed.", by=mei)
    operations_shares.keep_duties()


def _draft(
    program: Program, who: Person, link: str, mei: User, from_on: date, *, per_sale: Money | None = None,
    to_on: date | None = None,
) -> AffiliateShare:  # fmt: skip
    details = ShareDetails(
        person_id=who.id, program_id=program.id, covers="Handbook of private networks", link=link,
        why="They teach with it, and know what belongs in it.", percent=None if per_sale else Decimal("7.5"),
        per_sale=per_sale, currency="GBP", from_on=from_on, to_on=to_on,
    )  # fmt: skip
    return operations_shares.file_share(details, by=mei)


def _agreed(share: AffiliateShare, mei: User, helga: User) -> AffiliateShare:
    operations_shares.approve_share(share, reason=REASON, by=helga)
    contract = ShareContractDetails(
        reference=f"S-{share.id}", party=share.person.name, signed_on=clock.today()
    )
    return operations_shares.contract_share(share, contract, by=mei)


def _count(
    share: AffiliateShare, from_on: date, to_on: date, n: int, minor: int, mei: User
) -> ShareStatement:
    figures = StatementDetails(
        from_on=from_on,
        to_on=to_on,
        n_sales=n,
        net_sales=Money(minor, "GBP"),
        evidence=f"Shop report {from_on:%Y-%m}",
    )
    return operations_payouts.record_statement(share, figures, by=mei)


def _transfer(share: AffiliateShare, statement_id: int, tom: User) -> None:
    details = PayoutDetails(
        paid_on=clock.today(), payee=share.contract_party, reference="Transfer 5520", statement_ids=(statement_id,),
        taxes=(VAT,),
    )  # fmt: skip
    operations_payouts.pay_share(share, details, by=tom)
