"""What an executive is told before they meet somebody, out of the records of every room; no amount, no private note (X4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import country_name, day
from app.core.models import StoredFile
from app.core.wall_times import day_in
from app.disclosures import queries as disclosures
from app.disclosures.models import Obligation, TieKind
from app.events.models import Event, Invitation, RecordTerms
from app.events.models_day import EventTask, TaskOrigin
from app.events.policies_day import promises_of
from app.executives import policies_access, queries, queries_access
from app.executives.models import Executive, Meeting
from app.executives.models_access import Undertaking, UndertakingKind
from app.executives.models_briefing import BriefingBook, BriefingPage
from app.executives.portraits import PICTURES
from app.executives.queries_minutes import minutes_of
from app.people import queries as people
from app.people import queries_consents
from app.people.languages import language_words
from app.people.models import Evidence, Person
from app.people.models_kept import FileAudience, FileCategory, PersonFile
from app.programs.models import Enrolment

#: So many of a person's works, of earlier meetings and of open promises stand on a page: one page each.
N_WORKS, N_TOLD, N_PROMISES = 3, 3, 6


def day_of(executive: Executive, event: Event, on: date, by: User | None) -> list[Meeting]:
    """The live meetings of an executive at an event on a day of its clock, in order."""
    begins = clock.start_of(on, event.zone)
    return list(
        queries.list_meetings(
            by,
            executive=executive,
            event=event,
            from_at=begins,
            to_at=clock.end_of(on, event.zone),
            is_live=True,
        )
    )


def days_with_meetings(executive: Executive, event: Event, by: User | None) -> list[date]:
    """The days of an event on which an executive meets somebody."""
    rows = queries.list_meetings(by, executive=executive, event=event, is_live=True)
    return sorted({day_in(row.starts_at, event.zone) for row in rows})


def page_of(meeting: Meeting) -> dict[str, Any]:
    """One page of the book: words and ISO dates, as they are now."""
    person, on = meeting.person, day_in(meeting.starts_at, meeting.zone)
    return {
        "starts_at": meeting.starts_at.isoformat(), "ends_at": meeting.ends_at.isoformat(), "zone": meeting.zone,
        "person": person.name, "person_zone": person.zone, "place": meeting.place, "terms": meeting.terms.value,
        "goal": _goal(meeting), "purpose": queries.question_of(meeting), "bio": _bio(person, on),
        "languages": [language_words(tag) for tag in person.languages],
        "works": [{"what": one.summary, "url": one.url, "on": one.on.isoformat()} for one in _works(person)],
        "told": _told(meeting), "promised": _promised(meeting),
        "promises": [
            {"what": one.what, "owner": one.owner.name, "due_on": one.due_on.isoformat(), "is_late": one.due_on < on}
            for one in open_promises(person)[:N_PROMISES]
        ],
        "minutes": minutes_of(person, on.year), "year": on.year, "rules": _rules(meeting, on),
    }  # fmt: skip


def _goal(meeting: Meeting) -> str:
    wanted = (
        sa.select(Enrolment)
        .where(
            Enrolment.person_id.in_(people.records_of(meeting.person)),
            Enrolment.program_id == meeting.event.program_id,
        )
        .options(joinedload(Enrolment.goal))
        .order_by(Enrolment.id)
    )
    found = db.session.scalars(wanted.limit(1)).first()
    return found.goal.statement if found is not None else ""


def _bio(person: Person, on: date) -> str:
    """ "Network engineer, Perth Mines, Australia; known for mine networks among operators." in one line."""
    employers = people.employers_of([person.id], on).get(person.id, [])
    first = ", ".join(
        part
        for part in (person.kind.name if person.kind else "", *employers, country_name(person.home_country))
        if part
    )
    known = ""
    if person.known_for and person.known_among:
        known = _("known for %(what)s among %(whom)s", what=person.known_for, whom=person.known_among)
    elif person.known_for:
        known = _("known for %(what)s", what=person.known_for)
    return "; ".join(part for part in (first, known) if part)


def _works(person: Person) -> Sequence[Evidence]:
    """The latest works that can be opened."""
    wanted = sa.select(Evidence).where(
        Evidence.person_id.in_(people.records_of(person)), Evidence.url != "", Evidence.on <= clock.today()
    )
    return db.session.scalars(wanted.order_by(Evidence.on.desc(), Evidence.id.desc()).limit(N_WORKS)).all()


def _told(meeting: Meeting) -> list[dict[str, str]]:
    """What was said when executives met them before, the latest first."""
    rows = [
        row
        for row in queries.list_meetings(None, person=meeting.person)
        if row.told and row.starts_at < meeting.starts_at
    ]
    return [
        {
            "on": day_in(row.starts_at, row.zone).isoformat(), "executive": row.executive.name,
            "words": row.told,
        }
        for row in rows[::-1][:N_TOLD]
    ]  # fmt: skip


def _promised(meeting: Meeting) -> list[str]:
    """What the invitation promises (E4)."""
    wanted = sa.select(Invitation.promise).where(
        Invitation.event_id == meeting.event_id, Invitation.person_id.in_(people.records_of(meeting.person))
    )
    words = db.session.scalar(wanted.limit(1)) or ""
    return promises_of(words)


def open_promises(person: Person) -> Sequence[EventTask]:
    """What was promised to somebody in meetings and is not done, the nearest day first."""
    wanted = sa.select(EventTask).where(
        EventTask.person_id.in_(people.records_of(person)), EventTask.origin == TaskOrigin.MEETING,
        EventTask.done_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(
        wanted.options(joinedload(EventTask.owner)).order_by(EventTask.due_on, EventTask.id)
    ).all()


def _rules(meeting: Meeting, on: date) -> list[dict[str, Any]]:
    """What to do and what not: each line says whether it is a do (`is_do`), in words."""
    person, event = meeting.person, meeting.event
    lines: list[tuple[bool, str]] = []
    signed = {
        one.kind: one
        for one in queries_access.signatures_of(person, event.id)
        if policies_access.is_valid(one, on)
    }
    for kind in UndertakingKind:
        lines += _signature_rule(
            kind, signed.get(kind), queries_access.needed_by(queries_access.terms_of(event))
        )
    if meeting.terms is RecordTerms.ON_RECORD:
        lines.append((True, _("On the record: they may quote you by name.")))
    elif meeting.terms is RecordTerms.OFF_RECORD:
        lines.append(
            (True, _("Off the record: nothing you say may be published, not even without your name."))
        )
    else:
        lines.append((True, _("Background only: they may use it, without your name or title.")))
    kinds = {one.kind for one in disclosures.ties_of(person, on)}
    if TieKind.EMPLOYEE in kinds or TieKind.EQUITY in kinds or TieKind.FAMILY in kinds:
        lines.append((True, _("They have a tie to our house and say so when they speak about us.")))
    if _has_duty(person):
        lines.append(
            (
                True,
                _(
                    "They say in public what they receive from us. Thank them for it; never ask for other words."
                ),
            )
        )
    if person.is_official:
        lines.append((False, _("They hold a public office: offer nothing, not even a coffee paid by us.")))
    if person.is_independent:
        lines.append((False, _("Do not ask to see what they write before it is published.")))
    return [{"is_do": is_do, "words": str(words)} for is_do, words in lines]


def _signature_rule(
    kind: UndertakingKind, signed: Undertaking | None, needed: Sequence[UndertakingKind]
) -> list[tuple[bool, str]]:
    """Whether one kind of signature is there, as a line to follow; nothing where an embargo is not asked for."""
    nda = kind is UndertakingKind.NDA
    if signed is not None:
        on = day(signed.signed_on)
        words = (
            _("Confidential matters may be talked about: agreement signed on %(on)s.", on=on)
            if nda
            else _("News under embargo may be told: undertaking signed on %(on)s.", on=on)
        )
        return [(True, words)]
    if nda:
        return [(False, _("Say nothing confidential: no confidentiality agreement is signed."))]
    if kind in needed:
        return [(False, _("Tell no news under embargo: no undertaking is signed."))]
    return []


def _has_duty(person: Person) -> bool:
    wanted = sa.select(Obligation.id).where(Obligation.person_id.in_(people.records_of(person)))
    return db.session.scalar(wanted.limit(1)) is not None


# -- books -------------------------------------------------------------------------------------------

_OF_BOOK = (
    selectinload(BriefingBook.pages).joinedload(BriefingPage.person),
    joinedload(BriefingBook.event),
    joinedload(BriefingBook.made_by),
    joinedload(BriefingBook.released_by),
)


def get_book(id: int, by: User | None) -> BriefingBook:
    """A book of an executive `by` may see, of people `by` may see; else NotFound."""
    found = db.session.scalars(
        sa.select(BriefingBook).where(BriefingBook.id == id).options(*_OF_BOOK)
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such briefing book."))
    queries.get_executive(found.executive_id, by)
    seen = people.visible_to(by).with_only_columns(Person.id)
    hidden = (
        sa.select(BriefingPage.id)
        .join(Person, Person.id == BriefingPage.person_id)
        .where(BriefingPage.book_id == id, sa.func.coalesce(Person.merged_into_id, Person.id).not_in(seen))
    )
    if db.session.scalar(hidden.limit(1)) is not None:
        raise NotFound(_("There is no such briefing book."))
    return found


def list_books(executive: Executive, event: Event) -> Sequence[BriefingBook]:
    """The books of an executive at an event, the latest day and version first."""
    wanted = sa.select(BriefingBook).where(
        BriefingBook.executive_id == executive.id, BriefingBook.event_id == event.id
    )
    ordered = wanted.order_by(BriefingBook.on.desc(), BriefingBook.number.desc())
    return db.session.scalars(ordered.options(*_OF_BOOK)).all()


def may_release(book: BriefingBook, by: User) -> bool:
    """Whether a user looks after one of the people in a book."""
    owners = people.owners_of([page.person_id for page in book.pages])
    return by.id in {owner.id for owner in owners.values()}


def portraits_of(book: BriefingBook) -> dict[int, PersonFile]:
    """Page -> the latest portrait of its person, as far as everybody who sees them may open it today (P4).

    A consent taken back, or a file taken away, counts for books that were made before, too.
    """
    whose = {page.id: page.person.merged_into_id or page.person_id for page in book.pages}
    wanted = (
        sa.select(PersonFile)
        .join(StoredFile, StoredFile.id == PersonFile.file_id)
        .where(
            PersonFile.person_id.in_(queries_consents.may_show_photo(set(whose.values()))),
            PersonFile.category == FileCategory.PORTRAIT, PersonFile.audience == FileAudience.EVERYBODY,
            PersonFile.removed_at.is_(None), StoredFile.media_type.in_(PICTURES),
        )
        .order_by(PersonFile.added_at, PersonFile.id)
    )  # fmt: skip
    latest = {row.person_id: row for row in db.session.scalars(wanted)}
    return {page_id: latest[id] for page_id, id in whose.items() if id in latest}


def is_overtaken(book: BriefingBook) -> bool:
    """Whether a meeting of its day changed after the book was made: it should be made anew."""
    meetings = day_of(book.executive, book.event, book.on, None)
    if {page.meeting_id for page in book.pages} != {row.id for row in meetings}:
        return True
    return any(row.revised_at > book.made_at + timedelta(seconds=1) for row in meetings)


def instant(text: str) -> datetime:
    """An instant as a page holds it."""
    return datetime.fromisoformat(text)
