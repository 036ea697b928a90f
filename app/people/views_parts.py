"""Pages for the parts of a record: evidence, channels, affiliations, may-accept, wishes, hand-over."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.people import operations, queries
from app.people.forms import (
    AffiliationForm,
    ChannelForm,
    EndForm,
    EvidenceForm,
    HandOverForm,
    MayAcceptForm,
    WishForm,
)
from app.people.models import OwnerRole, Ownership, Person
from app.people.policies import CannotOwn
from app.people.views import bp, person_or_404


@bp.route("/<int:id>/evidence/new", methods=["GET", "POST"])
@requires("people:write")
def new_evidence(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = EvidenceForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.add_evidence(person, form.details(), by=acting_user())
            flash("Evidence added.", "ok")
            return _back_to(person)
    return render_template("people/new_evidence.html", form=form, person=person), form.status


@bp.route("/<int:id>/channels/new", methods=["GET", "POST"])
@requires("people:write")
def new_channel(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = ChannelForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.add_channel(person, form.details(), by=acting_user())
            flash("Channel added.", "ok")
            return _back_to(person)
    return render_template("people/new_channel.html", form=form, person=person), form.status


@bp.route("/<int:id>/affiliations/new", methods=["GET", "POST"])
@requires("people:write")
def new_affiliation(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = AffiliationForm().offer(queries.list_organisations())
    if form.validate_on_submit():
        with form.attempt():
            operations.add_affiliation(person, form.details(), by=acting_user())
            flash("Affiliation added.", "ok")
            return _back_to(person)
    return render_template("people/new_affiliation.html", form=form, person=person), form.status


@bp.route("/affiliations/<int:id>/end", methods=["GET", "POST"])
@requires("people:write")
def end_affiliation(id: int) -> ResponseReturnValue:
    affiliation = queries.get_affiliation(id, acting_user())
    form = EndForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.end_affiliation(affiliation, form.to_on.data, by=acting_user())
            flash("The affiliation has an end now.", "ok")
            return _back_to(affiliation.person)
    return render_template("people/end_affiliation.html", form=form, affiliation=affiliation), form.status


@bp.route("/<int:id>/may-accept", methods=["GET", "POST"])
@requires("people:write")
def may_accept(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = MayAcceptForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.set_may_accept(person, form.details(), by=acting_user())
            flash("Noted what they may accept.", "ok")
            return _back_to(person)
    return render_template("people/may_accept.html", form=form, person=person), form.status


@bp.route("/<int:id>/wishes", methods=["GET", "POST"])
@requires("people:write")
def wishes(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = WishForm(data={"is_opted_out": person.is_opted_out, "quiet_until_on": person.quiet_until_on})
    if form.validate_on_submit():
        with form.attempt():
            operations.set_wishes(person, form.details(), by=acting_user())
            flash("Their wish is noted and holds for every channel.", "ok")
            return _back_to(person)
    return render_template("people/wishes.html", form=form, person=person), form.status


@bp.route("/<int:id>/hand-over", methods=["GET", "POST"])
@requires("people:write")
def hand_over(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = HandOverForm().offer(queries.list_possible_owners())
    if form.validate_on_submit():
        with form.attempt():
            to = _user_chosen(form.owner_id.data)
            begun = operations.hand_over(
                person, to, by=acting_user(), role=OwnerRole(form.role.data), reason=form.reason.data or "",
                from_on=form.from_on.data,
            )  # fmt: skip
            flash(_said(begun), "ok")
            return _back_to(person)
    page = render_template("people/hand_over.html", form=form, person=person, owner=queries.owner_of(person))
    return page, form.status


def _said(begun: Ownership) -> str:
    day = "now on" if begun.from_at <= clock.now() else f"{begun.from_on:%-d %b %Y} on"
    part = "looks after" if begun.role is OwnerRole.OWNER else "is the deputy for"
    return f"{begun.user.name} {part} {begun.person.name} from {day}."


def _back_to(person: Person) -> ResponseReturnValue:
    return redirect(url_for("people.show", id=person.id), 303)


def _user_chosen(id: str) -> User:
    found = db.session.get(User, int(id))
    if found is None:
        raise CannotOwn("This user is gone. Choose somebody else.", field="owner_id")
    return found
