"""Affiliate shares: drafted, approved, under contract, counted, paid, ended."""

from collections.abc import Sequence

from flask import url_for

from app.accounts.access import acting_user
from app.advisory import operations_payouts, queries_tax
from app.advisory import operations_shares as operations
from app.advisory import queries_shares as queries
from app.advisory.details_shares import ShareContractDetails
from app.advisory.models_shares import AffiliateShare, SharePayout, ShareStatement
from app.api.layer import ID, Created, Page, PageQuery, operation
from app.api.paging import from_database
from app.api.shapes import ReasonBody
from app.api.shapes_advisory import Clearing
from app.api.shapes_shares import (
    NewPayout,
    NewShare,
    NewShareContract,
    NewStatement,
    PayoutShape,
    ShareEnd,
    ShareShape,
    SharesQuery,
    StatementShape,
)
from app.api.shapes_taxes import named_as_sent
from app.core.db import db


@operation("/shares", permission="advisory:read", query=SharesQuery, out=Page[ShareShape])
def list_shares(query: SharesQuery) -> Page[ShareShape]:
    """Affiliate shares of the people whoever sends the token may see, the latest drafted first."""
    wanted = queries.shares_matching(acting_user(), query.state)
    return from_database(
        Page[ShareShape], wanted.options(*queries.LISTED), AffiliateShare.id, query,
        lambda rows: [ShareShape.of(row) for row in rows],
    )  # fmt: skip


@operation(f"/shares/{ID}", permission="advisory:read", out=ShareShape)
def get_share(id: int) -> ShareShape:
    """One affiliate share."""
    return ShareShape.of(queries.get_share(id, acting_user()))


@operation(
    "/shares", method="POST", permission="advisory:write", body=NewShare, out=ShareShape, errors=(404,)
)
def file_share(body: NewShare) -> Created:
    """Draft an affiliate share; compliance is asked to approve it, then comes the contract (A2, A5)."""
    made = operations.file_share(body.details(), by=acting_user())
    return Created(ShareShape.of(made), url_for("api.get_share", id=made.id))


def _saved(found: AffiliateShare) -> ShareShape:
    db.session.flush()
    return ShareShape.of(found)


@operation(
    f"/shares/{ID}/approve", method="POST", permission="advisory:approve", body=Clearing, out=ShareShape, status=200,
)  # fmt: skip
def approve_share(id: int, body: Clearing) -> ShareShape:
    """Let it through the objectivity gate, with a written reason where anything is listed (A4)."""
    by = acting_user()
    found = operations.approve_share(queries.get_share(id, by), reason=body.reason, by=by)
    return _saved(found)


@operation(
    f"/shares/{ID}/refuse", method="POST", permission="advisory:approve", body=ReasonBody, out=ShareShape, status=200,
)  # fmt: skip
def refuse_share(id: int, body: ReasonBody) -> ShareShape:
    """Do not approve it; the record stays, with the reason."""
    by = acting_user()
    found = operations.refuse_share(queries.get_share(id, by), reason=body.reason, by=by)
    return _saved(found)


@operation(
    f"/shares/{ID}/contract", method="POST", permission="advisory:write", body=NewShareContract, out=ShareShape, status=200,
)  # fmt: skip
def contract_share(id: int, body: NewShareContract) -> ShareShape:
    """Write down the signed contract: from its first day on it has to be disclosed (D1)."""
    by = acting_user()
    found = operations.contract_share(
        queries.get_share(id, by), ShareContractDetails(**body.model_dump()), by=by
    )
    return _saved(found)


@operation(
    f"/shares/{ID}/end", method="POST", permission="advisory:write", body=ShareEnd, out=ShareShape, status=200,
)  # fmt: skip
def end_share(id: int, body: ShareEnd) -> ShareShape:
    """End it, with the last day on which sales count."""
    by = acting_user()
    found = operations.end_share(queries.get_share(id, by), last_on=body.last_on, reason=body.reason, by=by)
    return _saved(found)


# -- statements --------------------------------------------------------------------------------------


def _statements(rows: Sequence[ShareStatement]) -> list[StatementShape]:
    gone = queries.taken_back_among(rows)
    return [StatementShape.of(row, is_taken_back=row.id in gone) for row in rows]


@operation(f"/shares/{ID}/statements", permission="advisory:read", query=PageQuery, out=Page[StatementShape])
def list_statements(id: int, query: PageQuery) -> Page[StatementShape]:
    """What was counted for an affiliate share, corrections too, the latest first."""
    wanted = queries.statements_matching(queries.get_share(id, acting_user()))
    return from_database(Page[StatementShape], wanted, ShareStatement.id, query, _statements)


@operation(f"/shares/statements/{ID}", permission="advisory:read", out=StatementShape)
def get_statement(id: int) -> StatementShape:
    """One statement of an affiliate share."""
    return _statements([queries.get_statement(id, acting_user())])[0]


@operation(
    f"/shares/{ID}/statements", method="POST", permission="advisory:write", body=NewStatement, out=StatementShape,
)  # fmt: skip
def record_statement(id: int, body: NewStatement) -> Created:
    """Count what was sold in some days; what it earns is computed by the agreed rate and kept with it (A3, A5)."""
    by = acting_user()
    made = operations_payouts.record_statement(queries.get_share(id, by), body.details(), by=by)
    return Created(_statements([made])[0], url_for("api.get_statement", id=made.id))


@operation(
    f"/shares/statements/{ID}/reversal", method="POST", permission="advisory:write", body=ReasonBody, out=StatementShape,
)  # fmt: skip
def reverse_statement(id: int, body: ReasonBody) -> Created:
    """Take a statement back by a line with minus amounts; what was paid for it is taken off the next payout (L1)."""
    by = acting_user()
    made = operations_payouts.reverse_statement(queries.get_statement(id, by), reason=body.reason, by=by)
    return Created(_statements([made])[0], url_for("api.get_statement", id=made.id))


# -- payouts -----------------------------------------------------------------------------------------


def _payouts(rows: Sequence[SharePayout]) -> list[PayoutShape]:
    settled, statements = queries_tax.settled_payouts(rows), queries.statements_in_each(rows)
    return [PayoutShape.of(row, settled[row.id], statements[row.id]) for row in rows]


@operation(f"/shares/{ID}/payouts", permission="advisory:read", query=PageQuery, out=Page[PayoutShape])
def list_payouts(id: int, query: PageQuery) -> Page[PayoutShape]:
    """What was paid for an affiliate share, the latest first."""
    wanted = queries.payouts_matching(queries.get_share(id, acting_user()))
    return from_database(Page[PayoutShape], wanted, SharePayout.id, query, _payouts)


@operation(f"/shares/payouts/{ID}", permission="advisory:read", out=PayoutShape)
def get_payout(id: int) -> PayoutShape:
    """One payout: the statements it was for, taxes apart, its entry of the book."""
    return _payouts([queries.get_payout(id, acting_user())])[0]


@operation(
    f"/shares/{ID}/payouts", method="POST", permission="advisory:write", body=NewPayout, out=PayoutShape,
)  # fmt: skip
def pay_share(id: int, body: NewPayout) -> Created:
    """Note a transfer for statements; it becomes one entry of the cash leg. Not by whoever wrote one of them down (A5, R1)."""
    by = acting_user()
    with named_as_sent(body.taxes):
        made = operations_payouts.pay_share(queries.get_share(id, by), body.details(), by=by)
    return Created(_payouts([made])[0], url_for("api.get_payout", id=made.id))
