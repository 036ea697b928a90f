"""Reading whom a letter told something that is otherwise now, against what the room it is about says today (G5)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import OutboxMail
from app.outreach.models import Letter
from app.outreach.policies_changes import TIMES, Change, changes_between
from app.outreach.queries_bounces import bounces_of
from app.outreach.queries_sent import Departed

#: letters -> by letter id, the facts of today; letters whose reader need not know are left out. A fixed number of queries.
CurrentFields = Callable[[Sequence[Letter]], Mapping[int, Mapping[str, str]]]

_current: dict[str, CurrentFields] = {}
#: Older letters are about what is over.
_REACH = timedelta(days=400)
#: Of our own pages.
_LANGUAGE = "en-GB"
#: The letter that tells of a change.
KEY = "change"
#: The letter that tells of a change and asks whether its reader still comes.
ASK_AGAIN = "ask_again"


def tell_current_fields(source_kind: str, current: CurrentFields) -> None:
    """Let a room above say which facts its letters would say today; a room that registers again is replaced."""
    _current[source_kind] = current


class Outdated(Struct, frozen=True):
    """Somebody whom the newest letter that left told something else than what is true now."""

    letter: Letter
    changes: tuple[Change, ...]
    fields: Mapping[str, str]
    #: A letter about a change that waits in the outbox already.
    waiting: Letter | None
    #: It says what is true now.
    is_written: bool

    @property
    def id(self) -> int:
        return self.letter.id

    @property
    def name(self) -> str:
        return self.letter.person.name

    @property
    def can_write(self) -> bool:
        return not self.is_written and bool(self.letter.person.email)


def list_outdated(batch: str | None = None) -> Sequence[Outdated]:
    """Everybody who must hear of a change, by name; of one batch, those who got a letter of it."""
    told, waiting, of_batch = _newest(batch)
    found = []
    for kind, current in _current.items():
        mine = [letter for (room, _, _), letter in told.items() if room == kind]
        facts = current(mine) if mine else {}
        found += [
            one
            for letter in mine
            if (one := _outdated(letter, facts.get(letter.id, {}), waiting.get(_key_of(letter)))) is not None
        ]
    kept = [one for one in found if batch is None or _key_of(one.letter) in of_batch]
    return sorted(kept, key=lambda one: (one.name.casefold(), one.id))


_Key = tuple[str, int | None, int]


def _key_of(letter: Letter) -> _Key:
    return letter.source_kind, letter.source_id, letter.person_id


def _newest(batch: str | None) -> tuple[dict[_Key, Letter], dict[_Key, Letter], set[_Key]]:
    """By record and person: the newest letter that left, a change that waits; and who got a letter of the batch."""
    wanted = sa.select(Letter).where(
        Letter.source_kind.in_(sorted(_current)), Letter.source_id.is_not(None), Letter.discarded_at.is_(None),
        Letter.made_at > clock.now() - _REACH,
    )  # fmt: skip
    if batch is not None:
        same = sa.select(Letter.source_id).where(Letter.batch == batch)
        wanted = wanted.where(Letter.source_id.in_(same))
    told, waiting, of_batch = {}, {}, set()
    loaded = (joinedload(Letter.person), joinedload(Letter.mail).defer(OutboxMail.raw))
    for letter in db.session.scalars(wanted.order_by(Letter.id).options(*loaded)):
        key = _key_of(letter)
        if letter.touch_id is not None:
            told[key] = letter
            if letter.batch == batch:
                of_batch.add(key)
        elif letter.key in {KEY, ASK_AGAIN}:
            waiting[key] = letter
    return told, waiting, of_batch


def _outdated(letter: Letter, now: Mapping[str, str], waiting: Letter | None) -> Outdated | None:
    changes = changes_between(letter.fields, now, _LANGUAGE)
    if not changes:
        return None
    is_written = waiting is not None and not changes_between(waiting.fields, now, _LANGUAGE)
    return Outdated(letter, changes, now, waiting, is_written)


class BatchChanges(Struct, frozen=True):
    """How many people of a batch that left were told something else."""

    name: str
    title: str
    rows: Sequence[Outdated]

    @property
    def writable(self) -> Sequence[Outdated]:
        """Those a letter can and must be written to."""
        return [one for one in self.rows if one.can_write]

    @property
    def what(self) -> str:
        """What changed, where it is one thing for all."""
        names = {change.name for one in self.rows for change in one.changes}
        return names.pop() if len(names) == 1 and names <= {TIMES, "place", "city"} else "facts"


def list_batches_outdated() -> Sequence[BatchChanges]:
    """The batches in which somebody was told something else, by title."""
    by_batch: dict[str, list[Outdated]] = defaultdict(list)
    for one in list_outdated():
        by_batch[one.letter.batch].append(one)
    found = [BatchChanges(name, rows[0].letter.batch_title, rows) for name, rows in by_batch.items()]
    return sorted(found, key=lambda batch: (batch.title, batch.name))


class SentBatch(Struct, frozen=True):
    """The letters of a batch that left, and who of them must hear of a change."""

    name: str
    title: str
    rows: Sequence[Departed]
    changes: BatchChanges


def get_sent_batch(name: str) -> SentBatch:
    """A batch of which something left; NotFound otherwise. A fixed number of queries."""
    wanted = sa.select(Letter).where(Letter.batch == name, Letter.touch_id.is_not(None))
    loaded = (joinedload(Letter.person), joinedload(Letter.mail).defer(OutboxMail.raw))
    letters = db.session.scalars(wanted.order_by(Letter.id).options(*loaded)).all()
    if not letters:
        raise NotFound(_("Nothing of this batch has left yet. Look into the outbox."))
    bounces = bounces_of([letter.mail_id for letter in letters if letter.mail_id is not None])
    rows = [Departed(one.mail, one, bounces.get(one.mail.id)) for one in letters if one.mail is not None]
    rows.sort(key=lambda row: (row.letter.person.name.casefold() if row.letter else "", row.id))
    title = letters[0].batch_title
    return SentBatch(name, title, rows, BatchChanges(name, title, list_outdated(name)))
