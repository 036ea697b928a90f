"""Invitations: who is asked to an event, and what they answered."""

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, Created, Page, operation
from app.api.paging import from_database
from app.api.shapes_events import InvitationShape, InvitationsQuery, NewInvitation, NewInvitationAnswer
from app.core.db import db
from app.events import operations_answers, operations_invitations, queries
from app.events.details import AnswerDetails, InvitationDetails
from app.events.models import Invitation
from app.people import queries as people


@operation(
    f"/events/{ID}/invitations", permission="events:read", query=InvitationsQuery, out=Page[InvitationShape]
)
def list_invitations(id: int, query: InvitationsQuery) -> Page[InvitationShape]:
    """Who is invited to an event, of the people whoever sends the token may see."""
    by = acting_user()
    wanted = queries.invitations_matching(queries.get_event(id, by), by, state=query.state, wave=query.wave)
    return from_database(
        Page[InvitationShape], wanted, Invitation.id, query, lambda rows: [InvitationShape.of(row) for row in rows],
        is_descending=False,
    )  # fmt: skip


@operation(f"/invitations/{ID}", permission="events:read", out=InvitationShape)
def get_invitation(id: int) -> InvitationShape:
    """One invitation."""
    return InvitationShape.of(queries.get_invitation(id, acting_user()))


@operation(
    f"/events/{ID}/invitations", method="POST", permission="events:write", body=NewInvitation, out=InvitationShape,
)  # fmt: skip
def add_invitation(id: int, body: NewInvitation) -> Created:
    """Draft an invitation; nothing is sent yet."""
    by = acting_user()
    event, person = queries.get_event(id, by), people.get_person(body.person_id, by)
    plain = body.model_dump(exclude={"person_id", "worth"})
    details = InvitationDetails(**plain, worth=body.worth.money if body.worth else None)
    made = operations_invitations.invite(event, person, details, by=by)
    db.session.flush()
    return Created(InvitationShape.of(made), url_for("api.get_invitation", id=made.id))


@operation(
    f"/invitations/{ID}/answer", method="POST", permission="events:write", body=NewInvitationAnswer, out=InvitationShape,
    status=200,
)  # fmt: skip
def answer_invitation(id: int, body: NewInvitationAnswer) -> InvitationShape:
    """Write down what somebody answered, and how it came."""
    by = acting_user()
    found = queries.get_invitation(id, by)
    operations_answers.record_answer(found, AnswerDetails(**body.model_dump()), by=by)
    db.session.flush()
    return InvitationShape.of(found)
