"""Pages of the lists of kinds and platforms, for those who look after the words of the house."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.people import operations_lists, policies_lists, queries, queries_lists
from app.people.forms_parts import KindForm, PlatformForm
from app.people.views import bp


@bp.get("/lists")
@requires("people:lists")
def lists() -> ResponseReturnValue:
    """Kinds of person and platforms, and how many records name each."""
    return render_template(
        "people/lists.html", kinds=queries.list_kinds(), n_of_kind=queries_lists.count_kinds(),
        platforms=queries_lists.list_platforms(), n_on_platform=queries_lists.count_platforms(),
        fallback=policies_lists.FALLBACK,
    )  # fmt: skip


# -- kinds -----------------------------------------------------------------------------------------


@bp.route("/lists/kinds/new", methods=["GET", "POST"])
@requires("people:lists")
def new_kind() -> ResponseReturnValue:
    form = KindForm()
    if form.validate_on_submit():
        with form.attempt():
            kind = operations_lists.add_kind(form.details(), by=acting_user())
            flash(_("%(kind)s is on the list.", kind=kind.name), "ok")
            return _back()
    return render_template("people/edit_kind.html", form=form, kind=None), form.status


@bp.route("/lists/kinds/<int:id>", methods=["GET", "POST"])
@requires("people:lists")
def edit_kind(id: int) -> ResponseReturnValue:
    kind = queries_lists.get_kind(id)
    form = KindForm(data={"name": kind.name, "version": str(kind.version)})
    if form.validate_on_submit():
        with form.attempt():
            operations_lists.rename_kind(
                kind, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("It is called %(kind)s now, on old records too.", kind=kind.name), "ok")
            return _back()
    n_uses = queries_lists.count_kinds().get(id, 0)
    return render_template("people/edit_kind.html", form=form, kind=kind, n_uses=n_uses), form.status


@bp.post("/lists/kinds/<int:id>/<any(retire, offer, delete):what>")
@requires("people:lists")
def change_kind(id: int, what: str) -> ResponseReturnValue:
    """Retire a kind, offer it again, or delete one that nobody has."""
    kind, by = queries_lists.get_kind(id), acting_user()
    act = {
        "retire": operations_lists.retire_kind, "offer": operations_lists.offer_kind, "delete": operations_lists.delete_kind,
    }[what]  # fmt: skip
    act(kind, by=by)
    flash(_said(kind.name, what), "ok")
    return _back()


# -- platforms -------------------------------------------------------------------------------------


@bp.route("/lists/platforms/new", methods=["GET", "POST"])
@requires("people:lists")
def new_platform() -> ResponseReturnValue:
    form = PlatformForm()
    if form.validate_on_submit():
        with form.attempt():
            platform = operations_lists.add_platform(form.details(), by=acting_user())
            flash(_("%(platform)s is on the list.", platform=platform.name), "ok")
            return _back()
    return render_template("people/edit_platform.html", form=form, platform=None), form.status


@bp.route("/lists/platforms/<int:id>", methods=["GET", "POST"])
@requires("people:lists")
def edit_platform(id: int) -> ResponseReturnValue:
    row = queries_lists.get_platform(id)
    typed = {"name": row.name, "hosts": ", ".join(row.hosts), "version": str(row.version)}
    form = PlatformForm(data=typed)
    if form.validate_on_submit():
        with form.attempt():
            operations_lists.edit_platform(
                row, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("%(row)s is saved, for old channels too.", row=row.name), "ok")
            return _back()
    n_uses = queries_lists.count_platforms().get(id, 0)
    return render_template("people/edit_platform.html", form=form, platform=row, n_uses=n_uses), form.status


@bp.post("/lists/platforms/<int:id>/<any(retire, offer, delete):what>")
@requires("people:lists")
def change_platform(id: int, what: str) -> ResponseReturnValue:
    """Retire a platform, offer it again, or delete one that no channel is on."""
    platform, by = queries_lists.get_platform(id), acting_user()
    act = {
        "retire": operations_lists.retire_platform, "offer": operations_lists.offer_platform,
        "delete": operations_lists.delete_platform,
    }[what]  # fmt: skip
    act(platform, by=by)
    flash(_said(platform.name, what), "ok")
    return _back()


def _said(name: str, what: str) -> str:
    if what == "retire":
        return str(_("%(name)s stays on old records and is no longer offered.", name=name))
    if what == "offer":
        return str(_("%(name)s is offered again.", name=name))
    return str(_("%(name)s is off the list.", name=name))


def _back() -> ResponseReturnValue:
    return redirect(url_for("people.lists"), 303)
