"""The privacy of one person: consents, requests, holds, on a tab of their record."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.access import acting_user, requires
from app.core import clock
from app.people import operations_consents, queries_consents
from app.people.models_consents import ConsentSource, Purpose
from app.people.policies_consents import ASKED
from app.privacy import operations, operations_unlinking, queries, queries_owners
from app.privacy.forms import ConsentForm, MaybeReasonForm, ReasonForm, today_for
from app.privacy.views import KINDS, bp


@bp.get("/of/<int:id>")
@requires("privacy:read")
def for_person(id: int) -> ResponseReturnValue:
    """The tab of a person: what they allowed, what they asked, what holds deletion up."""
    by = acting_user()
    person = queries.person_asked(id, by)
    requests = queries.list_requests_of(person)
    return render_template(
        "privacy/for_person.html", person=person, standing=queries_consents.standing_of(person), asked=ASKED,
        purposes=list(Purpose), steps=queries_consents.list_steps(person), requests=requests,
        handlers=queries_owners.handlers_of(requests, clock.now()),
        holds=queries.list_holds(person), today=clock.today(by.zone), kinds=KINDS,
        may_hold=permissions.may(by, "privacy:approve"),
        is_holdable=not person.is_pseudonymous or operations_unlinking.has_link(person),
    )  # fmt: skip


@bp.route("/of/<int:id>/consent", methods=["GET", "POST"])
@requires("privacy:write")
def consent(id: int) -> ResponseReturnValue:
    """Write down that a consent was given or taken back."""
    by = acting_user()
    person = queries.person_asked(id, by)
    asked_for = request.args.get("purpose", "")
    purpose = Purpose(asked_for) if asked_for in set(Purpose) else Purpose.HOSPITALITY
    begun = {
        "said_on": today_for(by), "purpose": purpose.value, "step": request.args.get("step", "given"),
        "source": ConsentSource.MAIL.value, "wording": ASKED[purpose].wording,
    }  # fmt: skip
    form = ConsentForm(data=begun)
    if form.validate_on_submit():
        with form.attempt():
            operations_consents.record_consent(person, form.details(), by=by)
            flash(_("Written down. Nothing else of the person changed."), "ok")
            return redirect(url_for("privacy.for_person", id=person.id), 303)
    return render_template("privacy/consent.html", form=form, person=person, asked=ASKED), form.status


@bp.route("/of/<int:id>/hold", methods=["GET", "POST"])
@requires("privacy:approve")
def hold(id: int) -> ResponseReturnValue:
    """Stop erasure and retention of a person."""
    person, form = queries.person_asked(id, acting_user()), ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.place_hold(person, form.reason.data, by=acting_user())
            flash(_("Nothing of this person is deleted until the hold is lifted."), "ok")
            return redirect(url_for("privacy.for_person", id=person.id), 303)
    return render_template("privacy/hold.html", form=form, person=person, hold=None), form.status


@bp.route("/holds/<int:id>/lift", methods=["GET", "POST"])
@requires("privacy:approve")
def lift(id: int) -> ResponseReturnValue:
    """End a hold."""
    found, form = queries.get_hold(id), MaybeReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.lift_hold(found, form.reason.data or "", by=acting_user())
            flash(_("Lifted. What is due is deleted again."), "ok")
            return redirect(url_for("privacy.for_person", id=found.person_id), 303)
    return render_template("privacy/hold.html", form=form, person=found.person, hold=found), form.status
