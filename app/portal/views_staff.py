"""What staff do at the door of a person and of those who speak for them: invite them in, and shut it when a phone got lost."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.people import queries as people
from app.people.models import Person
from app.portal import (
    operations,
    operations_agents,
    operations_passkeys,
    policies,
    queries_agents,
    queries_door,
    queries_passkeys,
)
from app.portal.forms import EmptyForm, InviteForm
from app.portal.views import bp


@bp.route("/invite/<int:id>", methods=["GET", "POST"])
@requires("portal:invite")
def invite(id: int) -> ResponseReturnValue:
    """Give a person, or somebody who speaks for them, a link to a page of their own: by mail, or shown once."""
    me = acting_user()
    person = people.get_person(id, me)
    agents = queries_agents.list_agents(person)
    form = InviteForm().offer(person.name, {one.id: one.name for one in agents})
    if form.validate_on_submit():
        with form.attempt():
            agent = queries_agents.get_agent(person, form.agent_id) if form.agent_id else None
            return _invited(person, agent, is_shown=form.how.data == "show", by=me)
    page = render_template(
        "portal/invite.html", form=form, person=person, owner=people.owner_of(person), zone=me.zone, now=clock.now(),
        links=queries_door.list_links(person)[:5], visits=queries_door.list_visits(person),
        is_live_link=policies.is_live_link, agents=agents, agency=queries_agents.agency_words(person),
        passkeys=queries_passkeys.list_passkeys(person), button=EmptyForm(formdata=None),
    )  # fmt: skip
    return page, form.status


def _invited(person: Person, agent: User | None, *, is_shown: bool, by: User) -> ResponseReturnValue:
    if is_shown:
        link = (
            operations_agents.invite_agent_in(agent, person, by=by)
            if agent is not None
            else operations.invite_in(person, by=by)
        )
        return render_template(
            "portal/invited.html", person=person, agent=agent, link=link, life=policies.AWAITED_LIFE
        )
    if agent is not None:
        operations_agents.invite_agent_by_mail(agent, person, by=by)
    else:
        operations.invite_by_mail(person, by=by)
    flash(_("The link is on its way to %(address)s.", address=(agent or person).email), "ok")
    return redirect(url_for("people.show", id=person.id), 303)


@bp.route("/invite/<int:id>/shut", methods=["GET", "POST"])
@requires("portal:invite")
def shut(id: int) -> ResponseReturnValue:
    """End every visit and open link of a person."""
    me = acting_user()
    person, form = people.get_person(id, me), EmptyForm()
    if form.validate_on_submit():
        _say_shut(person.name, operations.shut(person, by=me))
        return redirect(url_for("portal.invite", id=person.id), 303)
    visits = queries_door.list_visits(person)
    return render_template("portal/shut.html", form=form, person=person, n_visits=len(visits)), form.status


@bp.post("/invite/<int:id>/agents/<int:user_id>/shut")
@requires("portal:invite")
def shut_agent(id: int, user_id: int) -> ResponseReturnValue:
    """End every visit and open link of somebody who speaks for a person."""
    me = acting_user()
    agent = queries_agents.get_agent(people.get_person(id, me), user_id)
    if EmptyForm().validate_on_submit():
        _say_shut(agent.name, operations.shut(agent, by=me))
    return redirect(url_for("portal.invite", id=id, _anchor="agents"), 303)


@bp.post("/invite/<int:id>/passkeys/<int:passkey_id>/end")
@requires("portal:invite")
def end_passkey_of(id: int, passkey_id: int) -> ResponseReturnValue:
    """Take a passkey of a person away, because its device got lost."""
    me = acting_user()
    row = queries_passkeys.get_passkey(people.get_person(id, me), passkey_id)
    if EmptyForm().validate_on_submit():
        operations_passkeys.end_passkey(row, by=me)
        flash(_("Taken away. It opens nothing any more."), "ok")
    return redirect(url_for("portal.invite", id=id, _anchor="passkeys"), 303)


def _say_shut(name: str, n_ended: int) -> None:
    flash(_("Open links and visits of %(name)s are ended: %(n)s browsers.", name=name, n=n_ended), "ok")
