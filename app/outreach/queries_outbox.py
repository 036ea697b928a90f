"""Reading the outbox: what waits, batch by batch, with its numbers restated; what left or failed (G5)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct
from sqlalchemy.orm import defer, joinedload

from app.accounts.signing_in import hash_secret
from app.core import clock, mail
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import said
from app.core.models import MailState, OutboxMail
from app.outreach import queries
from app.outreach.models import Letter, LetterTemplate, TouchChannel
from app.outreach.models_outbox import Bounce, LetterHold
from app.outreach.policies import ContactVerdict
from app.outreach.policies_outbox import LetterGone
from app.outreach.queries_bounces import dead_addresses
from app.outreach.queries_news import unwanted_news
from app.outreach.words_letters import KEYS
from app.people.models import Person

# -- texts of letters ------------------------------------------------------------------------------


def template_in_force(key: str, language: str) -> LetterTemplate | None:
    """The newest version of a letter in one language."""
    wanted = sa.select(LetterTemplate).where(LetterTemplate.key == key, LetterTemplate.language == language)
    return db.session.scalars(wanted.order_by(LetterTemplate.number.desc()).limit(1)).first()


def languages_of(key: str) -> Sequence[str]:
    """The languages a letter is written in."""
    wanted = sa.select(LetterTemplate.language).where(LetterTemplate.key == key).distinct()
    return db.session.scalars(wanted.order_by(LetterTemplate.language)).all()


def get_template(id: int) -> LetterTemplate:
    """One version of a letter in one language, or NotFound."""
    found = db.session.get(LetterTemplate, id)
    if found is None:
        raise NotFound(_("There is no such letter."))
    return found


class TemplateRow(Struct, frozen=True):
    """A letter with the newest version in each of its languages."""

    key: str
    title: str
    versions: Sequence[LetterTemplate]


def list_templates() -> Sequence[TemplateRow]:
    """Every letter there is, with what it is written in; one query."""
    newest = sa.select(
        LetterTemplate.key, LetterTemplate.language, sa.func.max(LetterTemplate.number).label("number")
    )
    latest = newest.group_by(LetterTemplate.key, LetterTemplate.language).subquery()
    wanted = sa.select(LetterTemplate).join(
        latest,
        sa.and_(
            latest.c.key == LetterTemplate.key,
            latest.c.language == LetterTemplate.language,
            latest.c.number == LetterTemplate.number,
        ),
    )
    rows = db.session.scalars(wanted.order_by(LetterTemplate.key, LetterTemplate.language)).all()
    return [
        TemplateRow(key, said(title), [row for row in rows if row.key == key]) for key, title in KEYS.items()
    ]


def list_versions(key: str, language: str) -> Sequence[LetterTemplate]:
    """Every version of a letter in one language, newest first."""
    wanted = sa.select(LetterTemplate).where(LetterTemplate.key == key, LetterTemplate.language == language)
    return db.session.scalars(wanted.order_by(LetterTemplate.number.desc())).all()


# -- what waits ------------------------------------------------------------------------------------


class Waiting(Struct, frozen=True):
    """One line of a batch: a letter (its mail missing while untranslated), or a held mail of another room."""

    letter: Letter | None
    mail: OutboxMail | None
    verdict: ContactVerdict | None = None
    #: Somebody wants it to stay behind.
    hold: LetterHold | None = None
    #: Mail to the address came back.
    dead: Bounce | None = None
    #: News to somebody who did not agree to any (P4).
    is_unwanted: bool = False

    @property
    def id(self) -> int:
        return self.mail.id if self.mail else 0

    @property
    def name(self) -> str:
        return self.letter.person.name if self.letter else self.mail.recipient if self.mail else ""

    @property
    def person(self) -> Person | None:
        return self.letter.person if self.letter else None

    @property
    def language(self) -> str:
        return self.letter.language if self.letter else self.mail.language if self.mail else ""

    @property
    def batch(self) -> str:
        return self.letter.batch if self.letter else self.mail.batch if self.mail else ""

    @property
    def made_at(self) -> datetime:
        """When it was put there; a line has a letter or a mail, or both."""
        return self.letter.made_at if self.letter else self.mail.made_at if self.mail else clock.now()

    @property
    def is_untranslated(self) -> bool:
        return self.mail is None

    @property
    def is_stopped(self) -> bool:
        return self.verdict is not None and not self.verdict.is_free

    @property
    def is_ready(self) -> bool:
        """Whether "Send" sends it."""
        return not (self.is_untranslated or self.is_stopped or self.hold or self.dead or self.is_unwanted)

    @property
    def address(self) -> str:
        """Where it goes: to the address the person has today."""
        return self.letter.person.email if self.letter else self.mail.recipient if self.mail else ""


class Batch(Struct, frozen=True):
    """Mails that leave together, with the numbers the screen restates."""

    name: str
    title: str
    rows: Sequence[Waiting]

    @property
    def n_mails(self) -> int:
        return len(self.rows)

    @property
    def languages(self) -> Sequence[str]:
        """Languages the batch can be sent in."""
        return sorted({row.language for row in self.rows if not row.is_untranslated})

    @property
    def missing(self) -> dict[str, int]:
        """Languages without a text, with the number of letters that wait for it; one that stays behind stops nothing."""
        waiting = (row.language for row in self.rows if row.is_untranslated and row.hold is None)
        return dict(sorted(Counter(waiting).items()))

    @property
    def n_stopped(self) -> int:
        return sum(row.is_stopped and not (row.hold or row.dead or row.is_unwanted) for row in self.rows)

    @property
    def n_unwanted(self) -> int:
        return sum(row.is_unwanted and not row.hold and not row.dead for row in self.rows)

    @property
    def n_dead(self) -> int:
        return sum(row.dead is not None and row.hold is None for row in self.rows)

    @property
    def n_on_hold(self) -> int:
        return sum(row.hold is not None for row in self.rows)

    @property
    def n_ready(self) -> int:
        """What "Send" will send."""
        return sum(row.is_ready for row in self.rows)

    @property
    def first(self) -> OutboxMail | None:
        """Where reading them one by one begins."""
        return next((row.mail for row in self.rows if row.mail is not None), None)

    @property
    def can_send(self) -> bool:
        return not self.missing and self.n_ready > 0

    @property
    def restated(self) -> str:
        """ "12 mails, 3 languages, 1 missing translation (ko)"."""
        languages = ngettext("%(num)s language", "%(num)s languages", len(self.languages))
        parts = [ngettext("%(num)s mail", "%(num)s mails", self.n_mails), languages]
        if n_missing := sum(self.missing.values()):
            lacking = ngettext("%(num)s missing translation", "%(num)s missing translations", n_missing)
            parts.append(f"{lacking} ({', '.join(self.missing)})")
        parts += [_("%(n)s stopped by the contact guard", n=self.n_stopped)] if self.n_stopped else []
        parts += [_("%(n)s without consent to news", n=self.n_unwanted)] if self.n_unwanted else []
        dead = ngettext("%(num)s to a dead address", "%(num)s to dead addresses", self.n_dead)
        parts += [dead] if self.n_dead else []
        parts += [_("%(n)s on hold", n=self.n_on_hold)] if self.n_on_hold else []
        return ", ".join(parts)


def list_batches() -> Sequence[Batch]:
    """Everything that is held back, by batch, the newest first; a fixed number of queries."""
    batches: dict[str, list[Waiting]] = defaultdict(list)
    for row in sorted(_waiting(), key=_by_name):
        batches[row.batch].append(row)
    found = [Batch(name, _title_of(name, rows), rows) for name, rows in batches.items()]
    return sorted(found, key=lambda batch: max(row.made_at for row in batch.rows), reverse=True)


def get_batch(name: str) -> Batch:
    """The mails of one batch that still wait; NotFound when none does."""
    rows = sorted(_waiting(name), key=_by_name)
    if not rows:
        raise NotFound(_("Nothing of this batch is waiting any more. Look at what was sent."))
    return Batch(name, _title_of(name, rows), rows)


def _by_name(row: Waiting) -> tuple[str, int]:
    return row.name.casefold(), row.id


def _waiting(batch: str | None = None) -> list[Waiting]:
    letters = sa.select(Letter).outerjoin(OutboxMail, OutboxMail.id == Letter.mail_id)
    letters = letters.where(Letter.discarded_at.is_(None), Letter.touch_id.is_(None))
    letters = letters.where(sa.or_(Letter.mail_id.is_(None), OutboxMail.state == MailState.HELD))
    mails = sa.select(OutboxMail).where(OutboxMail.state == MailState.HELD)
    mails = mails.where(~sa.exists().where(Letter.mail_id == OutboxMail.id))
    if batch is not None:
        letters, mails = letters.where(Letter.batch == batch), mails.where(OutboxMail.batch == batch)
    loaded = (joinedload(Letter.person), joinedload(Letter.mail).defer(OutboxMail.raw))
    found = db.session.scalars(letters.order_by(Letter.id).options(*loaded)).all()
    verdicts, holds = _verdicts(found), _holds_of(found)
    others = db.session.scalars(mails.order_by(OutboxMail.id).options(defer(OutboxMail.raw))).all()
    dead, unwanted = dead_addresses([one.person.email for one in found]), unwanted_news(found)
    written = [
        Waiting(one, one.mail, verdicts[one.id], holds.get(one.id), dead.get(one.person.email.lower()), one.id in unwanted)
        for one in found
    ]  # fmt: skip
    return written + [Waiting(None, one) for one in others]


def _holds_of(letters: Sequence[Letter]) -> dict[int, LetterHold]:
    wanted = sa.select(LetterHold).where(
        LetterHold.letter_id.in_([one.id for one in letters]), LetterHold.ended_at.is_(None)
    )
    return {hold.letter_id: hold for hold in db.session.scalars(wanted)}


def _verdicts(letters: Sequence[Letter]) -> dict[int, ContactVerdict]:
    """What the guard says to each letter now."""
    found: dict[int, ContactVerdict] = {}
    for is_ask in (False, True):
        for kind in sorted({letter.kind for letter in letters}):
            same = [letter for letter in letters if letter.kind is kind and letter.is_ask is is_ask]
            departments = {letter.person_id: letter.department_id for letter in same}
            if same:
                verdicts = queries.weigh_contacts(departments, kind, clock.now(), is_ask, TouchChannel.MAIL)
                found |= {letter.id: verdicts[letter.person_id] for letter in same}
    return found


def _title_of(name: str, rows: Sequence[Waiting]) -> str:
    return next((row.letter.batch_title for row in rows if row.letter), name or _("Single mails"))


def count_held() -> int:
    """How many mails wait in the outbox for somebody to send them, untranslated ones included."""
    held = sa.select(sa.func.count(OutboxMail.id)).where(OutboxMail.state == MailState.HELD)
    untranslated = sa.select(sa.func.count(Letter.id)).where(
        Letter.mail_id.is_(None), Letter.discarded_at.is_(None)
    )
    return (db.session.scalar(held) or 0) + (db.session.scalar(untranslated) or 0)


# -- one letter ------------------------------------------------------------------------------------


def get_letter(id: int) -> Letter:
    """A letter with its mail, or NotFound."""
    loaded = (joinedload(Letter.mail), joinedload(Letter.person))
    wanted = sa.select(Letter).where(Letter.id == id).options(*loaded)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such letter."))
    return found


def find_by_unsubscribe(secret: str) -> Letter | None:
    """The letter that left with this secret in its headers."""
    wanted = sa.select(Letter).where(
        Letter.unsubscribe_hash == hash_secret(secret), Letter.touch_id.is_not(None)
    )
    return db.session.scalars(wanted).one_or_none()


def hold_of(letter: Letter) -> LetterHold | None:
    """Who holds this letter back, and why, if anybody does."""
    return _holds_of([letter]).get(letter.id)


def lock_waiting(letter: Letter) -> None:
    """See a letter as it is now and keep others from it until the end of the transaction; LetterGone unless it waits."""
    db.session.flush()
    db.session.execute(sa.select(Letter.id).where(Letter.id == letter.id).with_for_update())
    db.session.refresh(letter, ["touch_id", "discarded_at", "mail_id"])
    if letter.touch_id is not None:
        raise LetterGone(_("This letter was sent already; nothing was sent twice."))
    if letter.discarded_at is not None:
        raise LetterGone(_("This letter was discarded. Write a new one instead."))


class Place(Struct, frozen=True):
    """Where a held mail stands among those of its batch, for reading them one by one."""

    number: int
    total: int
    before_id: int | None
    after_id: int | None


def place_of(row: OutboxMail) -> Place | None:
    """The place of a held mail in its batch, in the order of the batch's page; None for one that left. One query."""
    said = sa.func.coalesce(Person.name, OutboxMail.recipient)
    wanted = sa.select(OutboxMail.id, said).outerjoin(Letter, Letter.mail_id == OutboxMail.id)
    wanted = wanted.outerjoin(Person, Person.id == Letter.person_id)
    wanted = wanted.where(OutboxMail.batch == row.batch, OutboxMail.state == MailState.HELD)
    found = sorted(db.session.execute(wanted).all(), key=lambda one: (one[1].casefold(), one[0]))
    ids = [one[0] for one in found]
    if row.id not in ids:
        return None
    at = ids.index(row.id)
    before, after = ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None
    return Place(at + 1, len(ids), before, after)


def letter_of_mail(row: OutboxMail) -> Letter | None:
    """The letter a mail carries, if it is one of ours."""
    return db.session.scalars(sa.select(Letter).where(Letter.mail_id == row.id)).one_or_none()


def get_mail(id: int) -> OutboxMail:
    """A mail that may be looked at: one that is held, or a letter. What other rooms sent stays closed (links!)."""
    found = db.session.get(OutboxMail, id)
    if found is None or (found.state is not MailState.HELD and letter_of_mail(found) is None):
        raise NotFound(_("There is no such mail, or it is not open to reading."))
    return found


def words_of(row: OutboxMail) -> mail.Parts:
    """What a mail says, read back from its bytes."""
    return mail.parts_of(row.raw)


def verdict_of(letter: Letter) -> ContactVerdict:
    """What the guard says to a letter now."""
    return queries.weigh_contact(
        letter.person, letter.kind, letter.department, clock.now(), letter.is_ask, TouchChannel.MAIL
    )


def pending_letter(person: Person, key: str, source_kind: str, source_id: int) -> Letter | None:
    """A letter to this person about this record that was not discarded, sent or not; the newest."""
    wanted = sa.select(Letter).where(
        Letter.person_id == person.id, Letter.key == key, Letter.source_kind == source_kind,
        Letter.source_id == source_id, Letter.discarded_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(
        wanted.order_by(Letter.id.desc()).limit(1).options(joinedload(Letter.mail))
    ).first()


def letters_of(source_kind: str, source_id: int, key: str) -> dict[int, Letter]:
    """The newest letter to each person about a record, by person, that was not discarded; one query."""
    wanted = sa.select(Letter).where(
        Letter.key == key,
        Letter.source_kind == source_kind,
        Letter.source_id == source_id,
        Letter.discarded_at.is_(None),
    )
    whole = wanted.order_by(Letter.id).options(joinedload(Letter.mail).defer(OutboxMail.raw))
    rows = db.session.scalars(whole)
    return {letter.person_id: letter for letter in rows}
