"""Pages of saved views and of columns; actions on many rows are in views_bulk."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.forms import args_without
from app.lists import operations, queries, showing
from app.lists.catalogue import Listing
from app.lists.forms import SHARE_WORDS, ColumnsForm, ViewForm
from app.lists.models import SavedView

bp = Blueprint("lists", __name__, url_prefix="/lists")


@bp.get("/views/<int:id>")
@requires("accounts:self")
def show(id: int) -> ResponseReturnValue:
    """To the list as the view shows it."""
    view, listing = _view_or_404(id)
    return redirect(showing.url_of(listing, view), 303)


@bp.get("/<key>/views/")
@requires("accounts:self")
def index(key: str) -> ResponseReturnValue:
    """The views of a list: one's own and those shared, with what each of them narrows to."""
    by = acting_user()
    listing = queries.get_listing(key, by)
    views = queries.list_views(key, by)
    unknown = {one.id: showing.narrowed_by(listing, by, one.query)[1] for one in views}
    choice = queries.choice_of(key, by)
    return render_template(
        "lists/index.html", listing=listing, views=views, choice=choice, me=by, share_words=dict(SHARE_WORDS), unknown=unknown,
        url_of=showing.url_of,
    )  # fmt: skip


@bp.route("/<key>/views/new", methods=["GET", "POST"])
@requires("accounts:self")
def new(key: str) -> ResponseReturnValue:
    """Keep what this address shows under a name."""
    by = acting_user()
    shown = showing.show(queries.get_listing(key, by), by)
    form = ViewForm()
    if form.validate_on_submit():
        with form.attempt():
            details = form.details(shown.query, [one.key for one in shown.columns])
            view = operations.save_view(shown.listing, details, by=by)
            flash(_("The view %(name)s is saved.", name=view.name), "ok")
            return redirect(showing.url_of(shown.listing, view), 303)
    return render_template(
        "lists/new.html",
        form=form,
        shown=shown,
        listing=shown.listing,
        back=_back(shown.listing),
        address=args_without(),
    ), form.status


@bp.route("/views/<int:id>/edit", methods=["GET", "POST"])
@requires("accounts:self")
def edit(id: int) -> ResponseReturnValue:
    """Rename a view or share it; with `replace=yes` it takes over what the address shows."""
    by = acting_user()
    view, listing = _view_or_404(id)
    form = ViewForm(data={"name": view.name, "share": view.share.value, "version": view.version})
    shown = showing.show(listing, by) if request.args.get("replace") == "yes" else None
    if form.validate_on_submit():
        with form.attempt():
            query = shown.query if shown else dict(view.query)
            columns = [one.key for one in shown.columns] if shown else view.columns
            details = form.details(query, columns)
            operations.edit_view(view, listing, details, by=by, seen_version=form.seen_version)
            flash(_("The view %(name)s is saved.", name=view.name), "ok")
            return redirect(showing.url_of(listing, view), 303)
    return render_template(
        "lists/edit.html", form=form, view=view, shown=shown, listing=listing, me=by, address=args_without()
    ), form.status


@bp.post("/views/<int:id>/copy")
@requires("accounts:self")
def copy(id: int) -> ResponseReturnValue:
    """A view of one's own that shows the same."""
    view, listing = _view_or_404(id)
    made = operations.copy_view(view, listing, by=acting_user())
    flash(_("The view %(name)s is yours now. Change it as you like.", name=made.name), "ok")
    return redirect(url_for("lists.edit", id=made.id), 303)


@bp.post("/views/<int:id>/end")
@requires("accounts:self")
def end(id: int) -> ResponseReturnValue:
    """Give a view up; the next page offers it back."""
    view, listing = _view_or_404(id)
    operations.end_view(view, by=acting_user())
    flash(_("The view %(name)s is removed.", name=view.name), "ok")
    return redirect(url_for("lists.index", key=listing.key, ended=view.id), 303)


@bp.post("/views/<int:id>/back")
@requires("accounts:self")
def take_back(id: int) -> ResponseReturnValue:
    """A view that was removed is there again."""
    by = acting_user()
    view = queries.get_ended_view(id, by)
    operations.take_view_back(view, by=by)
    flash(_("The view %(name)s is there again.", name=view.name), "ok")
    return redirect(url_for("lists.index", key=view.listing), 303)


@bp.post("/views/<int:id>/pin")
@requires("accounts:self")
def pin(id: int) -> ResponseReturnValue:
    """On the home page, or off it."""
    view, listing = _view_or_404(id)
    is_pinned = request.form.get("pinned") == "yes"
    operations.pin_view(listing, view, is_pinned=is_pinned, by=acting_user())
    said = _("%(name)s is on your home page.") if is_pinned else _("%(name)s is off your home page.")
    flash(said % {"name": view.name}, "ok")
    return redirect(url_for("lists.index", key=listing.key), 303)


@bp.post("/views/<int:id>/open-with")
@requires("accounts:self")
def open_with(id: int) -> ResponseReturnValue:
    """Open the list with this view from now on, or with everything again."""
    view, listing = _view_or_404(id)
    wanted = view if request.form.get("default") == "yes" else None
    operations.open_with(listing, wanted, by=acting_user())
    said = _("The list opens with %(name)s.") if wanted else _("The list opens with everything.")
    flash(said % {"name": view.name}, "ok")
    return redirect(url_for("lists.index", key=listing.key), 303)


@bp.route("/<key>/columns", methods=["GET", "POST"])
@requires("accounts:self")
def columns(key: str) -> ResponseReturnValue:
    """Which columns to see, and in which order."""
    by, form = acting_user(), ColumnsForm()
    listing = queries.get_listing(key, by)
    if form.validate_on_submit():
        with form.attempt():
            if request.form.get("reset"):
                operations.reset_columns(listing, by=by)
            else:
                operations.choose_columns(listing, form.chosen(listing.columns_for(by)), by=by)
            return redirect(_back(listing, "columns"), 303)
    shown = showing.show(listing, by)
    return render_template(
        "lists/columns.html",
        form=form,
        listing=listing,
        shown=shown,
        back=_back(listing),
        address=args_without(),
    ), form.status


# -- what pages need -------------------------------------------------------------------------------


def _view_or_404(id: int) -> tuple[SavedView, Listing]:
    by = acting_user()
    view = queries.get_view(id, by)
    return view, queries.get_listing(view.listing, by)


def _back(listing: Listing, *less: str) -> str:
    """The list as it was left."""
    args: dict[str, Any] = args_without("after", "before", "replace", *less)
    return url_for(listing.endpoint, **args)


from app.lists import views_bulk  # noqa: E402, F401 -- it adds its pages to `bp`
