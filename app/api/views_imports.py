"""Imports: a table is sent, its dry run says what would happen, and the same code carries it out (P6)."""

from io import BytesIO

from flask import url_for

from app.accounts.access import acting_user
from app.api.layer import ID, MULTIPART, Created, Page, PageQuery, operation
from app.api.paging import from_database
from app.api.shapes import NoBody
from app.api.shapes_imports import ImportShape, NewImportQuery
from app.core.db import db
from app.imports import columns, operations, queries
from app.imports.models import ImportKind, ImportRun
from app.imports.operations_runs import MAX_BYTES, is_large
from app.imports.policies import ImportRefused

_TABLES = (
    "text/csv",
    "application/gzip",
    MULTIPART,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


@operation("/imports", permission="imports:run", query=PageQuery, out=Page[ImportShape])
def list_imports(query: PageQuery) -> Page[ImportShape]:
    """The files that were sent, the first one first."""
    return from_database(
        Page[ImportShape], queries.all_runs(), ImportRun.id, query,
        lambda rows: [ImportShape.of(row) for row in rows], is_descending=False,
    )  # fmt: skip


@operation(f"/imports/{ID}", permission="imports:run", out=ImportShape)
def get_import(id: int) -> ImportShape:
    """What a file would do, or did: the receipt."""
    return ImportShape.of(queries.get_run(id))


@operation(
    "/imports", method="POST", permission="imports:run", query=NewImportQuery, upload=_TABLES, n_bytes=MAX_BYTES,
    out=ImportShape, status=202,
)  # fmt: skip
def add_import(query: NewImportQuery, content: bytes) -> Created:
    """Send a table of people or of value, 20 MB at most; nothing is written unless `dry_run=false`.

    A large file is read by a worker: ask the address in Location how far it is, then send its run.
    """
    by = acting_user()
    if query.kind is ImportKind.VALUE and not query.profile:
        raise ImportRefused(["Say with `profile` how the file of value is written."], field="profile")
    run = operations.upload(
        BytesIO(content), query.file_name or "import.csv", kind=query.kind, profile=query.profile,
        program_name=query.program_name, by=by,
    )  # fmt: skip
    _require_columns(run)
    if not query.dry_run and not is_large(run):
        _carry_out(run)
    return _sent(run)


@operation(
    f"/imports/{ID}/run", method="POST", permission="imports:run", body=NoBody, out=ImportShape, status=202,
)  # fmt: skip
def run_import(id: int, body: NoBody) -> Created:
    """Carry out what the dry run has shown; a large file by a worker."""
    run = queries.get_run(id)
    _carry_out(run)
    return _sent(run)


@operation(
    f"/imports/{ID}/undo", method="POST", permission="imports:run", body=NoBody, out=ImportShape, status=200,
)  # fmt: skip
def undo_import(id: int, body: NoBody) -> ImportShape:
    """Remove whom an import of people made and give back what it changed, as far as nobody has touched it since."""
    run = queries.get_run(id)
    operations.undo_people(run, by=acting_user())
    db.session.flush()
    return ImportShape.of(run)


def _require_columns(run: ImportRun) -> None:
    """On the screen somebody chooses; here the head of the file has to say which column is what."""
    said = columns.problems(run.columns) if run.kind is ImportKind.PEOPLE else []
    if said:
        raise ImportRefused(
            " ".join([*said, "Name the columns as on the screen of imports, and send the file again."])
        )


def _carry_out(run: ImportRun) -> None:
    if run.faults:
        raise ImportRefused(run.faults, n_faults=run.n_faults)
    operations.carry_out(run, by=acting_user())


def _sent(run: ImportRun) -> Created:
    db.session.flush()
    return Created(ImportShape.of(run), url_for("api.get_import", id=run.id))
