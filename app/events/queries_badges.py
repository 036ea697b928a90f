"""Reading badges: what each says, who has one, and whose code somebody shows at the door."""

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.signing_in import hash_secret
from app.core.db import db
from app.events import policies_day, queries_comers, queries_seats
from app.events.models import Event, Invitation
from app.events.models_day import Badge, DoorReport
from app.events.models_waves import Comer
from app.people import queries_consents

#: How much of a hash a phone at the door gets: enough to know a code by, too little to make one.
HASH_PREFIX = 16


class BadgeRow(Struct, frozen=True):
    """One guest and what their badge says."""

    comer: Comer
    badge: Badge | None
    seat: str
    may_photograph: bool

    @property
    def key(self) -> str:
        return self.comer.key

    @property
    def name(self) -> str:
        """The name on the badge: another one if somebody wrote one, else as on the record."""
        return (self.badge.name if self.badge else "") or self.comer.called

    @property
    def second_line(self) -> str:
        return self.badge.second_line if self.badge else ""

    @property
    def kind(self) -> str:
        return self.comer.badge

    @property
    def is_unprinted(self) -> bool:
        return self.badge is None or self.badge.printed_at is None


def list_badge_rows(event: Event, by: User | None = None) -> list[BadgeRow]:
    """Who comes, by name, with what their badge says; five queries. A guest has told nobody that photos are welcome."""
    coming = queries_comers.list_comers(event, by)
    badges, seats = badges_of(event), queries_seats.labels_of(event)
    invited = [one.person_id for one in coming if isinstance(one, Invitation)]
    shown = queries_consents.may_show_photo(invited)
    return [
        BadgeRow(
            one, badges.get(one.who), seats.get(one.key, ""), isinstance(one, Invitation) and one.person_id in shown
        )
        for one in coming
    ]  # fmt: skip


def badges_of(event: Event) -> dict[tuple[int, int | None], Badge]:
    """The badges of an event, by `Comer.who`."""
    wanted = sa.select(Badge).join(Invitation, Invitation.id == Badge.invitation_id)
    rows = db.session.scalars(wanted.where(Invitation.event_id == event.id).order_by(Badge.id))
    return {badge.who: badge for badge in rows}


def badge_of(comer: Comer) -> Badge | None:
    """What is noted about one badge."""
    invitation_id, guest_id = comer.who
    wanted = sa.select(Badge).where(Badge.invitation_id == invitation_id, Badge.guest_id == guest_id)
    return db.session.scalars(wanted).one_or_none()


def find_by_code(text: str) -> Comer | None:
    """Whose badge has this code, however it was typed; None for a code nobody has any more."""
    code = policies_day.plain_code(text)
    if not code:
        return None
    wanted = sa.select(Badge).where(Badge.secret_hash == hash_secret(code))
    by_invitation = joinedload(Badge.invitation)
    options = (
        by_invitation.joinedload(Invitation.event),
        by_invitation.joinedload(Invitation.person),
        joinedload(Badge.guest),
    )
    badge = db.session.scalars(wanted.options(*options)).one_or_none()
    return badge.comer if badge else None


def door_hash(badge: Badge | None) -> str:
    """The beginning of a code's hash: a phone without a connection knows guests by it."""
    return badge.secret_hash[:HASH_PREFIX] if badge and badge.secret_hash else ""


# -- what phones reported --------------------------------------------------------------------------


def find_report(client_key: str) -> DoorReport | None:
    """What became of a check-in the phone gave this number."""
    wanted = sa.select(DoorReport).where(DoorReport.client_key == client_key)
    return db.session.scalars(wanted.options(joinedload(DoorReport.invitation))).one_or_none()


def list_reports(event: Event, limit: int = 200) -> Sequence[DoorReport]:
    """What phones reported, the latest first, with who held them; one query."""
    wanted = sa.select(DoorReport).where(DoorReport.event_id == event.id)
    options = (
        joinedload(DoorReport.by), joinedload(DoorReport.invitation).joinedload(Invitation.person), joinedload(DoorReport.guest),
    )  # fmt: skip
    return db.session.scalars(
        wanted.order_by(DoorReport.received_at.desc(), DoorReport.id.desc()).limit(limit).options(*options)
    ).all()
