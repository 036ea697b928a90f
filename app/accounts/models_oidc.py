"""Tables of sign-in through a provider of the company (OpenID Connect): who is who there, and what groups mean here."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, Role, User
from app.core.db import Base, Line


class UserIdentity(Base):
    """Somebody as the provider knows them: its own name and number for them, never the address, which may pass to another."""

    __tablename__ = "user_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject", name="uq_user_identity_issuer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    issuer: Mapped[str] = mapped_column(sa.String(400))
    subject: Mapped[str] = mapped_column(sa.String(255))
    #: The login was made because of it, so it has no password unless the rules of sign-in allow one.
    is_provisioned: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]


class GroupMapping(Base):
    """What a group of the provider means here, while the line stands; the uppermost line that fits somebody counts."""

    __tablename__ = "group_mapping"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: As the provider writes it.
    group_name: Mapped[Line]
    role: Mapped[Role]
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id"))
    department: Mapped[Department] = relationship(lazy="joined")
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
