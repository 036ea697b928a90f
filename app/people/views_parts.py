"""Pages for the parts of a record: evidence, channels, affiliations, may-accept, wishes, hand-over."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.i18n import day
from app.people import operations, queries, queries_lists
from app.people.forms import HandOverForm, WishForm, typed_wishes
from app.people.forms_parts import (
    AffiliationForm,
    ChannelForm,
    EndChannelForm,
    EndForm,
    EvidenceForm,
    MayAcceptForm,
    typed_affiliation,
    typed_answer,
    typed_channel,
    typed_evidence,
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
            flash(_("Evidence added."), "ok")
            return _back_to(person)
    return render_template("people/new_evidence.html", form=form, person=person, row=None), form.status


@bp.route("/evidence/<int:id>/edit", methods=["GET", "POST"])
@requires("people:write")
def edit_evidence(id: int) -> ResponseReturnValue:
    row = queries.get_evidence(id, acting_user())
    form = EvidenceForm(data=typed_evidence(row))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_evidence(row, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Evidence corrected."), "ok")
            return _back_to(row.person)
    return render_template("people/new_evidence.html", form=form, person=row.person, row=row), form.status


@bp.route("/<int:id>/channels/new", methods=["GET", "POST"])
@requires("people:write")
def new_channel(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = ChannelForm().offer(queries_lists.offered_platforms())
    if form.validate_on_submit():
        with form.attempt():
            operations.add_channel(person, form.details(), by=acting_user())
            flash(_("Channel added."), "ok")
            return _back_to(person)
    return render_template("people/new_channel.html", form=form, person=person, row=None), form.status


@bp.route("/channels/<int:id>/edit", methods=["GET", "POST"])
@requires("people:write")
def edit_channel(id: int) -> ResponseReturnValue:
    row = queries.get_channel(id, acting_user())
    form = ChannelForm(data=typed_channel(row)).offer(queries_lists.offered_platforms(row.platform))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_channel(row, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Channel corrected."), "ok")
            return _back_to(row.person)
    return render_template("people/new_channel.html", form=form, person=row.person, row=row), form.status


@bp.route("/channels/<int:id>/end", methods=["GET", "POST"])
@requires("people:write")
def end_channel(id: int) -> ResponseReturnValue:
    row = queries.get_channel(id, acting_user())
    form = EndChannelForm(data={"ended_on": clock.today()})
    if form.validate_on_submit():
        with form.attempt():
            operations.end_channel(row, form.ended_on.data, by=acting_user())
            flash(_("The channel has an end now. It stays on the record."), "ok")
            return _back_to(row.person)
    return render_template("people/end_channel.html", form=form, channel=row, person=row.person), form.status


@bp.post("/channels/<int:id>/resume")
@requires("people:write")
def resume_channel(id: int) -> ResponseReturnValue:
    row = queries.get_channel(id, acting_user())
    operations.resume_channel(row, by=acting_user())
    flash(_("They publish there again."), "ok")
    return _back_to(row.person)


@bp.route("/<int:id>/affiliations/new", methods=["GET", "POST"])
@requires("people:write")
def new_affiliation(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = AffiliationForm().offer(queries.list_organisations())
    if form.validate_on_submit():
        with form.attempt():
            operations.add_affiliation(person, form.details(), by=acting_user())
            flash(_("Affiliation added."), "ok")
            return _back_to(person)
    return render_template("people/new_affiliation.html", form=form, person=person, row=None), form.status


@bp.route("/affiliations/<int:id>/edit", methods=["GET", "POST"])
@requires("people:write")
def edit_affiliation(id: int) -> ResponseReturnValue:
    row = queries.get_affiliation(id, acting_user())
    form = AffiliationForm(data=typed_affiliation(row)).offer(queries.list_organisations())
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_affiliation(row, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Affiliation corrected."), "ok")
            return _back_to(row.person)
    return render_template("people/new_affiliation.html", form=form, person=row.person, row=row), form.status


@bp.route("/affiliations/<int:id>/end", methods=["GET", "POST"])
@requires("people:write")
def end_affiliation(id: int) -> ResponseReturnValue:
    affiliation = queries.get_affiliation(id, acting_user())
    form = EndForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.end_affiliation(affiliation, form.to_on.data, by=acting_user())
            flash(_("The affiliation has an end now."), "ok")
            return _back_to(affiliation.person)
    return render_template("people/end_affiliation.html", form=form, affiliation=affiliation), form.status


@bp.route("/<int:id>/may-accept", methods=["GET", "POST"])
@requires("people:write")
def may_accept(id: int) -> ResponseReturnValue:
    """Note an answer; `?category=` begins with the one that is known."""
    person = person_or_404(id)
    known = queries.may_accept(person).get(request.args.get("category", ""))
    form = MayAcceptForm(data=typed_answer(known) if known else None)
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version if known and known.category == form.category.data else None
            operations.set_may_accept(person, form.details(), by=acting_user(), seen_version=seen)
            flash(_("Noted what they may accept."), "ok")
            return _back_to(person)
    return render_template("people/may_accept.html", form=form, person=person), form.status


@bp.route("/<int:id>/wishes", methods=["GET", "POST"])
@requires("people:write")
def wishes(id: int) -> ResponseReturnValue:
    person = person_or_404(id)
    form = WishForm(data=typed_wishes(person))
    if form.validate_on_submit():
        with form.attempt():
            operations.set_wishes(person, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Their wish is noted and holds for every channel."), "ok")
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
    names = {"user": begun.user.name, "person": begun.person.name}
    is_owner = begun.role is OwnerRole.OWNER
    if begun.from_at <= clock.now():
        return str(
            _("%(user)s looks after %(person)s from now on.", **names)
            if is_owner
            else _("%(user)s is the deputy for %(person)s from now on.", **names)
        )
    names["day"] = day(begun.from_on)
    return str(
        _("%(user)s looks after %(person)s from %(day)s on.", **names)
        if is_owner
        else _("%(user)s is the deputy for %(person)s from %(day)s on.", **names)
    )


def _back_to(person: Person) -> ResponseReturnValue:
    return redirect(url_for("people.show", id=person.id), 303)


def _user_chosen(id: str) -> User:
    found = db.session.get(User, int(id))
    if found is None:
        raise CannotOwn(_("This user is gone. Choose somebody else."), field="owner_id")
    return found
