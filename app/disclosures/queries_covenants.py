"""Reading covenants: the text a person may sign, what was signed, what waits for an answer, what a code stands for."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.disclosures.models_covenants import Covenant, CovenantState, CovenantText
from app.people import queries as people
from app.people import queries_consents
from app.people.models import Person


def house_text() -> CovenantText | None:
    """The newest text of the house."""
    wanted = sa.select(CovenantText).where(CovenantText.person_id.is_(None))
    return db.session.scalars(wanted.order_by(CovenantText.number.desc()).limit(1)).first()


def offered_to(person: Person) -> CovenantText | None:
    """The text that is a person's to sign: the newest that the house offers to all, or agreed with them."""
    wanted = sa.select(CovenantText).where(
        CovenantText.state == CovenantState.OFFERED,
        sa.or_(CovenantText.person_id.is_(None), CovenantText.person_id.in_(people.records_of(person))),
    )
    return db.session.scalars(wanted.order_by(CovenantText.number.desc()).limit(1)).first()


def proposal_of(person: Person) -> CovenantText | None:
    """What a person proposed and nobody answered yet."""
    wanted = sa.select(CovenantText).where(
        CovenantText.person_id.in_(people.records_of(person)), CovenantText.state == CovenantState.PROPOSED
    )
    return db.session.scalars(wanted.order_by(CovenantText.number.desc()).limit(1)).first()


def signed_of(person: Person, text: CovenantText) -> Covenant | None:
    """The signature of a person under one text."""
    wanted = sa.select(Covenant).where(
        Covenant.person_id.in_(people.records_of(person)), Covenant.text_id == text.id
    )
    return db.session.scalars(wanted.options(*_LOADED).order_by(Covenant.id).limit(1)).first()


def list_of(person: Person) -> Sequence[Covenant]:
    """Everything a person signed, the newest first."""
    wanted = sa.select(Covenant).where(Covenant.person_id.in_(people.records_of(person)))
    return db.session.scalars(wanted.options(*_LOADED).order_by(Covenant.id.desc())).all()


_LOADED = (
    joinedload(Covenant.covenant_text), joinedload(Covenant.person), joinedload(Covenant.signed_by_user)
)  # fmt: skip


def list_covenants(by: User | None) -> Sequence[Covenant]:
    """Signatures of the people `by` may see: those that wait for the house first, then the newest."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Covenant).where(Covenant.person_id.in_(seen)).options(*_LOADED)
    waits = sa.case((Covenant.signed_by_user_at.is_(None), 0), else_=1)
    return db.session.scalars(wanted.order_by(waits, Covenant.id.desc()).limit(200)).all()


def list_proposals(by: User | None) -> Sequence[CovenantText]:
    """Words that people proposed and nobody answered."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(CovenantText).where(
        CovenantText.state == CovenantState.PROPOSED, CovenantText.person_id.in_(seen)
    )
    return db.session.scalars(wanted.options(joinedload(CovenantText.person)).order_by(CovenantText.id)).all()


def get_covenant(id: int, by: User | None) -> Covenant:
    """The signed text of a person `by` may see, or NotFound."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(Covenant).where(Covenant.id == id, Covenant.person_id.in_(seen)).options(*_LOADED)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such covenant, or it is not yours to see."))
    return found


def get_proposal(id: int, by: User | None) -> CovenantText:
    """A proposal of a person `by` may see, or NotFound."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(CovenantText).where(CovenantText.id == id, CovenantText.person_id.in_(seen))
    found = db.session.scalars(wanted.options(joinedload(CovenantText.person))).one_or_none()
    if found is None:
        raise NotFound(_("There is no such proposal, or it is not yours to see."))
    return found


def get_text(id: int) -> CovenantText:
    """One text by its number in the database, or NotFound."""
    found = db.session.get(CovenantText, id)
    if found is None:
        raise NotFound(_("There is no such text."))
    return found


def may_name(covenant: Covenant) -> bool:
    """Whether the certificate and its public page name the person (P4)."""
    return queries_consents.may_be_named(covenant.person, said_here=covenant.is_person_named)


def find_by_code(code: str) -> Covenant | None:
    """What a code on a certificate stands for; only what both sides signed has one."""
    wanted = sa.select(Covenant).where(Covenant.code == code.strip().upper()).options(*_LOADED)
    return db.session.scalars(wanted).one_or_none()
