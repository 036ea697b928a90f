"""What still needs a person, so that they cannot be erased without a word: journeys, invitations, contracts, loans."""

import sqlalchemy as sa
from flask_babel import ngettext

from app.advisory.models import Engagement, EngagementState
from app.advisory.models_shares import AffiliateShare, ShareState, ShareStatement
from app.core import clock
from app.core.db import db
from app.core.models import MailState, OutboxMail
from app.events.models import Event, Invitation
from app.events.policies import MAY_COME
from app.executives.models import AccessRequest, Meeting, MeetingState, RequestState
from app.ledger.models import Breach, ExceptionState, RuleException
from app.people.models import Person
from app.privacy.policies import Open
from app.privacy.reaching import Whose, rows_of
from app.programs.models_initiatives import LentResource
from app.travel.models import Trip, TripState

_UNPAID = (
    EngagementState.CONTRACTED, EngagementState.IN_DELIVERY, EngagementState.DELIVERED, EngagementState.PAYABLE,
)  # fmt: skip
_BEFORE = (EngagementState.PROPOSED, EngagementState.CLEARED)
_EXPECTED = MAY_COME


def list_open(whose: Whose) -> list[Open]:
    """Everything open, the gravest first; one query per kind."""
    now = clock.now()
    today, ids = now.date(), whose.ids
    counted = [
        (n := _n(OutboxMail, rows_of("outbox_mail", whose), OutboxMail.state == MailState.SENDING),
         ngettext("a mail to them is being sent at this moment", "%(num)s mails to them are being sent at this moment", n), True),
        (n := _n(Engagement, Engagement.person_id.in_(ids), Engagement.state.in_(_UNPAID)),
         ngettext("a contract that is not paid", "%(num)s contracts that are not paid", n), False),
        (n := _n(Engagement, Engagement.person_id.in_(ids), Engagement.state.in_(_BEFORE)),
         ngettext("an engagement that is proposed", "%(num)s engagements that are proposed", n), False),
        (n := _n(AffiliateShare, AffiliateShare.person_id.in_(ids), AffiliateShare.state != ShareState.ENDED),
         ngettext("an affiliate share that is not ended", "%(num)s affiliate shares that are not ended", n), False),
        (n := _n_owed(ids),
         ngettext("a statement of sales that is not paid", "%(num)s statements of sales that are not paid", n), False),
        (n := _n(Trip, Trip.person_id.in_(ids), Trip.state == TripState.OPEN, Trip.to_on >= today),
         ngettext("a trip that lies ahead", "%(num)s trips that lie ahead", n), False),
        (n := _n_invited(ids),
         ngettext("an invitation to an event that is not over", "%(num)s invitations to events that are not over", n), False),
        (n := _n(Meeting, Meeting.person_id.in_(ids), Meeting.state == MeetingState.CONFIRMED, Meeting.ends_at > now),
         ngettext("a meeting that lies ahead", "%(num)s meetings that lie ahead", n), False),
        (n := _n(AccessRequest, AccessRequest.person_id.in_(ids),
                 AccessRequest.state.in_((RequestState.OPEN, RequestState.WAITING))),
         ngettext("a request for an executive without an answer", "%(num)s requests for executives without an answer", n), False),
        (n := _n(LentResource, LentResource.person_id.in_(ids), LentResource.returned_on.is_(None)),
         ngettext("something lent that has not come back", "%(num)s things lent that have not come back", n), False),
        (n := _n(RuleException, RuleException.person_id.in_(ids), RuleException.state == ExceptionState.ASKED),
         ngettext("an exception that is not decided", "%(num)s exceptions that are not decided", n), False),
        (n := _n(Breach, Breach.person_id.in_(ids), Breach.closed_at.is_(None)),
         ngettext("a crossed limit that is not settled", "%(num)s crossed limits that are not settled", n), False),
    ]  # fmt: skip
    return [Open(said, is_bar) for n_rows, said, is_bar in counted if n_rows]


def _n(model: type, *conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


def _n_owed(ids: tuple[int, ...]) -> int:
    """Statements without a payout, but for those that were taken back before any."""
    shares = sa.select(AffiliateShare.id).where(AffiliateShare.person_id.in_(ids))
    gone = sa.select(ShareStatement.reverses_id).where(
        ShareStatement.reverses_id.is_not(None), ShareStatement.payout_id.is_(None)
    )
    return _n(
        ShareStatement, ShareStatement.share_id.in_(shares), ShareStatement.payout_id.is_(None),
        ShareStatement.reverses_id.is_(None), ShareStatement.id.not_in(gone), ShareStatement.__table__.c.commission_minor != 0,
    )  # fmt: skip


def _n_invited(ids: tuple[int, ...]) -> int:
    wanted = sa.select(sa.func.count(Invitation.id)).join(Event, Event.id == Invitation.event_id)
    ahead = (Event.ends_at > clock.now(), Event.is_cancelled.is_(False), Invitation.state.in_(_EXPECTED))
    return db.session.scalar(wanted.where(Invitation.person_id.in_(ids), *ahead)) or 0


def is_erased(person: Person) -> bool:
    """Whether the record is one that was erased, or never had an identity here."""
    return person.is_pseudonymous
