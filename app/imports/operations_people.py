"""Reading people in from a list: who is new, who is here already, what is left out and why (P3, P4, P6)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import IO, Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct, field
from sqlalchemy.orm import selectinload

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.bulk import insert_rows
from app.core.db import count_anew_after, db
from app.core.errors import DomainError
from app.core.i18n import number
from app.core.sheets import Reading
from app.imports import columns as column_names
from app.imports.described import BadLine, Described, describe, readable
from app.imports.matching import Register, groups, pairs_within
from app.imports.models import ImportChange, ImportKind, ImportRun, ImportState
from app.imports.operations_value import Progress
from app.imports.policies import MAX_FAULTS, MAX_LINES, ImportRefused, lines_words
from app.imports.tables import digest_of, open_table, refusing
from app.imports.trial import trial
from app.people import operations as people
from app.people.details import PersonDetails
from app.people.models import Channel, NameOrder, Person
from app.people.names import fold
from app.people.operations_bulk import NewPeople, add_people
from app.people.operations_duplicates import look_for_duplicates
from app.people.policies import OWNING_ROLES, Traits, likeness_words
from app.people.queries import list_possible_owners, visible_to

#: More people than this come in several files.
MAX_PEOPLE = 200_000
#: New people are written this many at a time.
_BATCH = 1_000

#: Fields an update may fill or change. The name stays as the person writes it; wishes and flags are not here (P4).
_UPDATED = (
    "email", "phone", "home_country", "zone", "languages", "kind", "known_for", "known_among", "is_independent", "notes",
)  # fmt: skip
_KEPT = ("name", "sort_name", "name_order", "has_equity_or_family_tie", "agency_id")


class PeopleOutcome(Struct):
    """What a people import did, or would do, line by line."""

    is_dry: bool
    n_created: int = 0
    n_updated: int = 0
    n_skipped: int = 0
    #: Reason -> lines, in the order met; a group of lines that are one person has a reason of its own.
    skipped: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    #: Worth a look, though nothing was left out.
    notes: list[str] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    run_id: int | None = None

    @property
    def reasons(self) -> list[str]:
        """Why lines were left out: "line 14 no contact route", "lines 22 and 37 same person"."""
        met = sorted(self.skipped.items(), key=lambda item: item[1])
        return [f"{lines_words(lines)} {reason}" for (reason, _group), lines in met]

    @property
    def summary(self) -> str:
        """Say it as "create 31, update 6, skip 3 (line 14 no contact route; lines 22 and 37 same person)"."""
        counts = {"a": number(self.n_created), "b": number(self.n_updated), "c": number(self.n_skipped)}
        done = _("created %(a)s, updated %(b)s, skipped %(c)s", **counts)
        said = _("create %(a)s, update %(b)s, skip %(c)s", **counts) if self.is_dry else str(done)
        shown = self.reasons[:MAX_FAULTS]
        n_more = len(self.reasons) - len(shown)
        more = _("; and %(n)s more reasons", n=n_more) if n_more else ""
        return f"{said} ({'; '.join(shown)}{more})" if shown else said

    @property
    def messages(self) -> tuple[str, ...]:
        """Reasons first, then what is worth a look."""
        return (*self.reasons[:MAX_LINES], *self.notes[:MAX_LINES])

    def skip(self, line: int, name: str, reason: str, group: int = 0) -> None:
        self.n_skipped += 1
        self.skipped[reason, group].append(line)
        self.add_line(line, name, "skip", reason)

    def add_line(
        self, line: int, name: str, action: str, words: str, person_id: int | None = None
    ) -> dict[str, Any]:
        """Keep what happens to a line, if it is among the first; whose number is known later is filled in there."""
        said = {"line": line, "name": name, "action": action, "words": words, "person_id": person_id}
        if len(self.lines) < MAX_LINES:
            self.lines.append(said)
        return said


def import_people(
    stream: IO[bytes], name: str, *, is_dry: bool, by: User | None, columns: Mapping[str, str] | None = None,
    owner: User | None = None, progress: Progress | None = None, run: ImportRun | None = None,
) -> PeopleOutcome:  # fmt: skip
    """Read people in, or say what would happen; a line that cannot be used is left out and named with its reason.

    `columns` says which column is what; without it the remembered choice or the guess holds, and a column nobody
    knows is refused. `owner` looks after whom no line names an owner for: `by` unless given.
    """
    digest = digest_of(stream)
    table = open_table(stream)
    chosen = _columns(table, columns)
    outcome = PeopleOutcome(is_dry)
    described = _read(table, chosen, outcome)
    with trial(is_dry):
        made = None if is_dry else _begun(run or ImportRun(file_name=name, file_sha256=digest), by)
        plan = _Plan(
            outcome, by, _owner(owner, by), _owners_by_mail(), NewPeople(by), made.id if made else None
        )
        plan.known, plan.people, plan.survivors = _known(by)
        plan.carry_out(described, progress)
        outcome.lines.sort(key=lambda row: int(row["line"]))
        if made is None:
            for row in outcome.lines:  # whoever was made in the dry run is gone after it
                row["person_id"] = row["person_id"] if row["action"] != "create" else None
            return outcome
        column_names.remember(chosen)
        _record(made, outcome, chosen, by)
        outcome.run_id = made.id
        if outcome.n_created or outcome.n_updated:
            look_for_duplicates(by=by)
        count_anew_after(outcome.n_created + outcome.n_updated)
    return outcome


def _columns(table: Reading, columns: Mapping[str, str] | None) -> dict[str, str]:
    """The choice for these headers; ImportRefused when it cannot be used."""
    remembered = columns if columns is not None else column_names.remembered(table.columns)
    found = column_names.guess(table.columns) if remembered is None else remembered
    chosen = {header: found.get(header, "") for header in table.columns}
    said = column_names.problems(chosen)
    if remembered is None:
        said += [
            _(
                "Line 1: the column “%(column)s” is not known. Rename or remove it, or map the file on the screen once.",
                column=header[:80],
            )
            for header, meant in chosen.items()
            if not meant
        ]
    if said:
        raise ImportRefused(said[:MAX_FAULTS], n_faults=len(said), field="columns")
    return chosen


def _read(table: Reading, columns: Mapping[str, str], outcome: PeopleOutcome) -> list[Described]:
    described: list[Described] = []
    with refusing():
        for n_read, record in enumerate(table):
            if n_read >= MAX_PEOPLE:
                raise ImportRefused(
                    [_("The file holds more than %(n)s people. Split it.", n=number(MAX_PEOPLE))]
                )
            try:
                described.append(describe(record.line, record.values, columns))
            except BadLine as error:
                outcome.skip(record.line, error.name, str(error))
    if not described and not outcome.n_skipped:
        raise ImportRefused([_("The file names its columns and holds no line below them.")])
    return described


# -- who is here ---------------------------------------------------------------------------------------------


def _known(by: User | None) -> tuple[Register, dict[int, str], dict[int, int]]:
    """Everybody `by` may see, by what they are recognised by; their names by id; who stands for merged records.

    A record that was merged is recognised too, as the one it was merged into: no file brings a duplicate back (P3).
    """
    seen = visible_to(by).where(Person.is_pseudonymous.is_(False))
    handles: dict[int, set[str]] = defaultdict(set)
    wanted = sa.select(Channel.person_id, Channel.handle).where(
        Channel.person_id.in_(seen.with_only_columns(Person.id))
    )
    for person_id, handle in db.session.execute(wanted):
        handles[person_id].add(fold(handle))
    register, names = Register(), {}
    for id, name, email, country in db.session.execute(
        seen.with_only_columns(Person.id, Person.name, Person.email, Person.home_country)
    ):
        register.add(id, Traits(fold(name), email.lower(), country or "", frozenset(handles[id])))
        names[id] = name
    former = sa.select(Person.id, Person.name, Person.email, Person.home_country, Person.merged_into_id)
    survivors: dict[int, int] = {}
    for id, name, email, country, survivor in db.session.execute(
        former.where(Person.merged_into_id.is_not(None))
    ):
        if survivor in names:
            register.add(id, Traits(fold(name), email.lower(), country or ""))
            survivors[id], names[id] = survivor, names[survivor]
    return register, names, survivors


def _owners_by_mail() -> dict[str, User]:
    return {user.email.lower(): user for user in list_possible_owners()}


def _owner(owner: User | None, by: User | None) -> User | None:
    """Who looks after new people: as said, or whoever imports, or (for the system) the first who can."""
    if owner is not None:
        return owner
    if by is not None and by.role in OWNING_ROLES:
        return by
    return min(list_possible_owners(), key=lambda user: user.id, default=None)


# -- carrying out --------------------------------------------------------------------------------------------


class _Plan(Struct):
    """Decides each line and does it; the dry run is undone by whoever called."""

    outcome: PeopleOutcome
    by: User | None
    owner: User | None
    owners: Mapping[str, User]
    new: NewPeople
    #: None for a dry run, of which no change is kept.
    run_id: int | None = None
    known: Register = field(default_factory=Register)
    people: dict[int, str] = field(default_factory=dict)
    survivors: Mapping[int, int] = field(default_factory=dict)
    #: The lines of those in `new`.
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _changes: list[dict[str, Any]] = field(default_factory=list)

    def carry_out(self, described: list[Described], progress: Progress | None) -> None:
        """Do what the lines say, in their order; `described` is empty afterwards, so that memory follows what is left."""
        matches: dict[int, list[int]] = {}
        for row in described:
            if found := sorted({self.survivors.get(id, id) for id in self.known.same(row.traits)}):
                matches[row.line] = found
        doubled, n_all = _doubled(described, matches), len(described)
        described.reverse()
        while described:
            row = described.pop()
            if row.line in doubled:
                self.outcome.skip(row.line, row.name, _("same person"), doubled[row.line])
            else:
                self._attempt(row, matches.get(row.line, []))
            if len(self._waiting) + len(self._changes) >= _BATCH:
                self._write()
            if progress is not None:
                progress(n_all - len(described), n_all)
        self._write()

    def _attempt(self, row: Described, matches: list[int]) -> None:
        try:
            self._act(row, matches)
        except DomainError as error:
            self.outcome.skip(row.line, row.name, error.message)

    def _act(self, row: Described, matches: list[int]) -> None:
        if len(matches) > 1:
            names = ", ".join(self.people[id] for id in matches[:3])
            why = _("could be any of %(n)s people here: %(names)s", n=len(matches), names=names)
            self.outcome.skip(row.line, row.name, why)
        elif matches:
            with db.session.begin_nested():
                self._update(row, matches[0])
        elif not row.has_contact_route:
            self.outcome.skip(row.line, row.name, _("no contact route"))
        else:
            self._create(row)

    def _create(self, row: Described) -> None:
        owner = self.owners.get(row.owner_email) if row.owner_email else self.owner
        if row.owner_email and owner is None:
            why = _("owner: %(owner)s is no user who can look after people", owner=row.owner_email)
            self.outcome.skip(row.line, row.name, why)
            return
        # Checked when the line was read.
        details = PersonDetails.model_construct(name=row.name, **row.given)
        self.new.put(details, owner or self.by, row.channel)
        is_told = len(self.outcome.notes) < MAX_LINES or len(self.outcome.lines) < MAX_LINES
        suspicion = self.known.alike(row.traits) if is_told else None
        words = self._perhaps(*suspicion) if suspicion is not None else ""
        if words and len(self.outcome.notes) < MAX_LINES:
            self.outcome.notes.append(f"{lines_words([row.line])} {row.name}: {words}")
        self.outcome.n_created += 1
        look = _("look: %(words)s", words=words) if words else ""
        self._waiting.append(self.outcome.add_line(row.line, row.name, "create", look))

    def _perhaps(self, id: int, why: str) -> str:
        return str(_("perhaps %(name)s (%(why)s)", name=self.people[id], why=likeness_words(why)))

    def _write(self) -> None:
        """Write those who wait, and what was done to whom."""
        ids = add_people(self.new) if self._waiting else []
        for id, said in zip(ids, self._waiting, strict=True):
            said["person_id"] = id
            self._changes.append(_change(said["line"], id, {}, 1))
        if self.run_id is not None:
            insert_rows(ImportChange, [change | {"run_id": self.run_id} for change in self._changes])
        self._waiting.clear()
        self._changes.clear()

    def _update(self, row: Described, person_id: int) -> None:
        person = db.session.scalars(
            sa.select(Person).where(Person.id == person_id).options(selectinload(Person.channels))
        ).one()
        before = details_of(person)
        after = _merged(before, row)
        changed = [name for name in _UPDATED if before[name] != after[name]]
        is_channel_new = row.channel is not None and not _has_channel(person, row)
        if not changed and not is_channel_new:
            self.outcome.skip(row.line, row.name, _("nothing new"))
            return
        kept: dict[str, Any] = {"details": PersonDetails(**before).model_dump(mode="json")}
        if changed:
            people.edit_person(person, PersonDetails(**after), by=self.by)
        if row.channel is not None and is_channel_new:
            kept["channel_id"] = people.add_channel(person, row.channel, by=self.by).id
        db.session.flush()
        self._changes.append(_change(row.line, person.id, kept, person.version))
        words = ", ".join([*map(readable, changed), *([_("channel")] if is_channel_new else [])])
        self.outcome.n_updated += 1
        self.outcome.add_line(row.line, person.name, "update", words, person.id)


def _change(line: int, person_id: int, before: dict[str, Any], version: int) -> dict[str, Any]:
    """A row of ImportChange, less its run."""
    return {
        "line": line,
        "record_kind": "person",
        "record_id": person_id,
        "before": before,
        "version": version,
    }


def _doubled(described: Sequence[Described], matches: Mapping[int, list[int]]) -> dict[int, int]:
    """Line -> first line of its group, for lines that describe one person; all of them are left out."""
    pairs = list(pairs_within([(row.line, row.traits) for row in described]))
    first_of: dict[int, int] = {}
    for row in described:
        if len(matches.get(row.line, ())) == 1:
            record = matches[row.line][0]
            pairs.append((first_of.setdefault(record, row.line), row.line))
    return {line: group[0] for group in groups(pairs) for line in group}


def details_of(person: Person) -> dict[str, Any]:
    """The person as `PersonDetails` takes it, less owner and official status, which no import changes."""
    found = {name: getattr(person, name) for name in (*_KEPT, *_UPDATED) if name not in {"kind", "languages"}}
    return found | {
        "kind": person.kind.name if person.kind else "", "languages": tuple(person.languages),
        "name_order": NameOrder(person.name_order),
    }  # fmt: skip


def _merged(before: Mapping[str, Any], row: Described) -> dict[str, Any]:
    after = dict(before)
    for name in _UPDATED:
        if name == "notes" and before["notes"] and row.given.get("notes"):
            said = row.given["notes"]
            after["notes"] = before["notes"] if said in before["notes"] else f"{before['notes']}\n{said}"
        elif name in row.given:
            after[name] = row.given[name]
    return after


def _has_channel(person: Person, row: Described) -> bool:
    return row.channel is not None and fold(row.channel.handle) in {
        fold(channel.handle) for channel in person.channels
    }


# -- the record ----------------------------------------------------------------------------------------------


def _begun(run: ImportRun, by: User | None) -> ImportRun:
    """The receipt, so that the changes can name it."""
    run.kind, run.state, run.at = ImportKind.PEOPLE, ImportState.DONE, clock.now()
    run.by_id = by.id if by else run.by_id
    db.session.add(run)
    db.session.flush()
    return run


def _record(run: ImportRun, outcome: PeopleOutcome, columns: dict[str, str], by: User | None) -> None:
    run.n_created, run.n_updated, run.n_skipped = outcome.n_created, outcome.n_updated, outcome.n_skipped
    run.messages, run.lines, run.columns = list(outcome.messages), outcome.lines, columns
    run.faults, run.n_faults = [], 0
    audit.record("imports.people_imported", run, by=by)
