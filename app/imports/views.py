"""Pages of imports: the list, a new file, its dry run, the run, the receipt, undo."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import jobs
from app.core.door import accepts_upload
from app.core.i18n import number
from app.core.models import Job
from app.imports import operations, queries
from app.imports.forms import ColumnsForm, PeopleFileForm, ValueFileForm, columns_form
from app.imports.models import ImportKind, ImportRun, ImportState
from app.imports.operations_runs import MAX_BYTES
from app.imports.profiles import PROFILES

bp = Blueprint("imports", __name__, url_prefix="/imports")


@bp.get("/")
@requires("imports:run")
def index() -> ResponseReturnValue:
    found = queries.list_runs(request.args.get("page", 1, type=int))
    return render_template("imports/index.html", found=found)


@bp.route("/new", methods=["GET", "POST"])
@requires("imports:run")
@accepts_upload(MAX_BYTES)  # type: ignore[untyped-decorator]
def new() -> ResponseReturnValue:
    is_value = request.args.get("kind") == ImportKind.VALUE.value
    form = ValueFileForm() if is_value else PeopleFileForm()
    if form.validate_on_submit():
        with form.attempt():
            run = operations.upload(
                form.file.data.stream, form.file.data.filename or "file",
                kind=ImportKind.VALUE if is_value else ImportKind.PEOPLE, by=acting_user(), **_books(form),
            )  # fmt: skip
            return redirect(url_for("imports.preview", id=run.id), 303)
    page = render_template("imports/new.html", form=form, is_value=is_value, profiles=PROFILES)
    return page, form.status


@bp.route("/<int:id>/preview", methods=["GET", "POST"])
@requires("imports:run")
def preview(id: int) -> ResponseReturnValue:
    run = queries.get_run(id)
    if run.state in {ImportState.DONE, ImportState.UNDONE}:
        return redirect(url_for("imports.show", id=run.id), 303)
    form = columns_form(run)
    if run.columns and form.validate_on_submit():
        with form.attempt():
            operations.choose_columns(run, form.columns(), by=acting_user())
            return redirect(url_for("imports.preview", id=run.id), 303)
    return _preview_page(id, form), form.status


@bp.post("/<int:id>/check")
@requires("imports:run")
def check(id: int) -> ResponseReturnValue:
    """Try the dry run again, after its job failed."""
    operations.check(queries.get_run(id), by=acting_user())
    return redirect(url_for("imports.preview", id=id), 303)


@bp.post("/<int:id>/run")
@requires("imports:run")
def run(id: int) -> ResponseReturnValue:
    found = queries.get_run(id)
    operations.carry_out(found, by=acting_user())
    if found.state is ImportState.DONE:
        flash(_done_words(found), "ok")
        return redirect(url_for("imports.show", id=id), 303)
    return redirect(url_for("imports.preview", id=id), 303)


@bp.get("/<int:id>")
@requires("imports:run")
def show(id: int) -> ResponseReturnValue:
    found = queries.get_run(id)
    if found.state not in {ImportState.DONE, ImportState.UNDONE}:
        return redirect(url_for("imports.preview", id=id), 303)
    return render_template("imports/show.html", run=found, links=_links(found))


@bp.post("/<int:id>/undo")
@requires("imports:run")
def undo(id: int) -> ResponseReturnValue:
    said = operations.undo_people(queries.get_run(id), by=acting_user())
    flash(said[0], "ok" if len(said) == 1 else "warn")
    return redirect(url_for("imports.show", id=id), 303)


@bp.get("/<int:id>/progress")
@requires("imports:run")
def progress(id: int) -> ResponseReturnValue:
    """The bar alone, asked for every two seconds; when the job is through, the page is loaded again."""
    found = queries.get_run(id)
    job = queries.job_of(found)
    if not queries.is_under_way(job):
        return "", 200, {"HX-Refresh": "true"}
    return render_template("imports/_progress.html", run=found, **_how_far(job))


@bp.post("/<int:id>/cancel")
@requires("imports:run")
def cancel(id: int) -> ResponseReturnValue:
    """Ask the worker to stop reading; nothing it did is kept."""
    job = queries.job_of(queries.get_run(id))
    if job is not None:
        jobs.cancel(job)
        flash(_("Asked the worker to stop. Nothing of this file is written."), "info")
    return redirect(url_for("imports.preview", id=id), 303)


# -- what pages need -------------------------------------------------------------------------------


def _books(form: Any) -> dict[str, str]:
    if not isinstance(form, ValueFileForm):
        return {}
    return {"profile": form.profile.data, "program_name": form.program_name.data or ""}


def _preview_page(id: int, form: ColumnsForm) -> str:
    run = queries.get_run(id)
    job = queries.job_of(run)
    return render_template(
        "imports/preview.html", run=run, form=form, sample=queries.sample_of(run) if run.columns else [], job=job,
        is_under_way=queries.is_under_way(job), **_how_far(job),
    )  # fmt: skip


def _how_far(job: Job | None) -> dict[str, int]:
    done, total = jobs.progress_of(job) if job is not None else (0, 0)
    return {"n_done": done, "n_total": total}


def _done_words(run: ImportRun) -> str:
    if run.kind is ImportKind.VALUE:
        return run.messages[0]
    numbers = {"a": number(run.n_created), "b": number(run.n_updated), "c": number(run.n_skipped)}
    return str(_("Created %(a)s, updated %(b)s, skipped %(c)s.", **numbers))


def _links(run: ImportRun) -> list[tuple[str, str]]:
    """Where what was read in can be seen; rooms beside and above are named, not imported."""
    of_people, of_value = (
        [("people.index", _("People"))],
        [("ledger.index", _("The ledger")), ("reports.index", _("Reports"))],
    )
    places = of_people if run.kind is ImportKind.PEOPLE else of_value
    return [
        (words, url_for(endpoint)) for endpoint, words in places if endpoint in current_app.view_functions
    ]
