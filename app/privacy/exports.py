"""The copy of everything kept about a person: a page to read and the same as data, in one ZIP, row by row (P9)."""

import enum
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import escape
from msgspec import Struct, field

from app.accounts.models import User
from app.advisory import queries_files
from app.core import clock, files, mail
from app.core.db import db
from app.core.i18n import amount, day, language_of, locale_dir, locale_tag
from app.core.i18n import words as words_of
from app.core.money import Money
from app.imports.models import ImportRun
from app.ledger import queries_entries
from app.ledger.models import Entry
from app.people import queries_kept
from app.people.models import Person
from app.privacy import mentions, words
from app.privacy.masking import Mask, mask_for, role_of
from app.privacy.places import PLACES
from app.privacy.reaching import Whose, key_of, rows_of, table_of
from app.travel import queries_sensitive

#: Rows read at once: memory does not grow with what is kept about somebody.
CHUNK = 200
#: What a number of another table is called, where its name is no secret: never a person's.
_LABELS = {
    "organisation": "name", "person_kind": "name", "program": "name", "goal": "statement", "cohort": "name", "event": "name",
    "executive": "name", "department": "name", "initiative": "name", "policy_version": "number", "need": "title",
    "shared_cost": "title", "brief_version": "number", "cap": "name", "affiliate_share": "covers",
}  # fmt: skip
#: P7: nobody of the house may see these, so they cannot be in a file that somebody of the house hands over.
_UNSEEN = frozenset({"declaration", "declaration_change"})
UNSEEN_WORDS = _l(
    "What you may have declared of yourself is seen by nobody in our house, only counted. It is therefore not in this copy. "
    "It is deleted the moment you say so, and in any case when its time is over."
)


#: The page stands alone, outside our site and its Content-Security-Policy.
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.15rem 1rem;border-top:1px solid #8886;padding-top:.6rem}"
    "dt{color:#777}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}"
)


class Source(Struct):
    """Reads one person's rows, cleaned for that person's eyes."""

    whose: Whose
    mask: Mask
    users: dict[int, str]
    labels: dict[tuple[str, int], Any] = field(default_factory=dict)

    @classmethod
    def of(cls, person: Person) -> "Source":
        marks = mentions.marks_of(person)
        whose = mentions.whose(person, marks)
        users = {user.id: role_of(user) for user in db.session.scalars(sa.select(User))}
        return cls(whose, mask_for(whose, marks), users)

    def tables(self) -> Iterator[str]:
        """The places in the order of the declarations, those that may be shown."""
        yield from (name for name in PLACES if name not in _UNSEEN)

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of a place, a few at a time."""
        table = table_of(name)
        wanted = sa.select(table).where(rows_of(name, self.whose)).order_by(key_of(table))
        for row in db.session.execute(wanted.execution_options(yield_per=CHUNK)).mappings():
            yield self._clean(name, table, row) | self._more(name, row)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Their lines in receipts of lists that were read in."""
        for run in db.session.scalars(
            sa.select(ImportRun).order_by(ImportRun.id).execution_options(yield_per=20)
        ):
            for line in run.lines:
                if line.get("person_id") in self.whose.ids:
                    yield {
                        "list": self.mask.over(run.file_name),
                        "at": _plain(run.at),
                        **self.mask.over(line),
                    }

    def _clean(self, name: str, table: sa.Table, row: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for column in table.columns:
            value, target = row[column.name], next((key.column.table.name for key in column.foreign_keys), "")
            if (
                column.name in PLACES[name].secret
                or isinstance(column.type, sa.LargeBinary)
                or target == "person"
            ):
                continue
            if target == "user":
                found[column.name.removesuffix("_id")] = self.users.get(value, "") if value else ""
            elif target in _LABELS and value is not None:
                found[column.name.removesuffix("_id")] = self._label(target, value)
            elif column.name != "version":
                found[column.name] = self.mask.over(_plain(value))
        return found

    def _label(self, target: str, id: int) -> Any:
        if (target, id) not in self.labels:
            parent = table_of(target)
            said = db.session.scalar(sa.select(parent.c[_LABELS[target]]).where(key_of(parent) == id))
            self.labels[target, id] = self.mask.over(said)
        return self.labels[target, id]

    def _more(self, name: str, row: Any) -> dict[str, Any]:
        """What is not in the columns themselves: sealed words, the text of a mail."""
        if name == "ledger_entry":
            words = queries_entries.sealed_words(db.session.get_one(Entry, row["seq"])) or {}
            return {f"words_{key}": self.mask.over(text) for key, text in words.items()}
        if name == "outbox_mail":
            return {"text": self.mask.over(mail.parts_of(row["raw"]).text)}
        return {}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def copy_of(person: Person) -> IO[bytes]:
    """The ZIP, in a temporary file that is gone when it is closed: everything.html, everything.json, and their files.

    The page speaks the person's language, whoever asked for it.
    """
    source, language = Source.of(person), language_of(person.languages)
    made = tempfile.TemporaryFile()  # noqa: SIM115 -- whoever asked closes it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("everything.html", "w") as page, force_locale(language):
            for text in _html(source):
                page.write(text.encode())
        with archive.open("everything.json", "w") as page:
            for text in _json(source):
                page.write(text.encode())
        for kept in queries_kept.all_files_of(source.whose.ids):
            with (
                files.open_file(kept.file) as content,
                archive.open(f"files/{kept.id}-{kept.file.name}", "w") as copy,
            ):
                shutil.copyfileobj(content, copy)
        for paper in queries_files.kept_files_of(source.whose.ids):
            if paper.file is not None:
                with (
                    files.open_file(paper.file) as content,
                    archive.open(f"files/{paper.part}-{paper.id}-{paper.file.name}", "w") as copy,
                ):
                    shutil.copyfileobj(content, copy)
        for letter in queries_sensitive.letters_of(source.whose.ids):
            archive.writestr(f"files/visa-letter-{letter.id}.pdf", letter.content or b"")
    made.seek(0)
    return made


def _json(source: Source) -> Iterator[str]:
    head = {
        "made_at": clock.now().isoformat(),
        "by": current_app.config["COMPANY"],
        "declared": str(UNSEEN_WORDS),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "tables": {'
    for n_table, name in enumerate([*source.tables(), "import_line"]):
        yield f"{', ' if n_table else ''}{json.dumps(name)}: ["
        for n_row, row in enumerate(source.lines() if name == "import_line" else source.rows(name)):
            yield (",\n" if n_row else "") + json.dumps(row, ensure_ascii=False, default=str)
        yield "]"
    yield "}}"


def _html(source: Source) -> Iterator[str]:
    title = escape(_("Everything kept about you"))
    head = escape(_("Everything %(company)s keeps about you", company=current_app.config["COMPANY"]))
    about = escape(
        _(
            "Made on %(day)s. Other people are left out or called “another person”; our own people appear by role and "
            "department. The same is in everything.json, for machines.",
            day=day(clock.today()),
        )
    )
    declared, lists = escape(_("What you declared of yourself")), escape(_("Lists that were read in"))
    codes = escape(_("Codes, and names of fields in English, are written as they are kept."))
    yield (
        f'<!doctype html><html lang="{locale_tag()}" dir="{locale_dir()}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>{head}</h1><p>{about} {codes}</p>"
        f"<h2>{declared}</h2><p>{escape(str(UNSEEN_WORDS))}</p>"
    )
    part = ""
    for name in source.tables():
        place, is_first = PLACES[name], True
        for row in source.rows(name):
            if place.part != part:
                part = place.part
                yield f"<h2>{escape(str(words.PARTS[part]))}</h2>"
            if is_first:
                is_first = False
                yield f"<h3>{escape(str(words.ROWS[name]))}</h3>"
            yield _entry(row)
    for n_row, row in enumerate(source.lines()):
        yield ("" if n_row else f"<h2>{lists}</h2>") + _entry(row)
    yield "</body></html>"


def _entry(row: dict[str, Any]) -> str:
    """One row: what is empty is left out, an amount is written as one."""
    items = []
    for key, value in row.items():
        if value in (None, "", [], {}) or (
            key.endswith("currency") and row.get(f"{key[:-8]}minor") is not None
        ):
            continue
        items.append(f'<dt>{_label(key)}</dt><dd dir="auto">{escape(_said(row, key, value))}</dd>')
    return f"<dl>{''.join(items)}</dl>"


def _label(key: str) -> str:
    """What a field is called; as it is kept where there is no word for it, marked as English."""
    plain = key.removeprefix("is_").removeprefix("n_")
    known = words.FIELDS.get(plain)
    return str(escape(str(known))) if known else f'<bdi lang="en">{escape(words_of(plain))}</bdi>'


def _said(row: dict[str, Any], key: str, value: Any) -> str:
    currency = row.get(f"{key[:-5]}currency") if key.endswith("minor") else None
    if currency:
        return amount(Money(value, currency))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
