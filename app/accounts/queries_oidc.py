"""Reading who users are at the provider, and what its groups mean here."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.accounts.models_oidc import GroupMapping, UserIdentity
from app.core.db import db
from app.core.errors import NotFound


def find_identity(issuer: str, subject: str) -> UserIdentity | None:
    """Somebody as the provider knows them."""
    wanted = sa.select(UserIdentity).where(UserIdentity.issuer == issuer, UserIdentity.subject == subject)
    return db.session.scalar(wanted)


def list_identities(user: User) -> Sequence[UserIdentity]:
    """How the provider knows a user."""
    wanted = sa.select(UserIdentity).where(UserIdentity.user_id == user.id)
    return db.session.scalars(wanted.order_by(UserIdentity.id)).all()


def get_identity(identity_id: int, user: User) -> UserIdentity:
    """One of them; NotFound for any other."""
    row = db.session.get(UserIdentity, identity_id)
    if row is None or row.user_id != user.id:
        raise NotFound(_("This connection does not exist any more."))
    return row


def is_provisioned(user: User) -> bool:
    """Whether a login was made because the provider sent somebody."""
    wanted = sa.select(UserIdentity.id).where(
        UserIdentity.user_id == user.id, UserIdentity.is_provisioned.is_(True)
    )
    return db.session.scalar(wanted.limit(1)) is not None


def list_mappings(*, has_ended: bool = False) -> Sequence[GroupMapping]:
    """Lines in force, the uppermost first; or those that were."""
    wanted = sa.select(GroupMapping).where(
        GroupMapping.ended_at.is_not(None) if has_ended else GroupMapping.ended_at.is_(None)
    )
    return db.session.scalars(wanted.order_by(GroupMapping.id)).all()


def get_mapping(mapping_id: int) -> GroupMapping:
    """A line; NotFound if there is none."""
    row = db.session.get(GroupMapping, mapping_id)
    if row is None:
        raise NotFound(_("This line does not exist."))
    return row
