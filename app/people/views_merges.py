"""Pages of duplicates and merges: pairs to look at, two records side by side, what a merge did and its undo."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.people import (
    operations_duplicates,
    operations_merges,
    policies_merges,
    queries,
    queries_duplicates,
    queries_listing,
    queries_merges,
)
from app.people.forms_merges import EmptyForm, MergeForm, UndoMergeForm
from app.people.models import Person
from app.people.views import bp, lead_to_survivor, person_or_404


@bp.get("/duplicates")
@requires("people:merge")
def duplicates() -> ResponseReturnValue:
    by, show = acting_user(), request.args.get("show", "")
    is_dismissed = show == "dismissed"
    found = queries_merges.list_pairs(
        by, is_dismissed=is_dismissed, page=request.args.get("page", 1, type=int)
    )
    return render_template(
        "people/duplicates.html", found=found, is_dismissed=is_dismissed, look=queries_merges.last_look(), form=EmptyForm()
    )  # fmt: skip


@bp.post("/duplicates/look")
@requires("people:merge")
def look_for_duplicates() -> ResponseReturnValue:
    n_found = operations_duplicates.look_for_duplicates(by=acting_user())
    if n_found is None:
        flash(_("There are many people, so this runs in the background. Come back in a minute."), "info")
    else:
        flash(_("Everybody was compared with those alike."), "ok")
    return redirect(url_for("people.duplicates"), 303)


@bp.post("/duplicates/<int:id>/not-the-same")
@requires("people:merge")
def dismiss_pair(id: int) -> ResponseReturnValue:
    pair = queries_merges.get_pair(id, acting_user())
    operations_duplicates.dismiss_pair(pair, by=acting_user())
    flash(
        _(
            "%(one)s and %(other)s are two people. They are not suggested again.",
            one=pair.one.name,
            other=pair.other.name,
        ),
        "ok",
    )
    return redirect(url_for("people.duplicates"), 303)


@bp.post("/duplicates/<int:id>/suggest-again")
@requires("people:merge")
def suggest_again(id: int) -> ResponseReturnValue:
    pair = queries_merges.get_pair(id, acting_user())
    operations_duplicates.suggest_again(pair, by=acting_user())
    flash(_("%(one)s and %(other)s are suggested again.", one=pair.one.name, other=pair.other.name), "ok")
    return redirect(url_for("people.duplicates"), 303)


@bp.get("/<int:id>/merge")
@requires("people:merge")
def choose_other(id: int) -> ResponseReturnValue:
    """Whom to merge this record with: those alike, or by name."""
    by, person, q = acting_user(), person_or_404(id), request.args.get("q", "")[:200]
    handles = [channel.handle for channel in person.channels]
    alike = queries_duplicates.find_possible_duplicates(
        by, person.name, email=person.email, country=person.home_country, handles=handles, leave_out=id
    )
    named = [one for one in queries_listing.find_by_name(by, q) if one.id != id] if q.strip() else []
    return render_template("people/choose_other.html", person=person, alike=alike, named=named, q=q)


@bp.route("/<int:id>/merge/<int:other_id>", methods=["GET", "POST"])
@requires("people:merge")
def merge(id: int, other_id: int) -> ResponseReturnValue:
    """Two records side by side: `id` stays, `other_id` will point to it."""
    by = acting_user()
    kept, gone = queries.get_person(id, by), queries.get_person(other_id, by)
    if id == other_id:
        flash(_("A record is not merged with itself. Choose the other one."), "info")
        return redirect(url_for("people.choose_other", id=id), 303)
    if (kept.id, gone.id) != (id, other_id):
        return _lead_on(id, kept, other_id, gone)
    form = MergeForm(data={"version": kept.version, "gone_version": gone.version})
    if form.validate_on_submit():
        with form.attempt():
            made = operations_merges.merge_people(kept, gone, form.details(), by=by)
            said = {"gone": gone.name, "kept": kept.name}
            flash(_("%(gone)s is merged into %(kept)s. It can be undone within 30 days.", **said), "ok")
            return redirect(url_for("people.show_merge", id=made.id), 303)
    return _side_by_side(id, other_id, form)


@bp.route("/merges/<int:id>", methods=["GET", "POST"])
@requires("people:merge")
def show_merge(id: int) -> ResponseReturnValue:
    """What a merge did; a POST takes it back."""
    by, form = acting_user(), UndoMergeForm()
    found = queries_merges.get_merge(id, by)
    if form.validate_on_submit():
        with form.attempt():
            left = operations_merges.undo_merge(found, form.reason.data, by=by)
            flash(_("The merge is undone: both records are as they were."), "ok")
            if left:
                flash(_("Changed since the merge and left as it is: %(left)s.", left=", ".join(left)), "warn")
            return redirect(url_for("people.show_merge", id=id), 303)
    until = policies_merges.undo_until(found.at)
    may_undo = found.undone_at is None and clock.now() <= until
    page = render_template(
        "people/show_merge.html", merge=found, moved=queries_merges.moved_by(found), until=until, may_undo=may_undo, form=form
    )  # fmt: skip
    return page, form.status


@bp.get("/merges")
@requires("people:merge")
def merges() -> ResponseReturnValue:
    found = queries_merges.list_merges(acting_user())
    return render_template(
        "people/merges.html", merges=found, now=clock.now(), undo_until=policies_merges.undo_until
    )


# -- steps -------------------------------------------------------------------------------------------------------


def _lead_on(id: int, kept: Person, other_id: int, gone: Person) -> ResponseReturnValue:
    """One of the two was merged in the meantime: compare the survivors, or open the one record they are now."""
    if kept.id == gone.id:
        return lead_to_survivor(id if kept.id != id else other_id, kept)
    flash(_("One of the two was merged in the meantime. These are the records that stayed."), "info")
    return redirect(url_for("people.merge", id=kept.id, other_id=gone.id), 303)


def _side_by_side(id: int, other_id: int, form: MergeForm) -> ResponseReturnValue:
    by = acting_user()
    kept, gone = queries.get_person(id, by), queries.get_person(other_id, by)
    preview = queries_merges.preview_of(kept, gone, form.clashes())
    page = render_template(
        "people/merge.html", kept=kept, gone=gone, preview=preview, form=form, from_gone=form.fields_from_gone(),
        pair=queries_merges.find_pair(kept, gone), today=clock.today(),
    )  # fmt: skip
    return page, form.status
