"""Pages of the industry calendar: shows of others, and the calendars they are read from."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.calendars import operations_industry as operations
from app.calendars import operations_sources as sources
from app.calendars import policies_industry as policies
from app.calendars import queries_industry as queries
from app.calendars.details_industry import SourceDetails
from app.calendars.forms import EmptyForm
from app.calendars.forms_industry import (
    BlockSourceForm,
    CalendarFileForm,
    ShowForm,
    ShowSourceForm,
    kinds_offered,
    typed_show,
)
from app.calendars.models_industry import CalendarSource, SourceKind
from app.calendars.queries_industry import ShowFilter
from app.calendars.views import bp
from app.core import clock
from app.core.door import accepts_upload
from app.core.forms import args_without, number_asked, page_asked
from app.core.i18n import country_name
from app.core.ics_reading import MOST_BYTES
from app.events import clashes, layers
from app.people import queries as people
from app.people.zones import zone_names

#: The form around the file is a little larger than the file.
_UPLOAD = MOST_BYTES + 64 * 1024


@bp.get("/calendars/industry")
@requires("calendars:read")
def industry() -> ResponseReturnValue:
    """Shows of others, and the calendars they come from."""
    args = {name: request.args.get(name, "")[:200] for name in ("q", "country", "kind", "when")}
    found = queries.list_shows(ShowFilter(**args), page_asked())
    countries = sorted(
        ((code, country_name(code)) for code in queries.list_show_countries()), key=lambda row: row[1]
    )
    return render_template(
        "calendars/industry.html", found=found, filter=ShowFilter(**args), kinds=kinds_offered(), countries=countries,
        sources=queries.list_sources(), args=args_without("page"), zone=acting_user().zone,
    )  # fmt: skip


@bp.route("/calendars/industry/new", methods=["GET", "POST"])
@requires("events:write")
def new_show() -> ResponseReturnValue:
    form = ShowForm(data={"zone": acting_user().zone})
    if form.validate_on_submit():
        with form.attempt():
            show = operations.add_show(form.details(), by=acting_user())
            flash(_("%(name)s is in the calendar.", name=show.name), "ok")
            return redirect(url_for("calendars.other_show", id=show.id), 303)
    return render_template("calendars/new_show.html", form=form, zones=zone_names()), form.status


@bp.get("/calendars/industry/<int:id>")
@requires("calendars:read")
def other_show(id: int) -> ResponseReturnValue:
    """One show, and what of ours it meets."""
    show, by = queries.get_show(id), acting_user()
    entry = queries.show_entry(show)
    window = layers.Window(from_at=entry.starts_at, to_at=entry.ends_at, by=by)
    met = [
        (one, clashes.judge_show(entry, one)) for one in layers.list_entries(window, {layers.Layer.EVENTS})
    ]
    return render_template("calendars/other_show.html", show=show, met=met, zone=by.zone)


@bp.route("/calendars/industry/<int:id>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit_show(id: int) -> ResponseReturnValue:
    show, form_back = queries.get_show(id), url_for("calendars.other_show", id=id)
    form = ShowForm(data=typed_show(show))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_show(show, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved."), "ok")
            return redirect(form_back, 303)
    return render_template("calendars/edit_show.html", form=form, show=show, zones=zone_names()), form.status


@bp.route("/calendars/industry/<int:id>/off", methods=["GET", "POST"])
@requires("events:write")
def show_off(id: int) -> ResponseReturnValue:
    """A show does not take place, or does after all."""
    show, form = queries.get_show(id), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            if show.gone_at is None:
                operations.call_off_show(show, by=acting_user())
            else:
                operations.bring_back_show(show, by=acting_user())
            flash(_("Saved."), "ok")
            return redirect(url_for("calendars.other_show", id=id), 303)
    return render_template("calendars/show_off.html", form=form, show=show), form.status


# -- calendars of others ------------------------------------------------------------------------------


@bp.route("/calendars/sources/new", methods=["GET", "POST"])
@requires("events:write")
def new_source() -> ResponseReturnValue:
    """Read a calendar: of shows, or with `?person=` when that person is not free."""
    by, number = acting_user(), number_asked("person")
    person = people.get_person(number, by) if number else None
    form = BlockSourceForm(data={"zone": person.zone}) if person else ShowSourceForm(data={"zone": by.zone})
    if form.validate_on_submit():
        with form.attempt():
            details: SourceDetails = form.details()
            source = sources.add_source(details, person, by=by)
            flash(_("It is fetched in a moment.") if source.host else _("Now choose its file."), "ok")
            return redirect(url_for("calendars.source", id=source.id), 303)
    return render_template(
        "calendars/new_source.html", form=form, person=person, zones=zone_names()
    ), form.status


@bp.get("/calendars/sources/<int:id>")
@requires("calendars:read")
def source(id: int) -> ResponseReturnValue:
    """One calendar of others: when it was read, what went wrong, what was not taken."""
    by = acting_user()
    found = queries.get_source(id, by)
    return render_template("calendars/source.html", source=found, form=CalendarFileForm(), zone=by.zone)


@bp.post("/calendars/sources/<int:id>/read")
@requires("events:write")
@accepts_upload(_UPLOAD)  # type: ignore[untyped-decorator]
def read_source(id: int) -> ResponseReturnValue:
    """The dry run of a file."""
    by = acting_user()
    found, form = queries.get_source(id, by), CalendarFileForm()
    if form.validate_on_submit():
        with form.attempt():
            sources.read_file(found, form.content(), by=by)
            return redirect(url_for("calendars.take_source", id=id), 303)
    found = queries.get_source(id, by)
    return render_template("calendars/source.html", source=found, form=form, zone=by.zone), form.status


@bp.route("/calendars/sources/<int:id>/take", methods=["GET", "POST"])
@requires("events:write")
def take_source(id: int) -> ResponseReturnValue:
    """What the file would change; then do it, or give it up."""
    by = acting_user()
    found, form = queries.get_source(id, by), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            if request.form.get("give_up"):
                sources.drop_draft(found, by=by)
                flash(_("Given up. Nothing was changed."), "info")
            else:
                changes = sources.apply_draft(found, by=by)
                n = len(changes.new) + len(changes.changed) + len(changes.gone)
                flash(ngettext("%(num)s entry changed.", "%(num)s entries changed.", n), "ok")
            return redirect(_home_of(found), 303)
    return render_template(
        "calendars/take_source.html", form=form, zone=by.zone, **_dry_run(found)
    ), form.status


@bp.post("/calendars/sources/<int:id>/fetch")
@requires("events:write")
def fetch_source(id: int) -> ResponseReturnValue:
    """Fetch it now."""
    found, form = queries.get_source(id, acting_user()), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            sources.fetch_soon(found, by=acting_user())
            flash(_("It is fetched in a moment. Look again."), "info")
    for message in form.form_errors:
        flash(message, "block")
    return redirect(url_for("calendars.source", id=id), 303)


@bp.route("/calendars/sources/<int:id>/end", methods=["GET", "POST"])
@requires("events:write")
def end_source(id: int) -> ResponseReturnValue:
    """Read it no more."""
    found, form = queries.get_source(id, acting_user()), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            home = _home_of(found)
            sources.end_source(found, by=acting_user())
            flash(_("%(name)s is not read any more.", name=found.name), "ok")
            return redirect(home, 303)
    return render_template(
        "calendars/end_source.html", form=form, source=found, home=_home_of(found)
    ), form.status


def _home_of(source: CalendarSource) -> str:
    if source.person_id is not None:
        return url_for("calendars.for_person", id=source.person_id)
    return url_for("calendars.industry")


def _dry_run(source: CalendarSource) -> dict[str, object]:
    """What is waiting to be taken over, as the page shows it."""
    draft = policies.draft_of(source.raw) if source.raw else None
    if draft is None:
        return {"source": source, "draft": None, "changes": None, "home": _home_of(source)}
    rows = queries.rows_of(source)
    changes = policies.changes_of(source.kind, rows, draft.taken, clock.today())
    return {
        "source": source, "draft": draft, "changes": changes, "home": _home_of(source),
        "is_shows": source.kind is SourceKind.SHOWS,
    }  # fmt: skip
