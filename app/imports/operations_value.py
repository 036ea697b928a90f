"""Taking over value from books kept elsewhere: checked line by line, then posted through the ledger (c12, c13, L11)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import IO

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import count_anew_after, db
from app.core.i18n import counted, nouns, number, plural
from app.core.money import Money
from app.core.sheets import Reading
from app.imports.models import ImportChange, ImportKind, ImportRun, ImportState
from app.imports.policies import Faults, ImportRefused, NotABooksProgram
from app.imports.profiles import PROFILES, BadCell, Given, Profile, faults_of
from app.imports.tables import digest_of, open_table, refusing
from app.imports.trial import trial, without_collecting
from app.ledger import operations as ledger
from app.ledger.details import BookRow
from app.ledger.operations import BookPosting
from app.people import operations as people
from app.people.models import Person
from app.people.names import fold
from app.people.queries import visible_to
from app.programs import operations as programs
from app.programs import queries as program_queries
from app.programs.details import ProgramDetails
from app.programs.models import Program

#: Hears how far it is: lines done, and of how many (0 while the file is still being read).
Progress = Callable[[int, int], None]

_EVERY = 2_000


_ENTRIES, _LINES = nouns("entry", "entries"), nouns("line", "lines")
_RECIPIENTS = nouns("recipient", "recipients")


class ValueOutcome(Struct, frozen=True):
    """What a value import did, or would do: counts over the file, and what the ledger said."""

    is_dry: bool
    program: str
    n_rows: int
    n_recipients: int
    sums: tuple[Money, ...]
    posting: BookPosting
    run_id: int | None = None

    @property
    def n_created(self) -> int:
        return self.posting.n_added

    @property
    def n_skipped(self) -> int:
        return self.posting.n_known

    @property
    def summary(self) -> str:
        """One sentence: what was, or would be, added."""
        if not self.n_created:
            n = number(self.n_rows)
            return str(
                _("Would add 0 entries: all %(n)s lines are in the book already.", n=n)
                if self.is_dry
                else _("Added 0 entries: all %(n)s lines are in the book already.", n=n)
            )
        added = {"entries": counted(self.n_created, *_ENTRIES), "program": self.program}
        said = (
            _("Would add %(entries)s to %(program)s", **added)
            if self.is_dry
            else _("Added %(entries)s to %(program)s", **added)
        )
        if not self.n_skipped:
            return f"{said}."
        there = plural(
            "%(num)s line was there already",
            "%(num)s lines were there already",
            self.n_skipped,
        )
        return f"{said}; {there}."

    @property
    def messages(self) -> tuple[str, ...]:
        """What to know about the file, the plain figures first."""
        held = self.posting
        said = [
            _(
                "The file holds %(lines)s for %(recipients)s: %(sums)s.",
                lines=counted(self.n_rows, *_LINES),
                recipients=counted(self.n_recipients, *_RECIPIENTS),
                sums=_(" and ").join(map(str, self.sums)),
            )
        ]
        if held.n_zero:
            said.append(
                plural(
                    "%(num)s line has the amount 0: kept, and marked as not valued.",
                    "%(num)s lines have the amount 0: kept, and marked as not valued.",
                    held.n_zero,
                )
            )
        if held.n_equity:
            said.append(
                plural(
                    "%(num)s line shows shares or options: kept, and compliance is told.",
                    "%(num)s lines show shares or options: kept, and compliance is told.",
                    held.n_equity,
                )
            )
        if held.n_duplicate_groups:
            said.append(
                plural(
                    "%(num)s group of lines (%(all)s in all) look alike: same person, provider, day, amount and nature under "
                    "different references. None was dropped; look at them (L11).",
                    "%(num)s groups of lines (%(all)s in all) look alike: same person, provider, day, amount and nature under "
                    "different references. None was dropped; look at them (L11).",
                    held.n_duplicate_groups,
                    all=number(held.n_duplicate_rows),
                )
            )
        return tuple(said)


def import_value(
    stream: IO[bytes], name: str, profile: str, program_name: str, *, is_dry: bool, by: User | None,
    progress: Progress | None = None, run: ImportRun | None = None,
) -> ValueOutcome:  # fmt: skip
    """Read a value file into a program of its own, or say what would happen.

    Everything is checked before the first entry is written; ImportRefused names lines and columns. `run` is the
    record of an upload that is being run; without one it is made.
    """
    kind = _profile(profile)
    digest = digest_of(stream)
    with without_collecting(), trial(is_dry):
        rows = read_rows(kind, open_table(stream), progress)
        sums = Counter[str]()
        for row in rows:
            sums[row.currency] += row.minor
        n_rows = len(rows)
        program = _program(kind, program_name, by)
        people_ids = _recipients(kind, rows, by)
        posting = _post(program, rows, people_ids, by, progress)
        held = tuple(Money(minor, code) for code, minor in sorted(sums.items()))
        outcome = ValueOutcome(is_dry, program.name, n_rows, len(people_ids), held, posting)
        if is_dry:
            return outcome
        made = _record(run or ImportRun(file_name=name, file_sha256=digest), kind, outcome, by)
    return replace(outcome, run_id=made.id)


def _profile(key: str) -> Profile:
    found = PROFILES.get(key)
    if found is None:
        raise ImportRefused(
            [
                _(
                    "There is no profile called %(key)s. There are: %(keys)s.",
                    key=key or _("(none)"),
                    keys=", ".join(PROFILES),
                )
            ],
            field="profile",
        )
    return found


# -- reading -----------------------------------------------------------------------------------------------


def read_rows(profile: Profile, table: Reading, progress: Progress | None = None) -> list[Given]:
    """Every line of the file in our words; ImportRefused with the first faults when one cannot be read."""
    _require_columns(profile, table.columns)
    faults, rows = Faults(), list[Given]()
    with refusing():
        for record in table:
            try:
                rows.append(profile.read(record.line, record.values))
            except BadCell:
                for column, words in faults_of(profile, record.values):
                    faults.add(record.line, column, words)
            if progress is not None and len(rows) % _EVERY == 0:
                progress(len(rows), 0)
    faults.refuse()
    if not rows:
        raise ImportRefused([_("The file names its columns and holds no line below them.")])
    return rows


def _require_columns(profile: Profile, found: Sequence[str]) -> None:
    missing = [name for name in profile.required if name not in found]
    columns = profile.columns
    unknown = [name for name in found if name not in columns]
    said = [_("Line 1: the column %(name)s is missing.", name=name) for name in missing]
    said += [
        _(
            "Line 1: the column “%(name)s” is not one of the profile %(profile)s.",
            name=name[:80],
            profile=profile.key,
        )
        for name in unknown
    ]
    if said:
        raise ImportRefused(said[:20], n_faults=len(said))


# -- writing -----------------------------------------------------------------------------------------------


def _program(profile: Profile, name: str, by: User | None) -> Program:
    """The program of these books, made when it is new; never one that people are invited to."""
    wanted = name.strip() or profile.program
    if not wanted:
        raise ImportRefused([_("Name the program these books go into.")], field="program_name")
    found = program_queries.find_program(wanted)
    if found is None:
        currency = profile.currency or current_app.config["REPORTING_CURRENCY"]
        statement = f"Value recorded in books kept elsewhere ({profile.label}). Nobody is invited or contacted under it."
        return programs.start_program(
            ProgramDetails(name=wanted, currency=currency, is_books_only=True, statement=statement), by=by
        )
    if not found.is_books_only:
        raise NotABooksProgram(
            _(
                "People are invited under %(found)s, so books kept elsewhere cannot go into it. Name a "
                "program of their own.",
                found=found.name,
            ),
            field="program_name",
        )
    return found


def _recipients(profile: Profile, rows: Sequence[Given], by: User | None) -> dict[str, int]:
    """Recipient as the file calls them -> id of the person here."""
    named = dict.fromkeys(row.recipient for row in rows)
    if profile.scheme:
        found = people.add_pseudonymous(profile.scheme, named, by=by)
        return {value: person.id for value, person in found.items()}
    known = _known_people(by)
    faults = Faults()
    ids: dict[str, int] = {}
    for row in rows:
        candidates = known.get(row.recipient.lower()) or known.get(fold(row.recipient)) or set()
        if len(candidates) == 1:
            ids[row.recipient] = next(iter(candidates))
        elif candidates:
            faults.add(
                row.line,
                "person",
                _(
                    "%(n)s people are called %(name)s. Give the e-mail address.",
                    n=len(candidates),
                    name=row.recipient,
                ),
            )
        else:
            faults.add(
                row.line,
                "person",
                _("Nobody here is %(name)s. Add the person first.", name=row.recipient[:80]),
            )
    faults.refuse()
    return ids


def _known_people(by: User | None) -> dict[str, set[int]]:
    """Mail address in lower case, or folded name -> ids of the people `by` may see."""
    seen = (
        visible_to(by)
        .where(Person.is_pseudonymous.is_(False))
        .with_only_columns(Person.id, Person.name, Person.email)
    )
    found: dict[str, set[int]] = {}
    for id, name, email in db.session.execute(seen):
        for word in filter(None, (fold(name), email.lower())):
            found.setdefault(word, set()).add(id)
    return found


def _post(
    program: Program, rows: list[Given], ids: dict[str, int], by: User | None, progress: Progress | None
) -> BookPosting:
    total = len(rows)
    tell = None if progress is None else lambda n: progress(n, total)
    return ledger.post_many(program, _book_rows(rows, ids), by=by, progress=tell)


def _book_rows(rows: list[Given], ids: dict[str, int]) -> Iterator[BookRow]:
    """The rows for the book, in their order; each is let go of when the next one is asked for, so memory falls."""
    rows.reverse()
    while rows:
        row = rows.pop()
        # `Given` from `category` on has the order of `BookRow` from its second field on; a test holds them together.
        yield BookRow(ids[row.recipient], *row[2:])


def _record(run: ImportRun, profile: Profile, outcome: ValueOutcome, by: User | None) -> ImportRun:
    run.kind, run.profile, run.program_name = ImportKind.VALUE, profile.key, outcome.program
    run.state, run.at, run.by_id = ImportState.DONE, clock.now(), by.id if by else run.by_id
    run.n_created, run.n_updated, run.n_skipped = outcome.n_created, 0, outcome.n_skipped
    run.messages, run.faults, run.n_faults = [outcome.summary, *outcome.messages], [], 0
    db.session.add(run)
    db.session.flush()
    if outcome.n_created:
        span = {"last_seq": outcome.posting.last_seq}
        first = ImportChange(
            run_id=run.id,
            line=0,
            record_kind="ledger_entry",
            record_id=outcome.posting.first_seq,
            before=span,
        )
        db.session.add(first)
    count_anew_after(outcome.n_created)
    audit.record("imports.value_imported", run, by=by)
    return run


def receipts_of(digest: str) -> Sequence[ImportRun]:
    """Earlier imports of the very same file, latest first."""
    wanted = sa.select(ImportRun).where(ImportRun.file_sha256 == digest, ImportRun.state == ImportState.DONE)
    return db.session.scalars(wanted.order_by(ImportRun.id.desc())).all()
