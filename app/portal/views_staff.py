"""What staff do at the person's door: invite them in, and shut it when a phone got lost."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.people import queries as people
from app.portal import operations, policies, queries
from app.portal.forms import EmptyForm, InviteForm
from app.portal.views import bp


@bp.route("/invite/<int:id>", methods=["GET", "POST"])
@requires("portal:invite")
def invite(id: int) -> ResponseReturnValue:
    """Give a person a link to their own page: by mail, or shown once."""
    me = acting_user()
    person, form = people.get_person(id, me), InviteForm()
    if form.validate_on_submit():
        with form.attempt():
            if form.how.data == "show":
                link = operations.invite_in(person, by=me)
                return render_template(
                    "portal/invited.html", person=person, link=link, life=policies.AWAITED_LIFE
                )
            operations.invite_by_mail(person, by=me)
            flash(_("The link is on its way to %(address)s.", address=person.email), "ok")
            return redirect(url_for("people.show", id=person.id), 303)
    page = render_template(
        "portal/invite.html", form=form, person=person, owner=people.owner_of(person), zone=me.zone, now=clock.now(),
        links=queries.list_links(person)[:5], visits=queries.list_visits(person), is_live_link=policies.is_live_link,
    )  # fmt: skip
    return page, form.status


@bp.route("/invite/<int:id>/shut", methods=["GET", "POST"])
@requires("portal:invite")
def shut(id: int) -> ResponseReturnValue:
    """End every visit and open link of a person."""
    me = acting_user()
    person, form = people.get_person(id, me), EmptyForm()
    if form.validate_on_submit():
        n_ended = operations.shut(person, by=me)
        flash(
            _("Open links and visits of %(name)s are ended: %(n)s browsers.", name=person.name, n=n_ended),
            "ok",
        )
        return redirect(url_for("portal.invite", id=person.id), 303)
    visits = queries.list_visits(person)
    return render_template("portal/shut.html", form=form, person=person, n_visits=len(visits)), form.status
