"""Pages for contacts written down: several people at once, corrections, what a person wants by day and channel."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import BaseForm
from app.outreach import operations, queries, queries_wishes
from app.outreach.forms import TouchForm
from app.outreach.forms_rhythm import ContactWishForm, CorrectionForm
from app.outreach.models import Collision, TouchChannel, TouchKind
from app.outreach.views import bp
from app.people import queries as people
from app.people import queries_listing as people_lists
from app.people.models import Person

#: More at once is a letter, not a contact by hand.
_MOST = 50


@bp.route("/touches/several", methods=["GET", "POST"])
@requires("outreach:write")
def several() -> ResponseReturnValue:
    """One contact with several people: chosen by name, written once, weighed one by one."""
    by, q = acting_user(), request.args.get("q", "")
    chosen = _chosen()
    form = TouchForm.fresh()
    if chosen and form.validate_on_submit():
        with form.attempt():
            made = [operations.try_touch(form.details(person.id), by=by) for person in chosen]
            _say(made, chosen)
            return redirect(url_for("outreach.stops" if any(map(_is_stop, made)) else "outreach.index"), 303)
    verdicts = queries.weigh_contacts(
        {one.id: by.department_id for one in chosen}, TouchKind.UNSOLICITED, clock.now()
    )
    found = [one for one in people_lists.find_by_name(by, q) if one not in chosen] if q.strip() else []
    return render_template(
        "outreach/several.html", form=form, chosen=chosen, verdicts=verdicts, found=found, q=q
    ), form.status


def _chosen() -> list[Person]:
    numbers = [text for text in request.args.getlist("person") if text.isdecimal() and len(text) < 10]
    return [people.get_person(int(text), acting_user()) for text in dict.fromkeys(numbers[:_MOST])]


def _is_stop(made: object) -> bool:
    return isinstance(made, Collision)


def _say(made: Sequence[object], chosen: list[Person]) -> None:
    names = [person.name for one, person in zip(made, chosen, strict=True) if _is_stop(one)]
    n_recorded = len(made) - len(names)
    flash(ngettext("%(num)s contact recorded.", "%(num)s contacts recorded.", n_recorded), "ok")
    if names:
        flash(
            _(
                "The contact guard stopped %(n)s: %(names)s. They are on the list below.",
                n=len(names),
                names=", ".join(names),
            ),
            "warn",
        )


@bp.route("/<int:id>/correct", methods=["GET", "POST"])
@requires("outreach:write")
def correct(id: int) -> ResponseReturnValue:
    by = acting_user()
    touch = queries.get_touch(id, by)
    form = CorrectionForm.of(touch)
    if form.validate_on_submit():
        with form.attempt():
            operations.correct_touch(touch, form.details(), by=by, seen_version=form.seen_version)
            flash(_("Corrected. What it said before stays on its page."), "ok")
            return redirect(url_for("outreach.show", id=touch.id), 303)
    return render_template("outreach/correct.html", form=form, touch=touch), form.status


@bp.post("/person/<int:id>/address-works")
@requires("outreach:write")
def address_works(id: int) -> ResponseReturnValue:
    """Letters may go to the person's address again."""
    by, form = acting_user(), BaseForm()
    person = people.get_person(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.lift_bounces(person, by=by)
            flash(_("Letters to %(email)s may leave again.", email=person.email), "ok")
            return redirect(url_for("outreach.for_person", id=person.id), 303)
    flash(" ".join(form.form_errors) or _("Nothing was changed."), "warn")
    return redirect(url_for("outreach.for_person", id=person.id), 303)


@bp.route("/person/<int:id>/wishes", methods=["GET", "POST"])
@requires("outreach:write")
def wishes(id: int) -> ResponseReturnValue:
    """Quiet days and limits of channels, as the person asked for them."""
    by = acting_user()
    person = people.get_person(id, by)
    form = ContactWishForm.of(queries_wishes.wish_of(person), queries_wishes.channel_wishes_of(person))
    if form.validate_on_submit():
        with form.attempt():
            operations.set_contact_wishes(person, form.details(), by=by, seen_version=form.seen_version)
            flash(_("Their wishes are noted and go before everything else."), "ok")
            return redirect(url_for("outreach.for_person", id=person.id), 303)
    return render_template(
        "outreach/wishes.html", form=form, person=person, channels=list(TouchChannel)
    ), form.status
