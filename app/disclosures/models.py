"""Tables of disclosure: policies and their versions, acknowledgements, obligations, publications and their remedies."""

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, Line, Prose, Versioned
from app.core.money import Money
from app.people.models import Person

#: The jurisdiction of a policy that holds where no other one does.
EVERYWHERE = "*"


class Medium(enum.StrEnum):
    """Where a publication is met; each may have its own place for the label."""

    TEXT = "text"
    VIDEO = "video"
    AUDIO = "audio"
    LIVE = "live"
    STORY = "story"


class Placement(enum.StrEnum):
    """Where a label must stand to be unavoidable."""

    FIRST_WORDS = "first_words"  # nothing before it
    BEFORE_FOLD = "before_fold"  # before the reader must press "more"
    FIRST_TAGS = "first_tags"  # among the first three tags, or before the fold
    ANYWHERE = "anywhere"


class EditorialControl(enum.StrEnum):
    """What the house may do to a piece before it is public; anything but nothing makes the duty heavier (c31)."""

    NONE = "none"
    FACT_CHECK = "fact_check"
    APPROVAL = "approval"


class Policy(Base):
    """The disclosure rule of one jurisdiction: an ISO country, "EU", or "*" for everywhere else."""

    __tablename__ = "policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line] = mapped_column(unique=True)
    jurisdiction: Mapped[str] = mapped_column(sa.String(8), unique=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    owner: Mapped[User] = relationship()
    versions: Mapped[list["PolicyVersion"]] = relationship(
        back_populates="policy", order_by="PolicyVersion.number"
    )


class PolicyVersion(Versioned, Base):
    """One text of a policy. Once published it never changes (the model and the operations refuse)."""

    __tablename__ = "policy_version"
    __table_args__ = (sa.UniqueConstraint("policy_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    policy_id: Mapped[int] = mapped_column(sa.ForeignKey("policy.id"), index=True)
    policy: Mapped[Policy] = relationship(back_populates="versions")
    number: Mapped[int]
    language: Mapped[str] = mapped_column(sa.String(16), default="en")
    effective_from_on: Mapped[date]
    effective_to_on: Mapped[date | None]
    text: Mapped[Prose]
    triggers: Mapped[list[str]]  # values of ledger.models.Category
    accepted_labels: Mapped[list[str]]
    rejected_labels: Mapped[list[str]] = mapped_column(default=list)
    #: Medium -> Placement
    placement: Mapped[dict[str, Any]]
    #: category, or category@language -> ready sentence
    statements: Mapped[dict[str, Any]]
    #: language -> the text in that language; `text` itself is in `language`.
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict, nullable=True)
    #: Kind of tie -> what somebody with it must say besides (D6, c30).
    tie_statements: Mapped[dict[str, Any]] = mapped_column(default=dict, nullable=True)
    #: Value in kind below this opens no duty; none where the law knows no threshold.
    threshold_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    threshold_currency: Mapped[str] = mapped_column(sa.String(3), default="", server_default=sa.text("''"))
    remedy_steps: Mapped[Prose] = mapped_column(default="", server_default=sa.text("''"))
    editorial_control: Mapped[EditorialControl] = mapped_column(
        default=EditorialControl.NONE, server_default=EditorialControl.NONE.value
    )
    sources: Mapped[list[str]]
    review_on: Mapped[date]
    made_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    @property
    def threshold(self) -> Money | None:
        """Value in kind below this opens no duty; none where the smallest thing counts."""
        return None if self.threshold_minor is None else Money(self.threshold_minor, self.threshold_currency)


class AcknowledgementHow(enum.StrEnum):
    PORTAL = "portal"
    SIGNED_PAPER = "signed_paper"
    MAIL = "mail"


class Acknowledgement(Base):
    """A person accepted one version of a policy; a new version asks again (D2)."""

    __tablename__ = "acknowledgement"
    __table_args__ = (sa.UniqueConstraint("person_id", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    person: Mapped[Person] = relationship()
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("policy_version.id"), index=True)
    policy_version: Mapped[PolicyVersion] = relationship()
    at: Mapped[datetime]
    how: Mapped[AcknowledgementHow]
    language: Mapped[str] = mapped_column(sa.String(16), default="en")
    #: The user who wrote it down; none when the person did it in the portal.
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class ObligationState(enum.StrEnum):
    PENDING_ACK = "pending_ack"
    DUE = "due"
    EVIDENCED = "evidenced"
    DEFICIENT = "deficient"
    REMEDIED = "remedied"
    WAIVED = "waived"
    VOID = "void"  # the value it was opened for was reversed


class Obligation(Base):
    """The duty that one piece of value opens under one jurisdiction's policy (D1).

    Value is a line of the book, or an arrangement that is disclosable by itself, before anything is paid: then
    `source_kind` and `source_id` name it, and while it stands every publication is judged anew.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        sa.UniqueConstraint("entry_seq", "version_id"),
        sa.UniqueConstraint("source_kind", "source_id", "version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("policy_version.id"), index=True)
    policy_version: Mapped[PolicyVersion] = relationship()
    jurisdiction: Mapped[str] = mapped_column(sa.String(8))
    #: The ledger lies above this room, so the entry is named by its number.
    entry_seq: Mapped[int | None] = mapped_column(index=True)
    source_kind: Mapped[str] = mapped_column(sa.String(40), default="", server_default=sa.text("''"))
    source_id: Mapped[int | None]
    #: Whether the arrangement goes on, so that one right label does not settle the duty for good.
    is_standing: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    category: Mapped[str] = mapped_column(sa.String(40))
    value_on: Mapped[date]
    state: Mapped[ObligationState] = mapped_column(index=True)
    opened_at: Mapped[datetime]


class LabelVerdict(enum.StrEnum):
    EVIDENCED = "evidenced"
    DEFICIENT = "deficient"
    MISSING = "missing"


class Publication(Base):
    """A public piece of content: a link and its label. There is no field for tone, drafts or reach (D4)."""

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    url: Mapped[str] = mapped_column(sa.String(2000))
    published_on: Mapped[date]
    medium: Mapped[str] = mapped_column(sa.String(40))
    label_text: Mapped[Line] = mapped_column(default="")
    label_position: Mapped[Line] = mapped_column(default="")  # "first words", "after the fold"
    verdict: Mapped[LabelVerdict]
    checked_at: Mapped[datetime]
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class RemedyState(enum.StrEnum):
    OPEN = "open"
    DONE = "done"  # the label was put right
    LET_GO = "let_go"  # compliance closed it with a reason


class Remedy(Base):
    """A label to be put right by a day, because it was deficient or missing (D5, c29)."""

    __tablename__ = "remedy"

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.id"), unique=True)
    publication: Mapped[Publication] = relationship()
    reason: Mapped[Prose]
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    state: Mapped[RemedyState] = mapped_column(default=RemedyState.OPEN, index=True)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class TieKind(enum.StrEnum):
    EMPLOYEE = "employee"
    EQUITY = "equity"
    FAMILY = "family"


class Tie(Base):
    """Somebody works for the house, owns a part of it, or is close to somebody who does: said in words of its own (D6)."""

    __tablename__ = "tie"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    kind: Mapped[TieKind]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class DraftRequestHow(enum.StrEnum):
    TOLD = "told"  # the person reports that they were asked
    FILE = "file"  # somebody tried to attach a file
    LINK = "link"  # somebody tried to file a link to a document that is not public


class DraftRequest(Base):
    """Somebody asked for work before it was public, or tried to file it (D4): that it happened, and nothing of the work."""

    __tablename__ = "draft_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person: Mapped[Person] = relationship()
    how: Mapped[DraftRequestHow]
    at: Mapped[datetime]
    #: Who of the house tried; none when the person reports it.
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by: Mapped[User | None] = relationship()
